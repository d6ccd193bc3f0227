// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/proxy_handshake.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {

/// CONNECT, the client's side: one request, and the head of its answer.
///
/// See proxy_handshake. Names and addresses go to the proxy as they are. Answers of the class 1xx are passed over; after one of the
/// class 2xx the stream begins behind the empty line, whatever Content-Length and Transfer-Encoding say (RFC 9110, 9.3.6). Lines may
/// end with a line feed alone and headers may be folded, as old proxies do; anything else that HTTP/1 does not allow in a head
/// is refused, and so are heads of more than max_head bytes in all.
///
/// Failures: errc::proxy_authentication_failed (407, with the schemes that are offered; 401 if there were credentials); errc::proxy_failed for what may pass (408,
/// 429, 500, 502, 503, 504); errc::proxy_refused for every other status, and for what is no HTTP; errc::invalid_argument for a target
/// that cannot be named. What the proxy says is shown in quotes, unless it repeats something that is secret.
///
/// Source: RFC 9110, RFC 9112, RFC 7617.
class ODRADEK_EXPORT http_connect_handshake final : public proxy_handshake {
public:
    static constexpr std::size_t max_head = std::size_t{16} << 10; ///< Bytes of all heads together.

    /// Towards `target` through a proxy whose options have been checked.
    http_connect_handshake(const http_connect& how, const endpoint& target);

    [[nodiscard]] action next() override;
    [[nodiscard]] std::size_t on_bytes(bytes_view bytes) override;
    [[nodiscard]] std::string_view step() const noexcept override;
    [[nodiscard]] bool tries_target() const noexcept override { return stage_ == stage::answer; }

private:
    enum class stage { request, answer, done, failed };

    void make_request(const http_connect& how, const std::string& authority);
    void take(char c);
    void on_line();
    void on_status_line();
    void on_header();
    void on_head();
    void fail(std::error_code ec, std::string words);
    void fail_foreign();
    [[nodiscard]] std::string quoted_reason() const;
    [[nodiscard]] std::string offered() const;
    [[nodiscard]] bool repeats_secret(std::string_view text) const;

    stage stage_ = stage::request;
    secret request_;
    std::vector<secret> secrets_; // what no words may repeat
    bool has_credentials_ = false;
    std::string target_; // for people
    std::size_t total_ = 0;
    std::string line_;
    int status_ = 0; // 0 before the status line
    std::string reason_;
    bool has_header_ = false;
    bool is_challenge_ = false; // the last header was a Proxy-Authenticate
    std::string challenges_;
    proxy_failure failure_{};
};

} // namespace odradek
