// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster_settings.hpp>
#include <odradek/client/property_text.hpp>
#include <odradek/net/nearest_name.hpp>
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/tools/cli/broker.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/number.hpp>
#include <odradek/tools/cli/text_input.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::cli {
namespace {

constexpr std::size_t largest_property_file = 1'000'000;

std::vector<std::string_view> cut_at(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t at = text.find(separator);
        parts.push_back(text.substr(0, at));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 1);
    }
}

/// Words are compared without regard to case, '-' and '_': "not_leader_or_follower", "NOT-LEADER-OR-FOLLOWER".
std::string plain(std::string_view text)
{
    std::string result;
    for (const char c : text)
        if (c != '_' && c != '-') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

std::optional<api> find_api_called(std::string_view text)
{
    for (const api_info& known : all_apis())
        if (plain(known.name) == plain(text)) return known.key;
    return {};
}

std::optional<broker_errc> find_error_called(std::string_view text)
{
    if (const auto code = to_number<std::int16_t>(text, -1, std::numeric_limits<std::int16_t>::max()))
        return name(static_cast<broker_errc>(*code)).empty() ? std::nullopt
                                                             : std::optional{static_cast<broker_errc>(*code)};
    for (std::int16_t code = -1; !name(static_cast<broker_errc>(code)).empty(); ++code)
        if (plain(name(static_cast<broker_errc>(code))) == plain(text)) return static_cast<broker_errc>(code);
    return {};
}

std::string did_you_mean(std::string_view wanted, const std::vector<std::string>& known)
{
    const std::vector<std::string_view> names(known.begin(), known.end());
    const std::string_view near = detail::nearest_name(wanted, names);
    return near.empty() ? std::string{} : fmt::format("; did you mean {}?", near);
}

/// "Produce" -> "produce", "ListOffsets" -> "list_offsets": as errors are written.
std::string in_small_letters(std::string_view name)
{
    std::string text;
    for (const char c : name) {
        if (c >= 'A' && c <= 'Z' && !text.empty()) text += '_';
        text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return text;
}

std::string no_such_api(std::string_view text)
{
    std::vector<std::string> known;
    for (const api_info& one : all_apis()) known.push_back(in_small_letters(one.name));
    return fmt::format("there is no API of that name{}", did_you_mean(text, known));
}

std::string no_such_error(std::string_view text)
{
    std::vector<std::string> known;
    for (std::int16_t code = -1; !name(static_cast<broker_errc>(code)).empty(); ++code) {
        known.emplace_back(name(static_cast<broker_errc>(code)));
        std::ranges::transform(known.back(), known.back().begin(),
                               [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    }
    return fmt::format("Kafka has no error of that name or number{}", did_you_mean(text, known));
}

/// Takes one "key=value" of --fault; says what is wrong with it, nothing if it is fine.
std::string apply(broker::fault& fault, std::string_view key, std::string_view value)
{
    using std::chrono::milliseconds;
    constexpr std::int64_t longest = 86'400'000;
    const auto set = [](auto& into, const auto& found, std::string wanted) {
        if (found) into = *found;
        return found ? std::string{} : std::move(wanted);
    };
    const auto time = [&](milliseconds& into) {
        std::int64_t ms = 0;
        auto wrong = set(ms, to_number<std::int64_t>(value, 0, longest),
                         fmt::format("it takes milliseconds, from 0 to {}", longest));
        into = milliseconds{ms};
        return wrong;
    };
    const auto flag = [](bool& into, bool given, std::string wanted) {
        into = into || given;
        return given ? std::string{} : std::move(wanted);
    };
    broker::fault_effect& effect = fault.effect;
    if (key == "api") return (fault.key = find_api_called(value)) ? std::string{} : no_such_api(value);
    if (key == "broker")
        return (fault.broker = to_number<std::int32_t>(value, 1, std::numeric_limits<std::int32_t>::max()))
                   ? std::string{}
                   : "it takes the id of a broker, 1 or more";
    if (key == "client") return (fault.client_id = value).empty() ? "it takes the id of a client" : "";
    if (key == "times")
        return set(fault.times, to_number<std::uint64_t>(value, 0, std::numeric_limits<std::uint64_t>::max()),
                   "it takes a whole number, 0 for always");
    if (key == "probability")
        return set(fault.probability, to_number<double>(value, 0.0, 1.0), "it takes a number from 0 to 1");
    if (key == "error") return set(effect.error, find_error_called(value), no_such_error(value));
    if (key == "delay") return time(effect.delay);
    if (key == "throttle") return time(effect.throttle);
    if (key == "garbage") return flag(effect.garbage, value.empty(), "it takes no value");
    if (key == "drop")
        return flag(value == "request" ? effect.drop_request : effect.drop_response,
                    value == "request" || value == "response", "it is drop=request or drop=response");
    if (key == "cut") {
        if (value == "before") effect.where = broker::cut::before;
        if (value == "inside") effect.where = broker::cut::inside;
        if (value == "after") effect.where = broker::cut::after;
        return effect.where != broker::cut::none ? "" : "it is cut=before, cut=inside or cut=after";
    }
    return "there are api=NAME, broker=ID, client=ID, times=N, probability=P to say when; error=NAME, delay=MS, "
           "throttle=MS, drop=request|response, cut=before|inside|after, garbage to say what";
}

bool does_something(const broker::fault_effect& effect)
{
    return effect.error != broker_errc::none || effect.delay.count() > 0 || effect.throttle.count() > 0 ||
           effect.drop_request || effect.drop_response || effect.where != broker::cut::none || effect.garbage;
}

/// Which flag named the file that the words about TLS name; of two paths that are in them, the one in which the other may be contained.
std::string_view flag_of_file(std::string_view words, const tls_server& how)
{
    std::string_view flag = "--tls-cert";
    std::size_t longest = how.identity.certificate_file.size();
    if (words.find(how.identity.certificate_file) == std::string_view::npos) longest = 0;
    const std::array<std::pair<std::string_view, std::string_view>, 2> others{
        {{"--tls-key", how.identity.key_file}, {"--tls-client-ca", how.client_ca_file}}};
    for (const auto& [name, path] : others) {
        if (path.size() <= longest || words.find(path) == std::string_view::npos) continue;
        flag = name;
        longest = path.size();
    }
    return flag;
}

} // namespace

broker::topic_spec parse_topic(const std::string& text)
{
    const auto parts = cut_at(text, ':');
    const auto partitions = parts.size() < 2
                                ? std::nullopt
                                : to_number<std::int32_t>(parts[1], 1, std::numeric_limits<std::int32_t>::max());
    const auto replicas = parts.size() < 3
                              ? std::optional<std::int16_t>{std::int16_t{-1}}
                              : to_number<std::int16_t>(parts[2], 1, std::numeric_limits<std::int16_t>::max());
    if (parts.size() > 3 || parts[0].empty() || !partitions || !replicas)
        throw usage_failure(fmt::format("--topic: \"{}\" is not NAME:PARTITIONS or NAME:PARTITIONS:REPLICAS", text));
    return {.name = std::string(parts[0]), .partitions = *partitions, .replicas = *replicas};
}

broker::fault parse_fault(const std::string& text)
{
    broker::fault fault;
    fault.name = text;
    for (const std::string_view part : cut_at(text, ',')) {
        const std::size_t equals = std::min(part.find('='), part.size());
        const std::string_view key = part.substr(0, equals);
        const std::string_view value = part.substr(std::min(equals + 1, part.size()));
        if (const std::string wrong = apply(fault, key, value); !wrong.empty())
            throw usage_failure(fmt::format("--fault: \"{}\": {}", part, wrong));
    }
    if (!does_something(fault.effect))
        throw usage_failure(fmt::format("--fault: \"{}\" does not say what goes wrong: add error=NAME, delay=MS, "
                                        "throttle=MS, drop=request|response, cut=before|inside|after or garbage",
                                        text));
    return fault;
}

void add_broker_properties(broker::cluster_options& options, std::string_view text, const std::string& path)
{
    const std::vector<std::string_view> known = broker::broker_setting_names();
    detail::property_reader reader{text};
    for (detail::property_line line; reader.next(line);) {
        const auto refuse = [&](const std::string& why) {
            return usage_failure(fmt::format("--properties: {}, line {}: {}", path, line.line, why));
        };
        if (!line.problem.empty()) throw refuse(line.problem);
        if (std::ranges::find(known, line.name) == known.end()) {
            const std::string_view near = detail::nearest_name(line.name, known);
            throw refuse(fmt::format("the embedded broker has no setting \"{}\"{}", line.name,
                                     near.empty() ? "" : fmt::format("; did you mean {}?", near)));
        }
        options.properties[line.name] = line.value;
    }
}

void read_broker_properties(broker_arguments& a)
{
    if (a.property_file)
        add_broker_properties(a.cluster, read_file(*a.property_file, largest_property_file), *a.property_file);
    for (const auto& [name, value] : a.said_by_flags) a.cluster.properties.insert_or_assign(name, value);
}

bool is_wrong_usage(std::error_code ec) noexcept
{
    return ec == errc::invalid_option || ec == errc::file_not_readable || ec == errc::tls_material_invalid;
}

std::string in_words_of_flags(std::string text, const broker::cluster_options& options)
{
    constexpr std::string_view of_tls = "tls:";
    if (options.tls && text.starts_with(of_tls))
        return std::string{flag_of_file(text, *options.tls)} + text.substr(of_tls.size() - 1);
    constexpr std::array<std::pair<std::string_view, std::string_view>, 7> flags{{{"listen", "--listen"},
                                                                                  {"users", "--user"},
                                                                                  {"sasl_mechanisms", "--sasl"},
                                                                                  {"brokers", "--brokers"},
                                                                                  {"as_version", "--as-version"},
                                                                                  {"topics", "--topic"},
                                                                                  {"properties", "--properties"}}};
    for (const auto& [option, flag] : flags)
        if (text.starts_with(option) && text.substr(option.size()).starts_with(':'))
            text.replace(0, option.size(), flag);
    constexpr std::string_view only = "only with insecure";
    if (const std::size_t at = text.find(only); at != std::string::npos)
        text.replace(at, only.size(), "only with --insecure");
    return text;
}

} // namespace odradek::cli
