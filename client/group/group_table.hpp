// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/group/assignor.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace odradek::detail {

/// No member, no topic, no partition.
inline constexpr std::uint32_t nobody = 0xffff'ffff;

/// A group_picture with numbers instead of names, so that assignors compare and look up numbers only.
///
/// Lives for one assignment on its caller's stack, refers to the picture, and does not change after it is built.
///
/// Members are numbered in the order of their ids, topics in the order of their names (both as Java orders texts), and
/// the partitions of all topics through, topic after topic. So an order of numbers is an order of names. Topics without
/// partitions, or without a subscriber, are left out; double members and topics are brought down to one.
class group_table {
public:
    /// A topic that can be assigned.
    struct topic {
        std::string_view name;
        std::uint32_t first = 0;            ///< The number of its partition 0.
        std::uint32_t count = 0;            ///< How many partitions it has, at least 1.
        std::uint32_t source = 0;           ///< Its place in the picture.
        std::vector<std::uint32_t> members; ///< Who subscribes to it, ascending.
    };

    /// A member.
    struct member {
        std::uint32_t source = 0;          ///< Its place in the picture.
        std::vector<std::uint32_t> topics; ///< What it subscribes to, as far as it is there, ascending.
        std::uint32_t partitions = 0;      ///< How many these topics have.
    };

    explicit group_table(const group_picture& picture);

    [[nodiscard]] const group_picture& picture() const noexcept { return picture_; }
    [[nodiscard]] const std::vector<topic>& topics() const noexcept { return topics_; }
    [[nodiscard]] const std::vector<member>& members() const noexcept { return members_; }
    /// What the member says of itself.
    [[nodiscard]] const subscribed_member& said_by(std::uint32_t member) const noexcept
    {
        return picture_.members[members_[member].source];
    }
    /// How many partitions there are.
    [[nodiscard]] std::uint32_t partitions() const noexcept { return static_cast<std::uint32_t>(topic_of_.size()); }
    /// The topic that a partition is of.
    [[nodiscard]] std::uint32_t topic_of(std::uint32_t partition) const noexcept { return topic_of_[partition]; }
    /// The number of a partition; nobody, if there is none.
    [[nodiscard]] std::uint32_t find(std::string_view topic, std::int32_t partition) const noexcept;
    /// Whether the member subscribes to the topic.
    [[nodiscard]] bool subscribes(std::uint32_t member, std::uint32_t topic) const noexcept;
    /// Whether all members subscribe to the same topics, those that are not there included.
    [[nodiscard]] bool all_subscribe_alike() const noexcept { return alike_; }
    /// The members in the order of Java's hash table.
    [[nodiscard]] std::span<const std::uint32_t> table_order() const noexcept { return table_order_; }
    /// The members in an order that outlives restarts: static ones first, by their instance ids, then the others.
    [[nodiscard]] std::span<const std::uint32_t> lasting_order() const noexcept { return lasting_order_; }

    /// The answer of an assignor: `owners` has for each partition the member that gets it, or nobody.
    [[nodiscard]] std::vector<member_assignment> answer(std::span<const std::uint32_t> owners) const;

private:
    void number_members();
    void number_topics(const std::vector<std::string_view>& subscribed);

    const group_picture picture_;
    std::vector<topic> topics_;
    std::vector<member> members_;
    std::vector<std::uint32_t> topic_of_;
    std::vector<std::uint32_t> table_order_;
    std::vector<std::uint32_t> lasting_order_;
    bool alike_ = true;
};

} // namespace odradek::detail
