// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/legacy_message.hpp>
#include <odradek/protocol/record_set_reader.hpp>

namespace odradek {
namespace {

// Size of the batch at the front as far as its header can be believed; 0 if the header is bad, or so much that it cannot be
// there if not even the header is.
std::size_t claimed_size(bytes_view rest) noexcept
{
    constexpr auto unknown = static_cast<std::size_t>(-1);
    if (rest.size() < batch_layout::length_counts_from) return unknown;
    const auto length = load_big<std::int32_t>(rest.data() + batch_layout::length);
    if (length < legacy_layout::least_length) return 0;
    if (rest.size() <= batch_layout::magic) return unknown;
    const auto magic = load_big<std::int8_t>(rest.data() + batch_layout::magic);
    if (magic < 0 || magic > 2) return 0;
    return static_cast<std::size_t>(length) + batch_layout::length_counts_from;
}

} // namespace

bool record_set_reader::next(batch_view& batch)
{
    if (error_) return false;
    const bytes_view rest = set_.subview(position_);
    // Brokers fill a response by bytes and cut the last batch off wherever they end.
    const std::size_t size = claimed_size(rest);
    if (size > rest.size()) return false;
    bad_size_ = size;
    error_ = batch.parse(rest);
    if (!error_) error_ = batch.open(*memory_, options_);
    if (error_) {
        error_.locate(error_.base_offset(), position_);
        return false;
    }
    position_ += size;
    return true;
}

bool record_set_reader::skip_bad_batch() noexcept
{
    if (!error_ || bad_size_ == 0) return false;
    position_ += bad_size_;
    bad_size_ = 0;
    error_ = {};
    return true;
}

} // namespace odradek
