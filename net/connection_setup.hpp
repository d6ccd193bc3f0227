// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/net/environment.hpp>
#include <odradek/net/handshake.hpp>
#include <odradek/protocol/frame.hpp>

#include <asio/cancellation_signal.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <system_error>

namespace odradek {

/// A transport that carried a handshake to its end, with what came of it.
struct established {
    std::unique_ptr<transport> stream;
    frame_splitter splitter; ///< May hold bytes already: it goes on with the stream.
    broker_versions versions;
    std::chrono::milliseconds session_lifetime{0}; ///< When to authenticate again; 0: never.
    std::uint64_t identity = 0;                    ///< Of the credentials that it was authenticated with.
};

/// Makes one broker ready for requests: a transport from the socket factory, then the handshake, with as many new transports as
/// the handshake asks for, all of it before one deadline (KIP-601, R20).
///
/// Private to connection, which owns it until it ends; used on the strand. It keeps itself alive while something of it is
/// pending.
class connection_setup : public std::enable_shared_from_this<connection_setup> {
public:
    connection_setup(environment world, const connection_options& options, transport_request to);

    /// Ends `done` once: with what was established or with why not.
    void start(completion<void(std::error_code, established)> done);

    /// What is being waited for, for people.
    [[nodiscard]] std::string awaiting() const;

    /// Gives up now: `done` ends with this, unless it has ended.
    void stop(std::error_code ec, diagnostics about);

private:
    void connect();
    void on_connected(std::error_code ec, std::unique_ptr<transport> stream);
    void go_on();
    [[nodiscard]] handshake::options handshake_options(const connection_options& from);
    void write(secret bytes);
    void run(std::function<void()> job);
    void read(bool bare);
    void read_some();
    void on_read(std::error_code ec, std::size_t size);
    void on_lost(std::error_code ec);

    environment world_;
    std::size_t frame_limit_;
    std::size_t frame_limit_when_ready_;
    transport_request to_;
    std::shared_ptr<const credentials> who_;
    std::uint64_t identity_ = 0;
    handshake handshake_;
    completion<void(std::error_code, established)> done_;
    std::unique_ptr<timer> deadline_;
    asio::cancellation_signal stop_connecting_;
    asio::cancellation_signal stop_job_;
    bool computing_ = false;
    diagnostics connect_failure_;
    diagnostics read_failure_;
    std::unique_ptr<transport> stream_;
    frame_splitter splitter_;
    secret outgoing_;
    bytes_view outgoing_view_;
};

} // namespace odradek
