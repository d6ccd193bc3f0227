// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace odradek::broker {

/// The settings of a topic that the broker acts upon, in their own types.
///
/// A value: made from the defaults, the broker's settings and the topic's own by apply(), each time one of them changes.
/// All times are milliseconds, all sizes bytes. Defaults are those of Apache Kafka 4.3.
struct topic_settings {
    bool compact = false;                             ///< cleanup.policy has "compact".
    bool remove_old = true;                           ///< cleanup.policy has "delete".
    bool log_append_time = false;                     ///< message.timestamp.type
    std::int32_t max_message_bytes = 1'048'588;       ///< max.message.bytes: of a batch
    std::int32_t min_insync_replicas = 1;             ///< min.insync.replicas
    std::int64_t retention_ms = 604'800'000;          ///< retention.ms; -1: for ever
    std::int64_t retention_bytes = -1;                ///< retention.bytes; -1: no limit
    std::int64_t segment_ms = 604'800'000;            ///< segment.ms
    std::int32_t segment_bytes = 1'073'741'824;       ///< segment.bytes, or internal.segment.bytes where that is set
    std::int32_t least_segment_bytes = 14;            ///< What segment.bytes may be: 1 MiB since 4.0 (KIP-1030).
    std::int64_t timestamp_before_max_ms = INT64_MAX; ///< message.timestamp.before.max.ms
    std::int64_t timestamp_after_max_ms = 3'600'000;  ///< message.timestamp.after.max.ms
};

/// The type of a setting, by the number that DescribeConfigs gives it.
enum class setting_type : std::int8_t {
    boolean = 1,
    string,
    int32,
    int16,
    int64,
    floating,
    list,
    type_class,
    password
};

/// A topic setting that is known: what DescribeConfigs shows and IncrementalAlterConfigs may change.
struct setting_info {
    std::string_view name;          ///< "retention.ms"
    std::string_view broker_name;   ///< The broker's setting that gives the default: "log.retention.ms". Empty: none.
    std::string_view default_value; ///< As text; "" may be a value too.
    setting_type type;
    std::int64_t lowest = INT64_MIN;  ///< Of a number.
    std::int64_t highest = INT64_MAX; ///< Of a number.
    std::string_view choices{};       ///< What it has to be, or each of a list: "compact, delete". Empty: anything.
};

/// Sets segments of any size, for tests, as Kafka's own have it; not listed, and never a broker's.
inline constexpr std::string_view internal_segment_bytes = "internal.segment.bytes";

/// Every topic setting of Apache Kafka 4.3, by name.
[[nodiscard]] ODRADEK_EXPORT std::span<const setting_info> known_topic_settings() noexcept;

/// The setting of this name; null if there is none.
[[nodiscard]] ODRADEK_EXPORT const setting_info* find_topic_setting(std::string_view name) noexcept;

/// Text as true or false, in letters of any case; nothing if it is neither.
[[nodiscard]] std::optional<bool> as_boolean(std::string_view text);

/// Puts one setting into `into`, if it is one that the broker acts upon. Returns what is wrong with the value, for people; nothing
/// if it is fine. A name that is not known is wrong.
[[nodiscard]] ODRADEK_EXPORT std::optional<std::string> apply(topic_settings& into, std::string_view name,
                                                              std::string_view value);

} // namespace odradek::broker
