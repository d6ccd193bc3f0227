// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/releases.hpp>
#include <odradek/broker/topic_settings.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace odradek::broker {

using config_map = std::map<std::string, std::string, std::less<>>;

/// Where the value of a setting comes from, by the number that DescribeConfigs gives it (KIP-226).
enum class config_source : std::int8_t { topic = 1, default_broker = 3, static_broker = 4, standard = 5 };

/// One setting as a client is shown it.
struct topic_config_entry {
    const setting_info* known;
    std::string value;
    config_source source;
};

/// The default of a setting, which a release may have changed.
[[nodiscard]] std::string_view default_value(const setting_info& known, const release& as) noexcept;
/// The same for those that the broker acts upon.
[[nodiscard]] topic_settings default_settings(const release& as);

/// Every setting of a topic with its value: the topic's own, else what the brokers' settings say, else the default.
[[nodiscard]] std::vector<topic_config_entry> describe_topic_config(const config_map& own, const config_map& brokers,
                                                                    const release& as);

} // namespace odradek::broker
