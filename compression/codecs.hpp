// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/codec_set.hpp>

/// One entry a codec, each in a file of its own. Private to the layer.
namespace odradek::detail {

[[nodiscard]] codec_set::entry gzip_codec() noexcept;
[[nodiscard]] codec_set::entry snappy_codec() noexcept;
[[nodiscard]] codec_set::entry lz4_codec() noexcept;
[[nodiscard]] codec_set::entry zstd_codec() noexcept;

} // namespace odradek::detail
