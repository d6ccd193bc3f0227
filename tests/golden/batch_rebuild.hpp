// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/bytes.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace odradek::golden {

/// Reads every batch of `set` and writes it anew from its records and header fields, with our own builders and codecs.
/// Throws line_error when something cannot be read or written.
[[nodiscard]] std::vector<std::byte> rebuild(bytes_view set);

/// The last offset as the header has it: counted from the first.
[[nodiscard]] std::int32_t last_offset_delta(const batch_view& batch);

} // namespace odradek::golden
