// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client_options.hpp>
#include <odradek/client/cluster.hpp>
#include <odradek/client/coordinators.hpp>
#include <odradek/client/event_hub.hpp>
#include <odradek/client/metadata.hpp>
#include <odradek/client/request.hpp>
#include <odradek/client/target.hpp>
#include <odradek/net/broker_pool.hpp>
#include <odradek/net/environment.hpp>

#include <asio/awaitable.hpp>
#include <asio/cancellation_signal.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace odradek {
class credentials;
}

namespace odradek::detail {

class client_core;
class client_user;

/// An error and what is known about it; no error when ec is empty.
struct failure {
    std::error_code ec{};
    diagnostics about{};

    explicit operator bool() const noexcept { return static_cast<bool>(ec); }
};

/// One asynchronous operation of a client: what it needs, whom it is owed to, and how it is stopped.
///
/// Made on the caller's thread, then owned by the core (and by its own coroutine) and used on the strand. run() ends with
/// what went wrong; ending the completion well is its own business.
class operation : public std::enable_shared_from_this<operation> {
public:
    virtual ~operation();

    /// The operation itself. It ends the completion if all went well.
    virtual asio::awaitable<failure> run(client_core& core) = 0;
    /// Ends the completion with an error.
    virtual void fail(failure why) = 0;
    /// An attempt ended like this; after a pause there is another one.
    virtual void on_pause(const failure& last);

    /// Stops whatever the coroutine waits for. On the strand.
    void cancel();
    [[nodiscard]] bool cancelled() const noexcept { return cancelled_ || (parent_ != nullptr && parent_->cancelled()); }
    /// Makes this a part of another operation, whose coroutine it runs in: it is cancelled with that one.
    void follow(const operation& parent) noexcept { parent_ = &parent; }

    steady_time deadline{};             ///< Of the whole operation; set before run().
    std::uint32_t resent = 0;           ///< How often something was sent again after its bytes had been written (R18).
    std::uint32_t attempts = 1;         ///< How often it has begun, for those who watch.
    const client_user* whose = nullptr; ///< The producer that it works for, if it is one's: whose events it causes.

private:
    friend class client_core;
    asio::cancellation_signal signal_;
    bool cancelled_ = false;
    const operation* parent_ = nullptr;
};

/// Something on the strand that waits for another thing on the strand: a timer that is cut short.
class strand_wait {
public:
    strand_wait(client_core& core, std::vector<strand_wait*>& list);
    strand_wait(const strand_wait&) = delete;
    strand_wait& operator=(const strand_wait&) = delete;
    ~strand_wait();

    /// Waits until wake(), until `when`, or until the coroutine is cancelled. True if it was woken.
    asio::awaitable<bool> until(steady_time when);
    void wake();

private:
    client_core& core_;
    std::vector<strand_wait*>& list_;
    std::unique_ptr<timer> timer_;
    bool woken_ = false;
};

/// Where a partition's leader is.
struct leader_place {
    failure why;
    std::int32_t node_id = -1;
    std::int32_t leader_epoch = -1;
    std::string topic;
    uuid topic_id{};
    std::int32_t partition = -1;
    std::int32_t partitions = 0; ///< How many the topic has.
    std::uint64_t seen = 0;      ///< Version of the picture that this comes from.
};

/// One attempt's answer.
struct attempt_result {
    failure why;
    response_frame frame{};
};

/// A connection, remembered without being owned. What waits for an answer must not own what it waits for: connections own
/// their completions, and those our coroutines, so nothing of it could go when the execution context does.
struct peer_reference {
    std::weak_ptr<connection> on;
    endpoint where{};
    std::int32_t node_id = -1;

