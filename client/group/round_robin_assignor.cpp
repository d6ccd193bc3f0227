// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/assignor.hpp>
#include <odradek/client/group/group_table.hpp>

namespace odradek {
namespace {

using namespace detail;

class round_robin_assignor final : public assignor {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "roundrobin"; }

    [[nodiscard]] std::vector<member_assignment> assign(const group_picture& picture) override
    {
        const group_table group(picture);
        const std::span<const std::uint32_t> turns = group.lasting_order();
        std::vector<std::uint32_t> owners(group.partitions(), nobody);
        std::size_t turn = 0;
        for (std::uint32_t i = 0; i < owners.size(); ++i) {
            // Ends: a topic of the table has a subscriber.
            while (!group.subscribes(turns[turn], group.topic_of(i))) turn = (turn + 1) % turns.size();
            owners[i] = turns[turn];
            turn = (turn + 1) % turns.size();
        }
        return group.answer(owners);
    }
};

} // namespace

std::unique_ptr<assignor> make_round_robin_assignor()
{
    return std::make_unique<round_robin_assignor>();
}

} // namespace odradek
