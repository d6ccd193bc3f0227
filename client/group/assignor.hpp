// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/consumer_protocol_assignment.hpp>
#include <odradek/protocol/generated/messages/consumer_protocol_subscription.hpp>
#include <odradek/protocol/nullable.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace odradek {

/// How the members of a classic consumer group come to their partitions: the leader, which is one of them, asks an
/// assignor who gets what, and each member's assignor may put a word of its own into what the leader reads.
///
/// Sans-I/O. The values of this file are views of what the caller has decoded, valid during a call; only
/// member_assignment owns, and even there the topics' names are those of the input. An assignor belongs to one member
/// of one group and is used by one thread at a time.
///
/// Source: KIP-54, KIP-341, KIP-345 (static members), KIP-429, KIP-792 (generations), KIP-881 (racks).

/// A member of the group, as the leader learns of it from JoinGroup.
struct subscribed_member {
    std::string_view id; ///< Given by the coordinator; of two with the same id the later one counts.
    nullable<std::string_view> instance_id{};      ///< group.instance.id of a static member; null for a dynamic one.
    consumer_protocol_subscription subscription{}; ///< What it subscribes to, owns and says besides; not to be trusted.
};

/// A topic of the cluster that somebody may subscribe to.
struct assignable_topic {
    std::string_view name;       ///< Of two with the same name the first one counts.
    std::int32_t partitions = 0; ///< How many it has, numbered from 0; below 1 as if there was no such topic.
    /// The racks of the replicas of each partition, in the order of the partitions; an empty rack is none. May be
    /// shorter than the topic; there nothing is known then.
    std::span<const std::vector<std::string_view>> racks{};
};

/// The group and the cluster as the leader sees them: what an assignor assigns by.
struct group_picture {
    std::span<const subscribed_member> members; ///< In the order of the coordinator.
    std::span<const assignable_topic> topics;   ///< In any order; topics to which nobody subscribes may be among them.
};

/// Partitions of one topic that a member gets.
struct assigned_topic {
    std::string_view topic;               ///< A view of the name in group_picture::topics.
    std::vector<std::int32_t> partitions; ///< Ascending.

    friend bool operator==(const assigned_topic&, const assigned_topic&) = default;
};

/// What one member gets.
struct member_assignment {
    std::vector<assigned_topic> topics{}; ///< By name, each once; topics of which it gets nothing are not there.
    std::optional<std::vector<std::byte>> user_data{}; ///< For the member's own assignor; nothing is null on the wire.

    friend bool operator==(const member_assignment&, const member_assignment&) = default;
};

/// Who this member is to its group.
struct group_membership {
    std::string_view group_id;                ///< group.id.
    std::int32_t generation = -1;             ///< Of the assignment that just came; -1 outside of any.
    std::string_view member_id;               ///< Given by the coordinator.
    nullable<std::string_view> instance_id{}; ///< group.instance.id; null for a dynamic member.
};

/// What members do with their partitions while the group rebalances.
enum class rebalance_protocol : std::uint8_t {
    eager,       ///< Give up all of them before they join.
    cooperative, ///< Keep them, and give up only what moves (KIP-429).
};

/// An assignor: one of those that make_assignor() knows, or a user's own.
///
/// What a user's own one has to take care of: the same name in all clients of the group, and the same answer to the
/// same picture whoever leads. Under the cooperative protocol a partition that some member still owns must not be given
/// to another one in the same round: first it is given to nobody, and in the round that follows it is free.
class ODRADEK_EXPORT assignor {
public:
    assignor() = default;
    assignor(const assignor&) = delete;
    assignor& operator=(const assignor&) = delete;
    virtual ~assignor();

    /// The name on the wire, by which the group agrees on one. Never changes.
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// Whether it works for members that rebalance this way; eager only, if it is not overridden.
    [[nodiscard]] virtual bool supports(rebalance_protocol protocol) const noexcept;

    /// What goes as user_data into this member's next subscription, to `topics`. Nothing, if it is not overridden,
    /// which is null on the wire.
    [[nodiscard]] virtual std::optional<std::vector<std::byte>>
    subscription_user_data(std::span<const std::string_view> topics);

    /// Tells a member's assignor what the leader's has assigned to it. Does nothing, if it is not overridden.
    virtual void on_assignment(const consumer_protocol_assignment& assignment, const group_membership& who);

    /// Who gets what: as many answers as there are members, in their order. Asked on the leader only.
    [[nodiscard]] virtual std::vector<member_assignment> assign(const group_picture& group) = 0;
};

/// Ranges of each topic's partitions, to the members in the order of their instance ids or else ids; topics with the same
/// members and as many partitions are cut alike, and racks are kept together where that costs no balance. "range".
[[nodiscard]] ODRADEK_EXPORT std::unique_ptr<assignor> make_range_assignor();

/// All partitions in the order of topic and number, one after the other to the next member that subscribes. "roundrobin".
[[nodiscard]] ODRADEK_EXPORT std::unique_ptr<assignor> make_round_robin_assignor();

/// As balanced as it can be and, within that, as few partitions moved as can be. Eager: what a member had goes with its
/// subscription as user data. "sticky".
[[nodiscard]] ODRADEK_EXPORT std::unique_ptr<assignor> make_sticky_assignor();

/// The same for members that keep their partitions meanwhile: what moves is given to nobody as long as somebody owns
/// it. The group has to meet once more then, to which the members that gave something up see. "cooperative-sticky".
[[nodiscard]] ODRADEK_EXPORT std::unique_ptr<assignor> make_cooperative_sticky_assignor();

/// The assignor of one of the four names above, or null.
[[nodiscard]] ODRADEK_EXPORT std::unique_ptr<assignor> make_assignor(std::string_view name);

} // namespace odradek
