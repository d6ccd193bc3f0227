// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/text_input.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace odradek::cli {
namespace {

constexpr std::size_t largest_property_file = std::size_t{1} << 20;

void set(properties& to, const std::string& name, const std::string& value, std::string_view flag)
{
    if (const auto error = to.set(name, value)) throw usage_failure(fmt::format("{}: {}", flag, error.message));
}

std::string first_line(const std::string& path)
{
    std::string text = read_file(path, largest_property_file);
    text.resize(std::min(text.size(), text.find('\n')));
    if (text.ends_with('\r')) text.pop_back();
    return text;
}

std::string join(const std::vector<std::string>& parts)
{
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
    return text;
}

} // namespace

properties read_properties(const connection_arguments& arguments)
{
    std::string files;
    for (const std::string& path : arguments.property_files) {
        const std::string text = read_file(path, largest_property_file);
        const properties alone = properties::parse(text); // so that an error has the line in its own file
        if (!alone.ok()) throw usage_failure(fmt::format("{}: {}", path, alone.error().message));
        files += text + '\n';
    }
    properties result = properties::parse(files);
    for (const auto& [name, path] : arguments.properties_in_files)
        set(result, name, first_line(path), "--property-file");
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
    return result;
}

} // namespace odradek::cli
