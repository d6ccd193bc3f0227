// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster_settings.hpp>
#include <odradek/broker/listener_check.hpp>
#include <odradek/broker/releases.hpp>
#include <odradek/broker/topic_config.hpp>
#include <odradek/broker/topic_settings.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/net/nearest_name.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace odradek::broker {
namespace {

constexpr int most_brokers = 1000;
constexpr int customary_replicas = 3;

std::string check(const cluster_options& options)
{
    if (options.brokers < 1 || options.brokers > most_brokers)
        return "brokers: " + std::to_string(options.brokers) + " is not from 1 to " + std::to_string(most_brokers);
    if (!options.as_version.empty() && !find_release(options.as_version))
        return "as_version: there is no \"" + options.as_version + "\"; known are " + release_names();
    return {};
}

/// Reads the properties that are about brokers, and remembers the first that is wrong.
class broker_properties {
public:
    explicit broker_properties(const cluster_options& options) : options_(options) {}

    template <class Number>
    void number(std::string_view name, Number lowest, auto apply)
    {
        const std::string* const text = find(name);
        if (!text) return;
        Number value{};
        const char* const end = text->data() + text->size();
        const auto [stop, error] = std::from_chars(text->data(), end, value);
        if (error != std::errc{} || stop != end || value < lowest)
            return wrong(name, *text,
                         "a number from " + std::to_string(lowest) + " to " +
                             std::to_string(std::numeric_limits<Number>::max()));
        apply(value);
    }

    void boolean(std::string_view name, bool& into)
    {
        const std::string* const text = find(name);
        if (!text) return;
        const auto value = as_boolean(*text);
        if (!value) return wrong(name, *text, "true or false");
        into = *value;
    }

    /// Those that are the defaults of topics.
    void topic_defaults(const release& as)
    {
        topic_settings ignored = default_settings(as);
        for (const setting_info& known : known_topic_settings()) {
            const std::string* const text = known.broker_name.empty() ? nullptr : find(known.broker_name);
            if (!text) continue;
            if (const auto bad = apply(ignored, known.name, *text); bad && problem_.empty())
                problem_ = "properties: " + std::string(known.broker_name) + ": " + *bad;
        }
    }

    /// A misspelt one would change nothing, and nobody would notice.
    void refuse_unknown()
    {
        const std::vector<std::string_view> known = broker_setting_names();
        for (const auto& [name, value] : options_.properties) {
            if (!problem_.empty() || std::ranges::find(known, name) != known.end()) continue;
            const std::string_view near = detail::nearest_name(name, known);
            problem_ = "properties: the embedded broker has no setting \"" + name + '"' +
                       (near.empty() ? std::string{} : "; did you mean " + std::string(near) + '?');
        }
    }

    [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

private:
    [[nodiscard]] const std::string* find(std::string_view name) const
    {
        const auto found = options_.properties.find(name);
        return found == options_.properties.end() ? nullptr : &found->second;
    }

    void wrong(std::string_view name, std::string_view value, std::string_view expected)
    {
        if (!problem_.empty()) return;
        problem_ =
            "properties: " + std::string(name) + ": \"" + std::string(value) + "\" is not " + std::string(expected);
    }

    const cluster_options& options_;
    std::string problem_;
};

} // namespace

std::vector<std::string_view> broker_setting_names()
{
    // Beside the defaults of topics.
    constexpr std::array<std::string_view, 10> own{
        "auto.create.topics.enable",    "connection.failed.authentication.delay.ms",
        "connections.max.idle.ms",      "connections.max.reauth.ms",
        "default.replication.factor",   "num.partitions",
        "producer.id.expiration.ms",    "replica.selector.class",
        "sasl.server.max.receive.size", "socket.request.max.bytes"};
    std::vector<std::string_view> all(own.begin(), own.end());
    for (const setting_info& one : known_topic_settings())
        if (!one.broker_name.empty()) all.push_back(one.broker_name);
    return all;
}

cluster_settings make_settings(const cluster_options& options)
{
    cluster_settings made;
    made.problem = check(options);
    add_listeners(options, made);
    const int brokers = std::clamp(options.brokers, 1, most_brokers);

    cluster_state::options& cluster = made.cluster.cluster;
    for (int i = 0; i < brokers; ++i) {
        node& one = cluster.nodes.emplace_back();
        one.id = i + 1;
        if (const auto at = static_cast<std::size_t>(i); at < options.racks.size()) one.rack = options.racks[at];
    }
    cluster.cluster_id = options.cluster_id;
    cluster.seed = options.seed;
    cluster.auto_create_topics = options.auto_create_topics;
    cluster.default_replication_factor = static_cast<std::int16_t>(std::min(brokers, customary_replicas));
    cluster.config = options.properties;
    cluster.memory_limit = options.memory_limit;
    cluster.codecs = &default_codecs();
    if (!options.as_version.empty()) made.cluster.as = find_release(options.as_version).value_or(newest_release());
    made.cluster.log = options.log;
    authentication_options& authentication = made.cluster.authentication;
    authentication.users = options.users;
    authentication.scram_iterations = options.scram_iterations;
    authentication.session_lifetime = options.session_lifetime;
    authentication.failure_delay = options.failed_authentication_delay;

    made.limits.first_request = options.first_request_timeout;
    made.limits.stalled = options.stall_timeout;
    made.limits.output_cap = std::max<std::size_t>(options.output_cap, 1);

    broker_properties given{options};
    given.boolean("auto.create.topics.enable", cluster.auto_create_topics);
    given.number<std::int32_t>("num.partitions", 1, [&](std::int32_t n) { cluster.default_partitions = n; });
    given.number<std::int16_t>("default.replication.factor", 1,
                               [&](std::int16_t n) { cluster.default_replication_factor = n; });
    given.number<std::int64_t>("producer.id.expiration.ms", 1,
                               [&](std::int64_t ms) { cluster.producer_expiration_ms = ms; });
    given.number<std::int32_t>("socket.request.max.bytes", 1,
                               [&](std::int32_t n) { made.limits.largest_request = static_cast<std::size_t>(n); });
    given.number<std::int64_t>("connections.max.idle.ms", -1, [&](std::int64_t ms) {
        constexpr std::int64_t a_year = 31'536'000'000; // as good as for ever, which -1 means
        made.limits.max_idle = std::chrono::milliseconds(ms == -1 ? a_year : std::min(ms, a_year));
    });
    given.number<std::int64_t>("connections.max.reauth.ms", 0, [&](std::int64_t ms) {
        authentication.session_lifetime = std::chrono::milliseconds(ms);
    });
    given.number<std::int32_t>("connection.failed.authentication.delay.ms", 0,
                               [&](std::int32_t ms) { authentication.failure_delay = std::chrono::milliseconds(ms); });
    given.number<std::int32_t>("sasl.server.max.receive.size", 1,
                               [&](std::int32_t n) { authentication.largest_request = static_cast<std::size_t>(n); });
    given.topic_defaults(made.cluster.as);
    given.refuse_unknown();
    if (made.problem.empty()) made.problem = given.problem();
    if (!made.problem.empty() && !made.error) made.error = make_error_code(errc::invalid_option);
    return made;
}

} // namespace odradek::broker
