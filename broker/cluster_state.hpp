// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/log.hpp>
#include <odradek/broker/memory_charge.hpp>
#include <odradek/broker/producers.hpp>
#include <odradek/broker/topic_settings.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/types.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::broker {

/// Where a broker is reached.
struct address {
    std::string host;
    std::uint16_t port = 0;

    friend bool operator==(const address&, const address&) = default;
};

/// One broker of the cluster, as others see it.
struct node {
    std::int32_t id = 0;
    address at{};     ///< What clients of the main listener are told.
    std::string rack; ///< broker.rack; empty: none.
    bool up = true;
    std::vector<address> others{}; ///< What those of the other listeners are told, by number: of 1, of 2, ..

    /// What clients of this listener are told; where nothing else was said, what those of the main one are.
    [[nodiscard]] const address& seen_by(std::size_t listener) const noexcept
    {
        return listener == 0 || listener > others.size() ? at : others[listener - 1];
    }
};

/// One partition: who leads it, and its log. All replicas share the one log: followers are always up to date.
struct partition {
    /// Empty, without replicas. `total` counts what it holds, and outlives it.
    partition(const codec_set& codecs, std::size_t& total) : records(codecs, total), producers(total), held(total, cost)
    {}

    static constexpr std::size_t cost = 1024; ///< What a partition without records is charged for, roughly.

    std::int32_t index = 0;
    std::int32_t leader = -1; ///< -1: none.
    std::int32_t leader_epoch = 0;
    std::vector<std::int32_t> replicas;
    std::vector<std::int32_t> isr; ///< In-sync replicas; the leader is one of them.
    log records;
    producer_states producers;
    memory_charge held; ///< For the partition itself.

    /// What consumers may read up to: the end, since replicas are never behind.
    [[nodiscard]] std::int64_t high_watermark() const noexcept { return records.end_offset(); }
};

/// One topic.
struct topic {
    explicit topic(std::size_t& total) noexcept
        : held(total) {} ///< Empty. `total` counts what it holds, and outlives it.

    std::string name;
    uuid id{};
    bool internal = false;
    std::map<std::string, std::string, std::less<>> config; ///< Its own settings, as text.
    topic_settings settings;                                ///< The same with all defaults, ready for use.
    std::vector<std::unique_ptr<partition>> partitions;
    memory_charge held; ///< For its name and settings.

    [[nodiscard]] partition* find(std::int32_t index) noexcept
    {
        return index >= 0 && static_cast<std::size_t>(index) < partitions.size()
                   ? partitions[static_cast<std::size_t>(index)].get()
                   : nullptr;
    }
};

/// How a new topic is to look.
struct new_topic {
    std::string name{};
    std::int32_t partitions = -1;                        ///< -1: num.partitions of the brokers.
    std::int16_t replication_factor = -1;                ///< -1: default.replication.factor.
    std::vector<std::vector<std::int32_t>> assignment{}; ///< Replicas of each partition; empty: spread evenly.
    std::map<std::string, std::string, std::less<>> config{};
};

/// Why something about the cluster could not be changed.
struct refusal {
    broker_errc error = broker_errc::none;
    std::string text{};

    explicit operator bool() const noexcept { return error != broker_errc::none; }
};

/// What the whole cluster knows: brokers, topics, leaders. In KRaft's words, the metadata log applied.
///
/// Owned by the core, used by one thread. Iteration is by name and number, so that a run is a function of its inputs.
class ODRADEK_EXPORT cluster_state {
public:
    /// What does not change while the cluster runs.
    struct options {
        std::vector<node> nodes{};
        std::string cluster_id{};
        std::uint64_t seed = 1;                                   ///< Topic ids are drawn from it.
        bool auto_create_topics = true;                           ///< auto.create.topics.enable
        std::int32_t default_partitions = 1;                      ///< num.partitions
        std::int16_t default_replication_factor = 1;              ///< default.replication.factor
        std::map<std::string, std::string, std::less<>> config{}; ///< The brokers' settings, as text.
        std::size_t memory_limit = std::size_t{1}
                                   << 30; ///< Bytes of all logs and topics, and of what is known of producers.
        std::int64_t producer_expiration_ms = 86'400'000; ///< producer.id.expiration.ms
        topic_settings defaults{};                        ///< What a topic has when nothing else is said.
        const codec_set* codecs = nullptr;                ///< Needed; default_codecs() of compression.
    };

