// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/proxy_handshake.hpp>

#include <array>
#include <cstdint>
#include <string>

namespace odradek {

/// SOCKS5, the client's side: the methods, the login if the proxy wants one, the request.
///
/// See proxy_handshake. The target goes out as an address if it is one, else as a name for the proxy to resolve. Failures:
/// errc::proxy_authentication_failed; errc::proxy_failed when the proxy could not reach the target, which may pass;
/// errc::proxy_refused when it does not want to or speaks something else; errc::invalid_argument for a target that cannot be named.
///
/// Source: RFC 1928, RFC 1929.
class ODRADEK_EXPORT socks5_handshake final : public proxy_handshake {
public:
    /// Towards `target` through a proxy whose options have been checked.
    socks5_handshake(const socks5& how, const endpoint& target);

    [[nodiscard]] action next() override;
    [[nodiscard]] std::size_t on_bytes(bytes_view bytes) override;
    [[nodiscard]] std::string_view step() const noexcept override;
    [[nodiscard]] bool tries_target() const noexcept override { return stage_ == stage::reply; }

private:
    enum class stage { greet, method, log_in, status, request, reply, done, failed };

    void judge();
    void judge_method();
    void judge_status();
    void judge_reply();
    void go_on(stage to);
    void fail(std::error_code ec, std::string words);
    [[nodiscard]] bool is_waiting() const noexcept;
    [[nodiscard]] std::string foreign_version(unsigned wanted) const;

    stage stage_ = stage::greet;
    secret greeting_;
    secret login_; // empty without a user name
    secret request_;
    std::string target_; // for people
    // The longest answer: four bytes, a name of 255 with its length, a port.
    std::array<std::uint8_t, 4 + 1 + 255 + 2> answer_{};
    std::size_t size_ = 0;
    proxy_failure failure_{};
};

} // namespace odradek
