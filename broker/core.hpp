// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/authentication.hpp>
#include <odradek/broker/authenticator.hpp>
#include <odradek/broker/chunk.hpp>
#include <odradek/broker/cluster_state.hpp>
#include <odradek/broker/exchange.hpp>
#include <odradek/broker/faults.hpp>
#include <odradek/broker/fetch_sessions.hpp>
#include <odradek/broker/moment.hpp>
#include <odradek/broker/releases.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/header.hpp>
#include <odradek/protocol/writer.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::broker {

/// What the core wants done on a connection.
struct action {
    enum class kind : std::uint8_t {
        reply, ///< Write `bytes`, which may be none (acks 0), then hand in the next request.
        close, ///< Write `bytes`, then close.
    };

    kind what{};
    connection_id to = 0;
    writer bytes; ///< A whole frame, or a part of one before a close.
    std::vector<std::shared_ptr<const chunk>>
        holds{}; ///< What external segments of `bytes` lie in: keep until written.
};

/// How the bytes of a connection are to be cut into frames from now on. A value.
struct intake {
    frame_limits frames{};
    /// What the next frame may be is known only after the answer to the last one: it must not be cut off the stream before.
    bool in_step = false;
};

/// The embedded broker without sockets: a cluster of one or more brokers as one state machine.
///
/// It is told of connections, requests and time, and says what to write to whom and when to be woken. It has no clock, no
/// thread, no socket and no randomness of its own, so the same calls give the same bytes. A driver (server.hpp, the simulator)
/// hands in one request of a connection at a time, as Kafka's brokers take them: the next one after the reply to the last.
/// Used by one thread.
class ODRADEK_EXPORT core {
public:
    struct options {
        cluster_state::options cluster{};
        /// The ways in, the main one first; none: one, in clear and without SASL.
        std::vector<listener_settings> listeners{};
        authentication_options authentication{};     ///< Of all listeners that have mechanisms.
        release as{newest_release()};                ///< Which Kafka it pretends to be.
        std::function<void(std::string_view)> log{}; ///< A line for each odd thing; may be empty. It must not throw.
    };

    explicit core(options how);
    core(const core&) = delete;
    core& operator=(const core&) = delete;
    ~core();

    /// A client has connected to a broker through one of options::listeners. Nothing if that broker refuses connections or is down, or
    /// there is no such listener.
    [[nodiscard]] std::optional<connection_id> open(std::int32_t node, std::size_t listener = 0);
    /// The connection is gone.
    void closed(connection_id which);
    /// How to cut what a connection sends. It changes with what happens on the connection: ask after open() and after each action. Once the
    /// client has authenticated, or does not have to, a frame may be as long as `largest`.
    [[nodiscard]] intake intake_of(connection_id which, std::size_t largest) const;
    /// A request, or a token of SASL where the connection expects one, without its length. The connection must not have one pending.
    void receive(connection_id from, frame request, moment now);
    /// Time has passed: does what is due.
    void wake(moment now);
    /// When wake() is wanted next.
    [[nodiscard]] std::optional<moment> wake_at() const;
    /// What is to be done now, in this order.
    [[nodiscard]] std::vector<action> take_actions() { return std::exchange(actions_, {}); }

    [[nodiscard]] cluster_state& cluster() noexcept { return cluster_; }
    [[nodiscard]] class faults& faults() noexcept { return faults_; }
    [[nodiscard]] const release& as() const noexcept { return options_.as; }
    [[nodiscard]] const std::vector<listener_settings>& listeners() const noexcept { return options_.listeners; }
    /// Who has authenticated on a connection; empty if nobody has.
    [[nodiscard]] std::string_view principal(connection_id which) const;

    /// From outside, between requests: what is done to the cluster now is done at this time.
    void set_time(moment now) noexcept { now_ = std::max(now_, now); }
    /// -1: no leader. Nothing happens if `to` has no replica or is down.
    void move_leader(std::string_view topic, std::int32_t partition, std::int32_t to);
    void set_isr(std::string_view topic, std::int32_t partition, std::vector<std::int32_t> isr);
    /// The leader dies and one that lacks everything from `offset` on takes over, in a new epoch: another replica that is up, if
    /// there is one.
    void truncate(std::string_view topic, std::int32_t partition, std::int64_t offset);
    void set_up(std::int32_t node, bool up); ///< Taking a broker down closes its connections.
    void compact(std::string_view topic);    ///< Compacts every partition, as the cleaner would.
    /// Forgets what is too old or too much, and producers that stayed away. Happens by itself: what is too much goes when records
    /// are stored, and for what is too old the core looks at most every five minutes, as Kafka does, and only when something will be.
    void apply_retention(moment now);

