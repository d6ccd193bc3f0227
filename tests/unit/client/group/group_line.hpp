// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/group/assignor.hpp>
#include <odradek/tests/golden/line.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {

/// A consumer group with all its memory: what a group_picture is a view of. Neither copied nor moved, since views of it
/// are around.
class test_group {
public:
    using owned_partitions = std::vector<assigned_topic>;

    test_group() = default;
    test_group(const test_group&) = delete;
    test_group& operator=(const test_group&) = delete;

    /// A topic; `racks` as in "ab,b,.c": the letters of the racks of each partition's replicas, '.' for none.
    void add_topic(std::string name, std::int32_t partitions, std::string_view racks = {});
    /// A member that subscribes to `topics` (names with spaces between).
    subscribed_member& add_member(std::string id, std::string_view topics);
    /// Gives the last member partitions, as in "t1:0+3,7 t2:4" (0 to 3 and 7 of t1, 4 of t2).
    void own(std::string_view partitions);
    /// Gives the last member user data.
    void say(std::vector<std::byte> data);
    /// A text that lives as long as the group.
    std::string_view keep(std::string text) { return texts_.emplace_back(std::move(text)); }

    /// The group as an assignor sees it, until it is changed.
    [[nodiscard]] group_picture picture() const { return {members, topics}; }

    std::vector<subscribed_member> members;
    std::vector<assignable_topic> topics;

private:
    using topic_partition = consumer_protocol_subscription::topic_partition;

    std::deque<std::string> texts_;
    std::deque<std::vector<std::vector<std::string_view>>> racks_;
    std::deque<std::vector<std::string_view>> names_;
    std::deque<std::vector<std::int32_t>> numbers_;
    std::deque<std::vector<topic_partition>> owned_;
    std::deque<std::vector<std::byte>> data_;
};

/// Words with `separator` between; none in an empty text.
[[nodiscard]] std::vector<std::string_view> words_of(std::string_view text, char separator = ' ');

/// The letter that stands for the member in that place.
[[nodiscard]] char owner_letter(std::size_t member);

/// A letter for each partition of the topics in their order, the place of its owner among the members, a space between
/// topics; '.' where nobody is. What is wrong with the answer, such as a partition twice, comes as words behind a '!'.
[[nodiscard]] std::string owners_text(const group_picture& group, const std::vector<member_assignment>& answer);

/// Reads the group in a line of assignors.jsonl.gz, with the user data of the member "sticky" or "cooperative" of the line.
void read_group(const golden::json& line, const char* user_data, test_group& into);

} // namespace odradek
