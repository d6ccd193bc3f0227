// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/property_table.hpp>

namespace odradek::detail {
namespace {

using s = property_settings;
using v = property_value;
using enum property_use;

std::string set_acks(s& out, const v& value)
{
    out.produce.acks = value.text == "0" ? acks::none : value.text == "1" ? acks::leader : acks::all;
    return {};
}

std::string set_compression(s& out, const v& value)
{
    out.produce.compression = value.text == "gzip"     ? compression::gzip
                              : value.text == "snappy" ? compression::snappy
                              : value.text == "lz4"    ? compression::lz4
                              : value.text == "zstd"   ? compression::zstd
                                                       : compression::none;
    return {};
}

template <auto Member>
std::string set_level(s& out, const v& value)
{
    out.*Member = static_cast<int>(value.number);
    return {};
}

// -1 is "the codec's own default" in both clients' tables, except for zstd, which has negative levels.
template <auto Member>
std::string set_level_or_default(s& out, const v& value)
{
    if (value.number == -1) {
        (out.*Member).reset();
        return {};
    }
    if (value.number == 0) return "the levels begin at 1; -1 means the codec's default";
    return set_level<Member>(out, value);
}

constexpr property_setter delivery_timeout = set_duration<&s::produce, &produce_options::delivery_timeout>;
constexpr std::string_view one_batch = "a straight produce sends the batch that it is given";
constexpr std::string_view named_partition = "a straight produce is given its partition";
constexpr property_setter retries = set_number<&s::client, &client_options::retries>;
constexpr std::string_view codecs = "none|gzip|snappy|lz4|zstd";
constexpr std::string_view straight = "a straight produce is not idempotent: a lost answer ends as outcome_unknown";

constexpr property_row rows[] = {
    {"acks", both, one_of("all|-1|0|1"), mapped, "produce_options::acks", set_acks},
    {"request.required.acks", librdkafka, one_of("all|-1|0|1"), mapped, "produce_options::acks", set_acks},
    {"delivery.timeout.ms", both, milliseconds(), mapped, "produce_options::delivery_timeout", delivery_timeout},
    {"message.timeout.ms", librdkafka, milliseconds(), mapped, "produce_options::delivery_timeout", delivery_timeout},
    {"retries", both, number(0), mapped, "client_options::retries", retries},
    {"message.send.max.retries", librdkafka, number(0), mapped, "client_options::retries", retries},
    {"enable.idempotence", both, boolean, ignored, straight},
    {"enable.gapless.guarantee", librdkafka, boolean, ignored, straight},

    {"compression.type", both, one_of(codecs), mapped, "produce_options::compression", set_compression},
    {"compression.codec", librdkafka, one_of("none|gzip|snappy|lz4|zstd|inherit"), mapped,
     "produce_options::compression", set_compression},
    {"compression.level", librdkafka, number(-1, 22), mapped, "produce_options::level",
     set_level_or_default<&s::level>},
    {"compression.gzip.level", java, number(-1, 9), mapped, "produce_options::level with gzip",
     set_level_or_default<&s::gzip_level>},
    {"compression.lz4.level", java, number(1, 17), mapped, "produce_options::level with lz4", set_level<&s::lz4_level>},
    {"compression.zstd.level", java, number(-131'072, 22), mapped, "produce_options::level with zstd",
     set_level<&s::zstd_level>},

    // Batching
    {"batch.size", both, number(0), ignored, one_batch},
    {"batch.num.messages", librdkafka, number(1), ignored, one_batch},
    {"linger.ms", both, decimal, ignored, one_batch},
    {"queue.buffering.max.ms", librdkafka, decimal, ignored, one_batch},
    {"buffer.memory", java, number(0, std::numeric_limits<std::int64_t>::max()), ignored, one_batch},
    {"buffer.memory.allocation.strategy", java, one_of("full|incremental"), ignored, one_batch},
    {"queue.buffering.max.messages", librdkafka, number(0), ignored, one_batch},
    {"queue.buffering.max.kbytes", librdkafka, number(1), ignored, one_batch},
    {"queue.buffering.backpressure.threshold", librdkafka, number(1), ignored, one_batch},
    {"queuing.strategy", librdkafka, one_of("fifo|lifo"), ignored, one_batch},
    {"max.request.size", java, number(0), ignored, "the broker's own limit decides"},
    {"message.max.bytes", librdkafka, number(1000), ignored, "the broker's own limit decides"},
    {"delivery.report.only.error", librdkafka, boolean, ignored, "every produce completes"},
    {"produce.offset.report", librdkafka, boolean, ignored, "offsets are always reported"},

    // Choosing the partition
    {"partitioner", librdkafka, any_text, ignored, named_partition},
    {"partitioner.class", java, any_text, ignored, named_partition},
    {"partitioner.ignore.keys", java, boolean, ignored, named_partition},
    {"partitioner.adaptive.partitioning.enable", java, boolean, ignored, named_partition},
    {"partitioner.availability.timeout.ms", java, milliseconds(), ignored, named_partition},
    {"partitioner.rack.aware", java, boolean, ignored, named_partition},
    {"sticky.partitioning.linger.ms", librdkafka, milliseconds(), ignored, named_partition},
    {"key.serializer", java, any_text, ignored, "keys are bytes"},
    {"value.serializer", java, any_text, ignored, "values are bytes"},

    // Transactions
    {"transactional.id", both, any_text, refused, "a straight produce cannot take part in a transaction"},
    {"transaction.timeout.ms", both, milliseconds(1), ignored, "it says nothing without a transactional.id"},
    {"transaction.two.phase.commit.enable", java, boolean, ignored, "it says nothing without a transactional.id"},
};

} // namespace

std::span<const property_row> producer_property_rows() noexcept
{
    return rows;
}

} // namespace odradek::detail
