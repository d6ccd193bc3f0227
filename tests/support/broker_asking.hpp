// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/releases.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>
#include <odradek/protocol/record_set_reader.hpp>

#include <string>
#include <string_view>
#include <tests/support/broker_core.hpp>
#include <utility>
#include <vector>

namespace odradek::test {

/// Options of a core that pretends to be this release.
[[nodiscard]] inline broker::core::options options_as(std::string_view version, int brokers = 1)
{
    auto how = broker_core::options(brokers);
    const auto as = broker::find_release(version);
    EXPECT_TRUE(as) << version;
    how.as = as.value_or(broker::newest_release());
    return how;
}

[[nodiscard]] inline broker::topic& topic_of(broker_core& in, std::string_view name = "letters")
{
    broker::topic* const found = in.core.cluster().find_topic(name);
    EXPECT_NE(found, nullptr) << name;
    return *found;
}

[[nodiscard]] inline broker::log& log_of(broker_core& in, std::string_view name = "letters", std::int32_t index = 0)
{
    return topic_of(in, name).find(index)->records;
}

/// Puts records "0", "1", ... into a log, past everything that looks at what a producer sends.
inline void store(broker_core& in, int records, std::string_view name = "letters", std::int32_t index = 0,
                  std::int64_t time = 1'790'000'000'000)
{
    batch_view batch;
    const std::string bytes = make_batch(records, {}, time);
    ASSERT_FALSE(batch.parse(bytes_view{bytes}));
    const auto& settings = topic_of(in, name).settings;
    log_of(in, name, index)
        .append(batch, {batch.max_timestamp()},
                {static_cast<std::size_t>(settings.segment_bytes), settings.segment_ms});
    in.core.notify();
}

/// Where a batch is sent, and how.
struct produce_how {
    std::string_view topic = "letters";
    std::int32_t index = 0;
    std::int16_t acks = -1;
    std::int16_t version = 9;
    std::int32_t node = 1;
};

/// What a batch is answered with.
struct produce_said {
    broker_errc error{};
    std::int64_t base_offset = 0;
    std::int64_t log_append_time_ms = 0;
    std::int64_t log_start_offset = 0;
    std::string text;
    std::vector<std::int32_t> bad_records;
};

/// Sends a batch as a producer does, on a connection of its own.
[[nodiscard]] inline produce_said produce(broker_core& in, const std::string& batch, const produce_how& how = {})
{
    const produce_request::partition_produce_data data[] = {{.index = how.index, .records = bytes_view{batch}}};
    produce_request::topic_produce_data topic[1];
    if (how.version < 13) topic[0].name = how.topic;
    if (how.version >= 13) topic[0].topic_id = topic_of(in, how.topic).id;
    topic[0].partition_data = data;
    produce_request request;
    request.acks = how.acks;
    request.timeout_ms = 1000;
    request.topic_data = topic;
    const auto on = in.connect(how.node);
    const auto answer = in.ask(on, request, how.version);
    in.core.closed(on);
    if (answer->responses.size() != 1 || answer->responses[0].partition_responses.size() != 1) {
        ADD_FAILURE() << "not one partition was answered";
        return {};
    }
    const auto& one = answer->responses[0].partition_responses[0];
    produce_said said{one.error_code, one.base_offset, one.log_append_time_ms, one.log_start_offset, {}, {}};
    if (one.error_message) said.text = *one.error_message;
    for (const auto& bad : one.record_errors) said.bad_records.push_back(bad.batch_index);
    return said;
}

/// A Fetch request for partitions of one topic, and what it refers to.
class fetch_order {
public:
    using wanted = fetch_request::fetch_partition;

    explicit fetch_order(std::vector<wanted> partitions = {{}}, std::string_view topic = "letters", const uuid& id = {})
        : partitions_(std::move(partitions))
    {
        for (wanted& one : partitions_)
            if (one.partition_max_bytes == 0) one.partition_max_bytes = 1'000'000;
        topic_.topic = topic;
        topic_.topic_id = id;
        topic_.partitions = partitions_;
        request.min_bytes = 1;
        request.topics = list{&topic_, partitions_.empty() ? 0U : 1U};
    }
    fetch_order(const fetch_order&) = delete;
    fetch_order& operator=(const fetch_order&) = delete;
    ~fetch_order() = default;

    /// In a session.
    fetch_order& within(std::int32_t session, std::int32_t epoch)
    {
        request.session_id = session;
        request.session_epoch = epoch;
        return *this;
    }
    /// With partitions that the session is to drop.
    fetch_order& without(std::vector<std::int32_t> partitions)
    {
        dropped_ = std::move(partitions);
        forgotten_.topic = topic_.topic;
        forgotten_.topic_id = topic_.topic_id;
        forgotten_.partitions = dropped_;
        request.forgotten_topics_data = list{&forgotten_, 1};
        return *this;
    }

    fetch_request request;

private:
    std::vector<wanted> partitions_;
    std::vector<std::int32_t> dropped_;
    fetch_request::fetch_topic topic_;
    fetch_request::forgotten_topic forgotten_;
};

using fetched_partition = fetch_response::partition_data;

/// The offsets of the records that a reader is given.
[[nodiscard]] inline std::vector<std::int64_t> offsets_in(const fetched_partition& said)
{
    std::vector<std::int64_t> all;
    batch_memory memory;
    record_set_reader reader{*said.records, memory, {.codecs = &default_codecs()}};
    for (batch_view batch; reader.next(batch);)
        for (const record_view& record : batch) all.push_back(record.offset());
    EXPECT_FALSE(reader.error()) << reader.error().message();
    return all;
}

} // namespace odradek::test
