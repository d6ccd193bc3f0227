// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/partitioner_refusals.hpp>

#include <algorithm>

namespace odradek::detail {
namespace {

bool is_same_place(const std::optional<bytes_view>& a, const std::optional<bytes_view>& b) noexcept
{
    if (!a || !b) return a.has_value() == b.has_value();
    return a->data() == b->data() && a->size() == b->size();
}

// Not the topic: with a handle it is not in the record.
bool is_same(const record& a, const record& b) noexcept
{
    return is_same_place(a.key, b.key) && is_same_place(a.value, b.value) && a.headers.data() == b.headers.data() &&
           a.headers.size() == b.headers.size();
}

} // namespace

void partitioner_refusals::note(const record& what, std::string_view words)
{
    const std::lock_guard lock{mutex_};
    last_[count_++ % kept] = {what, std::string{words.substr(0, longest_words)}};
}

std::string partitioner_refusals::words_for(const record& what) const
{
    const std::lock_guard lock{mutex_};
    for (std::size_t back = 1; back <= std::min(count_, kept); ++back) {
        const refusal& one = last_[(count_ - back) % kept];
        if (is_same(one.what, what)) return one.words;
    }
    return {};
}

} // namespace odradek::detail
