// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/producer.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/batch_memory.hpp>
#include <odradek/protocol/batch_view.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <tests/unit/client/fake_cluster.hpp>
#include <vector>

namespace odradek::test {

/// A batch as a broker saw it.
struct seen_batch {
    int node = 0;
    steady_time at{};
    std::size_t request = 0; ///< Which Produce request it came in, from 0.
    uuid topic_id{};         ///< Of a request that names it so.
    std::int32_t partition = -1;
    std::int16_t acks = 0;
    std::int32_t timeout_ms = 0;
    std::int64_t producer_id = -1;
    std::int16_t epoch = -1;
    std::int32_t sequence = -1;
    compression codec = compression::none;
    std::vector<std::string> values{}; ///< "null" for a null one.
};

/// What a broker answers about a batch.
struct batch_answer {
    broker_errc error = broker_errc::none;
    std::int64_t offset = -1;
    std::vector<std::int32_t> culprits{};
    std::int32_t hint = -1;    ///< The leader that it names.
    bool silent = false;       ///< No answer at all.
    bool held = false;         ///< The answer to its request waits for release().
    std::int32_t throttle = 0; ///< Milliseconds.
};

/// A producer before brokers in memory, which tell what they see and answer as they are told.
class producer_bed {
public:
    fake_cluster brokers;
    std::vector<seen_batch> batches;
    std::size_t requests = 0;
    /// Instead of an acknowledgement.
    std::function<batch_answer(const seen_batch&)> answers;
    /// What metadata says, instead of the cluster's own picture.
    std::function<metadata_builder()> told;
    broker_errc identity_error = broker_errc::none;
    int identities = 0;
    std::int64_t end = 0; ///< Of every partition's log.

    explicit producer_bed(producer_options options = {}, client_options of_client = {})
    {
        brokers.instead = [this](int node, fake_session& session, const fake_cluster::request& r) {
            if (r.key == api::produce) return serve(node, session, r);
            if (r.key == api::metadata && told) {
                const metadata_builder picture = told();
                session.answer(r, picture.response());
                return true;
            }
            if (r.key == api::init_producer_id) {
                init_producer_id_response answer;
                answer.error_code = identity_error;
                if (identity_error == broker_errc::none) {
                    ++identities;
                    answer.producer_id = 70 + identities;
                    answer.producer_epoch = 0;
                }
                session.answer(r, answer);
                return true;
            }
            return false;
        };
        made_client = std::make_unique<client>(brokers.make_client(std::move(of_client)));
        made = std::make_unique<producer>(*made_client, std::move(options));
    }
    producer_bed(const producer_bed&) = delete;
    producer_bed& operator=(const producer_bed&) = delete;
    ~producer_bed()
    {
        made.reset();
        made_client.reset();
        brokers.world.settle(); // what was posted may still come to serve()
    }

    producer* operator->() { return made.get(); }

    /// How one send ended.
    struct end_of_send {
        std::optional<std::error_code> ec;
        placed at;
        diagnostics about;
        steady_time when{};
    };
    std::shared_ptr<end_of_send> send(const record& what, const send_options& how = {})
    {
        const auto ended = std::make_shared<end_of_send>();
        made->async_send(ended->about, what, how, [this, ended](std::error_code ec, placed at) {
            EXPECT_FALSE(ended->ec) << "ended twice";
            ended->ec = ec;
            ended->at = std::move(at);
            ended->when = brokers.world.time->now();
        });
        return ended;
    }
    std::shared_ptr<end_of_send> send(std::string_view value, std::optional<std::int32_t> partition = 0,
                                      const send_options& how = {})
    {
        return send(record{.topic = "letters", .partition = partition, .value = bytes_view{value}}, how);
    }
    template <class... Ends>
    void run(const Ends&... ends)
    {
        EXPECT_TRUE(brokers.run_until([&] { return (ends->ec.has_value() && ...); })) << "hangs";
    }
    /// Lets everything happen that happens within `span`.
    void pass(std::chrono::milliseconds span) { brokers.world.time->run_for(brokers.world.io, span); }
    /// Gives the answers that were held back, in their order, at most so many of them.
    void release(std::size_t most = ~std::size_t{0})
    {
        for (; most > 0 && !held_.empty(); --most) {
            const auto first = std::move(held_.front());
            held_.erase(held_.begin());
            first();
        }
        brokers.world.settle();
    }
    [[nodiscard]] std::vector<std::vector<std::string>> values() const
    {
        std::vector<std::vector<std::string>> all;
        for (const seen_batch& b : batches) all.push_back(b.values);
        return all;
    }

