// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <variant>

namespace odradek {

/// Whoever answers: a broker that is connected already, if there is one.
struct any_broker_t {};
/// Whoever answers.
inline constexpr any_broker_t any_broker{};

/// The broker of this id.
struct broker_id {
    std::int32_t id = -1;
};

/// The leader of a partition.
struct leader_of {
    leader_of(std::string_view name, std::int32_t index) noexcept : topic(name), partition(index) {} ///< By name.
    leader_of(const uuid& id, std::int32_t index) noexcept : topic_id(id), partition(index) {}       ///< By id.

    std::string_view topic{}; ///< Empty if topic_id counts.
    uuid topic_id{};
    std::int32_t partition = 0;
};

/// The controller (with KRaft: a broker that forwards to it).
struct controller_t {};
/// The controller.
inline constexpr controller_t controller{};

/// What a coordinator coordinates; the numbers are the protocol's.
enum class coordinator_type : std::int8_t {
    group = 0,       ///< Consumer groups and share groups, by group id.
    transaction = 1, ///< Transactions, by transactional id.
    share = 2,       ///< The state of share partitions, by "group:topic-id:partition".
};

/// The broker that coordinates a group, a transactional id or a share partition.
struct coordinator {
    coordinator_type type = coordinator_type::group;
    std::string_view key{};
};

/// Whom a request goes to. A view: texts are copied when the operation starts.
using target = std::variant<any_broker_t, broker_id, leader_of, controller_t, coordinator>;
static_assert(std::is_trivially_destructible_v<target>);

} // namespace odradek
