// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/record_batch_builder.hpp>

#include <cstdlib>
#include <tests/conformance/batches.hpp>
#include <vector>

namespace odradek::conformance {
namespace {

/// Writes into a header what no builder would, under a checksum that is right.
void claim(std::vector<std::byte>& batch, const batch_recipe& recipe)
{
    namespace at = batch_layout;
    const auto attributes = load_big<std::int16_t>(batch.data() + at::attributes);
    if (recipe.claims_append_time)
        store_big(batch.data() + at::attributes,
                  static_cast<std::int16_t>(attributes | batch_attribute::log_append_time));
    store_big(batch.data() + at::max_timestamp,
              load_big<std::int64_t>(batch.data() + at::max_timestamp) + recipe.claimed_later);
    store_big(batch.data() + at::crc, crc32c(bytes_view{batch}.subview(at::attributes)));
}

} // namespace

std::string make_batch(const batch_recipe& recipe)
{
    record_batch_builder builder;
    for (std::int32_t i = 0; i < recipe.records; ++i) {
        const std::string key = "key " + std::to_string((recipe.salt + i) % 5);
        std::string value = std::to_string(recipe.salt) + "/" + std::to_string(i);
        value.append(recipe.size, 'x');
        nullable<bytes_view> with_key;
        if (recipe.keys) with_key = bytes_view{key};
        if (builder.append(recipe.time + i, with_key, bytes_view{value}) != errc{}) std::abort();
    }
    sealed_batch sealed;
    const bool idempotent = recipe.producer_id >= 0;
    if (builder.seal({.codec = recipe.codec,
                      .producer_id = recipe.producer_id,
                      .producer_epoch = idempotent ? recipe.producer_epoch : std::int16_t{-1},
                      .base_sequence = idempotent ? recipe.base_sequence : -1},
                     default_codecs(), sealed))
        std::abort();
    std::vector<std::byte> bytes(sealed.bytes().begin(), sealed.bytes().end());
    claim(bytes, recipe);
    if (recipe.damage) bytes.back() ^= std::byte{0x40};
    return to_base64(bytes_view{bytes});
}

} // namespace odradek::conformance
