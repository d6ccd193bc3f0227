// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/tools/cli/broker.hpp>
#include <odradek/tools/cli/exit_code.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

namespace odradek::cli {
namespace {

std::vector<std::string_view> cut_at(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

template <class T>
std::optional<T> number(std::string_view text, T lowest, T highest)
{
    T value{};
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc{} || end != text.end() || !(value >= lowest && value <= highest)) return {};
    return value;
}

/// Words are compared without regard to case, '-' and '_': "not_leader_or_follower", "NOT-LEADER-OR-FOLLOWER".
std::string plain(std::string_view text)
{
    std::string result;
    for (const char c : text)
        if (c != '_' && c != '-') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

std::optional<api> find_api_called(std::string_view text)
{
    for (const api_info& known : all_apis())
        if (plain(known.name) == plain(text)) return known.key;
    return {};
}

std::optional<broker_errc> find_error_called(std::string_view text)
{
    if (const auto code = number<std::int16_t>(text, -1, std::numeric_limits<std::int16_t>::max()))
        return static_cast<broker_errc>(*code);
    for (std::int16_t code = -1; !name(static_cast<broker_errc>(code)).empty(); ++code)
        if (plain(name(static_cast<broker_errc>(code))) == plain(text)) return static_cast<broker_errc>(code);
    return {};
}

/// One "key=value" of --fault; false if the key is not known or the value is none of its.
bool apply(broker::fault& fault, std::string_view key, std::string_view value)
{
    using std::chrono::milliseconds;
    constexpr std::int64_t longest = 86'400'000;
    const auto set = [](auto& into, const auto& found) {
        if (found) into = *found;
        return found.has_value();
    };
    const auto time = [&](milliseconds& into) {
        const auto ms = number<std::int64_t>(value, 0, longest);
        if (ms) into = milliseconds{*ms};
        return ms.has_value();
    };
    broker::fault_effect& effect = fault.effect;
    if (key == "api") return (fault.key = find_api_called(value)).has_value();
    if (key == "broker")
        return (fault.broker = number<std::int32_t>(value, 1, std::numeric_limits<std::int32_t>::max())).has_value();
    if (key == "client") return !(fault.client_id = value).empty();
    if (key == "times")
        return set(fault.times, number<std::uint64_t>(value, 0, std::numeric_limits<std::uint64_t>::max()));
    if (key == "probability") return set(fault.probability, number<double>(value, 0.0, 1.0));
    if (key == "error") return set(effect.error, find_error_called(value));
    if (key == "delay") return time(effect.delay);
    if (key == "throttle") return time(effect.throttle);
    if (key == "garbage" && value.empty()) return effect.garbage = true;
    if (key == "drop" && value == "request") return effect.drop_request = true;
    if (key == "drop" && value == "response") return effect.drop_response = true;
    if (key != "cut") return false;
    if (value == "before") effect.where = broker::cut::before;
    if (value == "inside") effect.where = broker::cut::inside;
    if (value == "after") effect.where = broker::cut::after;
    return effect.where != broker::cut::none;
}

} // namespace

broker::topic_spec parse_topic(const std::string& text)
{
    const auto parts = cut_at(text, ':');
    const auto partitions =
        parts.size() < 2 ? std::nullopt : number<std::int32_t>(parts[1], 1, std::numeric_limits<std::int32_t>::max());
    const auto replicas = parts.size() < 3
                              ? std::optional<std::int16_t>{std::int16_t{-1}}
                              : number<std::int16_t>(parts[2], 1, std::numeric_limits<std::int16_t>::max());
    if (parts.size() > 3 || parts[0].empty() || !partitions || !replicas)
        throw usage_failure(fmt::format("--topic: \"{}\" is not NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS", text));
    return {.name = std::string(parts[0]), .partitions = *partitions, .replicas = *replicas};
}

broker::fault parse_fault(const std::string& text)
{
    broker::fault fault;
    fault.name = text;
    for (const std::string_view part : cut_at(text, ',')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string_view key = part.substr(0, equals);
        const std::string_view value = part.substr(std::min(equals + 1, part.size()));
        if (!apply(fault, key, value))
            throw usage_failure(fmt::format(
                "--fault: \"{}\" says nothing; there are api=NAME, broker=ID, client=ID, times=N, probability=P, "
                "error=NAME, delay=MS, throttle=MS, drop=request, drop=response, cut=before, cut=inside, cut=after, "
                "garbage",
                part));
    }
    return fault;
}

} // namespace odradek::cli