    explicit peer_reference(const std::shared_ptr<connection>& to) : on(to), where(to->peer()), node_id(to->node_id())
    {}
};

/// Something that lives on a client's core longer than one operation: a producer.
///
/// Owned by its own handle and by what waits for it; the core only knows of it. Called on the strand.
class client_user {
public:
    virtual ~client_user() = default;
    /// Whether it owes somebody something: the client's close waits for that. It calls note_idle() when that ends.
    [[nodiscard]] virtual bool is_busy() const = 0;
    /// The client has stopped: ends what is pending.
    virtual void on_client_stopped() = 0;
    /// The execution context goes away: lets go of everything without calling anybody.
    virtual void abandon() noexcept = 0;
};

/// What all handles of one client share: the environment, the connections, the metadata, the coordinators, the operations.
///
/// Shared by the client handle, the producers and consumers made from it, and every coroutine that works for them; all of it
/// lives on the environment's strand except start() and stop(), which any thread may call. It keeps no work pending on the
/// executor while no operation is under way, so that run() can return. When the execution context is shut down with
/// operations pending, abandon() breaks the circle of owners.
class client_core : public std::enable_shared_from_this<client_core> {
public:
    static std::shared_ptr<client_core> make(environment world, client_options options);

    client_core(environment world, client_options options);
    client_core(const client_core&) = delete;
    client_core& operator=(const client_core&) = delete;
    ~client_core();

    /// Runs an operation. Any thread.
    void start(std::shared_ptr<operation> op);
    /// Cancels every operation with errc::closed, closes every connection; later operations end with errc::closed. Any thread.
    void stop();
    /// Connections authenticate with these from now on. Any thread.
    std::error_code replace_credentials(sasl_options who);
    /// Waits until no operation is left, at most until `deadline`, then stops.
    asio::awaitable<void> close(steady_time deadline);
    /// The execution context goes away: lets go of everything without calling anybody.
    void abandon() noexcept;
    [[nodiscard]] bool abandoned() const noexcept { return abandoned_; }

    [[nodiscard]] const environment& world() const noexcept { return world_; }
    [[nodiscard]] const client_options& options() const noexcept { return options_; }
    [[nodiscard]] steady_time now() const { return world_.clock->now(); }
    [[nodiscard]] double random() { return world_.random->uniform(); }
    [[nodiscard]] cluster_snapshot snapshot() const { return metadata_.snapshot(); }
    [[nodiscard]] backoff make_pace() const;
    /// Who is told of what happens. Any thread.
    [[nodiscard]] event_hub& events() const noexcept { return *events_; }

    // Users; on the strand
    void attach(const std::shared_ptr<client_user>& user);
    void note_idle();
    /// Cancels the operations that work for it: there is nobody left whom they would help.
    void cancel_those_of(const client_user* user);
    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    /// Why the client cannot work at all; no error if it can.
    [[nodiscard]] failure invalid_option() const { return {invalid_option_, diagnostics{invalid_option_text_}}; }
    /// A connection to a broker, for those who keep their own waits.
    void acquire(std::int32_t node_id, connection_role role, steady_time deadline,
                 completion<void(std::error_code, std::shared_ptr<connection>)> done);
    /// Notes that a topic is in use.
    void use_topic(const topic_key& key, bool allow_creation);

    // Metadata (core_metadata.cpp)

    /// The topic, asked for if it is not known.
    asio::awaitable<failure> find_topic(operation& op, const topic_key& key, bool allow_creation);
    /// The picture of the topic as of version `seen` is wrong: waits for a newer one.
    asio::awaitable<failure> refresh_topic(operation& op, const topic_key& key, std::uint64_t seen);
    /// The same without waiting.
    void note_stale_topic(const topic_key& key, std::uint64_t seen);
    /// Why a topic is not known better: what the last request for metadata ended with, or what it said of this topic. No error
    /// if nothing is wrong as far as is known.
    [[nodiscard]] failure last_failure_of(const topic_key& key) const;
    /// Brokers or controller as of version `seen` are wrong: waits for a newer answer.
    asio::awaitable<failure> refresh_brokers(operation& op, std::uint64_t seen);
    /// The leader of a partition.
    asio::awaitable<leader_place> find_leader(operation& op, const topic_key& key, std::int32_t partition,
                                              bool allow_creation);
    /// A Produce or Fetch answer named newer leaders (KIP-951). Says of each whether it was news.
    std::vector<bool> take_leader_hints(std::span<const leader_hint> hints);

    // Requests (request.cpp)

