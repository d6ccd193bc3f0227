// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/produce_batch.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/batch_memory.hpp>
#include <odradek/protocol/batch_view.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace odradek::detail {
namespace {

// Only when nothing can go wrong any more: whatever fails before leaves each where it is owed.
template <class LeftOut>
void move_deliveries(std::vector<delivery_callback>& from, std::vector<delivery_callback>& to,
                     const LeftOut& is_left_out)
{
    to.reserve(from.size());
    for (std::size_t i = 0; i < from.size(); ++i)
        if (!is_left_out(static_cast<std::int32_t>(i))) to.push_back(std::move(from[i]));
}

} // namespace

std::vector<record_header> headers_of(const record_view& record)
{
    std::vector<record_header> all;
    all.reserve(record.headers().size());
    for (const record_header& one : record.headers()) all.push_back(one);
    return all;
}

compression fallback_codec(compression codec) noexcept
{
    return codec == compression::zstd && default_codecs().has(compression::lz4) ? compression::lz4 : compression::none;
}

std::size_t produce_batch::memory() const noexcept
{
    return batch_cost + builder.memory() + sealed.memory() + deliveries.capacity() * sizeof(delivery_callback) +
           wanted.capacity() * sizeof(std::int32_t) + times.capacity() * sizeof(std::int64_t);
}

void produce_batch::recharge() noexcept
{
    const std::size_t now = memory();
    if (now > charged)
        budget->take(now - charged);
    else
        budget->give_back(charged - now);
    charged = now;
}

bool for_each_record(const sealed_batch& batch, const codec_set& codecs,
                     const std::function<void(std::int32_t index, const record_view& record)>& visit)
{
    batch_memory memory{std::numeric_limits<std::int32_t>::max()};
    batch_view view;
    if (view.parse(batch.bytes()) || view.open(memory, {.codecs = &codecs, .check_crc = false})) return false;
    std::int32_t index = 0;
    for (const record_view& record : view) visit(index++, record);
    return true;
}

std::shared_ptr<produce_batch> take_records(produce_batch& from, std::uint64_t number, std::int32_t first,
                                            std::int32_t last, const std::vector<std::int32_t>& without,
                                            const codec_set& codecs)
{
    auto made =
        std::make_shared<produce_batch>(from.budget, number, from.settings, record_batch_builder{{.reserve = 0}});
    made->taken = true;
    made->topic = from.topic;
    made->partition = from.partition;
    made->created = from.created;
    made->flush_round = from.flush_round;
    const auto is_left_out = [&](std::int32_t index) {
        return index < first || index >= last || std::binary_search(without.begin(), without.end(), index);
    };
    bool good = true;
    const bool read = for_each_record(from.sealed, codecs, [&](std::int32_t index, const record_view& record) {
        if (is_left_out(index)) return;
        const auto headers = headers_of(record);
        if (!made->builder.empty() && record.timestamp() != made->builder.base_timestamp()) made->same_time = false;
        good = good && made->builder.append(record.timestamp(), record.key(), record.value(),
                                            list<record_header>{headers.data(), headers.size()}) == errc{};
    });
    if (!read || !good || made->builder.empty()) return nullptr;
    move_deliveries(from.deliveries, made->deliveries, is_left_out);
    made->recharge();
    return made;
}

compression_error produce_batch::seal(const codec_set& codecs)
{
    const seal_options plain{};
    if (!withdrawn.empty()) {
        sealed_batch all;
        if (auto error = builder.seal(plain, codecs, all)) return error;
        record_batch_builder rest{{.reserve = 0}};
        const auto is_left_out = [&](std::int32_t index) {
            return std::binary_search(withdrawn.begin(), withdrawn.end(), index);
        };
        bool good = true;
        const bool read = for_each_record(all, codecs, [&](std::int32_t index, const record_view& record) {
            if (is_left_out(index)) return;
            const auto headers = headers_of(record);
            good = good && rest.append(record.timestamp(), record.key(), record.value(),
                                       list<record_header>{headers.data(), headers.size()}) == errc{};
        });
        if (!read || !good) return {.code = errc::out_of_memory, .reason = "there is no memory"};
        std::vector<delivery_callback> left;
        move_deliveries(deliveries, left, is_left_out);
        builder = std::move(rest);
        deliveries = std::move(left);
        withdrawn.clear();
    }
    first_time = builder.base_timestamp();
    raw_size = builder.size();
    // Compressed, they could not be read without unpacking them.
    if (!same_time && settings.codec != compression::none) {
        times.reserve(deliveries.size());
        record_times walk{builder.records(), builder.base_timestamp()};
        while (times.size() < deliveries.size()) times.push_back(walk.next());
    }
    const auto error =
        builder.seal({.codec = settings.codec, .level = settings.level, .only_if_smaller = true}, codecs, sealed);
    if (sealed.size() < sealed.memory() / 2) sealed.shrink_to_fit(); // it was taken early
    recharge();
    return error;
}

} // namespace odradek::detail
