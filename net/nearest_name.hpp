// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <span>
#include <string_view>

namespace odradek::detail {

/// The one of the known names that somebody may have meant by `wanted`, whatever its case: with few letters changed, or with more words behind a
/// dot; empty if none is near enough. Of several that are equally near, the first in the alphabet.
///
/// For error messages about a name that is not known. A free function without state; the result is a view of `known`.
[[nodiscard]] ODRADEK_EXPORT std::string_view nearest_name(std::string_view wanted,
                                                           std::span<const std::string_view> known);

} // namespace odradek::detail
