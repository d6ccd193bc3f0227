// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/latency_histogram.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace odradek::cli {
namespace {

using std::chrono::microseconds;

constexpr std::size_t parts = 128; // of each power of two
constexpr std::size_t buckets = parts * 58;

// The eight highest bits of a number say where it lies; below 256 each number has its own place.
std::size_t place_of(std::uint64_t us) noexcept
{
    const auto shift = static_cast<std::size_t>(std::max(static_cast<int>(std::bit_width(us)) - 8, 0));
    return shift * parts + static_cast<std::size_t>(us >> shift);
}

std::uint64_t highest_in(std::size_t place) noexcept
{
    const std::size_t shift = std::max<std::size_t>(place / parts, 1) - 1;
    return ((place - shift * parts + 1) << shift) - 1;
}

} // namespace

latency_histogram::latency_histogram() : counts_(buckets) {}

void latency_histogram::add(std::chrono::nanoseconds took) noexcept
{
    const microseconds us = std::max(std::chrono::duration_cast<microseconds>(took), microseconds{0});
    ++counts_[place_of(static_cast<std::uint64_t>(us.count()))];
    ++count_;
    sum_ += us;
    max_ = std::max(max_, us);
}

void latency_histogram::clear() noexcept
{
    std::ranges::fill(counts_, 0);
    count_ = 0;
    sum_ = max_ = microseconds{0};
}

microseconds latency_histogram::mean() const noexcept
{
    return count_ == 0 ? microseconds{0} : sum_ / static_cast<std::int64_t>(count_);
}

microseconds latency_histogram::quantile(double share) const noexcept
{
    const auto rank = static_cast<std::uint64_t>(std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t place = 0; place < counts_.size(); ++place) {
        seen += counts_[place];
        if (seen > 0 && seen >= rank) return std::min(microseconds{highest_in(place)}, max_);
    }
    return max_;
}

} // namespace odradek::cli
