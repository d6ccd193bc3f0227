// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/connection_flags.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/number.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <string_view>

namespace odradek::cli {
namespace {

constexpr double longest_timeout = 86'400; // a day

std::vector<std::pair<std::string, std::string>> pairs(const std::vector<std::string>& options, std::string_view flag,
                                                       std::string_view form)
{
    std::vector<std::pair<std::string, std::string>> result;
    for (const std::string& option : options) {
        const std::size_t equals = option.find('=');
        // The text is not repeated: what is behind a missing "=" may be a password.
        if (equals == std::string::npos || equals == 0)
            throw usage_failure(options.size() == 1
                                    ? fmt::format("{}: it takes {}", flag, form)
                                    : fmt::format("{}: it takes {}; number {} of {} has no name or no \"=\"", flag,
                                                  form, result.size() + 1, options.size()));
        result.emplace_back(option.substr(0, equals), option.substr(equals + 1));
    }
    return result;
}

std::vector<std::string> cut_at_commas(std::string_view text)
{
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        if (comma != 0) parts.emplace_back(text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return parts;
}

} // namespace

void connection_flags::add_to(CLI::App& app, connection_arguments& to)
{
    constexpr const char* group = "Connection";
    app.add_option("-b,--brokers", brokers_, "where to find the cluster; also the property bootstrap.servers")
        ->type_name("HOST:PORT[,..]")
        ->group(group);
    app.add_option("-X,--property", properties_,
                   "a property of Kafka's, as client.id=me or security.protocol=SASL_SSL; may be repeated")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("-F,--properties", to.property_files, "a file of properties; may be repeated")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--property-file", in_files_, "a property whose value is the first line of a file, for passwords")
        ->type_name("NAME=PATH")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--property-env", in_environment_, "a property whose value is in the environment, for passwords")
        ->type_name("NAME=VARIABLE")
        ->allow_extra_args(false)
        ->group(group);
    app.add_flag("--proxy-env", to.proxies_of_environment,
                 "go through the proxy that ALL_PROXY or HTTPS_PROXY names, but not to what NO_PROXY names")
        ->group(group);
    app.add_option("--timeout", timeout_seconds_, "how long the first contact may take; 10 if nothing is said")
        ->type_name("SECONDS")
        ->group(group);
    app.add_flag("-v,--verbose", to.verbosity, "tell what happens, on standard error; more often, more")->group(group);
}

void connection_flags::finish(connection_arguments& to) const
{
    const auto seconds = to_number<double>(timeout_seconds_, 0.001, longest_timeout);
    if (!seconds)
        throw usage_failure(fmt::format("--timeout: \"{}\" is not a number of seconds, from 0.001 to {}",
                                        timeout_seconds_, longest_timeout));
    to.timeout = std::chrono::milliseconds{std::llround(*seconds * 1000)};
    to.brokers = cut_at_commas(brokers_);
    finish_pairs(to);
}

void connection_flags::finish_pairs(connection_arguments& to) const
{
    to.properties = pairs(properties_, "-X", "NAME=VALUE");
    to.properties_in_files = pairs(in_files_, "--property-file", "NAME=PATH");
    to.properties_in_environment = pairs(in_environment_, "--property-env", "NAME=VARIABLE");
}

} // namespace odradek::cli
