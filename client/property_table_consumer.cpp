// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/property_table.hpp>

namespace odradek::detail {
namespace {

using s = property_settings;
using v = property_value;
using enum property_use;
using o = fetch_options;

constexpr auto fetch = &s::fetch;

std::string set_isolation(s& out, const v& value)
{
    out.fetch.isolation =
        value.text == "read_committed" ? isolation_level::read_committed : isolation_level::read_uncommitted;
    return {};
}

constexpr property_setter max_wait = set_duration<fetch, &o::max_wait>;
constexpr property_setter partition_max_bytes = set_number<fetch, &o::partition_max_bytes>;
constexpr std::string_view no_group = "a straight fetch reads without a group and commits nothing";
constexpr std::string_view no_queue = "a straight fetch asks when it is told to";

constexpr property_row rows[] = {
    {"fetch.min.bytes", both, number(0), mapped, "fetch_options::min_bytes", set_number<fetch, &o::min_bytes>},
    {"fetch.max.bytes", both, number(0), mapped, "fetch_options::max_bytes", set_number<fetch, &o::max_bytes>},
    {"fetch.max.wait.ms", java, milliseconds(0, 2'147'483'647), mapped, "fetch_options::max_wait", max_wait},
    {"fetch.wait.max.ms", librdkafka, milliseconds(0, 2'147'483'647), mapped, "fetch_options::max_wait", max_wait},
    {"max.partition.fetch.bytes", both, number(0), mapped, "fetch_options::partition_max_bytes", partition_max_bytes},
    {"fetch.message.max.bytes", librdkafka, number(1), mapped, "fetch_options::partition_max_bytes",
     partition_max_bytes},
    {"isolation.level", both, one_of("read_committed|read_uncommitted"), mapped, "fetch_options::isolation",
     set_isolation},
    {"check.crcs", both, boolean, mapped, "fetch_options::check_crc", set_flag<fetch, &o::check_crc>},
    {"auto.offset.reset", both, any_text, ignored, "a straight fetch is given its offset, and says when it is gone"},
    {"exclude.internal.topics", java, boolean, ignored, "topics are named, not matched"},
    {"key.deserializer", java, any_text, ignored, "keys are bytes"},
    {"value.deserializer", java, any_text, ignored, "values are bytes"},
    {"max.poll.records", both, number(1), ignored, no_queue},
    {"fetch.error.backoff.ms", librdkafka, milliseconds(), ignored, "retry.backoff.ms holds for all"},
    {"fetch.queue.backoff.ms", librdkafka, milliseconds(), ignored, no_queue},
    {"queued.min.messages", librdkafka, number(1), ignored, no_queue},
    {"queued.max.messages.kbytes", librdkafka, number(1), ignored, no_queue},
    {"consume.callback.max.messages", librdkafka, number(0), ignored, no_queue},
    {"enable.partition.eof", librdkafka, boolean, ignored, "an answer tells the end of the log by itself"},
    {"internal.throw.on.fetch.stable.offset.unsupported", java, boolean, ignored, no_group},

    // Groups
    {"group.id", both, any_text, ignored, no_group},
    {"group.instance.id", both, any_text, ignored, no_group},
    {"group.protocol", both, one_of("classic|consumer"), ignored, no_group},
    {"group.protocol.type", librdkafka, any_text, ignored, no_group},
    {"group.remote.assignor", both, any_text, ignored, no_group},
    {"partition.assignment.strategy", both, any_text, ignored, no_group},
    {"session.timeout.ms", both, milliseconds(1), ignored, no_group},
    {"heartbeat.interval.ms", both, milliseconds(1), ignored, no_group},
    {"max.poll.interval.ms", both, milliseconds(1), ignored, no_group},
    {"coordinator.query.interval.ms", librdkafka, milliseconds(1), ignored, no_group},
    {"enable.auto.commit", both, boolean, ignored, no_group},
    {"auto.commit.enable", librdkafka, boolean, ignored, no_group},
    {"auto.commit.interval.ms", both, milliseconds(), ignored, no_group},
    {"enable.auto.offset.store", librdkafka, boolean, ignored, no_group},
    {"offset.store.method", librdkafka, one_of("none|file|broker"), ignored, no_group},
    {"offset.store.path", librdkafka, any_text, ignored, no_group},
    {"offset.store.sync.interval.ms", librdkafka, milliseconds(-1), ignored, no_group},
    {"share.acknowledgement.mode", both, one_of("implicit|explicit"), ignored, no_group},
    {"share.acquire.mode", java, one_of("batch_optimized|record_limit"), ignored, no_group},
};

} // namespace

std::span<const property_row> consumer_property_rows() noexcept
{
    return rows;
}

} // namespace odradek::detail
