// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/codec_set.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace odradek::conformance {

/// How a batch to be produced looks; the same recipe gives the same bytes, but for the producer's id.
struct batch_recipe {
    std::int32_t records = 1;
    compression codec = compression::none;
    std::int64_t time = 0; ///< Of the first record; each following one is a millisecond later.
    bool keys = true;
    std::int32_t salt = 0;
    std::size_t size = 10; ///< Of each value.
    std::int64_t producer_id = -1;
    std::int16_t producer_epoch = -1;
    std::int32_t base_sequence = -1;
    std::int64_t claimed_later = 0;  ///< Added to the greatest time, in the header alone.
    bool claims_append_time = false; ///< Says that a broker wrote the times.
    bool damage = false;             ///< One byte of the records is flipped after sealing.
};

/// The batch as base64, as JSON carries records.
[[nodiscard]] std::string make_batch(const batch_recipe& recipe);

} // namespace odradek::conformance
