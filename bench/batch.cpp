// SPDX-License-Identifier: Apache-2.0
// Record batches: what writing, sealing, checking and iterating 100-byte records costs, the checksum, and each codec.
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

namespace {

using namespace odradek;

constexpr std::size_t record_size = 100;
constexpr std::int64_t now = 1'790'000'000'000;

// Lines that compress about as well as logs do.
const std::vector<std::string>& payloads()
{
    static const std::vector<std::string> all = [] {
        std::mt19937 random{1};
        std::vector<std::string> lines(1024);
        for (std::string& line : lines) {
            while (line.size() < record_size) {
                line += "level=info user=" + std::to_string(random() % 100000) + " path=/orders/" +
                        std::to_string(random());
            }
            line.resize(record_size);
        }
        return lines;
    }();
    return all;
}

void fill(record_batch_builder& builder, std::int64_t records)
{
    const std::vector<std::string>& values = payloads();
    for (std::int64_t i = 0; i < records; ++i) {
        const std::string& value = values[static_cast<std::size_t>(i) % values.size()];
        if (builder.append(now + i / 100, nullptr, bytes_view{value}) != errc{}) std::abort();
    }
}

sealed_batch make_batch(std::int64_t records, compression codec)
{
    record_batch_builder builder;
    fill(builder, records);
    sealed_batch sealed;
    if (builder.seal({.codec = codec}, default_codecs(), sealed)) std::abort();
    return sealed;
}

void count_records(benchmark::State& state, std::int64_t records)
{
    state.SetItemsProcessed(state.iterations() * records);
    state.SetBytesProcessed(state.iterations() * records * static_cast<std::int64_t>(record_size));
}

// As a producer does it: append one by one, seal, and use the memory of the batch that was acknowledged again.
void append_and_seal(benchmark::State& state)
{
    const std::int64_t records = state.range(0);
    const auto codec = static_cast<compression>(state.range(1));
    state.SetLabel(std::string{name(codec)});
    byte_buffer memory;
    for (auto _ : state) {
        record_batch_builder builder{{.reserve = static_cast<std::size_t>(records) * 112}, std::move(memory)};
        fill(builder, records);
        sealed_batch sealed;
        if (builder.seal({.codec = codec, .producer_id = 1, .producer_epoch = 0, .base_sequence = 0}, default_codecs(),
                         sealed)) {
            std::abort();
        }
        benchmark::DoNotOptimize(sealed.bytes().data());
        memory = sealed.release();
    }
    count_records(state, records);
}

// Walking records that were checked.
void iterate(benchmark::State& state)
{
    const std::int64_t records = state.range(0);
    const sealed_batch sealed = make_batch(records, compression::none);
    batch_memory memory;
    batch_view batch;
    if (batch.parse(sealed.bytes()) || batch.open(memory, {})) std::abort();
    for (auto _ : state) {
        std::uint64_t sum = 0;
        for (const record_view& record : batch) {
            sum += record.value()->size() + static_cast<std::uint64_t>(record.offset() + record.timestamp());
        }
        benchmark::DoNotOptimize(sum);
    }
    count_records(state, records);
}

// All that a consumer does: checksum, unpacking, checking, and the walk.
void open_and_iterate(benchmark::State& state)
{
    const std::int64_t records = state.range(0);
    const auto codec = static_cast<compression>(state.range(1));
    state.SetLabel(std::string{name(codec)});
    const sealed_batch sealed = make_batch(records, codec);
    for (auto _ : state) {
        batch_memory memory;
        record_set_reader reader{sealed.bytes(), memory, {.codecs = &default_codecs()}};
        std::uint64_t sum = 0;
        for (batch_view batch; reader.next(batch);) {
            for (const record_view& record : batch) sum += record.value()->size();
        }
        if (sum != static_cast<std::uint64_t>(records) * record_size) std::abort();
        benchmark::DoNotOptimize(sum);
    }
    count_records(state, records);
}

void checksum(benchmark::State& state)
{
    const std::vector<std::byte> data(static_cast<std::size_t>(state.range(0)));
    state.SetLabel(std::string{crc32c_implementations().front().name});
    for (auto _ : state) benchmark::DoNotOptimize(crc32c(data));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

void checksum_by_table(benchmark::State& state)
{
    const std::vector<std::byte> data(static_cast<std::size_t>(state.range(0)));
    const crc32c_implementation& table = crc32c_implementations().back();
    for (auto _ : state) benchmark::DoNotOptimize(table.update(0, data.data(), data.size()));
    state.SetBytesProcessed(state.iterations() * state.range(0));
}

// Batches of 16 kB, 128 kB and 1 MB.
BENCHMARK(append_and_seal)->ArgsProduct({{150, 1200, 9500}, {0}});
BENCHMARK(append_and_seal)->ArgsProduct({{1200}, {1, 2, 3, 4}});
BENCHMARK(iterate)->Arg(150)->Arg(1200)->Arg(9500);
BENCHMARK(open_and_iterate)->ArgsProduct({{150, 1200, 9500}, {0}});
BENCHMARK(open_and_iterate)->ArgsProduct({{1200}, {1, 2, 3, 4}});
BENCHMARK(checksum)->Arg(64)->Arg(1024)->Arg(16 * 1024)->Arg(1024 * 1024);
BENCHMARK(checksum_by_table)->Arg(16 * 1024);

} // namespace

BENCHMARK_MAIN();
