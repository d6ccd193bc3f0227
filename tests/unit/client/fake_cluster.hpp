// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/find_coordinator.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>
#include <odradek/protocol/generated/messages/init_producer_id.hpp>
#include <odradek/protocol/generated/messages/list_offsets.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <tests/support/fake_broker.hpp>
#include <tests/unit/client/metadata_builder.hpp>
#include <vector>

namespace odradek::test {

/// Two brokers in memory, "b1" and "b2", that answer what the client's own operations ask. Topic "letters" has two partitions,
/// led by broker 1. A test may answer in their place (`instead`), or make one request fail (`fail_at`).
class fake_cluster {
public:
    using request = fake_session::request;

    enum class fault {
        cut,     ///< The stream ends instead of an answer.
        garbage, ///< An answer that cannot be decoded.
        silence, ///< No answer.
    };
    struct seen_request {
        int node = 0;
        api key{};
        steady_time at{};
    };

    fake_world world;
    std::vector<seen_request> seen;                               ///< Every request but ApiVersions.
    std::map<std::int32_t, std::int32_t> leaders{{0, 1}, {1, 1}}; ///< Of the partitions.
    std::int32_t leader_epoch = 5;
    std::int32_t coordinator_node = 2;
    std::string log;          ///< What was produced last.
    std::int64_t log_end = 0; ///< Behind the last record.
    std::function<void(int node, fake_session&)>
        instead_limits; ///< May make a broker an older one, as it is connected to.
    std::function<bool(int node, fake_session&, const request&)> instead; ///< True if it has dealt with the request.

    fake_cluster()
    {
        open(1, "b1");
        open(2, "b2");
    }

    fake_cluster(const fake_cluster&) = delete;
    fake_cluster& operator=(const fake_cluster&) = delete;
    /// Lets a client that is gone by now close its connections: the streams and timers of this world hold what waits for them.
    ~fake_cluster() { world.settle(); }

    /// A broker listens under this name.
    void open(int node, const std::string& host)
    {
        world.listen({.host = host, .port = 9092}, [this, node](fake_session& session) {
            if (instead_limits) instead_limits(node, session);
            session.on_request = [this, node, &session](const request& r) { serve(node, session, r); };
        });
    }
    /// Nothing listens there any more, and what was connected is cut.
    void close(const std::string& host)
    {
        world.network->listeners.erase({.host = host, .port = 9092});
        for (const auto& session : world.sessions) session->stream->end();
    }
    /// The request of this number fails, counted from 0.
    void fail_at(std::size_t index, fault how)
    {
        fail_index_ = index;
        fault_ = how;
    }

    [[nodiscard]] client make_client(client_options options = {})
    {
        if (options.brokers.empty()) options.brokers = {"b1:9092"};
        return client{world.world, std::move(options)};
    }
    [[nodiscard]] std::size_t count(api key) const
    {
        return static_cast<std::size_t>(
            std::count_if(seen.begin(), seen.end(), [key](const auto& s) { return s.key == key; }));
    }
    /// Lets everything happen until `done`. False: nothing can happen any more, and it never will be.
    template <class Done>
    bool run_until(Done done)
    {
        return world.time->run_until(world.io, done);
    }

    /// What the brokers say about themselves.
    [[nodiscard]] metadata_builder picture() const
    {
        std::vector<metadata_builder::partition> partitions;
        for (const auto& [index, leader] : leaders)
            partitions.push_back({.leader = leader, .epoch = leader_epoch, .index = index});
        return metadata_builder{}.broker(1, "b1").broker(2, "b2").topic("letters", id_of(7), partitions);
    }

    template <class Request>
    [[nodiscard]] static Request read(const request& r, arena& memory)
    {
        Request decoded;
        const auto error = decode(bytes_view{r.body}, memory, r.version, decoded);
        EXPECT_FALSE(error) << error.message();
        return decoded;
    }

