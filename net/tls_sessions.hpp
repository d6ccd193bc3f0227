// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>

struct ssl_session_st; // OpenSSL's SSL_SESSION

namespace odradek {

/// TLS sessions that may be resumed, by broker: what saves the asymmetric cryptography when a connection is made again.
///
/// Owned by a tls_context, shared with its connections. Any thread. At most largest_size sessions, largest_per_broker of one broker; the
/// oldest goes first. A session of TLS 1.3 is given out once (RFC 8446, appendix C.4), one of TLS 1.2 again and again.
class ODRADEK_EXPORT tls_sessions {
public:
    using session = std::shared_ptr<ssl_session_st>;

    static constexpr std::size_t largest_size = 512;
    static constexpr std::size_t largest_per_broker = 4;

    /// Keeps a session for that broker.
    void put(const endpoint& broker, session one);
    /// The newest session for that broker, or null.
    [[nodiscard]] session take(const endpoint& broker);
    /// Forgets those of one broker, with which something went wrong.
    void forget(const endpoint& broker);

    [[nodiscard]] std::size_t size() const;

private:
    struct entry {
        endpoint broker;
        session one;
    };

    mutable std::mutex mutex_;
    std::deque<entry> entries_; // the oldest first
};

} // namespace odradek