    /// Sends a call until it is answered or may not be tried again.
    asio::awaitable<failure> exchange(operation& op, request_call& call, const target& to, const request_options& how);
    /// Sends something once on a connection, and lets go of the connection meanwhile: see peer_reference. The request's deadline
    /// is the connection's: when it passes, the connection is not to be trusted any more (R33).
    asio::awaitable<attempt_result> send(std::shared_ptr<connection> on, outgoing_request request);
    /// The same for an operation: at its own deadline it leaves the request to the connection, which goes on for all others.
    asio::awaitable<attempt_result> send(operation& op, std::shared_ptr<connection> on, outgoing_request request);
    /// A ready connection to a broker, or to any broker for -1.
    asio::awaitable<failure> acquire(operation& op, std::int32_t node_id, connection_role role,
                                     std::shared_ptr<connection>& out);
    /// Waits before the next attempt; fails when the operation was cancelled or its time is over, then with `last`.
    asio::awaitable<failure> pause(operation& op, backoff& pace, const failure& last);
    /// What a lost or refused attempt means: no error if it may be repeated, else what to end with.
    [[nodiscard]] failure judge_attempt(operation& op, failure why, bool safe_to_repeat) const;
    /// An operation, or a part of it, begins again after this; tells those who watch.
    void note_retry(operation& op, const failure& last) const;
    /// Honours throttle_time_ms, and tells those who watch; `whose` as in operation.
    void throttle(const peer_reference& by, api key, api_version version, std::chrono::milliseconds time,
                  const client_user* whose = nullptr) const;
    /// The version to speak; nothing if there is none, and then `why` says so.
    [[nodiscard]] static std::optional<api_version> choose(const connection& on, api key, const request_options& how,
                                                           failure& why);

    void log(log_level level, std::string_view where, const std::string& text) const;

private:
    friend class strand_wait;
    struct metadata_interest;

    asio::awaitable<void> supervise(std::shared_ptr<client_core> self, std::shared_ptr<operation> op, std::uint64_t id);
    void launch(const std::shared_ptr<operation>& op);
    void stop_now();
    [[nodiscard]] broker_pool_options pool_options();
    void discover(completion<void(std::error_code, std::vector<endpoint>)> done);

    void kick_metadata();
    asio::awaitable<void> metadata_loop(std::shared_ptr<client_core> self);
    asio::awaitable<void> ask_metadata(const metadata::send& what);
    void publish_brokers();
    void log_ignored(const metadata_response::metadata_response_topic& topic) const;
    void settle_metadata();
    [[nodiscard]] failure why_no_metadata(std::string missing) const; // after the deadline of somebody who waited
    asio::awaitable<failure> wait_for_topic(operation& op, const topic_key& key, std::uint64_t seen);
    // Sets `seen` to the version of the picture that the choice of the broker comes from.
    asio::awaitable<failure> locate(operation& op, const target& to, api key, std::shared_ptr<connection>& out,
                                    std::uint64_t& seen);
    void note_unreachable(const target& to, std::int32_t node_id, std::error_code why, std::uint64_t seen);
    asio::awaitable<failure> find_coordinator(operation& op, const coordinators::key& key, std::int32_t& node_id);
    asio::awaitable<failure> look_up_coordinator(operation& op, const coordinators::key& key, std::int32_t& node_id);
    void note_answer_error(const target& to, broker_errc code, std::int32_t node_id, std::uint64_t seen);
    void note_search(const failure& why); // for any broker: whether one was found

    environment world_;
    client_options options_;
    std::error_code invalid_option_;
    std::string invalid_option_text_;
    const std::shared_ptr<event_hub> events_;
    const std::shared_ptr<credentials> credentials_;
    std::shared_ptr<broker_pool> pool_;
    metadata metadata_;
    coordinators coordinators_;

    std::map<std::uint64_t, std::shared_ptr<operation>> operations_;
    std::uint64_t next_operation_ = 1;
    std::vector<std::weak_ptr<client_user>> users_;
    std::vector<strand_wait*> close_waits_;
    std::vector<strand_wait*> metadata_waits_;     // of operations
    std::vector<strand_wait*> metadata_loop_wait_; // of the loop, at most one
    std::vector<strand_wait*> coordinator_waits_;
    bool metadata_running_ = false;
    failure metadata_failure_; // of the last attempt, for those who ran out of time
    std::uint64_t fatal_failures_ = 0;
    std::uint64_t stale_controller_ = 0; // version of the newest picture whose controller was not the controller
    std::uint32_t discoveries_ = 0;
    bool closed_ = false;
    std::atomic<bool> abandoned_ = false;
};

} // namespace odradek::detail
