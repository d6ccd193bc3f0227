// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <string>
#include <string_view>

namespace odradek {

/// What is told to people stays on one line and does nothing to their terminal, whoever chose the words in it: a topic's name, a
/// peer's message, a host that a broker names.
///
/// Free functions without state, for any thread. Control characters become "\x0a", byte by byte: those of ASCII, and the second set
/// (U+0080 to U+009F) as UTF-8 writes it, since some terminals obey that one too. Everything else stays as it is, so doing it twice
/// changes nothing.
[[nodiscard]] ODRADEK_EXPORT std::string one_line(std::string text);

/// The same in quotes, with those inside escaped as well.
[[nodiscard]] ODRADEK_EXPORT std::string quoted_line(std::string_view text);

/// A sentence as a part of a longer one: without its full stop.
[[nodiscard]] ODRADEK_EXPORT std::string clause(std::string sentence);

/// Whether one_line() would change it.
[[nodiscard]] ODRADEK_EXPORT bool has_control_character(std::string_view text) noexcept;

} // namespace odradek
