// SPDX-License-Identifier: Apache-2.0
#include "batch_vectors.hpp"
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace odradek {
namespace {

using nlohmann::json;
using namespace test;
using bytes = std::vector<std::byte>;

constexpr std::size_t memory_limit = std::size_t{1} << 20U;

// Whether this build is fast enough for every byte of every vector where reading ends at the checksum.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr bool is_thorough = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool is_thorough = false;
#else
constexpr bool is_thorough = true;
#endif
#else
constexpr bool is_thorough = true;
#endif

// Every byte of a small vector; of a large one as many as 8 MB of reading allow, evenly spread.
std::size_t step_for(std::size_t size)
{
    return 1 + size * size / (std::size_t{8} << 20U);
}

struct extent {
    std::size_t begin;
    std::size_t end;
    std::int8_t magic;
};

// Touches every byte that iterating gives, so that a sanitizer sees where they lie.
std::size_t touch(const batch_view& batch)
{
    std::size_t sum = 0;
    const auto add = [&sum](bytes_view view) {
        for (const std::byte byte : view) sum += std::to_integer<std::size_t>(byte);
    };
    for (const record_view& record : batch) {
        add(record.key().value_or({}));
        add(record.value().value_or({}));
        for (const record_header& header : record.headers()) {
            add(header.key);
            add(header.value.value_or({}));
        }
    }
    return sum;
}

std::vector<extent> read_all(bytes_view set, batch_error& error, bool check_crc = true)
{
    batch_memory memory{memory_limit};
    record_set_reader reader{set, memory, {.codecs = &default_codecs(), .check_crc = check_crc}};
    std::vector<extent> found;
    std::size_t sum = 0;
    for (batch_view batch; reader.next(batch);) {
        found.push_back({reader.position() - batch.size_in_bytes(), reader.position(), batch.magic()});
        sum += touch(batch);
        EXPECT_LE(memory.used(), memory_limit);
    }
    EXPECT_LT(sum, std::size_t{1} << 40U);
    error = reader.error();
    return found;
}

bool is_covered(const extent& batch, std::size_t at)
{
    const std::size_t within = at - batch.begin;
    if (within < batch_layout::length) return false; // the base offset is set by brokers, after the checksum was made
    const bool leader_epoch = within >= batch_layout::partition_leader_epoch && within < batch_layout::magic;
    return batch.magic < 2 || !leader_epoch;
}

// What reading gives from the start of the batch that the byte at `at` was flipped in.
void expect_refusal(bytes_view set, const extent& hit, std::size_t at)
{
    batch_memory memory{memory_limit};
    record_set_reader reader{set.subview(hit.begin), memory, {.codecs = &default_codecs(), .check_crc = true}};
    batch_view batch;
    const bool is_read = reader.next(batch);
    ASSERT_FALSE(is_read && is_covered(hit, at)); // a wrapper's offset is not covered, but may not be just any either
    if (is_read) return;
    if (!reader.error()) { // a batch that claims to be longer than what is there counts as cut off
        const std::size_t within = at - hit.begin;
        ASSERT_TRUE(within >= batch_layout::length && within < batch_layout::length_counts_from);
        return;
    }
    ASSERT_NE(reader.error().code(), std::error_code{});
    ASSERT_EQ(reader.error().position(), 0U);
    ASSERT_LE(reader.error().place(), reader.error().in_records() ? memory_limit : hit.end - hit.begin);
    ASSERT_EQ(memory.used(), 0U);
}

// B20: every byte of every vector, and none that the checksum or the header's own rules cover gives records.
TEST(damaged_batches, are_refused_with_a_code_and_a_place_whichever_covered_byte_is_flipped)
{
    for (const json& vector : batch_vectors()) {
        if (!built_in(vector)) continue;
        bytes set = from_hex(vector["hex"].get<std::string>());
        batch_error error;
        const std::vector<extent> batches = read_all(set, error);
        const std::size_t step = is_thorough ? 1 : step_for(set.size());
        for (std::size_t at = 0; at < set.size(); at += step) {
            const auto hit = std::ranges::find_if(batches, [at](const extent& batch) { return at < batch.end; });
            if (hit == batches.end()) break; // bad or cut off before
            for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
                set[at] ^= static_cast<std::byte>(flip);
                expect_refusal(set, *hit, at);
                set[at] ^= static_cast<std::byte>(flip);
                ASSERT_FALSE(HasFailure())
                    << vector["group"] << ' ' << vector["name"] << " byte " << at << " flipped by " << flip;
            }
        }
    }
}

TEST(damaged_batches, leave_those_before_them_as_they_are)
{
    for (const json& vector : batch_vectors()) {
        if (!built_in(vector)) continue;
        const bytes good = from_hex(vector["hex"].get<std::string>());
        batch_error error;
        const std::vector<extent> batches = read_all(good, error);
        for (std::size_t at = 0; at < good.size(); at += step_for(good.size())) {
            const auto hit = std::ranges::find_if(batches, [at](const extent& batch) { return at < batch.end; });
            for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
                bytes bad = good;
                bad[at] ^= static_cast<std::byte>(flip);
                const std::size_t read = read_all(bad, error).size();
                if (hit == batches.end() || !is_covered(*hit, at)) continue;
                ASSERT_EQ(read, static_cast<std::size_t>(hit - batches.begin()))
                    << vector["group"] << ' ' << vector["name"] << " byte " << at << " flipped by " << flip;
            }
        }
    }
}

