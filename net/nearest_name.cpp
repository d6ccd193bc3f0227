// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/nearest_name.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace odradek::detail {
namespace {

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

// Levenshtein's distance: how many characters to insert, delete or replace.
std::size_t distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = diagonal + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row[b.size()];
}

// "linger" of "linger.ms": whole words of a longer name.
bool is_beginning(std::string_view wanted, std::string_view name) noexcept
{
    return !wanted.empty() && name.size() > wanted.size() && name[wanted.size()] == '.' &&
           std::equal(wanted.begin(), wanted.end(), name.begin(), [](char a, char b) { return lower(a) == lower(b); });
}

} // namespace

std::string_view nearest_name(std::string_view wanted, std::span<const std::string_view> known)
{
    constexpr std::size_t longest_name = 128; // no known name is near to a longer one
    if (wanted.size() > longest_name) return {};
    std::string_view best;
    std::size_t best_distance = std::max<std::size_t>(2, wanted.size() / 3) + 1;
    for (const std::string_view name : known) {
        const std::size_t d = is_beginning(wanted, name) ? 1 : distance(wanted, name);
        if (d < best_distance || (d == best_distance && !best.empty() && name < best)) {
            best_distance = d;
            best = name;
        }
    }
    return best;
}

} // namespace odradek::detail
