// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace odradek::broker {

/// A release of Apache Kafka that the broker can pretend to be: which versions it speaks, and little else.
///
/// A value, a row of a constant table. Source: the definitions inside the releases' own jars.
struct release {
    std::string_view name; ///< "2.8"
    std::size_t column = 0;

    friend bool operator==(const release& left, const release& right) noexcept { return left.column == right.column; }
};

/// The newest that is known.
[[nodiscard]] ODRADEK_EXPORT release newest_release() noexcept;
/// The release that "2.8", "2.8.2" or "3.7" (then the next older one that is known) means; nothing if it is older than 0.11
/// or newer than the newest.
[[nodiscard]] ODRADEK_EXPORT std::optional<release> find_release(std::string_view version) noexcept;
/// The releases that are known, oldest first: "0.11, 1.0, ...".
[[nodiscard]] ODRADEK_EXPORT std::string release_names();

/// The versions of an API that a release announces; empty if it does not have it or we do not serve it.
[[nodiscard]] ODRADEK_EXPORT version_range announced(const release& of, api key) noexcept;
/// The versions that are served: as announced, less those that Kafka announces but refuses (Produce 0 to 2 in 4.x) or that
/// nobody speaks to us (below Produce 3, Fetch 4 and ListOffsets 1).
[[nodiscard]] ODRADEK_EXPORT version_range served(const release& of, api key) noexcept;

} // namespace odradek::broker
