// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/topic_config.hpp>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using result = incremental_alter_configs_response::alter_configs_resource_response;
using wanted_resource = incremental_alter_configs_request::alter_configs_resource;
using wanted_config = incremental_alter_configs_request::alterable_config;

constexpr std::int8_t topic_resource = 2;

/// What is done with a setting, by its number (KIP-339).
enum class operation : std::int8_t { set, remove, append, subtract };

std::vector<std::string> cut_at_commas(std::string_view text)
{
    std::vector<std::string> all;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        all.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return all;
}

std::string join(const std::vector<std::string>& all)
{
    std::string text;
    for (const std::string& one : all) text.append(text.empty() ? "" : ",").append(one);
    return text;
}

/// The value of a list setting with some items more or fewer.
std::string changed_list(std::string_view now, std::string_view change, bool more)
{
    std::vector<std::string> items = cut_at_commas(now);
    const std::vector<std::string> changes = cut_at_commas(change);
    if (more) {
        std::set<std::string_view> there(items.begin(), items.end());
        std::vector<std::string> added;
        for (const std::string& one : changes)
            if (there.insert(one).second) added.push_back(one);
        items.insert(items.end(), added.begin(), added.end());
    } else {
        const std::set<std::string_view> gone(changes.begin(), changes.end());
        std::erase_if(items, [&gone](const std::string& one) { return gone.contains(one); });
    }
    return join(items);
}

refusal change(core& in, const topic& of, config_map& config, const wanted_config& wanted)
{
    const std::string name{wanted.name};
    const setting_info* const known = find_topic_setting(name);
    const auto what = static_cast<operation>(wanted.config_operation);
    if (what == operation::remove) {
        config.erase(name);
        return {};
    }
    if (what == operation::set) {
        config[name] = std::string(*wanted.value);
        return {};
    }
    if (what != operation::append && what != operation::subtract)
        return {broker_errc::invalid_request, "Unknown operation type " + std::to_string(wanted.config_operation)};
    if (!known || known->type != setting_type::list)
        return {broker_errc::invalid_config, "Config value append is not allowed for config key: " + name};
    std::string now{known->default_value};
    for (const topic_config_entry& entry : describe_topic_config(of.config, in.cluster().how().config, in.as()))
        if (entry.known == known) now = entry.value;
    if (const auto own = config.find(name); own != config.end()) now = own->second;
    config[name] = changed_list(now, *wanted.value, what == operation::append);
    return {};
}

refusal alter(core& in, const wanted_resource& wanted, bool only_check)
{
    if (wanted.resource_type != topic_resource)
        return {broker_errc::invalid_request, "Only the settings of topics can be changed here."};
    std::set<std::string_view> seen;
    for (const wanted_config& one : wanted.configs)
        if (!seen.insert(one.name).second)
            return {broker_errc::invalid_request, "Error due to duplicate config keys: " + std::string(one.name)};
    for (const wanted_config& one : wanted.configs)
        if (!one.value && static_cast<operation>(one.config_operation) != operation::remove)
            return {broker_errc::invalid_request, "Null value not supported for : " + std::string(one.name)};
    topic* const of = in.cluster().find_topic(wanted.resource_name);
    refusal unknown{broker_errc::unknown_topic_or_partition,
                    "The topic '" + std::string(wanted.resource_name) + "' does not exist."};
    if (!of && in.is_before_kraft()) return unknown;
    // KRaft's controller looks at the values before it looks for the topic: there is one that has nothing then.
    std::size_t held = 0;
    topic nobody{held};
    topic& looked_at = of ? *of : nobody;
    config_map config = looked_at.config;
    for (const wanted_config& one : wanted.configs)
        if (refusal no = change(in, looked_at, config, one)) return no;
    refusal no = in.cluster().configure(looked_at, std::move(config), only_check || !of);
    if (!of && !no) return unknown;
    if (!no && !only_check)
        for (const auto& one : of->partitions) in.forget_later(*of, *one);
    // A value that is no value at all was a bad request before KRaft; a name that is unknown always a bad setting.
    if (in.is_before_kraft() && no.text.starts_with("Invalid value")) no.error = broker_errc::invalid_request;
    return no;
}

} // namespace

void answer(core& in, const exchange_ptr& x, const incremental_alter_configs_request& request)
{
    std::vector<result> results;
    std::deque<std::string> texts;
    std::map<std::pair<std::int8_t, std::string_view>, int> times;
    for (const wanted_resource& wanted : request.resources) ++times[{wanted.resource_type, wanted.resource_name}];
    for (const wanted_resource& wanted : request.resources) {
        int& mentions = times[{wanted.resource_type, wanted.resource_name}];
        if (in.is_before_kraft() && --mentions > 0) continue; // with ZooKeeper the last one counts
        const bool twice = mentions > 1;
        const refusal no = twice ? refusal{broker_errc::invalid_request, "Each resource must appear at most once."}
                                 : alter(in, wanted, request.validate_only);
        result& said = results.emplace_back();
        said.resource_type = wanted.resource_type;
        said.resource_name = wanted.resource_name;
        said.error_code = no.error;
        said.error_message = nullptr;
        if (!no.text.empty()) said.error_message = texts.emplace_back(error_text(no.text));
    }
    incremental_alter_configs_response response;
    response.responses = results;
    in.respond(*x, response);
}

void refuse(core& in, exchange& x, const incremental_alter_configs_request& request, broker_errc why)
{
    std::vector<result> results;
    for (const wanted_resource& wanted : request.resources)
        results.push_back({.error_code = why,
                           .error_message = nullptr,
                           .resource_type = wanted.resource_type,
                           .resource_name = wanted.resource_name});
    incremental_alter_configs_response response;
    response.responses = results;
    in.respond(x, response);
}

} // namespace odradek::broker
