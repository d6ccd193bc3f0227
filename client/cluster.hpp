// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/types.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {

/// A broker as metadata describes it.
struct broker_info {
    std::int32_t id = -1;
    std::string host;
    std::int32_t port = 0; ///< As the broker advertised it; not checked.
    std::optional<std::string> rack{};

    friend bool operator==(const broker_info&, const broker_info&) = default;
};

/// A partition as the newest metadata that counts describes it.
struct partition_info {
    std::int32_t index = 0;
    std::int32_t leader = -1;       ///< Node id; -1 while there is none.
    std::int32_t leader_epoch = -1; ///< Epoch of that leader; -1 when the broker does not tell epochs.
    broker_errc error = broker_errc::none;
    std::vector<std::int32_t> replicas{};
    std::vector<std::int32_t> in_sync{};
    std::vector<std::int32_t> offline{};

    std::int32_t highest_epoch = -1;                       ///< No leader of an older epoch is believed.
    std::chrono::steady_clock::time_point missing_since{}; ///< When answers began to omit it; the epoch if they do not.

    friend bool operator==(const partition_info&, const partition_info&) = default;
};

/// A topic as the newest metadata that counts describes it.
struct topic_info {
    std::string name;
    uuid id{}; ///< Zero when the cluster does not tell ids.
    bool internal = false;
    broker_errc error = broker_errc::none;    ///< Of the last answer; the rest is then what was known before.
    std::int32_t recreated = 0;               ///< How often its id changed under our eyes.
    std::vector<partition_info> partitions{}; ///< In ascending order of their index.

    std::chrono::steady_clock::time_point missing_since{}; ///< When answers began to omit it; the epoch if they do not.

    /// The partition of that index, or null.
    [[nodiscard]] ODRADEK_EXPORT const partition_info* find_partition(std::int32_t index) const noexcept;

    friend bool operator==(const topic_info&, const topic_info&) = default;
};

/// A leader that an answer named beside an error (KIP-951). A view of that answer.
struct leader_hint {
    std::string_view topic;
    std::int32_t partition = -1;
    std::int32_t leader = -1; ///< Node id.
    std::int32_t epoch = -1;
    std::optional<broker_info> broker{}; ///< Where that broker is, if the answer says so.
};

/// What is known of a cluster: brokers, topics, leaders, controller.
///
/// A sans-I/O value. The metadata machine changes its own copy and hands out immutable snapshots (`cluster_snapshot`);
/// topics are shared between them, so a snapshot costs what changed. Pointers that the queries return live as long as the
/// snapshot they were asked of; a snapshot may be read on any thread.
///
/// It is careful about what it believes: a leader of an older epoch than one seen before is stale news and ignored (an
/// equal epoch may name another leader); a known topic or partition that answers omit stays for a grace period; another
/// topic id means that the topic was made anew; another cluster id means another cluster; a partition whose index cannot
/// be one (partition_bound()) is ignored, since whoever makes a table of partitions would pay for all those below it.
///
/// Source: KIP-320 (leader epochs), KIP-516 (topic ids), KIP-951 (leaders named in answers), KIP-78 (cluster ids).
class ODRADEK_EXPORT cluster {
public:
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::milliseconds;

    /// How long a known topic or partition that answers omit is still believed in.
    static constexpr duration default_missing_grace{15'000};

    /// No partition of a topic is believed to have this index or a greater one; no cluster gets near it.
    static constexpr std::int32_t max_partitions = 1'000'000;
    /// The first index that is not believed where an answer describes so many partitions of a topic, or so many were known
    /// before. They are numbered without gaps, so what lies far behind their number is an error or worse.
    [[nodiscard]] static constexpr std::int32_t partition_bound(std::size_t described) noexcept
    {
        constexpr std::size_t most = max_partitions;
        return static_cast<std::int32_t>(described < most / 16 ? std::min(16 * described + 1024, most) : most);
    }

    /// Id of the cluster; empty when it does not tell.
    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    /// Node id of the controller (with KRaft: of a broker that forwards to it); -1 when unknown.
    [[nodiscard]] std::int32_t controller() const noexcept { return controller_; }
    /// The brokers, in ascending order of their ids.
    [[nodiscard]] const std::vector<broker_info>& brokers() const noexcept { return *brokers_; }
    /// The broker of that id, or null.
    [[nodiscard]] const broker_info* find_broker(std::int32_t id) const noexcept;
    /// The topic of that name, or null.
    [[nodiscard]] const topic_info* find_topic(std::string_view name) const noexcept;
    /// The topic of that id, or null.
    [[nodiscard]] const topic_info* find_topic(const uuid& id) const noexcept;
    /// The topics, in ascending order of their names.
    [[nodiscard]] std::vector<const topic_info*> topics() const;
    /// Counts the answers that went into it.
    [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

    /// Before this version of Metadata, leader epochs count as unknown: brokers before Kafka 2.4 may tell an old one (KAFKA-9212).
    static constexpr api_version first_version_with_sound_epochs{9};

    /// Takes an answer of that version in. `all_topics` says that it lists every topic there is, so that a topic that it
    /// omits is missing.
    void apply(const metadata_response& response, bool all_topics, time_point now, duration missing_grace,
               api_version version = first_version_with_sound_epochs);

    /// Takes in an answer as it is, with the topics that are only there with an error: for a picture that somebody looks at.
    void apply_all(const metadata_response& response, time_point now, api_version version);

    /// Whether a leader that another answer named is news: only a newer epoch is.
    [[nodiscard]] bool is_news(const leader_hint& hint) const noexcept;

    /// Takes in the leaders that another answer named, and where their brokers are, as far as they are news. Says of each
    /// whether it was. Costs a copy of a topic where hints of the same one follow each other.
    std::vector<bool> apply_leaders(std::span<const leader_hint> hints);

    /// Takes in a broker that another answer named.
    void apply_broker(const broker_info& broker);

    /// Notes that an asked-for topic was not in the answer; forgets it once that has lasted for the grace period.
    void omit_topic(std::string_view name, time_point now, duration missing_grace);

    /// Forgets a topic that nobody uses.
    void forget_topic(std::string_view name);

    /// Forgets the brokers, as a bootstrap does. Topics stay, in case it is the same cluster that answers.
    void forget_brokers();

private:
    using topic_pointer = std::shared_ptr<const topic_info>;

    void apply_brokers(const metadata_response& response);
    void apply_topic(const metadata_response::metadata_response_topic& answer, api_version version, time_point now,
                     duration missing_grace);
    void store(topic_info topic);

    std::string id_;
    std::int32_t controller_ = -1;
    std::uint64_t version_ = 0;
    std::shared_ptr<const std::vector<broker_info>> brokers_ = std::make_shared<const std::vector<broker_info>>();
    std::map<std::string, topic_pointer, std::less<>> topics_;
    std::map<uuid, topic_pointer> topics_by_id_;
};

/// An immutable picture of the cluster at one moment.
using cluster_snapshot = std::shared_ptr<const cluster>;

} // namespace odradek
