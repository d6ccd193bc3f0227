// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/partitioner.hpp>
#include <odradek/client/property_table.hpp>

#include <algorithm>
#include <cmath>

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

constexpr std::size_t largest = std::size_t{1} << 30; // bytes that a batch or a request of ours may have

// As librdkafka has it, where it means that nothing ends the wait.
constexpr std::chrono::hours for_ever{24 * 365};

using p = producer_options;

std::string set_message_timeout(s& out, const v& value)
{
    out.produce.delivery_timeout = value.duration();
    out.producer.delivery_timeout = value.number == 0 ? std::chrono::milliseconds{for_ever} : value.duration();
    return {};
}

std::string set_idempotence(s& out, const v& value)
{
    out.producer.idempotence = value.flag;
    return {};
}

// 0 is Java's "no batches": each record is alone in its own, as with any size that is below the record's.
std::string set_batch_size(s& out, const v& value)
{
    out.producer.batch_size = std::clamp<std::size_t>(static_cast<std::size_t>(value.number), 1, largest);
    return {};
}

std::string set_request_size(s& out, const v& value)
{
    out.producer.max_request_size = std::min(static_cast<std::size_t>(value.number), largest);
    return {};
}

std::string set_linger(s& out, const v& value)
{
    constexpr double longest = 31'536'000'000; // a year
    if (value.decimal < 0 || value.decimal > longest) return "milliseconds from 0 to 31536000000 are needed";
    out.producer.linger = std::chrono::microseconds{std::llround(value.decimal * 1000)};
    return {};
}

template <std::int64_t Unit>
std::string set_memory(s& out, const v& value)
{
    out.producer.memory = static_cast<std::size_t>(value.number * Unit);
    return {};
}

std::string set_partitioner(s& out, const v& value)
{
    const auto how = find_strategy(value.text);
    if (!how || value.text.find('.') != value.text.npos)
        return "one of random, consistent, consistent_random, murmur2, murmur2_random, fnv1a, fnv1a_random is needed";
    out.producer.partitioner = *how;
    out.partitioner_ignores_keys = false;
    return {};
}

std::string set_partitioner_class(s& out, const v& value)
{
    const auto how = find_strategy(value.text);
    if (!how || value.text.find('.') == value.text.npos)
        return "a class of the Java virtual machine, and none of Java's own partitioners; leave it out for the default";
    out.producer.partitioner = *how;
    out.partitioner_ignores_keys = ignores_keys(value.text);
    return {};
}

constexpr property_setter delivery_timeout = set_all<set_duration<&s::produce, &produce_options::delivery_timeout>,
                                                     set_duration<&s::producer, &p::delivery_timeout>>;
constexpr property_setter retries =
    set_all<set_number<&s::client, &client_options::retries>, set_number<&s::producer, &p::retries>>;
constexpr std::string_view codecs = "none|gzip|snappy|lz4|zstd";
constexpr std::string_view both_acks = "acks of produce_options and producer_options";
constexpr std::string_view both_timeouts = "delivery_timeout of produce_options and producer_options";
constexpr std::string_view both_retries = "retries of client_options and producer_options";
constexpr std::string_view both_codecs = "compression of produce_options and producer_options";
constexpr std::string_view idempotence =
    "producer_options::idempotence; a straight produce is not idempotent: a lost answer ends as outcome_unknown";

