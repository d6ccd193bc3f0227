// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/proxy_transport.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace odradek {

proxy_transport::proxy_transport(std::unique_ptr<transport> inner, std::vector<std::byte> early,
                                 std::string description)
    : inner_(std::move(inner)), early_(std::move(early)), description_(std::move(description))
{}

void proxy_transport::read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done)
{
    if (early_.empty()) return inner_->read_some(into, std::move(done));
    done.succeed(take_early(into));
}

void proxy_transport::write(std::span<const bytes_view> parts, completion<void(std::error_code)> done)
{
    inner_->write(parts, std::move(done));
}

std::uint64_t proxy_transport::bytes_written() const noexcept
{
    return inner_->bytes_written();
}

std::size_t proxy_transport::read_now(std::span<std::byte> into) noexcept
{
    return early_.empty() ? inner_->read_now(into) : take_early(into);
}

transport::state proxy_transport::probe() noexcept
{
    return early_.empty() ? inner_->probe() : state::readable;
}

void proxy_transport::close() noexcept
{
    early_.clear();
    inner_->close();
}

std::string proxy_transport::describe() const
{
    return description_;
}

std::size_t proxy_transport::take_early(std::span<std::byte> into) noexcept
{
    const std::size_t size = std::min(into.size(), early_.size() - taken_);
    if (size != 0) std::memcpy(into.data(), early_.data() + taken_, size);
    taken_ += size;
    if (taken_ == early_.size()) early_.clear();
    return size;
}

} // namespace odradek
