// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/output.hpp>

#include <algorithm>

namespace odradek::detail {

bounded_output::bounded_output(byte_buffer& buffer, std::size_t limit) noexcept
    : buffer_(buffer), start_(buffer.size()), limit_(std::min(limit, static_cast<std::size_t>(-1) / 4))
{}

std::span<std::byte> bounded_output::room(std::size_t wanted) noexcept
{
    const std::size_t most = start_ + limit_ + 1;
    std::size_t room = std::min(buffer_.capacity(), most) - buffer_.size();
    if (room < std::min(wanted, left() + 1)) {
        const std::size_t grown = std::max(buffer_.size() + std::min(wanted, left() + 1), buffer_.capacity() * 2);
        if (!buffer_.reserve(std::min(grown, most))) return {};
        room = std::min(buffer_.capacity(), most) - buffer_.size();
    }
    return {buffer_.data() + buffer_.size(), room};
}

bool bounded_output::commit(std::size_t count) noexcept
{
    if (count > left()) return false;
    buffer_.commit(count);
    return true;
}

compression_error bounded_output::fail(errc code, const char* reason, std::size_t position) noexcept
{
    buffer_.truncate(start_);
    return {code, reason, position};
}

compression_error bounded_output::over_limit(std::size_t position) noexcept
{
    return fail(errc::output_limit, "it unpacks to more bytes than may be held", position);
}

} // namespace odradek::detail