TEST(damaged_batches, never_crash_even_when_checksums_are_not_compared)
{
    for (const json& vector : batch_vectors()) {
        if (!built_in(vector)) continue;
        const bytes good = from_hex(vector["hex"].get<std::string>());
        for (std::size_t at = 0; at < good.size(); at += step_for(good.size())) {
            for (const unsigned flip : {0x01U, 0x80U, 0xffU}) {
                bytes bad = good;
                bad[at] ^= static_cast<std::byte>(flip);
                batch_error error;
                EXPECT_LE(read_all(bad, error, false).size(), good.size());
            }
        }
    }
}

// R1: wherever a response is cut, the whole batches before are given, without an error that is not in them.
TEST(damaged_batches, give_the_whole_batches_of_every_prefix)
{
    for (const json& vector : batch_vectors()) {
        if (!built_in(vector)) continue;
        const bytes good = from_hex(vector["hex"].get<std::string>());
        batch_error whole_error;
        const std::vector<extent> batches = read_all(good, whole_error);
        const std::size_t step = is_thorough ? 1 : step_for(good.size());
        for (std::size_t size = 0; size < good.size(); size += step) {
            const bytes prefix{good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)};
            batch_error error;
            const std::size_t read = read_all(prefix, error).size();
            const auto whole =
                std::ranges::count_if(batches, [size](const extent& batch) { return batch.end <= size; });
            ASSERT_EQ(read, static_cast<std::size_t>(whole)) << vector["group"] << ' ' << vector["name"] << ' ' << size;
            ASSERT_TRUE(!error || whole_error) << error.message();
        }
    }
}

TEST(damaged_batches, stay_within_the_memory_that_all_of_a_response_may_take) // B20
{
    record_batch_builder builder;
    ASSERT_EQ(builder.append(0, nullptr, bytes_view{std::string(3 << 20, '\0')}), errc{});
    sealed_batch sealed;
    ASSERT_FALSE(builder.seal({.codec = compression::gzip}, default_codecs(), sealed));
    byte_buffer set;
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(set.append(sealed.bytes()));

    batch_memory memory{std::size_t{10} << 20U};
    record_set_reader reader{set.view(), memory, {.codecs = &default_codecs()}};
    int read = 0;
    for (batch_view batch; reader.next(batch);) ++read;
    EXPECT_EQ(read, 3);
    EXPECT_EQ(reader.error().code(), errc::output_limit);
    EXPECT_LE(memory.used(), memory.limit());
    // With the records handed on and the memory free again, the rest can be read from where this ended.
    batch_memory more{std::size_t{10} << 20U};
    record_set_reader rest{set.view().subview(reader.position()), more, {.codecs = &default_codecs()}};
    for (batch_view batch; rest.next(batch);) ++read;
    EXPECT_EQ(read, 5);
    EXPECT_FALSE(rest.error());
}

} // namespace
} // namespace odradek