    /// Answers a produce request with this error, naming `hint` as the leader if it is not negative.
    void answer_produce(fake_session& to, const request& r, broker_errc error, std::int32_t hint = -1)
    {
        arena memory;
        const auto asked = read<produce_request>(r, memory);
        const auto& asked_partition = asked.topic_data[0].partition_data[0];
        produce_response::partition_produce_response partition;
        partition.index = asked_partition.index;
        partition.error_code = error;
        partition.base_offset = -1;
        produce_response answer;
        produce_response::node_endpoint endpoint{.node_id = hint, .host = "b2", .port = 9092};
        if (hint >= 0) {
            partition.current_leader = {.leader_id = hint, .leader_epoch = leader_epoch + 1};
            answer.node_endpoints = list{&endpoint, 1};
        }
        if (error == broker_errc::none) {
            log = asked_partition.records->text();
            partition.base_offset = log_end;
            log_end += 1;
        }
        produce_response::topic_produce_response topic;
        topic.name = asked.topic_data[0].name;
        topic.topic_id = asked.topic_data[0].topic_id;
        topic.partition_responses = list{&partition, 1};
        answer.responses = list{&topic, 1};
        if (asked.acks != 0) to.answer(r, answer);
    }

private:
    void serve(int node, fake_session& session, const request& r)
    {
        const std::size_t index = seen.size();
        seen.push_back({node, r.key, world.time->now()});
        if (index == fail_index_) {
            if (fault_ == fault::cut) session.stream->end();
            if (fault_ == fault::garbage) answer_garbage(session, r);
            return;
        }
        if (instead && instead(node, session, r)) return;
        switch (r.key) {
        case api::metadata: {
            const metadata_builder told = picture();
            return session.answer(r, told.response());
        }
        case api::produce: return answer_produce(session, r, broker_errc::none);
        case api::fetch: return answer_fetch(session, r);
        case api::list_offsets: return answer_offsets(session, r);
        case api::find_coordinator: return answer_coordinator(session, r);
        case api::heartbeat: return session.answer(r, heartbeat_response{});
        default: FAIL() << "the fake broker does not know " << find_api(r.key)->name;
        }
    }

    static void answer_garbage(fake_session& session, const request& r)
    {
        std::string frame{"\0\0\0\0", 4};
        for (int shift = 24; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(r.correlation_id >> shift));
        if (response_header_version(r.key, r.version).value > 0) frame.push_back('\0');
        frame += "\xff\xff\xff";
        frame[3] = static_cast<char>(frame.size() - 4);
        session.stream->push(bytes_view{frame});
    }

    void answer_fetch(fake_session& session, const request& r)
    {
        arena memory;
        const auto asked = read<fetch_request>(r, memory);
        fetch_response::partition_data partition;
        partition.partition_index = asked.topics[0].partitions[0].partition;
        partition.high_watermark = log_end;
        partition.last_stable_offset = log_end;
        partition.log_start_offset = 0;
        if (asked.topics[0].partitions[0].fetch_offset < log_end)
            partition.records = bytes_view{log};
        else if (asked.topics[0].partitions[0].fetch_offset > log_end)
            partition.error_code = broker_errc::offset_out_of_range;
        fetch_response::fetchable_topic_response topic;
        topic.topic = asked.topics[0].topic;
        topic.topic_id = asked.topics[0].topic_id;
        topic.partitions = list{&partition, 1};
        fetch_response answer;
        answer.responses = list{&topic, 1};
        session.answer(r, answer);
    }

    void answer_offsets(fake_session& session, const request& r)
    {
        arena memory;
        const auto asked = read<list_offsets_request>(r, memory);
        list_offsets_response::list_offsets_partition_response partition;
        partition.partition_index = asked.topics[0].partitions[0].partition_index;
        partition.offset = asked.topics[0].partitions[0].timestamp == offset::beginning ? 0 : log_end;
        list_offsets_response::list_offsets_topic_response topic;
        topic.name = asked.topics[0].name;
        topic.partitions = list{&partition, 1};
        list_offsets_response answer;
        answer.topics = list{&topic, 1};
        session.answer(r, answer);
    }

    void answer_coordinator(fake_session& session, const request& r)
    {
        arena memory;
        const auto asked = read<find_coordinator_request>(r, memory);
        find_coordinator_response::coordinator found;
        found.key = asked.coordinator_keys[0];
        found.node_id = coordinator_node;
        found.host = coordinator_node == 1 ? "b1" : "b2";
        found.port = 9092;
        find_coordinator_response answer;
        answer.coordinators = list{&found, 1};
        session.answer(r, answer);
    }

    std::size_t fail_index_ = ~std::size_t{0};
    fault fault_ = fault::cut;
};

} // namespace odradek::test
