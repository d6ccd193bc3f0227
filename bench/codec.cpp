// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <benchmark/benchmark.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

namespace odradek {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

/// 100 topics of 12 partitions with three replicas each.
struct metadata_case {
    using message = metadata_response;
    static constexpr api_version version{13};

    std::vector<std::int32_t> replicas{1, 2, 3};
    std::vector<message::metadata_response_partition> partitions;
    std::vector<std::string> names;
    std::vector<message::metadata_response_topic> topics;
    std::vector<message::metadata_response_broker> brokers;

    message make()
    {
        for (std::int32_t i = 0; i < 12; ++i) {
            partitions.push_back({.partition_index = i,
                                  .leader_id = 1 + i % 3,
                                  .leader_epoch = 7,
                                  .replica_nodes = replicas,
                                  .isr_nodes = replicas});
        }
        for (int i = 0; i < 100; ++i) names.push_back("a.topic.of.some.length." + std::to_string(i));
        for (const std::string& name : names) {
            message::metadata_response_topic topic;
            topic.name = name;
            topic.topic_id.bytes.fill(7);
            topic.partitions = partitions;
            topics.push_back(topic);
        }
        for (std::int32_t i = 1; i <= 3; ++i) brokers.push_back({.node_id = i, .host = "broker.example", .port = 9092});
        return {.brokers = brokers, .cluster_id = "a-cluster-of-22-digits", .controller_id = 1, .topics = topics};
    }
};

/// 64 partitions that share a mebibyte of records.
struct fetch_case {
    using message = fetch_response;
    static constexpr api_version version{18};

    std::vector<std::byte> records = std::vector<std::byte>(mebibyte / 64);
    std::vector<message::partition_data> partitions;
    std::vector<message::fetchable_topic_response> topics;

    message make()
    {
        for (std::int32_t i = 0; i < 64; ++i) {
            message::partition_data partition;
            partition.partition_index = i;
            partition.high_watermark = 1'000'000;
            partition.last_stable_offset = 1'000'000;
            partition.log_start_offset = 0;
            partition.records = bytes_view{records};
            partitions.push_back(partition);
        }
        message::fetchable_topic_response topic;
        topic.topic_id.bytes.fill(7);
        topic.partitions = partitions;
        topics.push_back(topic);
        return {.session_id = 17, .responses = topics};
    }
};

/// One batch of 16 kB for each of eight partitions.
struct produce_case {
    using message = produce_request;
    static constexpr api_version version{13};

    std::vector<std::byte> records = std::vector<std::byte>(16 * 1024);
    std::vector<message::partition_produce_data> partitions;
    std::vector<message::topic_produce_data> topics;

    message make()
    {
        for (std::int32_t i = 0; i < 8; ++i) partitions.push_back({.index = i, .records = bytes_view{records}});
        message::topic_produce_data topic;
        topic.topic_id.bytes.fill(7);
        topic.partition_data = partitions;
        topics.push_back(topic);
        return {.acks = -1, .timeout_ms = 30'000, .topic_data = topics};
    }
};

struct heartbeat_case {
    using message = heartbeat_request;
    static constexpr api_version version{4};

    message make() { return {.group_id = "a-group", .generation_id = 3, .member_id = "consumer-1-b3ad0b5e-1d3c"}; }
};

/// The bytes of a case; ends the program if it cannot be encoded, since then there is nothing to measure.
std::vector<std::byte> encoded(const auto& message, api_version version)
{
    writer out;
    if (const auto error = encode(message, version, out)) {
        std::cerr << error.message() << '\n';
        std::exit(1);
    }
    return out.flatten();
}

template <class Case>
void decode_message(benchmark::State& state)
{
    Case input;
    const std::vector<std::byte> bytes = encoded(input.make(), Case::version);
    arena memory;
    typename Case::message message;
    for (auto _ : state) {
        memory.reset();
        if (decode(bytes, memory, Case::version, message)) state.SkipWithError("not decoded");
        benchmark::DoNotOptimize(message);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}

template <class Case>
void encode_message(benchmark::State& state)
{
    Case input;
    const auto message = input.make();
    const std::size_t size = encoded(message, Case::version).size();
    writer out;
    for (auto _ : state) {
        out.clear();
        if (encode(message, Case::version, out)) state.SkipWithError("not encoded");
        benchmark::DoNotOptimize(out);
    }
    state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
}

BENCHMARK(decode_message<metadata_case>);
BENCHMARK(encode_message<metadata_case>);
BENCHMARK(decode_message<fetch_case>);
BENCHMARK(encode_message<fetch_case>);
BENCHMARK(decode_message<produce_case>);
BENCHMARK(encode_message<produce_case>);
BENCHMARK(decode_message<heartbeat_case>);
BENCHMARK(encode_message<heartbeat_case>);

} // namespace
} // namespace odradek
