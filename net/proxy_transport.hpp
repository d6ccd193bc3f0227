// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace odradek {

/// A stream behind a proxy: another transport, with the bytes that came early, behind the proxy's answer, read first.
///
/// Owned and used as every transport is. It adds nothing else, so whatever the transport below does, as telling what is there to
/// read, this one does too.
class ODRADEK_EXPORT proxy_transport final : public transport {
public:
    /// `description` is what describe() says.
    proxy_transport(std::unique_ptr<transport> inner, std::vector<std::byte> early, std::string description);

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override;
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override;
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override;
    [[nodiscard]] std::size_t read_now(std::span<std::byte> into) noexcept override;
    [[nodiscard]] state probe() noexcept override;
    void close() noexcept override;
    [[nodiscard]] std::string describe() const override;

private:
    std::size_t take_early(std::span<std::byte> into) noexcept;

    std::unique_ptr<transport> inner_;
    std::vector<std::byte> early_;
    std::size_t taken_ = 0; // of early_
    std::string description_;
};

} // namespace odradek
