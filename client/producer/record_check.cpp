// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/option_check.hpp>
#include <odradek/client/producer/accumulator.hpp>
#include <odradek/protocol/batch_view.hpp>

#include <algorithm>

// What the accumulator refuses of a record before it takes it over, and in which words.
namespace odradek::detail {
namespace {

constexpr std::size_t longest_topic = 249;

std::int64_t milliseconds_of(wall_time time) noexcept
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

} // namespace

bool is_topic_name(std::string_view name) noexcept
{
    if (name.empty() || name.size() > longest_topic || name == "." || name == "..") return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    });
}

// At most so many bytes: each length and each number at its longest.
std::size_t record_bound(const record& what) noexcept
{
    std::size_t size = 5 + 1 + 10 + 5 + 5 + 5 + 5;
    if (what.key) size += what.key->size();
    if (what.value) size += what.value->size();
    for (const record_header& h : what.headers) {
        size += 10 + h.key.size();
        if (h.value) size += h.value->size();
    }
    return size;
}

std::error_code accumulator::check(const record& what, std::size_t bound) const noexcept
{
    if (what.partition && *what.partition < 0) return errc::invalid_argument;
    if (what.timestamp && what.timestamp->time_since_epoch().count() < 0) return errc::invalid_argument;
    for (const record_header& h : what.headers)
        if (h.key.data() == nullptr) return errc::invalid_argument;
    if (bound + batch_layout::records > options_.max_request_size ||
        bound + batch_layout::records + smallest_batch + batch_cost > options_.memory)
        return errc::record_too_large;
    return {};
}

std::error_code accumulator::check(const send_options& how) const noexcept
{
    if (how.acks && !is_known(*how.acks)) return errc::invalid_argument;
    if (how.compression && !is_known(*how.compression)) return errc::invalid_argument;
    if (how.acks && *how.acks != acks::all && options_.idempotence.value_or(false)) return errc::not_idempotent;
    if (how.timeout && how.timeout->count() < 0) return errc::invalid_argument;
    if (how.level && !has_level(codec_of(how), *how.level)) return errc::invalid_compression_level;
    return {};
}

// Which limit it was, with what would have to fit into it.
std::string accumulator::too_large(const record& what) const
{
    const std::size_t bytes = record_bound(what) + batch_layout::records;
    if (bytes > options_.max_request_size)
        return "alone in a request the record may take " + std::to_string(bytes) +
               " bytes, more than producer_options::max_request_size of " + std::to_string(options_.max_request_size);
    return "with what belongs to it the record may take " + std::to_string(bytes + smallest_batch + batch_cost) +
           " bytes of memory, more than producer_options::memory of " + std::to_string(options_.memory);
}

compression accumulator::codec_of(const send_options& how) const noexcept
{
    return how.compression.value_or(options_.compression);
}

// Nothing if it is not the options that were refused: what is wrong with a record is told before.
std::string accumulator::wrong_option(std::error_code why, const send_options& how) const
{
    if (why == errc::invalid_compression_level && how.level)
        return wrong_level("send_options::level", codec_of(how), *how.level);
    if (why != errc::invalid_argument) return {};
    if (how.acks && !is_known(*how.acks)) return wrong_acks("send_options::acks", *how.acks);
    if (how.compression && !is_known(*how.compression))
        return wrong_codec("send_options::compression", *how.compression);
    if (how.timeout && how.timeout->count() < 0)
        return "send_options::timeout is negative: " + std::to_string(how.timeout->count()) + " ms";
    return {};
}

std::string accumulator::partitioner_words(const record& what) const
{
    const std::string did = partitioner_refusals_.words_for(what);
    return "producer_options::custom_partitioner " +
           (did.empty() ? "threw, or chose a partition that the topic does not have" : did);
}

std::string accumulator::explain(std::error_code why, const record& what, const send_options* how) const
{
    std::string words = "topic \"" + std::string{what.topic} + '"';
    if (what.partition) words += ", partition " + std::to_string(*what.partition);
    if (why == errc::invalid_topic_name)
        return words + ": a name has 1 to 249 of the characters a-z A-Z 0-9 . _ - and is neither . nor ..";
    if (why == errc::record_too_large) return words + ": " + too_large(what);
    if (why == errc::partitioner_failed) return words + ": " + partitioner_words(what);
    if (why == errc::not_idempotent)
        return words + ": acks other than all for one send, though producer_options::idempotence asks for idempotence";
    if (why == errc::invalid_argument) {
        if (what.partition && *what.partition < 0) return words + ": a partition cannot be negative";
        if (what.timestamp && what.timestamp->time_since_epoch().count() < 0)
            return words + ": a timestamp before 1970: " + std::to_string(milliseconds_of(*what.timestamp)) + " ms";
        for (std::size_t i = 0; i < what.headers.size(); ++i)
            if (what.headers[i].key.data() == nullptr)
                return words + ": the key of header " + std::to_string(i) + " is null";
    }
    if (how != nullptr) {
        if (std::string option = wrong_option(why, *how); !option.empty()) return option;
    }
    if (why == errc::invalid_argument)
        return words + ": the topic_handle is another producer's, or the options were others than these";
    if (why == errc::queue_full)
        return words + ": producer_options::memory of " + std::to_string(options_.memory) + " bytes is used up";
    return words; // the code says the rest
}

} // namespace odradek::detail
