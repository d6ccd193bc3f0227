// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>

#include <cstddef>
#include <vector>

namespace odradek::golden {

/// Reads every batch of `set` and writes it anew from its records and header fields, with our own builders and codecs.
/// Throws line_error when something cannot be read or written.
[[nodiscard]] std::vector<std::byte> rebuild(bytes_view set);

} // namespace odradek::golden