    // For the handlers of requests (broker/handle_*.cpp)

    /// Answers a request.
    template <class Response>
    void respond(exchange& to, const Response& response, std::vector<std::shared_ptr<const chunk>> holds = {})
    {
        writer out;
        encode_error error;
        if constexpr (requires { response.throttle_time_ms; }) {
            Response throttled = response;
            throttled.throttle_time_ms = static_cast<std::int32_t>(to.fault.throttle.count());
            error = write_response_frame(out, throttled, to.version, to.correlation_id);
        } else {
            error = write_response_frame(out, response, to.version, to.correlation_id);
        }
        finish(to, std::move(out), std::move(holds), error);
    }
    /// Answers a request with a frame that was written already.
    void respond_frame(exchange& to, writer frame, const encode_error& error)
    {
        finish(to, std::move(frame), {}, error);
    }
    /// Ends a request that has no answer (Produce with acks 0).
    void respond_nothing(exchange& to) { finish(to, writer{}, {}, {}); }
    /// Closes the connection that the request came on: the answer to what cannot be understood.
    void hang_up(exchange& on, std::string_view why);
    /// The state of the connection that the request came on, as far as authentication goes.
    [[nodiscard]] authenticator& login(const exchange& of);
    /// The authentication has failed: the answer, or the end if there is none, comes late, and then the connection is closed.
    void close_behind(exchange& on, std::string_view why);

    /// Calls `is_answered(false)` whenever something changes that fetches may wait for, until it says true, and `is_answered(true)` at
    /// `until`: then it must answer.
    void wait(exchange_ptr what, moment until, std::function<bool(bool expired)> is_answered);
    /// Something changed that fetches may wait for.
    void notify();

    /// Something of this time is to be forgotten once it is older than `kept_ms` milliseconds: wakes up for it.
    void forget_later(std::int64_t timestamp, std::int64_t kept_ms);
    /// What a topic keeps, or what is stored in one of its partitions, has changed: wakes up when something becomes too old.
    void forget_later(const topic& of, const partition& in);

    /// Whether this broker takes a request that changes the cluster: since KRaft any broker does, before only the controller.
    [[nodiscard]] broker_errc check_admin(const exchange& x) const noexcept;

    /// Whether it pretends to be a release with ZooKeeper (up to 2.8): its controller answers a few things otherwise.
    [[nodiscard]] bool is_before_kraft() const noexcept { return before_kraft_; }

    [[nodiscard]] fetch_sessions& sessions(std::int32_t node) { return sessions_[node]; }
    [[nodiscard]] moment now() const noexcept { return now_; }
    void note(std::string_view line) const
    {
        if (options_.log) options_.log(line);
    }

private:
    struct connection {
        std::int32_t node = -1;
        std::size_t listener = 0;
        exchange_ptr pending{};
        authenticator login{};
    };
    struct waiting {
        exchange_ptr what;
        moment until;
        std::function<bool(bool)> is_answered;
    };
    struct delayed {
        action what;
        connection_id to;
    };

    [[nodiscard]] bool can_lead(const partition& of, std::int32_t node) const;
    void take_request(const exchange_ptr& what, connection& from);
    void dispatch(const exchange_ptr& what, authenticator::admission as);
    void take_token(const exchange_ptr& what);
    void finish(exchange& to, writer out, std::vector<std::shared_ptr<const chunk>> holds, const encode_error& error);
    void emit(exchange& to, action what);

    options options_;
    bool before_kraft_;
    cluster_state cluster_;
    class faults faults_;
    user_store users_;
    authenticator nobody_; // of connections that are gone
    std::map<connection_id, connection> connections_;
    connection_id next_connection_ = 1;
    std::map<std::int32_t, fetch_sessions> sessions_; // by broker
    std::list<waiting> waiting_;
    std::multimap<moment, delayed> delayed_;
    std::optional<moment> forgetting_; // when something will be too old
    std::vector<action> actions_;
    bool notifying_ = false;
    bool changed_ = false; // since those who wait were last asked
    moment now_{};
};

} // namespace odradek::broker
