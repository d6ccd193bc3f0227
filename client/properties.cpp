// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/secret.hpp>
#include <odradek/client/properties.hpp>
#include <odradek/client/property_security.hpp>
#include <odradek/client/property_table.hpp>
#include <odradek/client/property_text.hpp>
#include <odradek/net/nearest_name.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>
#include <vector>

namespace odradek {

using detail::complaint;
using detail::in_quotes;
using detail::property_row;
using detail::property_rule;
using detail::property_value;

namespace {

std::array<std::span<const property_row>, 5> families() noexcept
{
    return {detail::client_property_rows(), detail::producer_property_rows(), detail::consumer_property_rows(),
            detail::tls_property_rows(), detail::sasl_property_rows()};
}

property_description describe(const property_row& row) noexcept
{
    return {.name = row.name,
            .origin = row.origin,
            .use = row.use,
            .note = row.note,
            .secret = row.rule.what == property_rule::kind::secret};
}

std::string lower(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::string_view nearest(std::string_view name)
{
    std::vector<std::string_view> known;
    for (const auto& family : families())
        for (const auto& row : family) known.push_back(row.name);
    return detail::nearest_name(name, known);
}

bool read_number(std::string_view text, std::int64_t& number)
{
    if (text.starts_with('+')) text.remove_prefix(1);
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc{} && end == text.data() + text.size() && !text.empty();
}

bool read_decimal(std::string_view text, double& number)
{
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc{} && end == text.data() + text.size() && std::isfinite(number);
}

bool is_choice(std::string_view choices, std::string_view value)
{
    while (!choices.empty()) {
        const std::string_view first = choices.substr(0, choices.find('|'));
        if (lower(first) == value) return true;
        choices.remove_prefix(std::min(choices.size(), first.size() + 1));
    }
    return false;
}

std::string spoken_choices(std::string_view choices)
{
    std::string out;
    for (const char c : choices) {
        if (c == '|')
            out += ", ";
        else
            out.push_back(c);
    }
    return out;
}

// Names that mean nothing on a connection without TLS, and without SASL.
bool is_about_tls(std::string_view name) noexcept
{
    return name.starts_with("ssl.") || name.starts_with("enable.ssl.");
}

bool is_about_sasl(std::string_view name) noexcept
{
    return name.starts_with("sasl.");
}

// Options that no operation is begun with; and no connection comes about with what somebody may take out of them.
client_options unusable(client_options options, std::string why)
{
    options.problem = std::move(why);
    options.security = tls{.minimum_version = tls_version::v1_3, .maximum_version = tls_version::v1_2};
    options.sasl = custom_mechanism{};
    return options;
}

// Checks `text` against the rule and fills `value`; returns what is needed instead if it does not fit. A secret is not copied.
std::string check(const property_rule& rule, std::string_view text, const std::string& lowered, property_value& value)
{
    value.text = text;
    switch (rule.what) {
    case property_rule::kind::text:
    case property_rule::kind::secret: return {};
    case property_rule::kind::boolean:
        value.flag = lowered == "true";
        return value.flag || lowered == "false" ? "" : "true or false is needed";
    case property_rule::kind::decimal: return read_decimal(text, value.decimal) ? "" : "a number is needed";
    case property_rule::kind::number:
    case property_rule::kind::milliseconds: {
        if (read_number(text, value.number) && value.number >= rule.lowest && value.number <= rule.highest) return {};
        const bool plain = rule.what == property_rule::kind::number;
        std::string needed = plain ? "a whole number from " : "whole milliseconds from ";
        needed += std::to_string(rule.lowest) + " to " + std::to_string(rule.highest);
        needed += plain ? " is needed" : " are needed";
        return needed;
    }
    case property_rule::kind::choice:
        value.text = lowered;
        return is_choice(rule.choices, lowered) ? "" : "one of " + spoken_choices(rule.choices) + " is needed";
    }
    return {};
}

} // namespace

const property_row* detail::find_property(std::string_view name) noexcept
{
    for (const auto& family : families())
        for (const auto& row : family)
            if (row.name == name) return &row;
    return nullptr;
}

std::string_view name(property_use use) noexcept
{
    switch (use) {
    case property_use::mapped: return "mapped";
    case property_use::ignored: return "ignored";
    case property_use::refused: return "refused";
    }
    return {};
}

std::vector<property_description> all_properties()
{
    std::vector<property_description> all;
    for (const auto& family : families())
        for (const auto& row : family) all.push_back(describe(row));
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return all;
}

properties properties::parse(std::string_view text)
{
    properties result;
    detail::property_reader reader{text};
    detail::property_line line;
    while (reader.next(line)) {
        if (line.problem.empty())
            (void)result.apply(line.line, line.name, line.value);
        else
            result.errors_.push_back({.line = line.line,
                                      .name = line.name,
                                      .message = "line " + std::to_string(line.line) + ": " + line.problem});
        wipe(line.value); // of whatever name: one that is misspelt may be a password too
    }
    return result;
}

property_error properties::set(std::string_view name, std::string_view value)
{
    return apply(0, name, value);
}

property_error properties::apply(std::size_t line, std::string_view name, std::string_view value)
{
    const auto complain = [&](const std::string& text) {
        const std::string place = line == 0 ? std::string{} : "line " + std::to_string(line) + ": ";
        errors_.push_back({.line = line, .name = std::string{name}, .message = place + text});
        return errors_.back();
    };

    const property_row* row = detail::find_property(name);
    if (row == nullptr) {
        const std::string_view near = nearest(name);
        return complain("unknown property " + in_quotes(name) +
                        (near.empty() ? std::string{} : "; did you mean " + in_quotes(near) + '?'));
    }
    if (row->use == property_use::refused) return complain(in_quotes(name) + " is refused: " + std::string{row->note});

    const bool secret = row->rule.what == property_rule::kind::secret;
    const bool in_any_case =
        row->rule.what == property_rule::kind::choice || row->rule.what == property_rule::kind::boolean;
    const std::string lowered = in_any_case ? lower(value) : std::string{};
    const std::string shown = in_quotes(name) + (secret ? std::string{} : " = " + in_quotes(value)) + ": ";
    property_value checked;
    if (const std::string needed = check(row->rule, value, lowered, checked); !needed.empty())
        return complain(shown + needed);
    if (row->set != nullptr)
        if (const std::string reason = row->set(settings_, checked); !reason.empty()) return complain(shown + reason);
    const auto add_once = [row](std::vector<property_description>& to) {
        if (std::none_of(to.begin(), to.end(), [row](const auto& one) { return one.name == row->name; }))
            to.push_back(describe(*row));
    };
    if (row->use == property_use::ignored) add_once(ignored_);
    if (row->use == property_use::mapped && (is_about_tls(name) || is_about_sasl(name))) add_once(secured_);
    return {};
}

std::vector<property_description> properties::ignored() const
{
    std::vector<property_description> all = ignored_;
    for (property_description one : secured_) {
        const bool about_tls = is_about_tls(one.name);
        if (about_tls ? wants_tls(settings_.security) : wants_sasl(settings_.security)) continue;
        one.use = property_use::ignored;
        one.note = about_tls ? "it counts only with \"security.protocol\" = \"SSL\" or \"SASL_SSL\""
                             : "it counts only with \"security.protocol\" = \"SASL_SSL\" or \"SASL_PLAINTEXT\"";
        all.push_back(one);
    }
    return all;
}

client_options properties::client() const
{
    client_options options = settings_.client;
    if (property_error conflict = detail::fill_security(settings_.security, options))
        return unusable(std::move(options), std::move(conflict.message));
    return options;
}

property_error properties::client_conflict() const
{
    client_options unused = settings_.client;
    return detail::fill_security(settings_.security, unused);
}

produce_options properties::produce() const noexcept
{
    produce_options options = settings_.produce;
    std::optional<int> own;
    if (options.compression == compression::gzip) own = settings_.gzip_level;
    if (options.compression == compression::lz4) own = settings_.lz4_level;
    if (options.compression == compression::zstd) own = settings_.zstd_level;
    options.level = own ? own : settings_.level;
    return options;
}

producer_options properties::producer() const
{
    producer_options options = settings_.producer;
    // Whatever both kinds of produce have comes from the same names.
    const produce_options common = produce();
    options.acks = common.acks;
    options.timeout = common.timeout;
    options.compression = common.compression;
    options.level = common.level;
    options.allow_auto_topic_creation = common.allow_auto_topic_creation;
    options.ignore_keys = options.ignore_keys || settings_.partitioner_ignores_keys;
    // Java's client is quietly not idempotent where nobody asked for it and something else excludes it.
    if (!options.idempotence && (options.acks != acks::all || options.retries == 0)) options.idempotence = false;
    return options;
}

property_error properties::producer_conflict() const
{
    const producer_options& o = settings_.producer;
    if (!o.idempotence.value_or(false)) return {};
    const auto conflict = [](std::string_view with) {
        return complaint("enable.idempotence", "\"enable.idempotence\" = \"true\" excludes " + std::string{with});
    };
    if (settings_.produce.acks != acks::all) return conflict("\"acks\" other than \"all\"");
    if (o.retries == 0) return conflict("\"retries\" = \"0\"");
    return {};
}

} // namespace odradek
