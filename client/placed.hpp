// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace odradek {

/// Where records are to go. A view: the topic's name is copied when the operation starts.
struct destination {
    std::string_view topic{};
    /// Nothing lets the client choose one at random that has a leader.
    std::optional<std::int32_t> partition{};
};
static_assert(std::is_trivially_destructible_v<destination>);

/// Where a record has been written. A plain value.
struct placed {
    std::string topic{};
    std::int32_t partition = -1;
    /// Of the record; of the first one if several were written together: they follow each other. -1 with acks::none.
    std::int64_t offset = -1;
    /// Milliseconds since 1970: the broker's time of writing if the topic keeps that, else the record's own; -1 if unknown.
    std::int64_t timestamp = -1;

    friend bool operator==(const placed&, const placed&) = default;
};

} // namespace odradek
