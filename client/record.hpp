// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/record.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>

namespace odradek {

/// A record to be sent, as views of what the caller has.
///
/// An aggregate that costs nothing to make; nothing in it is owned. What it refers to is copied when the operation starts,
/// so it has to live until then: with a coroutine until the `co_await`, with callbacks until async_x returns.
struct record {
    std::string_view topic{}; ///< Where it goes; a straight produce takes it from its destination instead.
    std::optional<std::int32_t> partition{};  ///< Nothing leaves the choice to the client.
    std::optional<bytes_view> key{};          ///< Nothing is null, which is not the same as empty.
    std::optional<bytes_view> value{};        ///< Nothing is null: a tombstone in a compacted topic.
    std::span<const record_header> headers{}; ///< In this order; names may repeat, values may be null.
    std::optional<std::chrono::system_clock::time_point> timestamp{}; ///< Nothing is the time of sending.
};
static_assert(std::is_trivially_destructible_v<record>);

} // namespace odradek
