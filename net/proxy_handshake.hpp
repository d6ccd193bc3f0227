// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>
#include <odradek/net/proxy_hop.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <string_view>
#include <variant>

namespace odradek {

/// The client's side of a conversation with a proxy: from its first byte to the first one of the stream behind it.
///
/// Owned by the attempt to connect, used on its strand; sans-I/O. Ask next(), do what it says, and tell on_bytes() what came. Whatever
/// the proxy sends, it needs no more than a bounded piece of memory. Words name what happened, never a secret, and not the proxy:
/// whoever drives it knows that.
class ODRADEK_EXPORT proxy_handshake {
public:
    /// Write these bytes, then ask again. Given out once.
    struct send {
        secret bytes{};
        friend bool operator==(const send&, const send&) = default;
    };
    /// Read, and give what comes to on_bytes().
    struct receive {
        friend bool operator==(const receive&, const receive&) = default;
    };
    /// What comes from now on belongs to the stream.
    struct done {
        friend bool operator==(const done&, const done&) = default;
    };
    /// What to do; a proxy_failure is final.
    using action = std::variant<send, receive, done, proxy_failure>;

    proxy_handshake() = default;
    proxy_handshake(const proxy_handshake&) = delete;
    proxy_handshake& operator=(const proxy_handshake&) = delete;
    virtual ~proxy_handshake() = default;

    /// What to do now.
    [[nodiscard]] virtual action next() = 0;

    /// Takes what was read, up to the end of the answer that is awaited; returns how many bytes that were, at least one while next() says
    /// receive. The rest is to be kept: it belongs to the next answer or to the stream.
    [[nodiscard]] virtual std::size_t on_bytes(bytes_view bytes) = 0;

    /// What is going on, for people, as "the login".
    [[nodiscard]] virtual std::string_view step() const noexcept = 0;

    /// Whether the proxy has all that it was to be told, and tries the target: silence, or an end, is about that target from here on.
    [[nodiscard]] virtual bool tries_target() const noexcept = 0;
};

} // namespace odradek
