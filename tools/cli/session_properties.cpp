// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/text_input.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace odradek::cli {
namespace {

constexpr std::size_t largest_property_file = std::size_t{1} << 20;

void set(properties& to, const std::string& name, std::string_view value, std::string_view flag)
{
    if (const auto error = to.set(name, value)) throw usage_failure(fmt::format("{}: {}", flag, error.message));
}

void set_first_line(properties& to, const std::string& name, const std::string& path)
{
    wiped_text file{read_file(path, largest_property_file)};
    file.text.resize(std::min(file.text.size(), file.text.find('\n')));
    if (file.text.ends_with('\r')) file.text.pop_back();
    set(to, name, file.text, "--property-file");
}

std::string join(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
    return text;
}

bool is_about_security(std::string_view name) noexcept
{
    constexpr std::string_view families[] = {"security.", "ssl.", "sasl.", "enable.ssl.", "enable.sasl."};
    return std::ranges::any_of(families, [name](std::string_view family) { return name.starts_with(family); });
}

} // namespace

std::vector<std::string> ignored_words(const properties& settings, bool all)
{
    std::vector<std::string> lines;
    for (const property_description& one : settings.ignored())
        if (all || is_about_security(one.name))
            lines.push_back(fmt::format("property {} has no effect: {}", one.name, one.note));
    return lines;
}

properties read_properties(const connection_arguments& arguments)
{
    wiped_text files;
    for (const std::string& path : arguments.property_files) {
        const wiped_text file{read_file(path, largest_property_file)};
        const properties alone = properties::parse(file.text); // so that an error has the line in its own file
        if (!alone.ok()) throw usage_failure(fmt::format("{}: {}", path, alone.error().message));
        wiped_text joined;
        joined.text.reserve(files.text.size() + file.text.size() + 1);
        joined.text.append(files.text).append(file.text).push_back('\n');
        files.text.swap(joined.text);
    }
    properties result = properties::parse(files.text);
    for (const auto& [name, path] : arguments.properties_in_files) set_first_line(result, name, path);
    for (const auto& [name, variable] : arguments.properties_in_environment) {
        const char* value = std::getenv(variable.c_str());
        if (value == nullptr)
            // Its name is not repeated: somebody may have given the value instead.
            throw usage_failure(
                fmt::format("--property-env: {}: the environment has no variable of the name behind the \"=\"", name));
        set(result, name, value, "--property-env");
    }
    for (const auto& [name, value] : arguments.properties) set(result, name, value, "-X");
    if (!arguments.brokers.empty()) set(result, "bootstrap.servers", join(arguments.brokers), "-b");
    if (result.client().brokers.empty())
        throw usage_failure("no broker is named: give -b HOST:PORT, or bootstrap.servers with -X or in a file with -F");
    if (const auto conflict = result.client_conflict()) throw usage_failure(conflict.message);
    return result;
}

} // namespace odradek::cli
