// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/topic_settings.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

namespace odradek::broker {
namespace {

constexpr std::string_view largest_int64 = "9223372036854775807";

// Sorted by name.
constexpr std::array settings{
    setting_info{"cleanup.policy", "log.cleanup.policy", "delete", setting_type::list},
    setting_info{"compression.gzip.level", "compression.gzip.level", "-1", setting_type::int32},
    setting_info{"compression.lz4.level", "compression.lz4.level", "9", setting_type::int32},
    setting_info{"compression.type", "compression.type", "producer", setting_type::string},
    setting_info{"compression.zstd.level", "compression.zstd.level", "3", setting_type::int32},
    setting_info{"delete.retention.ms", "log.cleaner.delete.retention.ms", "86400000", setting_type::int64},
    setting_info{"file.delete.delay.ms", "log.segment.delete.delay.ms", "60000", setting_type::int64},
    setting_info{"flush.messages", "log.flush.interval.messages", largest_int64, setting_type::int64},
    setting_info{"flush.ms", "log.flush.interval.ms", largest_int64, setting_type::int64},
    setting_info{"follower.replication.throttled.replicas", "", "", setting_type::list},
    setting_info{"index.interval.bytes", "log.index.interval.bytes", "4096", setting_type::int32},
    setting_info{"leader.replication.throttled.replicas", "", "", setting_type::list},
    setting_info{"local.retention.bytes", "log.local.retention.bytes", "-2", setting_type::int64},
    setting_info{"local.retention.ms", "log.local.retention.ms", "-2", setting_type::int64},
    setting_info{"max.compaction.lag.ms", "log.cleaner.max.compaction.lag.ms", largest_int64, setting_type::int64},
    setting_info{"max.message.bytes", "message.max.bytes", "1048588", setting_type::int32},
    setting_info{"message.timestamp.after.max.ms", "log.message.timestamp.after.max.ms", "3600000",
                 setting_type::int64},
    setting_info{"message.timestamp.before.max.ms", "log.message.timestamp.before.max.ms", largest_int64,
                 setting_type::int64},
    setting_info{"message.timestamp.type", "log.message.timestamp.type", "CreateTime", setting_type::string},
    setting_info{"min.cleanable.dirty.ratio", "log.cleaner.min.cleanable.ratio", "0.5", setting_type::floating},
    setting_info{"min.compaction.lag.ms", "log.cleaner.min.compaction.lag.ms", "0", setting_type::int64},
    setting_info{"min.insync.replicas", "min.insync.replicas", "1", setting_type::int32},
    setting_info{"preallocate", "log.preallocate", "false", setting_type::boolean},
    setting_info{"remote.log.copy.disable", "", "false", setting_type::boolean},
    setting_info{"remote.log.delete.on.disable", "", "false", setting_type::boolean},
    setting_info{"remote.storage.enable", "", "false", setting_type::boolean},
    setting_info{"retention.bytes", "log.retention.bytes", "-1", setting_type::int64},
    setting_info{"retention.ms", "log.retention.ms", "604800000", setting_type::int64},
    setting_info{"segment.bytes", "log.segment.bytes", "1073741824", setting_type::int32},
    setting_info{"segment.index.bytes", "log.index.size.max.bytes", "10485760", setting_type::int32},
    setting_info{"segment.jitter.ms", "log.roll.jitter.ms", "0", setting_type::int64},
    setting_info{"segment.ms", "log.roll.ms", "604800000", setting_type::int64},
    setting_info{"unclean.leader.election.enable", "unclean.leader.election.enable", "false", setting_type::boolean},
};
static_assert(std::ranges::is_sorted(settings, {}, &setting_info::name));

std::string invalid(std::string_view name, std::string_view value, std::string_view why)
{
    return "Invalid value " + std::string(value) + " for configuration " + std::string(name) + ": " + std::string(why);
}

std::optional<std::string> apply_number(auto& into, std::string_view name, std::string_view value, std::int64_t lowest)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    using target = std::remove_reference_t<decltype(into)>;
    if (error != std::errc{} || end != value.data() + value.size() || number > std::numeric_limits<target>::max())
        return invalid(name, value, "Not a number of type " + std::string(sizeof(into) == 4 ? "INT" : "LONG"));
    if (number < lowest) return invalid(name, value, "Value must be at least " + std::to_string(lowest));
    into = static_cast<target>(number);
    return {};
}

std::optional<std::string> apply_cleanup(topic_settings& into, std::string_view name, std::string_view value)
{
    into.compact = into.remove_old = false;
    for (std::string_view left = value; !left.empty();) {
        const std::size_t comma = std::min(left.find(','), left.size());
        const std::string_view one = left.substr(0, comma);
        left.remove_prefix(std::min(comma + 1, left.size()));
        if (one == "compact") {
            into.compact = true;
        } else if (one == "delete") {
            into.remove_old = true;
        } else {
            return invalid(name, value, "String must be one of: compact, delete");
        }
    }
    return {};
}

} // namespace

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
    constexpr std::int32_t smallest_segment = 14;
    if (name == internal_segment_bytes) return apply_number(into.segment_bytes, name, value, smallest_segment);
    const setting_info* const known = find_topic_setting(name);
    if (!known) return "Unknown topic config name: " + std::string(name);
    if (name == "cleanup.policy") return apply_cleanup(into, name, value);
    if (name == "message.timestamp.type") {
        if (value != "CreateTime" && value != "LogAppendTime")
            return invalid(name, value, "String must be one of: CreateTime, LogAppendTime");
        into.log_append_time = value == "LogAppendTime";
        return {};
    }
    if (name == "max.message.bytes") return apply_number(into.max_message_bytes, name, value, 0);
    if (name == "min.insync.replicas") return apply_number(into.min_insync_replicas, name, value, 1);
    if (name == "retention.ms") return apply_number(into.retention_ms, name, value, -1);
    if (name == "retention.bytes")
        return apply_number(into.retention_bytes, name, value, std::numeric_limits<std::int64_t>::min());
    if (name == "segment.ms") return apply_number(into.segment_ms, name, value, 1);
    if (name == "segment.bytes") return apply_number(into.segment_bytes, name, value, into.least_segment_bytes);
    if (name == "message.timestamp.before.max.ms") return apply_number(into.timestamp_before_max_ms, name, value, 0);
    if (name == "message.timestamp.after.max.ms") return apply_number(into.timestamp_after_max_ms, name, value, 0);

    // Not acted upon, but still only a value of its type.
    std::int64_t ignored = 0;
    switch (known->type) {
    case setting_type::int32:
    case setting_type::int64: return apply_number(ignored, name, value, std::numeric_limits<std::int64_t>::min());
    case setting_type::boolean:
        if (value != "true" && value != "false")
            return invalid(name, value, "Expected value to be either true or false");
        return {};
    default: return {};
    }
}

} // namespace odradek::broker
