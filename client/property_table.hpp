// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/properties.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace odradek::detail {

using property_settings = properties::settings;

/// What a value must look like.
struct property_rule {
    enum class kind { text, secret, boolean, number, decimal, milliseconds, choice };
    kind what = kind::text;
    std::int64_t lowest = 0;  // number, milliseconds
    std::int64_t highest = 0; // number, milliseconds
    std::string_view choices; // choice: "none|gzip|...", compared without regard to case, shown as it is here
};

/// A value that has passed its rule.
struct property_value {
    std::string_view text; // as it was given; lower case for a choice
    std::int64_t number = 0;
    double decimal = 0;
    bool flag = false;

    [[nodiscard]] std::chrono::milliseconds duration() const noexcept { return std::chrono::milliseconds{number}; }
};

/// Sets an option; a reason instead refuses this value.
using property_setter = std::string (*)(property_settings&, const property_value&);

struct property_row {
    std::string_view name;
    std::string_view origin;
    property_rule rule;
    property_use use;
    std::string_view note;
    property_setter set = nullptr; // rows in use `mapped` have one; others may, to refuse some values
};

inline constexpr std::string_view both = "both";
inline constexpr std::string_view java = "java";
inline constexpr std::string_view librdkafka = "librdkafka";

inline constexpr property_rule any_text{.what = property_rule::kind::text, .choices = {}};
inline constexpr property_rule a_secret{.what = property_rule::kind::secret, .choices = {}};
inline constexpr property_rule boolean{.what = property_rule::kind::boolean, .choices = {}};

constexpr property_rule number(std::int64_t lowest, std::int64_t highest = std::numeric_limits<std::int32_t>::max())
{
    return {.what = property_rule::kind::number, .lowest = lowest, .highest = highest, .choices = {}};
}

inline constexpr property_rule decimal{.what = property_rule::kind::decimal, .choices = {}};

constexpr property_rule milliseconds(std::int64_t lowest = 0, std::int64_t highest = 31'536'000'000) // a year
{
    return {.what = property_rule::kind::milliseconds, .lowest = lowest, .highest = highest, .choices = {}};
}

constexpr property_rule one_of(std::string_view choices)
{
    return {.what = property_rule::kind::choice, .choices = choices};
}

template <auto Part, auto Member>
std::string set_duration(property_settings& s, const property_value& v)
{
    ((s.*Part).*Member) = v.duration();
    return {};
}

/// One value for options of several parts: each of the setters in turn, up to the first that refuses it.
template <property_setter... Setters>
std::string set_all(property_settings& s, const property_value& v)
{
    std::string reason;
    (void)((reason = Setters(s, v), reason.empty()) && ...);
    return reason;
}

template <auto Part, auto Member>
std::string set_flag(property_settings& s, const property_value& v)
{
    ((s.*Part).*Member) = v.flag;
    return {};
}

template <auto Part, auto Member>
std::string set_number(property_settings& s, const property_value& v)
{
    auto& member = (s.*Part).*Member;
    member = static_cast<std::remove_reference_t<decltype(member)>>(v.number);
    return {};
}

template <auto Member>
std::string set_text(property_settings& s, const property_value& v)
{
    s.security.*Member = v.text;
    return {};
}

/// For a choice, kept in lower case.
template <auto Member>
constexpr property_setter set_choice = set_text<Member>;

template <auto Member>
std::string set_secret(property_settings& s, const property_value& v)
{
    s.security.*Member = secret{v.text};
    return {};
}

// One family a file; the order inside is free.
[[nodiscard]] std::span<const property_row> client_property_rows() noexcept;
[[nodiscard]] std::span<const property_row> producer_property_rows() noexcept;
[[nodiscard]] std::span<const property_row> consumer_property_rows() noexcept;
[[nodiscard]] std::span<const property_row> tls_property_rows() noexcept;
[[nodiscard]] std::span<const property_row> sasl_property_rows() noexcept;

[[nodiscard]] const property_row* find_property(std::string_view name) noexcept;

} // namespace odradek::detail
