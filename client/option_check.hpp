// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/produce_options.hpp>
#include <odradek/protocol/codec_set.hpp>

#include <string>
#include <string_view>

namespace odradek::detail {

/// Options whose type cannot keep a wrong value out: enumerations that a cast fills, and levels that depend on the codec. What is
/// right, and words that name option and value for what is not.
///
/// Free functions without state, for the operations of the client; any thread. Those that say yes or no allocate nothing.
[[nodiscard]] bool is_known(acks value) noexcept;
/// Whether there is such a codec.
[[nodiscard]] bool is_known(compression codec) noexcept;
/// Whether that level may be asked of the codec. Those without levels have none.
[[nodiscard]] bool has_level(compression codec, int level) noexcept;

/// Why acks that are not known cannot be; `option` is their name, as "send_options::acks".
[[nodiscard]] std::string wrong_acks(std::string_view option, acks value);
/// Why a codec that is not known cannot be.
[[nodiscard]] std::string wrong_codec(std::string_view option, compression codec);
/// Why a level that the codec does not have cannot be.
[[nodiscard]] std::string wrong_level(std::string_view option, compression codec, int level);

} // namespace odradek::detail
