// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/line_batch.hpp>

#include <optional>

namespace odradek::cli {
namespace {

constexpr std::size_t longest_length = 5;   // of a varint of 32 bits
constexpr std::size_t record_overhead = 31; // lengths, attributes, deltas and the count of headers, at their longest

std::size_t size_of(const nullable<bytes_view>& bytes) noexcept
{
    return bytes ? bytes->size() : 0;
}

std::size_t encoded_size(const line_record& record, std::size_t headers_size) noexcept
{
    return size_of(record.key) + size_of(record.value) + headers_size + record_overhead;
}

std::int64_t nullable_size(const nullable<bytes_view>& bytes) noexcept
{
    return bytes ? static_cast<std::int64_t>(bytes->size()) : -1;
}

} // namespace

std::size_t encoded_size(std::span<const record_header> headers) noexcept
{
    std::size_t size = 0;
    for (const record_header& header : headers) size += header.key.size() + size_of(header.value) + 2 * longest_length;
    return size;
}

bool line_batch::has_room(const line_record& record, std::size_t headers_size) const noexcept
{
    if (empty()) return true;
    return lines_.size() < most_records && encoded_ + encoded_size(record, headers_size) <= largest;
}

void line_batch::add(std::uint64_t number, const line_record& record, std::size_t headers_size)
{
    encoded_ += encoded_size(record, headers_size);
    if (record.key) text_ += record.key->text();
    if (record.value) text_ += record.value->text();
    sizes_.push_back({nullable_size(record.key), nullable_size(record.value)});
    lines_.push_back(number);
}

std::span<const record> line_batch::records(std::span<const record_header> headers)
{
    records_.clear();
    records_.reserve(sizes_.size());
    std::string_view rest = text_;
    const auto take = [&](std::int64_t size) -> std::optional<bytes_view> {
        if (size < 0) return std::nullopt;
        const bytes_view bytes{rest.substr(0, static_cast<std::size_t>(size))};
        rest.remove_prefix(bytes.size());
        return bytes;
    };
    for (const sizes& s : sizes_) {
        record& r = records_.emplace_back();
        r.key = take(s.key);
        r.value = take(s.value);
        r.headers = headers;
    }
    return records_;
}

void line_batch::clear()
{
    if (text_.capacity() > 2 * largest) text_ = {}; // one large record is no reason to keep its memory
    text_.clear();
    encoded_ = 0;
    sizes_.clear();
    lines_.clear();
    records_.clear();
}

} // namespace odradek::cli