    std::unique_ptr<client> made_client;
    std::unique_ptr<producer> made;

private:
    bool serve(int node, fake_session& session, const fake_cluster::request& r)
    {
        arena memory;
        const auto asked = fake_cluster::read<produce_request>(r, memory);
        produce_response answer;
        std::vector<produce_response::topic_produce_response> topics;
        std::vector<std::vector<produce_response::partition_produce_response>> partitions(asked.topic_data.size());
        std::vector<std::vector<produce_response::batch_index_and_error_message>> blamed;
        blamed.reserve(100);
        std::vector<produce_response::node_endpoint> endpoints;
        bool silent = asked.acks == 0;
        bool is_held = false;
        std::size_t t = 0;
        for (const auto& topic : asked.topic_data) {
            for (const auto& one : topic.partition_data) {
                batches.push_back(look(node, *one.records));
                seen_batch& seen = batches.back();
                seen.request = requests;
                seen.topic_id = topic.topic_id;
                seen.partition = one.index;
                seen.acks = asked.acks;
                seen.timeout_ms = asked.timeout_ms;
                const batch_answer said = answers ? answers(seen) : batch_answer{};
                silent = silent || said.silent;
                is_held = is_held || said.held;
                produce_response::partition_produce_response p;
                p.index = one.index;
                p.error_code = said.error;
                p.base_offset = said.offset;
                if (said.error == broker_errc::none && said.offset < 0) {
                    p.base_offset = end;
                    end += static_cast<std::int64_t>(seen.values.size());
                }
                if (!said.culprits.empty()) {
                    blamed.emplace_back();
                    for (const std::int32_t index : said.culprits)
                        blamed.back().push_back({.batch_index = index, .batch_index_error_message = "bad"});
                    p.record_errors = blamed.back();
                }
                if (said.hint >= 0) {
                    p.current_leader = {.leader_id = said.hint, .leader_epoch = ++brokers.leader_epoch};
                    endpoints.push_back({.node_id = said.hint,
                                         .host = "b" + std::to_string(said.hint) == "b1" ? "b1" : "b2",
                                         .port = 9092});
                }
                answer.throttle_time_ms = said.throttle;
                partitions[t].push_back(p);
            }
            produce_response::topic_produce_response of;
            of.name = topic.name;
            of.topic_id = topic.topic_id;
            of.partition_responses = partitions[t];
            topics.push_back(of);
            ++t;
        }
        ++requests;
        answer.responses = topics;
        answer.node_endpoints = endpoints;
        if (silent) return true;
        if (!is_held) {
            session.answer(r, answer);
        } else {
            held_.emplace_back([stream = session.stream, bytes = response_bytes(answer, r.version, r.correlation_id)] {
                stream->push(bytes_view{bytes});
            });
        }
        return true;
    }

    seen_batch look(int node, bytes_view records)
    {
        seen_batch seen{.node = node, .at = brokers.world.time->now()};
        batch_memory memory;
        batch_view view;
        EXPECT_FALSE(view.parse(records));
        EXPECT_FALSE(view.open(memory, {.codecs = &default_codecs()}));
        seen.producer_id = view.producer_id();
        seen.epoch = view.producer_epoch();
        seen.sequence = view.base_sequence();
        seen.codec = view.codec();
        for (const record_view& r : view)
            seen.values.emplace_back(r.value() ? std::string{r.value()->text()} : std::string{"null"});
        return seen;
    }

    std::vector<std::function<void()>> held_;
};

} // namespace odradek::test
