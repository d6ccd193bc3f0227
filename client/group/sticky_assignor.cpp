// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/assignor.hpp>
#include <odradek/client/group/sticky_balance.hpp>

namespace odradek {
namespace {

using namespace detail;

using read_claim = claim (*)(const group_table&, std::uint32_t);

// One assignment: who claims what, who really had it, who gets it.
struct balanced {
    balanced(const group_picture& picture, read_claim read)
        : group(picture), claims(all_claims(group, read)), previous(group, claims)
    {
        const rack_table racks(group);
        owners = group.all_subscribe_alike() ? balance_alike(group, racks, previous)
                                             : balance_freely(group, racks, previous);
    }

    static std::vector<claim> all_claims(const group_table& group, read_claim read)
    {
        std::vector<claim> claims;
        claims.reserve(group.members().size());
        for (std::uint32_t member = 0; member < group.members().size(); ++member) claims.push_back(read(group, member));
        return claims;
    }

    const group_table group;
    const std::vector<claim> claims;
    const previous_owners previous;
    std::vector<std::uint32_t> owners;
};

class sticky_assignor final : public assignor {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "sticky"; }

    [[nodiscard]] std::optional<std::vector<std::byte>>
    subscription_user_data(std::span<const std::string_view>) override
    {
        return had_;
    }

    void on_assignment(const consumer_protocol_assignment& assignment, const group_membership& who) override
    {
        had_ = write_sticky_data(assignment, who.generation);
    }

    [[nodiscard]] std::vector<member_assignment> assign(const group_picture& picture) override
    {
        const balanced done(picture, read_sticky_claim);
        return done.group.answer(done.owners);
    }

private:
    std::optional<std::vector<std::byte>> had_; // What came last, as it goes into the next subscription.
};

class cooperative_sticky_assignor final : public assignor {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "cooperative-sticky"; }

    [[nodiscard]] bool supports(rebalance_protocol) const noexcept override { return true; }

    [[nodiscard]] std::optional<std::vector<std::byte>>
    subscription_user_data(std::span<const std::string_view>) override
    {
        return write_cooperative_data(generation_);
    }

    void on_assignment(const consumer_protocol_assignment&, const group_membership& who) override
    {
        generation_ = who.generation;
    }

    [[nodiscard]] std::vector<member_assignment> assign(const group_picture& picture) override
    {
        balanced done(picture, read_cooperative_claim);
        hold_back(done);
        return done.group.answer(done.owners);
    }

private:
    // Takes away what a member got new while another one claims it: that one has to give it up first.
    static void hold_back(balanced& done)
    {
        std::vector<bool> kept(done.owners.size());
        const auto keep = [&](std::uint32_t member, std::uint32_t partition) {
            if (done.owners[partition] == member) kept[partition] = true;
        };
        // Of a disputed partition Java's assignor believes nobody, or where subscriptions differ everybody.
        const bool alike = done.group.all_subscribe_alike();
        for (std::uint32_t member = 0; member < done.claims.size(); ++member) {
            for (const std::uint32_t partition : alike ? done.previous.of(member) : done.claims[member].partitions)
                if (!alike || !done.previous.disputed(partition)) keep(member, partition);
        }
        for (const claim& each : done.claims)
            for (const std::uint32_t partition : each.partitions)
                if (!kept[partition]) done.owners[partition] = nobody;
    }

    std::int32_t generation_ = -1;
};

} // namespace

std::unique_ptr<assignor> make_sticky_assignor()
{
    return std::make_unique<sticky_assignor>();
}

std::unique_ptr<assignor> make_cooperative_sticky_assignor()
{
    return std::make_unique<cooperative_sticky_assignor>();
}

} // namespace odradek
