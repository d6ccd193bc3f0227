// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/broker_versions.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/environment.hpp>
#include <odradek/net/error.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>
#include <odradek/protocol/writer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace odradek {

class connection_observer;
class credentials;

/// What every connection of a client does alike.
struct connection_options {
    std::string client_id = "odradek";                ///< In the header of every request.
    std::string software_name = "odradek";            ///< Told to brokers (KIP-511).
    std::string software_version = "0.1.0";           ///< Told to brokers (KIP-511).
    std::optional<std::string> expected_cluster_id{}; ///< Told to brokers when set: they refuse strangers (KIP-1242).
    std::chrono::milliseconds setup_timeout{30'000}; ///< For name, TCP, TLS, SASL and versions together (KIP-601, R20).
    std::size_t setup_frame_limit = std::size_t{1}
                                    << 20;            ///< Largest frame that is read before the connection is ready.
    std::size_t frame_limit = std::size_t{100} << 20; ///< Largest frame that is read afterwards.
    std::shared_ptr<connection_observer> observer{};  ///< Is told what happens, if it watches; nobody by default.
    std::shared_ptr<const class credentials> credentials{}; ///< Who authenticates with brokers; nobody by default.
};

/// Bytes from which on a connection writes a piece of a body from where it lies, instead of copying it behind the header.
inline constexpr std::size_t gathered_from = 256;

/// One request, encoded by the caller in a version that the connection's broker speaks.
struct outgoing_request {
    api key{};
    api_version version{};
    writer body{};                            ///< The encoded message without header.
    std::shared_ptr<const void> keep_alive{}; ///< Owns what the body's external segments refer to; freed once written.
    steady_time deadline{}; ///< When to give up (request_timeout from now); later for a fetch behind others.
    std::chrono::milliseconds held_for{}; ///< How long the broker may wait before it answers, as a fetch asks it to.
    bool expects_response = true;         ///< False for a Produce with acks 0: it ends once written (B15).
    bool waits_for_flush = false; ///< Its sender has just asked is_usable(), and calls flush() in the same turn.
};

/// One answer, still encoded. Owns its bytes; `body` refers to them and lives as long as `bytes`, also when moved.
struct response_frame {
    frame bytes{};
    bytes_view body{}; ///< What follows the header.
    api key{};
    api_version version{};
    std::int32_t correlation_id = -1;
};

/// One connection to one broker: sets it up, then carries requests and their answers, many at a time.
///
/// Made and owned by a broker_pool, shared with whoever sends on it; everything happens on the environment's strand, and
/// async_open, async_send, flush, mute_until and close may be called from any thread. A connection is opened once and, once closed,
/// stays closed; then every pending request has ended exactly once, with how far it got in its diagnostics. Queued requests
/// are written together with one gather write. While no answer is awaited nothing is pending on the executor, so that an
/// idle client does not keep run() from returning; whether the peer went away meanwhile is looked at before the next write.
///
/// A session that ends (KIP-368) is renewed on the live connection: what is to be sent waits, what is in flight is answered first.
///
/// Source: Kafka's protocol guide; KIP-219 (muting), KIP-368, KIP-601 (set-up time-out); behaviours R20, R21, R33, R35, B15, B29, B31.
class ODRADEK_EXPORT connection : public std::enable_shared_from_this<connection> {
    struct private_tag {};

public:
    enum class state : std::uint8_t { idle, opening, ready, closed };

    /// Called on the strand, once, when the connection closes; the error is empty when close() was asked for without one.
    using close_handler = std::function<void(std::error_code why, const diagnostics& about)>;

    /// A connection that is not open yet.
    [[nodiscard]] static std::shared_ptr<connection> make(environment world, connection_options options,
                                                          endpoint broker, std::int32_t node_id = -1,
                                                          connection_role role = {});

    connection(private_tag, environment world, connection_options options, endpoint broker, std::int32_t node_id,
               connection_role role);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    /// Connects, negotiates, and ends once requests may be sent. Ends with errc::connect_timed_out when the set-up
    /// time-out comes first. Cancelling it closes the connection.
    template <class Token = default_token>
    auto async_open(Token&& token = Token{})
    {
        return initiate<void(std::error_code)>(
            world_.executor, nullptr, std::forward<Token>(token),
            [self = shared_from_this()](completion<void(std::error_code)> done) { self->open(std::move(done)); });
    }

    /// Sends one request. Ends with its answer; with an empty frame once written if none is expected; with
    /// errc::request_timed_out at its deadline, whereupon the connection closes if any of it was written; with the error that closed
    /// the connection; or with operation_aborted when cancelled. An answer that comes after that is read and dropped.
    template <class Token = default_token>
    auto async_send(outgoing_request request, Token&& token = Token{})
    {
        return initiate<void(std::error_code, response_frame)>(
            world_.executor, nullptr, std::forward<Token>(token),
            [self = shared_from_this(),
             request = std::move(request)](completion<void(std::error_code, response_frame)> done) mutable {
                self->send(std::move(request), std::move(done));
            });
    }

    /// Writes what was sent with waits_for_flush: now, or when the write at hand has ended. Without that, what is sent is written
    /// in the next turn of the strand, together with all that was sent before.
    void flush();

    /// Writes nothing new until then (KIP-219): call it with now + throttle_time_ms of an answer. Never shortens.
    void mute_until(steady_time when);

    /// Closes; whatever is pending fails with `why` (errc::connection_closed when empty). Harmless when closed already.
    void close(std::error_code why = {}, diagnostics about = {});

    /// Sets what is called when the connection closes. On the strand, before async_open.
    void on_close(close_handler handler) { close_handler_ = std::move(handler); }

    /// What was negotiated; empty before the connection is ready, never changed after.
    [[nodiscard]] const broker_versions& versions() const noexcept { return versions_; }
    [[nodiscard]] const endpoint& peer() const noexcept { return broker_; }
    [[nodiscard]] std::int32_t node_id() const noexcept { return node_id_; } ///< -1 for a bootstrap server.
    [[nodiscard]] connection_role role() const noexcept { return role_; }
    /// How this connection does. On the strand.
    [[nodiscard]] state current_state() const noexcept { return state_; }
    /// What it waits for while it opens, for people: "a connection", "the answer to ApiVersions v4". On the strand.
    [[nodiscard]] std::string awaiting() const;
    /// Looks whether the peer is still there; closes and says no if not. On the strand.
    [[nodiscard]] bool is_usable();
    /// Requests that were sent and have not ended, or that are still being written. On the strand.
    [[nodiscard]] std::size_t in_flight() const noexcept;
    /// Whether the peer closed it while nothing was outstanding, as brokers do with idle connections: no loss to anybody. On
    /// the strand, once closed.
    [[nodiscard]] bool was_closed_idle() const noexcept { return was_closed_idle_; }
    /// When a request was last sent or answered. On the strand.
    [[nodiscard]] steady_time last_used() const noexcept { return last_used_; }
    /// When it became ready. On the strand.
    [[nodiscard]] steady_time ready_since() const noexcept { return ready_since_; }

    /// async_open and async_send behind their tokens.
    void open(completion<void(std::error_code)> done);
    void send(outgoing_request request, completion<void(std::error_code, response_frame)> done);

private:
    struct implementation;

    environment world_;
    connection_options options_;
    endpoint broker_;
    std::int32_t node_id_;
    connection_role role_;
    state state_ = state::idle;
    bool was_closed_idle_ = false;
    steady_time last_used_{};
    steady_time ready_since_{};
    broker_versions versions_{};
    close_handler close_handler_{};
    std::unique_ptr<implementation> impl_;
};

} // namespace odradek
