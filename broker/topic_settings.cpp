// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/topic_settings.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>
#include <type_traits>
#include <vector>

namespace odradek::broker {
namespace {

constexpr std::string_view largest_int64 = "9223372036854775807";
constexpr std::int64_t any = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t all = std::numeric_limits<std::int64_t>::max();

// Sorted by name.
constexpr std::array settings{
    setting_info{"cleanup.policy", "log.cleanup.policy", "delete", setting_type::list, any, all, "compact, delete"},
    setting_info{"compression.gzip.level", "compression.gzip.level", "-1", setting_type::int32, -1, 9},
    setting_info{"compression.lz4.level", "compression.lz4.level", "9", setting_type::int32, 1, 17},
    setting_info{"compression.type", "compression.type", "producer", setting_type::string, any, all,
                 "uncompressed, zstd, lz4, snappy, gzip, producer"},
    setting_info{"compression.zstd.level", "compression.zstd.level", "3", setting_type::int32, -131072, 22},
    setting_info{"delete.retention.ms", "log.cleaner.delete.retention.ms", "86400000", setting_type::int64, 0},
    setting_info{"file.delete.delay.ms", "log.segment.delete.delay.ms", "60000", setting_type::int64, 0},
    setting_info{"flush.messages", "log.flush.interval.messages", largest_int64, setting_type::int64, 1},
    setting_info{"flush.ms", "log.flush.interval.ms", largest_int64, setting_type::int64, 0},
    setting_info{"follower.replication.throttled.replicas", "", "", setting_type::list},
    setting_info{"index.interval.bytes", "log.index.interval.bytes", "4096", setting_type::int32, 0},
    setting_info{"leader.replication.throttled.replicas", "", "", setting_type::list},
    setting_info{"local.retention.bytes", "log.local.retention.bytes", "-2", setting_type::int64, -2},
    setting_info{"local.retention.ms", "log.local.retention.ms", "-2", setting_type::int64, -2},
    setting_info{"max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms", largest_int64, setting_type::int64, 1},
    setting_info{"max.message.bytes", "message.max.bytes", "1048588", setting_type::int32, 0},
    setting_info{"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms", "3600000", setting_type::int64,
                 0},
    setting_info{"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms", largest_int64,
                 setting_type::int64, 0},
    setting_info{"message.timestamp.type", "log.message.timestamp.type", "CreateTime", setting_type::string, any, all,
                 "CreateTime, LogAppendTime"},
    setting_info{"min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio", "0.5", setting_type::floating, 0, 1},
    setting_info{"min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms", "0", setting_type::int64, 0},
    setting_info{"min.insync.replicas", "min.insync.replicas", "1", setting_type::int32, 1},
    setting_info{"preallocate", "log.preallocate", "false", setting_type::boolean},
    setting_info{"remote.log.copy.disable", "", "false", setting_type::boolean},
    setting_info{"remote.log.delete.on.disable", "", "false", setting_type::boolean},
    setting_info{"remote.storage.enable", "", "false", setting_type::boolean},
    setting_info{"retention.bytes", "log.retention.bytes", "-1", setting_type::int64},
    setting_info{"retention.ms", "log.retention.ms", "604800000", setting_type::int64, -1},
    setting_info{"segment.bytes", "log.segment.bytes", "1073741824", setting_type::int32, 14},
    setting_info{"segment.index.bytes", "log.index.size.max.bytes", "10485760", setting_type::int32, 4},
    setting_info{"segment.jitter.ms", "log.roll.jitter.ms", "0", setting_type::int64, 0},
    setting_info{"segment.ms", "log.roll.ms", "604800000", setting_type::int64, 1},
    setting_info{"unclean.leader.election.enable", "unclean.leader.election.enable", "false", setting_type::boolean},
};
static_assert(std::ranges::is_sorted(settings, {}, &setting_info::name));

/// A value as the texts about it name it.
struct named_value {
    std::string_view name;
    std::string_view value;
};
using complaint = std::optional<std::string>;

complaint invalid(named_value of, std::string_view why)
{
    return "Invalid value " + std::string(of.value) + " for configuration " + std::string(of.name) + ": " +
           std::string(why);
}

std::string_view trimmed(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) + 1 - first);
}

/// The whole text as a number; a plus sign may stand before it, as Java has it.
template <class Number>
std::optional<Number> as_number(std::string_view text)
{
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return {};
    return number;
}

/// The parts between commas, without blanks around them; none of an empty text.
std::vector<std::string_view> split(std::string_view list)
{
    std::vector<std::string_view> parts;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        parts.push_back(trimmed(list.substr(0, comma)));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return parts;
}

complaint check_range(named_value of, const setting_info& known, auto number)
{
    using type = std::conditional_t<std::is_integral_v<decltype(number)>, std::int64_t, double>;
    if (known.name == "compression.gzip.level") // with a hole in it
        return number == -1 || (number >= 1 && number <= 9)
                   ? complaint{}
                   : invalid(of, "Value must be between 1 and 9 or equal to -1");
    if (type{number} < static_cast<type>(known.lowest))
        return invalid(of, "Value must be at least " + std::to_string(known.lowest));
    if (type{number} > static_cast<type>(known.highest))
        return invalid(of, "Value must be no more than " + std::to_string(known.highest));
    return {};
}

