// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/net/tls_options.hpp>
#include <odradek/net/tls_sessions.hpp>
#include <odradek/protocol/export.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace odradek {

namespace detail {
struct file_stamp;
}

/// Makes and keeps the SSL_CTX of a client or a server, from options and files, and makes a new one when the files change.
///
/// Owned by a TLS factory. Every function may be called on any thread; refresh() reads files and unlocks keys, so it belongs on
/// one that may block, and one call of it runs at a time. An SSL holds its SSL_CTX, so connections live on with the one that
/// they were made with. Time comes in.
class ODRADEK_EXPORT tls_context {
public:
    /// Files are looked at again after this time at the earliest.
    static constexpr std::chrono::seconds look_again_after{1};

    explicit tls_context(tls options);
    explicit tls_context(tls_server options);
    ~tls_context();
    tls_context(const tls_context&) = delete;
    tls_context& operator=(const tls_context&) = delete;

    /// What refresh() came to.
    struct outcome {
        std::error_code ec{};  ///< There is no SSL_CTX: why.
        diagnostics about{};   ///< More on that.
        std::string warning{}; ///< The files have changed but cannot be used, and the old SSL_CTX goes on: why.
    };

    /// Whether refresh() has something to do: nothing was made yet, or the files are to be looked at again.
    [[nodiscard]] bool is_due(steady_time now) const;
    /// Makes the SSL_CTX if there is none yet, or anew if a file has changed since.
    [[nodiscard]] outcome refresh(steady_time now);

    /// What new connections are made with.
    struct in_force {
        std::shared_ptr<ssl_ctx_st> context{};    ///< Null before the first refresh() that succeeds.
        std::shared_ptr<tls_sessions> sessions{}; ///< Agreed under this very SSL_CTX; null without resumption.
    };
    [[nodiscard]] in_force current() const;
    /// Whether the SSL_CTX is the user's own.
    [[nodiscard]] bool is_foreign() const noexcept { return client_ && client_->context != nullptr; }
    /// The client's options; null for a server's.
    [[nodiscard]] const tls* client_options() const noexcept { return client_ ? &*client_ : nullptr; }
    /// The server's options; null for a client's.
    [[nodiscard]] const tls_server* server_options() const noexcept { return server_ ? &*server_ : nullptr; }

private:
    [[nodiscard]] std::vector<detail::file_stamp> look() const;

    std::optional<tls> client_;
    std::optional<tls_server> server_;
    std::mutex refreshing_;
    mutable std::mutex mutex_; // guards what follows
    in_force current_;
    std::vector<detail::file_stamp> stamps_; // of the last attempt, also of one that failed
    steady_time looked_{};
};

} // namespace odradek