constexpr property_row rows[] = {
    {"acks", both, one_of("all|-1|0|1"), mapped, both_acks, set_acks},
    {"request.required.acks", librdkafka, one_of("all|-1|0|1"), mapped, both_acks, set_acks},
    {"delivery.timeout.ms", both, milliseconds(), mapped, both_timeouts, delivery_timeout},
    {"message.timeout.ms", librdkafka, milliseconds(), mapped, both_timeouts, set_message_timeout},
    {"retries", both, number(0), mapped, both_retries, retries},
    {"message.send.max.retries", librdkafka, number(0), mapped, both_retries, retries},
    {"enable.idempotence", both, boolean, mapped, idempotence, set_idempotence},
    {"enable.gapless.guarantee", librdkafka, boolean, ignored,
     "a producer goes on after a batch that it had to give up, whose sends say so"},

    {"compression.type", both, one_of(codecs), mapped, both_codecs, set_compression},
    {"compression.codec", librdkafka, one_of("none|gzip|snappy|lz4|zstd|inherit"), mapped, both_codecs,
     set_compression},
    {"compression.level", librdkafka, number(-1, 22), mapped, "level of produce_options and producer_options",
     set_level_or_default<&s::level>},
    {"compression.gzip.level", java, number(-1, 9), mapped, "level of produce_options and producer_options with gzip",
     set_level_or_default<&s::gzip_level>},
    {"compression.lz4.level", java, number(1, 17), mapped, "level of produce_options and producer_options with lz4",
     set_level<&s::lz4_level>},
    {"compression.zstd.level", java, number(-131'072, 22), mapped,
     "level of produce_options and producer_options with zstd", set_level<&s::zstd_level>},

    // Batching
    {"batch.size", both, number(0), mapped, "producer_options::batch_size", set_batch_size},
    {"batch.num.messages", librdkafka, number(1), mapped, "producer_options::batch_max_records",
     set_number<&s::producer, &p::batch_max_records>},
    {"linger.ms", both, decimal, mapped, "producer_options::linger", set_linger},
    {"queue.buffering.max.ms", librdkafka, decimal, mapped, "producer_options::linger", set_linger},
    {"buffer.memory", java, number(1, std::numeric_limits<std::int64_t>::max()), mapped, "producer_options::memory",
     set_memory<1>},
    {"buffer.memory.allocation.strategy", java, one_of("full|incremental"), ignored, "a batch's memory grows with it"},
    {"queue.buffering.max.messages", librdkafka, number(0), ignored,
     "a producer counts the bytes of what waits, not the records: queue.buffering.max.kbytes"},
    {"queue.buffering.max.kbytes", librdkafka, number(1), mapped, "producer_options::memory", set_memory<1024>},
    {"queue.buffering.backpressure.threshold", librdkafka, number(1), ignored,
     "a request is made only when its connection can take it"},
    {"queuing.strategy", librdkafka, one_of("fifo|lifo"), ignored,
     "memory for records is given in the order of the sends"},
    {"max.request.size", java, number(1), mapped, "producer_options::max_request_size", set_request_size},
    {"message.max.bytes", librdkafka, number(1000), mapped, "producer_options::max_request_size", set_request_size},
    {"delivery.report.only.error", librdkafka, boolean, ignored, "every send that asks for it is told how it ended"},
    {"produce.offset.report", librdkafka, boolean, ignored, "offsets are always reported"},

    // Choosing the partition
    {"partitioner", librdkafka, any_text, mapped, "producer_options::partitioner", set_partitioner},
    {"partitioner.class", java, any_text, mapped, "producer_options::partitioner, for Java's own classes",
     set_partitioner_class},
    {"partitioner.ignore.keys", java, boolean, mapped, "producer_options::ignore_keys",
     set_flag<&s::producer, &p::ignore_keys>},
    {"partitioner.adaptive.partitioning.enable", java, boolean, mapped, "producer_options::adaptive",
     set_flag<&s::producer, &p::adaptive>},
    {"partitioner.availability.timeout.ms", java, milliseconds(), ignored,
     "a partition that takes nothing gets less, as its batches queue up"},
    {"partitioner.rack.aware", java, boolean, mapped, "producer_options::rack_aware",
     set_flag<&s::producer, &p::rack_aware>},
    {"sticky.partitioning.linger.ms", librdkafka, milliseconds(), ignored,
     "another partition is chosen after a batch's worth of bytes, not after a time"},
    {"key.serializer", java, any_text, ignored, "keys are bytes"},
    {"value.serializer", java, any_text, ignored, "values are bytes"},

    // Transactions
    {"transactional.id", both, any_text, refused, "there are no transactions yet"},
    {"transaction.timeout.ms", both, milliseconds(1), ignored, "it says nothing without a transactional.id"},
    {"transaction.two.phase.commit.enable", java, boolean, ignored, "it says nothing without a transactional.id"},
};

} // namespace

std::span<const property_row> producer_property_rows() noexcept
{
    return rows;
}

} // namespace odradek::detail
