// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace odradek {

/// The version of one API's messages. A type of its own, so that no other number is taken for it.
///
/// This file holds the small value types of the protocol: nobody owns anything, all copies are independent, no thread
/// rule.
struct api_version {
    std::int16_t value = 0; ///< As on the wire.

    friend constexpr auto operator<=>(api_version, api_version) = default;
};

/// An inclusive range of versions; empty when `first` is above `last`.
struct version_range {
    std::int16_t first = 0; ///< Lowest version.
    std::int16_t last = -1; ///< Highest version.

    /// Whether `version` lies in the range.
    [[nodiscard]] constexpr bool contains(api_version version) const noexcept
    {
        return version.value >= first && version.value <= last;
    }

    /// Whether the range holds no version.
    [[nodiscard]] constexpr bool empty() const noexcept { return first > last; }

    friend constexpr bool operator==(version_range, version_range) = default;
};

/// Sixteen bytes that name a topic, a directory or a member. All zero means none.
struct uuid {
    std::array<std::uint8_t, 16> bytes{}; ///< In the order of the wire (big endian).

    /// Whether it names nothing.
    [[nodiscard]] constexpr bool is_zero() const noexcept { return *this == uuid{}; }

    /// The 22 characters that Kafka's tools print: url-safe base64 without padding.
    [[nodiscard]] ODRADEK_EXPORT std::string to_base64url() const;

    /// Reads what to_base64url() wrote; nullopt for anything else.
    [[nodiscard]] ODRADEK_EXPORT static std::optional<uuid> from_base64url(std::string_view text) noexcept;

    friend constexpr auto operator<=>(const uuid&, const uuid&) = default;
};

} // namespace odradek
