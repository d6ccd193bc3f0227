// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/topic_config.hpp>

#include <algorithm>
#include <charconv>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using result = describe_configs_response::describe_configs_result;
using entry_answer = describe_configs_response::describe_configs_resource_result;
using synonym = describe_configs_response::describe_configs_synonym;
using wanted_resource = describe_configs_request::describe_configs_resource;

constexpr std::int8_t topic_resource = 2;
constexpr std::int8_t broker_resource = 4;

/// One DescribeConfigs request; what the views of the answer refer to lives here.
class describing {
public:
    describing(core& in, exchange& x, const describe_configs_request& request) : in_(in), x_(x), request_(request) {}

    void run(broker_errc why)
    {
        std::set<std::pair<std::int8_t, std::string_view>> seen; // each once, lest the answer grow beyond all bounds
        for (const wanted_resource& wanted : request_.resources) {
            if (!seen.emplace(wanted.resource_type, wanted.resource_name).second) continue;
            if (why != broker_errc::none) {
                fail(wanted, why, "");
            } else if (wanted.resource_type == topic_resource) {
                describe_topic(wanted);
            } else if (wanted.resource_type == broker_resource) {
                describe_broker(wanted);
            } else {
                fail(wanted, broker_errc::invalid_request, "Unsupported resource type");
            }
        }
        describe_configs_response response;
        response.results = results_;
        in_.respond(x_, response);
    }

private:
    result& begin(const wanted_resource& wanted)
    {
        result& said = results_.emplace_back();
        said.resource_type = wanted.resource_type;
        said.resource_name = wanted.resource_name;
        said.error_message = nullptr;
        return said;
    }

    void fail(const wanted_resource& wanted, broker_errc error, const char* text)
    {
        result& said = begin(wanted);
        said.error_code = error;
        said.error_message = text;
    }

    static bool is_wanted(const wanted_resource& wanted, std::string_view name)
    {
        // Neither no list nor an empty one leaves anything out.
        return !wanted.configuration_keys || wanted.configuration_keys->empty() ||
               std::ranges::find(*wanted.configuration_keys, name) != wanted.configuration_keys->end();
    }

    void describe_topic(const wanted_resource& wanted)
    {
        if (!check_topic_name(wanted.resource_name).empty())
            return fail(wanted, broker_errc::invalid_topic_exception, "The topic's name is invalid.");
        const topic* const of = in_.cluster().find_topic(wanted.resource_name);
        if (!of)
            return fail(wanted, broker_errc::unknown_topic_or_partition,
                        "This server does not host this topic-partition.");
        result& said = begin(wanted);
        auto& entries = entries_.emplace_back();
        for (const topic_config_entry& entry :
             describe_topic_config(of->config, in_.cluster().how().config, in_.as())) {
            if (!is_wanted(wanted, entry.known->name)) continue;
            entry_answer& shown = entries.emplace_back();
            shown.name = entry.known->name;
            shown.value = texts_.emplace_back(entry.value);
            shown.is_default = x_.version == api_version{0} && entry.source == config_source::standard;
            shown.config_source = static_cast<std::int8_t>(entry.source);
            shown.config_type = static_cast<std::int8_t>(entry.known->type);
            shown.documentation = nullptr;
            if (request_.include_synonyms) shown.synonyms = synonyms_of(entry);
        }
        said.configs = entries;
    }

    /// The value, and what would stand in its place if it were taken back (KIP-226).
    const std::vector<synonym>& synonyms_of(const topic_config_entry& entry)
    {
        auto& all = synonyms_.emplace_back();
        if (entry.source == config_source::topic)
            all.push_back({.name = entry.known->name,
                           .value = texts_.emplace_back(entry.value),
                           .source = static_cast<std::int8_t>(config_source::topic)});
        if (entry.known->broker_name.empty()) return all;
        const auto& brokers = in_.cluster().how().config;
        if (const auto given = brokers.find(entry.known->broker_name); given != brokers.end())
            all.push_back({.name = entry.known->broker_name,
                           .value = given->second,
                           .source = static_cast<std::int8_t>(config_source::static_broker)});
        all.push_back({.name = entry.known->broker_name,
                       .value = default_value(*entry.known, in_.as()),
                       .source = static_cast<std::int8_t>(config_source::standard)});
        return all;
    }

    /// A broker's settings: those that topics get their defaults from, and what else was set.
    void describe_broker(const wanted_resource& wanted)
    {
        std::int32_t id = -1;
        const std::string_view name = wanted.resource_name;
        const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
        // An empty name means the defaults of all brokers, of which none was set while they run.
        if (name.empty()) {
            begin(wanted);
            return;
        }
        if (error != std::errc{} || end != name.data() + name.size() || id != x_.node)
            return fail(wanted, broker_errc::invalid_request,
                        "Unexpected broker id: this broker describes only itself.");
        result& said = begin(wanted);
        auto& entries = entries_.emplace_back();
        const auto add = [&](std::string_view key, std::string_view value, config_source source, setting_type type) {
            if (!is_wanted(wanted, key)) return;
            entry_answer& shown = entries.emplace_back();
            shown.name = key;
            shown.value = texts_.emplace_back(value);
            shown.read_only = true;
            shown.is_default = x_.version == api_version{0} && source == config_source::standard;
            shown.config_source = static_cast<std::int8_t>(source);
            shown.config_type = static_cast<std::int8_t>(type);
            shown.documentation = nullptr;
        };
        const auto& config = in_.cluster().how().config;
        for (const setting_info& known : known_topic_settings())
            if (!known.broker_name.empty() && !config.contains(known.broker_name))
                add(known.broker_name, default_value(known, in_.as()), config_source::standard, known.type);
        for (const auto& [key, value] : config) {
            const auto all = known_topic_settings();
            const auto known = std::ranges::find(all, key, &setting_info::broker_name);
            add(key, value, config_source::static_broker, known == all.end() ? setting_type::string : known->type);
        }
        said.configs = entries;
    }

    core& in_;
    exchange& x_;
    const describe_configs_request& request_;
    std::vector<result> results_;
    std::deque<std::vector<entry_answer>> entries_;
    std::deque<std::vector<synonym>> synonyms_;
    std::deque<std::string> texts_;
};

} // namespace

void answer(core& in, const exchange_ptr& x, const describe_configs_request& request)
{
    describing{in, *x, request}.run(broker_errc::none);
}

void refuse(core& in, exchange& x, const describe_configs_request& request, broker_errc why)
{
    describing{in, x, request}.run(why);
}

} // namespace odradek::broker
