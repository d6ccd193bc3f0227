// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer_metrics.hpp>

#include <algorithm>
#include <bit>

namespace odradek {

void duration_histogram::add(std::chrono::nanoseconds took, std::uint64_t times) noexcept
{
    took = std::max(took, std::chrono::nanoseconds{0});
    const auto micros = static_cast<std::uint64_t>(took.count()) / 1000;
    const auto bucket = static_cast<std::size_t>(std::bit_width(micros));
    buckets_[std::min(bucket, bucket_count - 1)] += times;
    count_ += times;
    total_ += took * static_cast<std::int64_t>(times);
    longest_ = std::max(longest_, took);
}

std::chrono::nanoseconds duration_histogram::quantile(double share) const noexcept
{
    if (count_ == 0) return {};
    const double wanted = std::clamp(share, 0.0, 1.0) * static_cast<double>(count_);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < bucket_count; ++i) {
        seen += buckets_[i];
        if (static_cast<double>(seen) >= wanted)
            return std::min<std::chrono::nanoseconds>(longest_, std::chrono::microseconds{std::int64_t{1} << i});
    }
    return longest_;
}

namespace {

std::string microseconds(std::chrono::nanoseconds time)
{
    return std::to_string(time.count() / 1000);
}

std::string to_json(const duration_histogram& h)
{
    const auto mean = h.count() == 0 ? std::chrono::nanoseconds{0} : h.total() / static_cast<std::int64_t>(h.count());
    return "{\"count\":" + std::to_string(h.count()) + ",\"mean_us\":" + microseconds(mean) +
           ",\"p50_us\":" + microseconds(h.quantile(0.5)) + ",\"p99_us\":" + microseconds(h.quantile(0.99)) +
           ",\"max_us\":" + microseconds(h.longest()) + '}';
}

} // namespace

std::string producer_metrics::to_json() const
{
    std::string out = "{";
    const auto number = [&out](std::string_view name, std::uint64_t value) {
        out += '"';
        out += name;
        out += "\":" + std::to_string(value) + ',';
    };
    number("records_acknowledged", records_acknowledged);
    number("records_failed", records_failed);
    number("batches", batches);
    number("batch_bytes", batch_bytes);
    number("batch_wire_bytes", batch_wire_bytes);
    number("batch_room", batch_room);
    number("requests", requests);
    number("retries", retries);
    number("splits", splits);
    number("epochs", epochs);
    number("errors", errors);
    number("queue_bytes", queue_bytes);
    number("throttled_ms", static_cast<std::uint64_t>(throttled.count()));
    return out + "\"queue_time\":" + odradek::to_json(queue_time) +
           ",\"request_latency\":" + odradek::to_json(request_latency) + '}';
}

} // namespace odradek
