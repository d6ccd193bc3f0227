// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tests/golden/line.hpp>

#include <string>

namespace odradek::golden {

/// "v2 gzip/headers", as far as the line says it.
[[nodiscard]] std::string label_of_batches(const json& line);

/// Checks one line of record batches: what they decode to or fail with, and by the word in `reencode` that the same records
/// give the same bytes (exact) or the same records again (semantic). Throws line_error with what differs, and where.
void check_batches(const json& line);

} // namespace odradek::golden
