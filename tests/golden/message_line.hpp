// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/any_message.hpp>
#include <odradek/tests/golden/line.hpp>

#include <string>

namespace odradek::golden {

/// "Fetch response v4 rich1", as far as the line says it.
[[nodiscard]] std::string label_of_message(const json& line);

/// The message that a line is about: requests and responses by their key, since an API may have had another name once, all
/// others by their name. Throws line_error if there is none.
[[nodiscard]] const message_descriptor& type_of(const json& line);

/// Checks one line of a message both ways; throws line_error with what differs, and where.
void check_message(const json& line);

} // namespace odradek::golden
