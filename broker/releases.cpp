// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/releases.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>

namespace odradek::broker {
namespace {

constexpr std::array<std::string_view, 15> names{"0.11", "1.0", "1.1", "2.0", "2.1", "2.2", "2.3", "2.4",
                                                 "2.8",  "3.9", "4.0", "4.1", "4.2", "4.3", "4.4"};

/// The lowest versions before and since 4.0 (KIP-896), and the highest of each release; -1: not there.
struct row {
    api key;
    std::int16_t first_before_4;
    std::int16_t first_since_4;
    std::array<std::int16_t, names.size()> last;
};

constexpr std::array rows{
    row{api::produce, 0, 0, {3, 5, 5, 6, 7, 7, 7, 8, 9, 11, 12, 13, 13, 13, 13}},
    row{api::fetch, 0, 4, {5, 6, 7, 8, 10, 10, 11, 11, 12, 17, 17, 18, 18, 18, 18}},
    row{api::list_offsets, 0, 1, {2, 2, 2, 3, 4, 5, 5, 5, 6, 9, 10, 10, 11, 11, 11}},
    row{api::metadata, 0, 0, {4, 5, 5, 6, 7, 7, 8, 9, 11, 12, 13, 13, 13, 13, 13}},
    row{api::api_versions, 0, 0, {1, 1, 1, 2, 2, 2, 2, 3, 3, 4, 4, 4, 4, 4, 5}},
    row{api::create_topics, 0, 2, {2, 2, 2, 3, 3, 3, 3, 5, 7, 7, 7, 7, 7, 7, 7}},
    row{api::delete_topics, 0, 1, {1, 1, 1, 2, 3, 3, 3, 4, 6, 6, 6, 6, 6, 6, 6}},
    row{api::delete_records, 0, 0, {0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2}},
    row{api::init_producer_id, 0, 0, {0, 0, 0, 1, 1, 1, 1, 2, 4, 5, 5, 5, 5, 5, 5}},
    row{api::offset_for_leader_epoch, 0, 2, {0, 0, 0, 1, 2, 2, 3, 3, 4, 4, 4, 4, 4, 4, 4}},
    row{api::describe_configs, 0, 1, {0, 0, 1, 2, 2, 2, 2, 2, 4, 4, 4, 4, 4, 4, 4}},
    row{api::create_partitions, 0, 0, {-1, 0, 0, 1, 1, 1, 1, 1, 3, 3, 3, 3, 3, 3, 3}},
    row{api::incremental_alter_configs, 0, 0, {-1, -1, -1, -1, -1, -1, 0, 1, 1, 1, 1, 1, 1, 1, 1}},
    row{api::sasl_handshake, 0, 0, {0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
    row{api::sasl_authenticate, 0, 0, {-1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2}},
    row{api::describe_cluster, 0, 0, {-1, -1, -1, -1, -1, -1, -1, -1, 0, 1, 2, 2, 2, 2, 2}},
    row{api::describe_producers, 0, 0, {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0}},
    row{api::describe_topic_partitions, 0, 0, {-1, -1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0}},
};

constexpr std::size_t first_of_4 = 10;
static_assert(names[first_of_4] == "4.0");

/// "2.8.2" as 2 and 8; nothing if it is not two numbers and perhaps more.
struct parsed_version {
    int major = -1;
    int minor = -1;
};

std::optional<parsed_version> parse(std::string_view text) noexcept
{
    parsed_version version;
    const char* const begin = text.begin();
    const char* const end = text.end();
    const auto first = std::from_chars(begin, end, version.major);
    if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return {};
    const auto second = std::from_chars(first.ptr + 1, end, version.minor);
    if (second.ec != std::errc{} || (second.ptr != end && *second.ptr != '.')) return {};
    return version;
}

const row* find(api key) noexcept
{
    const auto found = std::ranges::find(rows, key, &row::key);
    return found == rows.end() ? nullptr : &*found;
}

} // namespace

release newest_release() noexcept
{
    return {names.back(), names.size() - 1};
}

std::optional<release> find_release(std::string_view version) noexcept
{
    const auto wanted = parse(version);
    if (!wanted) return {};
    const auto newest = parse(names.back());
    if (wanted->major > newest->major || (wanted->major == newest->major && wanted->minor > newest->minor)) return {};
    std::optional<release> best;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto known = parse(names[i]);
        if (known->major < wanted->major || (known->major == wanted->major && known->minor <= wanted->minor))
            best = release{names[i], i};
    }
    return best;
}

std::string release_names()
{
    std::string all;
    for (const std::string_view name : names) all.append(all.empty() ? "" : ", ").append(name);
    return all;
}

version_range announced(const release& of, api key) noexcept
{
    const row* const known = find(key);
    if (!known || known->last[of.column] < 0) return {};
    return {of.column < first_of_4 ? known->first_before_4 : known->first_since_4, known->last[of.column]};
}

version_range served(const release& of, api key) noexcept
{
    version_range range = announced(of, key);
    if (key == api::produce) range.first = 3;
    if (key == api::fetch) range.first = std::max<std::int16_t>(range.first, 4);
    if (key == api::list_offsets) range.first = 1;
    return range;
}

} // namespace odradek::broker
