// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/cluster.hpp>
#include <odradek/net/backoff.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/types.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

namespace odradek {

/// What a topic is asked for by: its name, or its id when the name is empty.
struct topic_key {
    std::string name;
    uuid id{};

    friend auto operator<=>(const topic_key&, const topic_key&) = default;
};

/// "letters", or the base64url form of an id.
[[nodiscard]] ODRADEK_EXPORT std::string to_string(const topic_key& key);

/// Decides when metadata is asked for, for which topics, what is made of the answer, and when to begin again at the
/// bootstrap servers.
///
/// A sans-I/O machine owned by the client's core and used on its strand; time and randomness come in. Its driver executes
/// what next() says, one thing at a time, and asks resolved() for each of its waiters after each event. Only topics in use
/// are asked for, and only those that somebody needs anew, except when the whole picture is too old. However many callers
/// need a topic, one request serves them: a need is noted on the topic, not on the caller.
///
/// Source: KIP-526 (topics in use), KIP-361 (creation), KIP-516 (ids), KIP-580 (backoff), KIP-899 and KIP-1102 (bootstrap).
class ODRADEK_EXPORT metadata {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::milliseconds;

    struct options {
        duration max_age{300'000};      ///< The picture of the topics in use is asked for again at this age.
        duration topic_idle{300'000};   ///< A topic that nobody used for so long is forgotten.
        duration missing_grace{15'000}; ///< How long answers may omit what was known.
        backoff::policy retry{.initial = duration{100}, .maximum = duration{1000}}; ///< Between attempts and refreshes.
        std::uint32_t unknown_answers = 4; ///< After so many answers "unknown" in a row, a topic is unknown.
        std::uint32_t unknown_answers_when_created = 8; ///< The same while the broker may be creating it.
        bool rebootstrap = true;               ///< Whether to begin again at the bootstrap servers when all else fails.
        duration rebootstrap_trigger{300'000}; ///< After so long without any answer.
    };

    /// Ask these topics, by name or by id (never both), of any broker.
    struct send {
        std::vector<topic_key> topics;
        bool allow_auto_topic_creation = false;
        friend bool operator==(const send&, const send&) = default;
    };
    /// Nothing to do before then.
    struct wait {
        time_point until;
        friend bool operator==(const wait&, const wait&) = default;
    };
    /// Forget all brokers that were learned, find the bootstrap servers anew; then go on.
    struct rebootstrap {
        friend bool operator==(const rebootstrap&, const rebootstrap&) = default;
    };
    using action = std::variant<wait, send, rebootstrap>;

    explicit metadata(options o);

    /// The newest picture.
    [[nodiscard]] const cluster_snapshot& snapshot() const noexcept { return snapshot_; }

    /// Notes that a topic is in use, and asks for it if it is not known. `allow_creation` lets the broker create it.
    void use(const topic_key& topic, bool allow_creation, time_point now);

    /// Notes that the picture of a topic, as of version `seen`, has proved wrong. Does nothing if a newer answer is there
    /// already; a request under way that includes the topic will do.
    void refresh(const topic_key& topic, std::uint64_t seen, time_point now, double random);

    /// Notes that brokers or controller, as of version `seen`, have proved wrong.
    void refresh_brokers(std::uint64_t seen);

    /// A broker, or ApiVersions, answered that this client must bootstrap again (error 129).
    void on_rebootstrap_required(time_point now, double random);

    /// What to do now. While a request is under way it says `wait`.
    [[nodiscard]] action next(time_point now);

    /// The answer to the last `send`, in this version. Returns the error it held as a whole, if any, which counts as a failure.
    std::error_code on_response(const metadata_response& response, time_point now, double random, api_version version);

    /// No broker answered the last `send`.
    void on_failure(std::error_code why, time_point now, double random);

    /// Some broker was reached at that time, by whomever: nobody is unreachable for longer than since then.
    void on_reached(time_point when) noexcept
    {
        if (unreachable_since_ && !rebootstrap_pending_) unreachable_since_ = std::max(*unreachable_since_, when);
    }
    /// Somebody who looked for any broker found none: counts like a failure of our own, unless a request of our own is under way.
    void on_nobody_reached(std::error_code why, time_point now, double random)
    {
        if (!in_flight_ && !rebootstrap_pending_) on_failure(why, now, random);
    }
    /// Whether next() would begin again at the bootstrap servers.
    [[nodiscard]] bool wants_rebootstrap(time_point now) const noexcept
    {
        return rebootstrap_pending_ && now >= not_before_;
    }

    /// The broker is too old to be asked for topics by id: those who need one are told so.
    void on_ids_unsupported();

    /// Takes in the leaders that a Produce or Fetch answer named (KIP-951), in one change. Says of each whether it is news.
    std::vector<bool> on_leader_hints(std::span<const leader_hint> hints);

    /// Takes in a broker that a FindCoordinator answer named.
    void on_broker(const broker_info& broker);

    /// What became of a caller's need for a topic, noted when the picture had version `seen`: nothing yet; no error once the
    /// snapshot holds it; else why it does not.
    [[nodiscard]] std::optional<std::error_code> resolved(const topic_key& topic, std::uint64_t seen) const;

    /// What the last answer said about a topic.
    [[nodiscard]] broker_errc last_answer(const topic_key& topic) const noexcept;

    /// Whether any answer came after version `seen`.
    [[nodiscard]] bool answered_since(std::uint64_t seen) const noexcept { return answered_version_ > seen; }

    /// Why the last attempts failed; no error after an answer.
    [[nodiscard]] std::error_code last_failure() const noexcept { return last_failure_; }

private:
    struct entry {
        time_point used{};   // by a caller
        bool needed = false; // an answer is wanted
        bool asked = false;  // by the request under way
        bool allow_creation = false;
        time_point due{}; // when needed: not before
        std::uint32_t unknown_answers = 0;
        backoff pace; // grows while answers bring nothing new
        time_point answered_at{};
        std::uint64_t answered_version = 0;
        std::error_code error{};                  // of the last answer that counts
        broker_errc answered = broker_errc::none; // by the last answer, whether it counts or not
    };

    template <class Change>
    void change_snapshot(Change change);
    void forget_idle(time_point now);
    [[nodiscard]] std::optional<send> due_request(time_point now);
    [[nodiscard]] time_point next_due() const;
    void judge(const topic_key& key, entry& e, const metadata_response::metadata_response_topic* answer,
               const topic_info* before, time_point now, double random);
    void fail(std::error_code why, time_point now, double random);

    options options_;
    cluster_snapshot snapshot_ = std::make_shared<const cluster>();
    std::map<topic_key, entry> entries_;
    bool in_flight_ = false;
    bool brokers_needed_ = true; // nothing is known at first
    bool rebootstrap_pending_ = false;
    time_point not_before_{}; // after a failure
    backoff failures_;
    std::error_code last_failure_;
    std::optional<time_point> full_answer_at_; // when the topics in use were last asked for all together
    bool full_in_flight_ = false;
    std::optional<time_point> unreachable_since_;
    std::uint64_t answered_version_ = 0;
};

} // namespace odradek
