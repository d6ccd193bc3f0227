// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <chrono>
#include <memory>

namespace odradek::detail {

/// Held by whoever uses OpenSSL on a thread that nobody joins: while one exists, a program that ends does not let OpenSSL clean up.
///
/// OpenSSL frees its own tables when the program exits, and whatever a blocking thread still does with them would touch
/// freed memory. The exit waits for those that are there, `longest_wait` at the most, since a file may lie on a server that is away; those
/// that come later are refused. They nest, also on one thread. Usable on any thread, once expect() was called on one that the
/// program waits for: what a thread registers to be done at the exit while that is under way already may come too late.
class ODRADEK_EXPORT openssl_use {
public:
    static constexpr std::chrono::seconds longest_wait{5}; ///< What the end of a program waits for them.

    /// Says that there will be some.
    static void expect();
    /// Keeps for good what may not be freed any more.
    static void leave(std::shared_ptr<const void> what);

    openssl_use();
    ~openssl_use();
    openssl_use(const openssl_use&) = delete;
    openssl_use& operator=(const openssl_use&) = delete;

    /// Whether OpenSSL may be used. If not, the program is ending: what belongs to OpenSSL is left as it is, not even freed.
    [[nodiscard]] explicit operator bool() const noexcept { return granted_; }

private:
    bool granted_ = false;
};

} // namespace odradek::detail
