// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/core.hpp>
#include <odradek/broker/exchange.hpp>
#include <odradek/broker/output_queue.hpp>
#include <odradek/net/clock.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/frame.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace odradek::broker {

class server;

/// What one client may cost. A plain value.
struct server_limits {
    std::size_t largest_request = std::size_t{100}
                                  << 20; ///< socket.request.max.bytes: a longer frame ends the connection.
    /// While so many bytes of answers wait to be written, a connection's next request is not looked at; and a client that takes none
    /// of them for `stalled` is dropped. So one connection costs at most this and one answer.
    std::size_t output_cap = std::size_t{1} << 20;
    std::chrono::milliseconds first_request{30'000}; ///< For the first whole request after connecting.
    std::chrono::milliseconds max_idle{600'000};     ///< connections.max.idle.ms
    std::chrono::milliseconds stalled{600'000}; ///< Without a piece of the answers (256 KiB or the rest) being taken.
};

/// What a connection is waiting for, and so how long it may.
enum class patience : std::uint8_t {
    beginning, ///< The first request; or the end, once the client sends no more.
    idle,      ///< Any other request, or its answer.
    stalled,   ///< The client takes its answers.
};
inline constexpr std::size_t patience_kinds = 3;

/// One connection of a client to a broker: reads requests, hands them in one by one, writes answers.
///
/// Owned by its server, used on the server's strand and under its lock; its pending reads and writes keep it alive until they have
/// ended, but not the server. While nothing comes it holds a few hundred bytes of memory.
class served_connection : public std::enable_shared_from_this<served_connection> {
public:
    served_connection(std::weak_ptr<server> in, connection_id id, std::unique_ptr<transport> stream,
                      std::size_t output_cap);

    [[nodiscard]] connection_id id() const noexcept { return id_; }
    [[nodiscard]] std::string describe() const { return stream_->describe(); } ///< The client, for people.

    /// Cuts what comes in like this from the next frame on.
    void follow(const intake& how);
    /// The next request, if there is one and it may be looked at now.
    [[nodiscard]] std::optional<frame> take_request();
    /// Does what the core wants.
    void perform(server& in, action what);
    /// Writes and reads what can be written and read now.
    void go_on(server& in);
    /// Ends it at once.
    void close() noexcept;

private:
    friend class server; // which keeps the time

    struct reader;

    void read(server& in);
    void on_read(std::error_code ec, std::size_t size, diagnostics about);
    void take_in(server& in, std::size_t size);
    void cut_next();
    void wipe_tokens();
    void write(server& in);
    void on_written(std::error_code ec, std::size_t size);
    [[nodiscard]] bool is_at_rest() const noexcept { return !busy_ && !next_ && output_.empty(); }

    std::weak_ptr<server> in_;
    connection_id id_;
    std::unique_ptr<transport> stream_;
    intake intake_{};
    std::size_t output_cap_;

    // Reading. The first bytes of a request come into a little room of ours, and only then there is a splitter with more.
    std::array<std::byte, 256> first_bytes_{};
    std::optional<frame_splitter> splitter_;
    std::optional<frame> next_;
    bool reading_ = false;
    bool into_splitter_ = false; // what is being read goes there
    bool holds_tokens_ = false;  // of SASL, perhaps: what came before somebody had authenticated
    bool at_end_ = false;        // the client sends no more

    // Answering
    output_queue output_;
    std::vector<bytes_view> parts_; // of the write that is pending
    bool busy_ = false;             // the core has a request of ours
    bool writing_ = false;
    bool ending_ = false; // close once everything was written
    bool closed_ = false;

    // The server's
    patience patience_ = patience::beginning;
    steady_time since_{};
    std::list<served_connection*>::iterator place_{};
    bool placed_ = false;
};

} // namespace odradek::broker
