// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/writer.hpp>

#include <algorithm>

namespace odradek {

void writer::grow(std::size_t size)
{
    grow_exactly(std::max({capacity_ * 2, used_ + size, std::size_t{256}}) - used_);
}

void writer::grow_exactly(std::size_t size)
{
    const std::size_t capacity = used_ + size;
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (used_ != 0) std::memcpy(larger.get(), buffer_.get(), used_);
    buffer_ = std::move(larger);
    capacity_ = capacity;
}

void writer::external(bytes_view view)
{
    if (view.size() < external_from_) return bytes(view);
    externals_.push_back({used_, view});
    external_size_ += view.size();
}

writer::mark writer::begin_sized()
{
    int8(0);
    return {used_ - 1, size()};
}

void writer::end_sized(mark from)
{
    const std::size_t length = size() - from.size;
    const std::size_t width = uvarint_size(length);
    if (width > 1) {
        const std::size_t behind = from.position + 1;
        (void)room(width - 1);
        std::memmove(buffer_.get() + from.position + width, buffer_.get() + behind, used_ - behind);
        used_ += width - 1;
        for (external_view& each : externals_) {
            if (each.position >= behind) each.position += width - 1;
        }
    }
    write_uvarint(length, buffer_.get() + from.position);
}

std::vector<bytes_view> writer::segments() const
{
    std::vector<bytes_view> result;
    result.reserve(externals_.size() * 2 + 1);
    std::size_t done = 0;
    for (const external_view& each : externals_) {
        if (each.position > done) result.emplace_back(buffer_.get() + done, each.position - done);
        if (!each.view.empty()) result.push_back(each.view);
        done = each.position;
    }
    if (used_ > done) result.emplace_back(buffer_.get() + done, used_ - done);
    return result;
}

std::vector<std::byte> writer::flatten() const
{
    std::vector<std::byte> result;
    result.reserve(size());
    for (const bytes_view segment : segments()) result.insert(result.end(), segment.begin(), segment.end());
    return result;
}

} // namespace odradek