template <class Number>
complaint check_number(named_value of, const setting_info& known, std::string_view type)
{
    const auto number = as_number<Number>(of.value);
    return number ? check_range(of, known, *number) : invalid(of, "Not a number of type " + std::string(type));
}

complaint check_choice(named_value of, const setting_info& known)
{
    if (known.choices.empty()) return {};
    const std::vector<std::string_view> choices = split(known.choices);
    const auto is_one = [&choices](std::string_view text) { return std::ranges::find(choices, text) != choices.end(); };
    const std::vector<std::string_view> chosen =
        known.type == setting_type::list ? split(of.value) : std::vector{of.value};
    const auto wrong = std::ranges::find_if_not(chosen, is_one);
    if (wrong == chosen.end()) return {};
    return invalid({of.name, *wrong}, "String must be one of: " + std::string(known.choices));
}

/// "*", or partitions with their brokers: "0:101,1:102".
complaint check_throttled(named_value of)
{
    const auto is_pair = [](std::string_view one) {
        const std::size_t colon = one.find(':');
        return one.empty() || (colon != std::string_view::npos && as_number<std::int64_t>(one.substr(0, colon)) &&
                               as_number<std::int64_t>(one.substr(colon + 1)));
    };
    const std::vector<std::string_view> parts = split(of.value);
    if (of.value == "*" || std::ranges::all_of(parts, is_pair)) return {};
    std::string all;
    for (const std::string_view one : parts) all.append(all.empty() ? "" : ", ").append(one);
    return invalid({of.name, '[' + all + ']'},
                   std::string(of.name) + " must be the literal '*' or a list of replicas in the following format: " +
                       "[partitionId]:[brokerId],[partitionId]:[brokerId],...");
}

/// What is wrong with a value that has no blanks around it.
complaint check(named_value of, const setting_info& known)
{
    switch (known.type) {
    case setting_type::int32: return check_number<std::int32_t>(of, known, "INT");
    case setting_type::int64: return check_number<std::int64_t>(of, known, "LONG");
    case setting_type::floating: return check_number<double>(of, known, "DOUBLE");
    case setting_type::boolean:
        if (!as_boolean(of.value)) return invalid(of, "Expected value to be either true or false");
        if (known.name == "remote.storage.enable" && *as_boolean(of.value))
            return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log "
                   "storage.";
        return {};
    default: break;
    }
    if (known.name.ends_with(".replication.throttled.replicas")) return check_throttled(of);
    return check_choice(of, known);
}

} // namespace

std::optional<bool> as_boolean(std::string_view text)
{
    const auto is = [text](std::string_view word) {
        return std::ranges::equal(text, word, {}, [](char c) { return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c; });
    };
    if (is("true")) return true;
    if (is("false")) return false;
    return {};
}

std::span<const setting_info> known_topic_settings() noexcept
{
    return settings;
}

const setting_info* find_topic_setting(std::string_view name) noexcept
{
    const auto found = std::ranges::lower_bound(settings, name, {}, &setting_info::name);
    return found != settings.end() && found->name == name ? &*found : nullptr;
}

std::optional<std::string> apply(topic_settings& into, std::string_view name, std::string_view value)
{
    value = trimmed(value);
    setting_info known;
    if (name == internal_segment_bytes) {
        known = *find_topic_setting("segment.bytes");
    } else if (const setting_info* const found = find_topic_setting(name)) {
        known = *found;
        if (name == "segment.bytes") known.lowest = into.least_segment_bytes;
    } else {
        return "Unknown topic config name: " + std::string(name);
    }
    if (auto wrong = check({name, value}, known)) return wrong;

    const auto set = [value](auto& number) {
        number = as_number<std::remove_reference_t<decltype(number)>>(value).value_or(number);
    };
    if (name == "cleanup.policy") {
        const std::vector<std::string_view> policies = split(value);
        into.compact = std::ranges::find(policies, "compact") != policies.end();
        into.remove_old = std::ranges::find(policies, "delete") != policies.end();
    } else if (name == "message.timestamp.type") {
        into.log_append_time = value == "LogAppendTime";
    } else if (name == "max.message.bytes") {
        set(into.max_message_bytes);
    } else if (name == "min.insync.replicas") {
        set(into.min_insync_replicas);
    } else if (name == "retention.ms") {
        set(into.retention_ms);
    } else if (name == "retention.bytes") {
        set(into.retention_bytes);
    } else if (name == "segment.ms") {
        set(into.segment_ms);
    } else if (name == "segment.bytes" || name == internal_segment_bytes) {
        set(into.segment_bytes);
    } else if (name == "message.timestamp.before.max.ms") {
        set(into.timestamp_before_max_ms);
    } else if (name == "message.timestamp.after.max.ms") {
        set(into.timestamp_after_max_ms);
    }
    return {};
}

} // namespace odradek::broker
