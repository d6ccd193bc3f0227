// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/option_check.hpp>
#include <odradek/client/producer/producer_options_check.hpp>

#include <chrono>
#include <cstddef>
#include <string_view>

namespace odradek::detail {
namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30;

std::string text_of(std::chrono::milliseconds value)
{
    return std::to_string(value.count()) + " ms";
}

std::string text_of(std::chrono::microseconds value)
{
    return value % std::chrono::milliseconds{1} == std::chrono::microseconds{0}
               ? text_of(std::chrono::duration_cast<std::chrono::milliseconds>(value))
               : std::to_string(value.count()) + " us";
}

template <class Number>
std::string text_of(Number value)
{
    return std::to_string(value);
}

template <class Value>
std::string must(std::string_view option, std::string_view what, Value value)
{
    return "producer_options::" + std::string{option} + " must " + std::string{what} + ", not " + text_of(value);
}

} // namespace

std::string wrong_option(const producer_options& o)
{
    if (!is_known(o.acks)) return wrong_acks("producer_options::acks", o.acks);
    if (!is_known(o.compression)) return wrong_codec("producer_options::compression", o.compression);
    if (o.idempotence.value_or(false) && o.acks != acks::all)
        return "producer_options::idempotence needs acks::all, not acks::" +
               std::string{o.acks == acks::none ? "none" : "leader"};
    if (o.idempotence.value_or(false) && o.retries == 0)
        return "producer_options::idempotence needs retries above 0, not 0";
    if (o.delivery_timeout.count() <= 0) return must("delivery_timeout", "be above 0", o.delivery_timeout);
    if (o.linger.count() < 0) return must("linger", "be 0 or more", o.linger);
    if (o.linger >= o.delivery_timeout)
        return must("linger", "be below delivery_timeout of " + text_of(o.delivery_timeout), o.linger);
    if (o.timeout.count() < 0) return must("timeout", "be 0 or more", o.timeout);
    if (o.batch_size == 0 || o.batch_size > most_bytes) return must("batch_size", "be from 1 to 2^30", o.batch_size);
    if (o.batch_max_records <= 0) return must("batch_max_records", "be above 0", o.batch_max_records);
    if (o.max_in_flight <= 0) return must("max_in_flight", "be above 0", o.max_in_flight);
    if (o.max_request_size == 0 || o.max_request_size > most_bytes)
        return must("max_request_size", "be from 1 to 2^30", o.max_request_size);
    if (o.memory == 0) return must("memory", "be above 0", o.memory);
    // A level that the codec does not have is an error; one for a codec without levels may come from a setting for another codec.
    if (o.level && !levels(o.compression).contains(*o.level))
        return wrong_level("producer_options::level", o.compression, *o.level);
    return {};
}

} // namespace odradek::detail
