// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/topic_config.hpp>

namespace odradek::broker {

std::string_view default_value(const setting_info& known, const release& as) noexcept
{
    // Before 4.0 records from the future were taken (KIP-1030).
    const bool before_4 = as.column < find_release("4.0")->column;
    if (before_4 && known.name == "message.timestamp.after.max.ms") return "9223372036854775807";
    return known.default_value;
}

topic_settings default_settings(const release& as)
{
    constexpr std::int32_t mebibyte = 1 << 20;
    topic_settings settings;
    if (as.column >= find_release("4.0")->column) settings.least_segment_bytes = mebibyte;
    for (const setting_info& known : known_topic_settings())
        (void)apply(settings, known.name, default_value(known, as));
    return settings;
}

std::vector<topic_config_entry> describe_topic_config(const config_map& own, const config_map& brokers,
                                                      const release& as)
{
    // Since 4.1 a new cluster sets this one for all its brokers, as eligible leader replicas need it (KIP-966).
    const bool has_cluster_wide_isr = as.column >= find_release("4.1")->column;
    std::vector<topic_config_entry> all;
    for (const setting_info& known : known_topic_settings()) {
        const auto mine = own.find(known.name);
        const auto given = known.broker_name.empty() ? brokers.end() : brokers.find(known.broker_name);
        if (mine != own.end()) {
            all.push_back({&known, mine->second, config_source::topic});
        } else if (given != brokers.end()) {
            all.push_back({&known, given->second, config_source::static_broker});
        } else {
            const bool cluster_wide = has_cluster_wide_isr && known.name == "min.insync.replicas";
            all.push_back({&known, std::string(default_value(known, as)),
                           cluster_wide ? config_source::default_broker : config_source::standard});
        }
    }
    return all;
}

} // namespace odradek::broker
