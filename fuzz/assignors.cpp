// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/client/group/assignor.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

// What members of a group may claim, to the assignors: whatever it is, each partition goes to one member at most, who
// subscribes to its topic, and to somebody if there is one, unless it is held back.
// Input: the assignor, then topics and members, a few bytes each.

using namespace odradek;

namespace {

constexpr const char* assignor_names[] = {"range", "roundrobin", "sticky", "cooperative-sticky"};
constexpr const char* topic_names[] = {"a", "b", "bb", "c", "d", "e", "f", ""};
constexpr const char* racks[] = {"", "r", "s", "t"};

struct fuzzed_member {
    std::string id;
    std::vector<std::string_view> topics;
    std::vector<consumer_protocol_subscription::topic_partition> owned;
    std::vector<std::vector<std::int32_t>> numbers;
};

void check(const group_picture& group, const std::vector<member_assignment>& answer, bool all)
{
    require(answer.size() == group.members.size(), "an answer for every member");
    for (const assignable_topic& topic : group.topics) {
        // Of two topics with the same name the first one counts.
        const auto first = std::ranges::find(group.topics, topic.name, &assignable_topic::name);
        if (std::to_address(first) != &topic) continue;
        std::vector<int> owners(static_cast<std::size_t>(std::max(topic.partitions, 0)));
        bool anybody = false;
        for (std::size_t i = 0; i < answer.size(); ++i) {
            const auto& topics = group.members[i].subscription.topics;
            const bool subscribes = std::ranges::find(topics, topic.name) != topics.end();
            const bool counts = std::ranges::none_of(group.members.subspan(i + 1), [&](const subscribed_member& later) {
                return later.id == group.members[i].id;
            });
            anybody = anybody || (subscribes && counts);
            for (const assigned_topic& given : answer[i].topics) {
                require(std::ranges::find(group.topics, given.topic, &assignable_topic::name) != group.topics.end(),
                        "the topic exists");
                if (given.topic != topic.name) continue;
                require(subscribes && counts, "who gets a partition subscribes to its topic");
                for (const std::int32_t partition : given.partitions) {
                    require(partition >= 0 && partition < topic.partitions, "the partition exists");
                    require(++owners[static_cast<std::size_t>(partition)] == 1, "a partition goes to one member");
                }
            }
        }
        if (all && anybody) require(std::ranges::count(owners, 0) == 0, "every partition goes to somebody");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const std::size_t how = input.below(4);
    std::vector<std::vector<std::vector<std::string_view>>> racks_of(input.below(9));
    std::vector<assignable_topic> topics;
    for (auto& of : racks_of) {
        const std::size_t count = input.below(40);
        of.resize(input.below(2) * count);
        for (auto& each : of) each = {racks[input.below(4)], racks[input.below(4)]};
        topics.push_back({topic_names[input.below(8)], static_cast<std::int32_t>(count) - 1, of});
    }
    std::vector<fuzzed_member> kept(input.below(34));
    std::vector<subscribed_member> members;
    for (fuzzed_member& memory : kept) {
        if (input.empty()) break;
        subscribed_member& member = members.emplace_back();
        memory.id = std::string(input.piece(input.below(4)).text());
        member.id = memory.id;
        const std::uint8_t flags = input.byte();
        if ((flags & 1) != 0) member.instance_id = std::string_view(racks[flags >> 6U]);
        if ((flags & 2) != 0) member.subscription.rack_id = std::string_view(racks[flags >> 4U & 3U]);
        if ((flags & 4) != 0) member.subscription.generation_id = static_cast<std::int8_t>(input.byte());
        for (std::uint8_t left = input.byte(), i = 0; left != 0; left >>= 1U, ++i)
            if ((left & 1) != 0) memory.topics.emplace_back(topic_names[i]);
        member.subscription.topics = memory.topics;
        memory.numbers.resize(input.below(8));
        for (auto& numbers : memory.numbers) {
            const char* const topic = topic_names[input.below(8)];
            for (std::size_t left = input.below(48); left > 0; --left)
                numbers.push_back(static_cast<std::int8_t>(input.byte()));
            memory.owned.push_back({topic, numbers});
        }
        member.subscription.owned_partitions = memory.owned;
        if ((flags & 8) != 0) member.subscription.user_data = input.piece(input.byte());
    }
    const group_picture group{members, topics};
    check(group, make_assignor(assignor_names[how])->assign(group), how < 3);
    return 0;
}