    explicit cluster_state(options how);

    [[nodiscard]] const options& how() const noexcept { return options_; }
    [[nodiscard]] const std::vector<node>& nodes() const noexcept { return options_.nodes; } ///< By id.
    [[nodiscard]] const node* find_node(std::int32_t id) const noexcept;
    [[nodiscard]] std::int32_t controller() const noexcept; ///< The first broker that is up; -1 if none is.
    /// What clients of a listener are told of a broker: its port is known only once it listens.
    void set_address(std::int32_t id, address at, std::size_t listener = 0);

    [[nodiscard]] std::map<std::string, topic, std::less<>>& topics() noexcept { return topics_; } ///< By name.
    [[nodiscard]] topic* find_topic(std::string_view name) noexcept;
    [[nodiscard]] topic* find_topic(const uuid& id) noexcept;

    /// Makes a topic; `only_check` says what would be refused. `made_id` receives the id, which then is nobody's.
    [[nodiscard]] refusal create(const new_topic& wanted, bool only_check = false, uuid* made_id = nullptr);
    void remove(std::string_view name);
    /// Adds partitions until there are `count`. `assignment` has the replicas of each new one; empty: spread evenly.
    [[nodiscard]] refusal grow(topic& of, std::int32_t count, const std::vector<std::vector<std::int32_t>>& assignment,
                               bool only_check = false);
    /// Sets or, without a value, takes back a topic's own settings.
    [[nodiscard]] refusal configure(topic& of, std::map<std::string, std::string, std::less<>> config,
                                    bool only_check = false);

    void move_leader(partition& of, std::int32_t to); ///< A new epoch begins. -1: no leader.
    void set_up(std::int32_t node, bool up); ///< Leaders move away from a broker that goes down, within the ISR.

    [[nodiscard]] std::int64_t next_producer_id() noexcept { return next_producer_id_++; }
    /// What all logs and topics hold, and what is remembered of producers.
    [[nodiscard]] std::size_t bytes_stored() const noexcept { return bytes_stored_; }
    /// Replicas of a partition that are on brokers that are down.
    [[nodiscard]] std::vector<std::int32_t> offline_replicas(const partition& of) const;

private:
    [[nodiscard]] uuid draw_id();
    [[nodiscard]] std::vector<std::int32_t> spread(std::int32_t index, std::int16_t replicas);
    [[nodiscard]] refusal check_assignment(const std::vector<std::vector<std::int32_t>>& assignment) const;
    [[nodiscard]] refusal check_room(std::size_t bytes) const;
    void add_partition(topic& to, std::vector<std::int32_t> replicas);
    void elect(partition& of);

    options options_;
    std::size_t bytes_stored_ = 0; // before the topics, whose logs count in it to the end
    std::map<std::string, topic, std::less<>> topics_;
    std::map<uuid, std::string> names_;
    std::map<std::string, std::string> metric_names_; // names with '_' for '.', which must differ too
    std::uint64_t drawn_;
    std::int32_t next_first_replica_ = 0;
    std::int64_t next_producer_id_ = 0;
};

/// Forgets what of a partition is too much for the topic's settings; producing does so each time.
ODRADEK_EXPORT void apply_size_retention(const topic& of, partition& in);
/// Forgets what of a partition is too old or too much for the topic's settings.
ODRADEK_EXPORT void apply_retention(const topic& of, partition& in, std::int64_t now_ms);

/// What is wrong with a topic's name, for people; empty if nothing is.
[[nodiscard]] ODRADEK_EXPORT std::string check_topic_name(std::string_view name);

} // namespace odradek::broker
