// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/net/connection_setup.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/net/inflight.hpp>
#include <odradek/net/session_renewal.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_error.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/writer.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace odradek {

/// The steady state of a connection: everything between ready and closed.
///
/// Private to connection, which owns it and outlives it; all of it on the strand.
struct connection::implementation {
    using send_completion = completion<void(std::error_code, response_frame)>;

    struct waiting {
        outgoing_request what;
        send_completion done;
        std::uint64_t ticket = 0;
        bool is_written = false; // right now: the transport reads `what` until the write has ended, whatever happens
    };
    // A request in the gather write at hand, and where it begins in it.
    struct batched {
        std::int32_t id = 0;
        std::size_t begins = 0;
    };

    explicit implementation(connection& owner)
        : self(owner), deadline(owner.world_.clock->make_timer(owner.world_.strand)),
          unmute(owner.world_.clock->make_timer(owner.world_.strand)),
          session(std::make_shared<session_renewal>(owner.world_, owner.options_, owner.broker_))
    {}

    void submit(outgoing_request request, send_completion done, std::uint64_t ticket);
    void cancel(std::uint64_t ticket);
    void kick();
    void write_next();
    [[nodiscard]] bool renew_session();
    [[nodiscard]] bool is_behind_the_session() const;
    void on_renewed(std::error_code ec, const diagnostics& about);
    [[nodiscard]] encode_error add_frame(const inflight::request& next);
    void on_written(std::error_code ec);
    void read_on();
    void on_read(std::error_code ec, std::size_t size);
    void on_frame(frame received);
    void on_broken_protocol(std::error_code ec, const std::string& words);
    void arm_deadline();
    void on_deadline();
    [[nodiscard]] diagnostics describe(diagnostics about, const inflight::request& request) const;
    [[nodiscard]] send_completion take(std::int32_t id);
    void end(const inflight::request& request, std::error_code ec, const diagnostics& about);
    [[nodiscard]] connection_observer* watcher() const noexcept;
    void tell_queue_size();
    /// `culprit` ends with `why`, everything else with `others`.
    void shut(std::error_code why, const diagnostics& about, std::optional<std::int32_t> culprit,
              std::error_code others);

    connection& self;                      // lives as long as this
    std::weak_ptr<connection_setup> setup; // what it waits for owns it
    std::unique_ptr<transport> stream;
    frame_splitter splitter;
    inflight table;
    std::map<std::int32_t, waiting> requests; // by correlation id: who waits, and what is being written
    std::unique_ptr<timer> deadline;
    std::unique_ptr<timer> unmute;
    std::shared_ptr<session_renewal> session; // what it has pending outlives a connection's end
    std::optional<steady_time> armed;
    steady_time muted_until{};
    steady_time opened{};
    std::size_t told_queued = 0; // to whom it may concern
    std::atomic<std::uint64_t> next_ticket{0};
    bool reading = false;
    bool writing = false;
    bool holds_back = false;      // what is queued, since the session may be over when the broker turns to it
    bool was_answered = false;    // since it is ready
    bool is_unwelcome = false;    // closed by a peer that seems to want something else first
    writer frames{gathered_from}; // the gather write at hand: headers and small bodies, and views of the long segments
    std::vector<bytes_view> gather;
    std::vector<batched> batch;
    std::uint64_t written_before = 0;
};

} // namespace odradek
