// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <optional>
#include <string>
#include <vector>

namespace odradek::test {

inline uuid id_of(std::uint8_t last)
{
    uuid id;
    id.bytes[15] = last;
    return id;
}

/// A Metadata answer, put together a piece at a time; owns what the answer's views refer to.
class metadata_builder {
public:
    struct partition {
        std::int32_t leader = 1;
        std::int32_t epoch = 0;
        std::optional<std::int32_t> index{}; ///< The place in the list if not set.
    };

    metadata_builder& cluster(std::string id)
    {
        cluster_ = std::move(id);
        return *this;
    }
    metadata_builder& controller(std::int32_t id)
    {
        controller_ = id;
        return *this;
    }
    metadata_builder& broker(std::int32_t id, std::string host = "b", std::int32_t port = 9092,
                             std::optional<std::string> rack = {})
    {
        brokers_.push_back({id, std::move(host), port, std::move(rack)});
        return *this;
    }
    metadata_builder& topic(std::string name, uuid id, std::vector<partition> partitions)
    {
        topics_.push_back({std::move(name), id, broker_errc::none, std::move(partitions), {}});
        return *this;
    }
    metadata_builder& refused_topic(std::string name, broker_errc error)
    {
        topics_.push_back({std::move(name), {}, error, {}, {}});
        return *this;
    }
    metadata_builder& error(broker_errc code)
    {
        error_ = code;
        return *this;
    }

    /// Valid until the builder changes or goes.
    [[nodiscard]] metadata_response response() const
    {
        told_brokers_.clear();
        for (const stored_broker& b : brokers_)
            told_brokers_.push_back({.node_id = b.id,
                                     .host = b.host,
                                     .port = b.port,
                                     .rack = b.rack ? nullable<std::string_view>{*b.rack} : nullptr});
        told_topics_.clear();
        for (const stored_topic& t : topics_) {
            t.told.clear();
            for (std::size_t i = 0; i < t.partitions.size(); ++i) {
                metadata_response::metadata_response_partition p;
                p.partition_index = t.partitions[i].index.value_or(static_cast<std::int32_t>(i));
                p.leader_id = t.partitions[i].leader;
                p.leader_epoch = t.partitions[i].epoch;
                if (p.leader_id < 0) p.error_code = broker_errc::leader_not_available;
                t.told.push_back(p);
            }
            metadata_response::metadata_response_topic told;
            told.name = t.name;
            told.topic_id = t.id;
            told.error_code = t.error;
            told.partitions = t.told;
            told_topics_.push_back(told);
        }
        metadata_response r;
        if (!cluster_.empty()) r.cluster_id = cluster_;
        r.controller_id = controller_;
        r.brokers = told_brokers_;
        r.topics = told_topics_;
        r.error_code = error_;
        return r;
    }

private:
    struct stored_broker {
        std::int32_t id;
        std::string host;
        std::int32_t port;
        std::optional<std::string> rack;
    };
    struct stored_topic {
        std::string name;
        uuid id;
        broker_errc error;
        std::vector<partition> partitions;
        mutable std::vector<metadata_response::metadata_response_partition> told;
    };

    std::string cluster_ = "c";
    std::int32_t controller_ = 1;
    broker_errc error_ = broker_errc::none;
    std::vector<stored_broker> brokers_;
    std::vector<stored_topic> topics_;
    mutable std::vector<metadata_response::metadata_response_broker> told_brokers_; // what the answer's views refer to
    mutable std::vector<metadata_response::metadata_response_topic> told_topics_;
};

} // namespace odradek::test
