// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/placed.hpp>
#include <odradek/client/record.hpp>
#include <odradek/net/diagnostics.hpp>

#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>
#include <type_traits>

namespace odradek {

/// Records for one topic, as KafkaJS takes them. A view: everything is copied when the operation starts.
struct topic_messages {
    std::string_view topic{};           ///< For all of them; a record that names another one is an error.
    std::span<const record> messages{}; ///< In this order.
};
static_assert(std::is_trivially_destructible_v<topic_messages>);

/// What became of one record among several that were sent together. A plain value.
struct sent {
    std::error_code error{}; ///< No error: it was acknowledged.
    placed at{};             ///< Where it lies; after an error as much as is known.
    diagnostics about{};     ///< After an error: what is known about it.
};

/// What became of one batch, for those who want one call a batch. A view: valid during the call.
struct delivered_batch {
    std::error_code error{};            ///< No error: it was acknowledged.
    std::string_view topic{};           ///< Where it went.
    std::int32_t partition = -1;        ///< Where it went; -1 if it was never known.
    std::int64_t base_offset = -1;      ///< Of its first record; -1 if unknown.
    std::int32_t records = 0;           ///< How many it has.
    std::size_t bytes = 0;              ///< Bytes of the records before compression.
    const diagnostics* about = nullptr; ///< Never null in a call; what is known about an error, and how far it got.
};

} // namespace odradek
