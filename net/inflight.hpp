// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/diagnostics.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace odradek {

/// The correlation table of one connection: which requests are waiting, how far each got, and which answer belongs to which.
///
/// Owned by a connection, used on its strand; sans-I/O: it reads no clock and owns no socket. It numbers requests and decides;
/// the connection keeps what belongs to a request under its number. A broker answers in the order of the requests, so any
/// other order, a number that is not waited for, or an answer that is late by its deadline means that the two sides no longer
/// agree, and the connection has to be closed (librdkafka does the same, R33). Requests that expect no answer (acks=0) have
/// numbers from a range of their own: some services answer them all the same, and such an answer is dropped.
class ODRADEK_EXPORT inflight {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// How far a request got.
    enum class stage : std::uint8_t {
        queued,  ///< Waits for its turn; nothing of it was written.
        writing, ///< Handed to the transport, which did not finish yet.
        waiting, ///< Written; the answer is awaited.
    };

    struct request {
        std::int32_t id = 0; ///< Its correlation id.
        api key{};
        api_version version{};
        time_point deadline{};
        time_point created_at{};         ///< When it was entered.
        time_point::duration patience{}; ///< From then until its first deadline.
        time_point::duration held_for{}; ///< How long the broker may hold it, if it wants to.
        time_point sent_at{};            ///< When its writing began; meaningless while it is queued.
        std::size_t size = 0;            ///< Its bytes on the wire, as set_size() said.
        bool expects_response = true;
        bool abandoned = false; ///< Cancelled: nobody wants the answer, but it must still be read.
        bool answered = false;  ///< Answered while it was still being written; it is here until it is written.
        stage at = stage::queued;

        /// What to tell the caller when the connection is lost now.
        [[nodiscard]] delivery how_far() const noexcept
        {
            return at == stage::queued ? delivery::not_delivered : delivery::possibly_delivered;
        }
    };

    /// What an answer's correlation id means.
    struct answer {
        enum class verdict : std::uint8_t {
            deliver,    ///< It belongs to `to`.
            drop,       ///< It belongs to a request that nobody waits for: read on.
            unexpected, ///< It belongs to nothing: close the connection.
        };
        verdict what = verdict::unexpected;
        request to{};
    };

    /// Enters a request at the end of the queue, at the time `now`, and numbers it.
    [[nodiscard]] std::int32_t add(api key, api_version version, time_point deadline, bool expects_response = true,
                                   time_point now = {}, time_point::duration held_for = {});

    /// The next queued request to write, marked as being written since `now`; nothing when none is queued.
    [[nodiscard]] std::optional<request> begin_writing(time_point now = {});

    /// Notes how many bytes a request that is being written has, for those who watch.
    void set_size(std::int32_t id, std::size_t bytes) noexcept;

    /// The transport has written everything that was being written. Returns the requests that are complete with that,
    /// because they expect no answer.
    [[nodiscard]] std::vector<request> on_written();

    /// The write failed before its first byte of this request: nothing of it was written after all.
    void on_not_written(std::int32_t id) noexcept;

    /// An answer with this correlation id has come, at the time `now`. A request that is still being written stays here until it
    /// is written, since a peer that does not read it holds up all others, but its answer has been. Fetches that wait behind the
    /// answered one have their time from now on: a broker turns to each only after the one before, which it may have held.
    [[nodiscard]] answer on_response(std::int32_t id, time_point now = {});

    /// The caller no longer waits. A queued request leaves without a trace; any other keeps its place, its answer is dropped.
    /// Returns the request as it was; nothing when it is not here (any more).
    [[nodiscard]] std::optional<request> abandon(std::int32_t id);

    /// Queued requests whose deadline has come: they leave, and the connection is none the worse.
    [[nodiscard]] std::vector<request> take_expired_queued(time_point now);

    /// A request being written or answered whose deadline has come: the connection has to be closed.
    [[nodiscard]] std::optional<request> overdue(time_point now) const;

    /// The request that the next answer has to belong to.
    [[nodiscard]] std::optional<request> oldest_awaited() const;

    /// When the first deadline comes; nothing when no request is here.
    [[nodiscard]] std::optional<time_point> next_deadline() const;

    /// Ends everything: returns every request that was not answered, oldest first, and forgets them all.
    [[nodiscard]] std::vector<request> fail_all();

    /// Requests here in any stage.
    [[nodiscard]] std::size_t size() const noexcept { return requests_.size(); }
    [[nodiscard]] bool empty() const noexcept { return requests_.empty(); }
    /// Requests that wait to be written.
    [[nodiscard]] std::size_t queued() const noexcept;
    /// Whether some request waits to be written.
    [[nodiscard]] bool has_queued() const noexcept;
    /// Whether some answer is, or is about to be, on its way.
    [[nodiscard]] bool awaits_response() const noexcept;
    /// How long the broker may hold what it has, all together, before it turns to what is written now.
    [[nodiscard]] time_point::duration longest_hold() const noexcept;

private:
    [[nodiscard]] std::int32_t next_id(bool expects_response) noexcept;

    std::deque<request> requests_; // in order of their turn: first those written, then those queued
    std::int32_t next_answered_ = 0;
    std::int32_t next_silent_ = 0;
};

} // namespace odradek
