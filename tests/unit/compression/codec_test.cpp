// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/endian.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

namespace odradek {
namespace {

constexpr std::size_t plenty = std::size_t{1} << 30U;

std::vector<compression> codecs()
{
    std::vector<compression> all;
    for (const compression codec : all_compressions) {
        if (codec != compression::none && default_codecs().has(codec)) all.push_back(codec);
    }
    return all;
}

byte_buffer packed(compression codec, bytes_view input, int level = default_compression_level, std::int8_t magic = 2)
{
    byte_buffer output;
    const compression_error failed = default_codecs().compress(codec, input, level, magic, output);
    EXPECT_FALSE(failed) << name(codec) << ": " << failed.reason;
    return output;
}

compression_error unpack(compression codec, bytes_view input, byte_buffer& output, std::size_t limit = plenty,
                         std::int8_t magic = 2)
{
    return default_codecs().decompress(codec, input, magic, limit, output);
}

void expect_round_trip(compression codec, bytes_view input, int level = default_compression_level,
                       std::int8_t magic = 2)
{
    const byte_buffer compressed = packed(codec, input, level, magic);
    byte_buffer output;
    const compression_error failed = unpack(codec, compressed.view(), output, input.size(), magic);
    ASSERT_FALSE(failed) << name(codec) << ' ' << input.size() << ": " << failed.reason;
    EXPECT_TRUE(output.view() == input) << name(codec) << ' ' << input.size();
}

std::string text(std::size_t size)
{
    std::mt19937 random{5};
    std::string all;
    while (all.size() < size)
        all += "user=" + std::to_string(random() % 1000) + " path=/orders/" + std::to_string(random());
    all.resize(size);
    return all;
}

std::string noise(std::size_t size)
{
    std::mt19937 random{6};
    std::string all(size, '\0');
    for (char& c : all) c = static_cast<char>(random());
    return all;
}

TEST(codecs, give_back_what_they_were_given_at_every_size)
{
    for (const compression codec : codecs()) {
        for (const std::size_t size :
             {0U, 1U, 2U, 15U, 100U, 4096U, 32'767U, 32'768U, 32'769U, 65'535U, 65'536U, 65'537U, 1'000'000U}) {
            if (size == 0 && codec == compression::snappy) continue; // a frame without blocks: nothing to give back
            expect_round_trip(codec, text(size));
            expect_round_trip(codec, noise(size));
            expect_round_trip(codec, std::string(size, 'x'));
        }
    }
}

TEST(codecs, give_back_what_they_were_given_at_every_level)
{
    const std::string input = text(100'000);
    for (const compression codec : codecs()) {
        const compression_levels allowed = levels(codec);
        const int from = std::max(allowed.lowest, -7);
        const int to = std::min(allowed.highest, 22);
        for (int level = from; level <= to; ++level) {
            if (allowed.contains(level)) expect_round_trip(codec, input, level);
        }
        expect_round_trip(codec, input, allowed.standard);
        expect_round_trip(codec, input, default_compression_level);
        EXPECT_TRUE(packed(codec, input, allowed.standard).view() == packed(codec, input).view())
            << name(codec)
            << ": the level that Kafka takes when the user says nothing is no other one when it is named";
    }
    if (default_codecs().has(compression::zstd)) expect_round_trip(compression::zstd, input, -131072);
}

TEST(codecs, refuse_levels_that_they_do_not_know)
{
    byte_buffer output;
    for (const compression codec : codecs()) {
        if (codec == compression::snappy) continue;
        const int wrong = levels(codec).highest + 1;
        EXPECT_EQ(default_codecs().compress(codec, "x", wrong, 2, output).code, errc::invalid_compression_level);
    }
    EXPECT_TRUE(output.empty());
}

TEST(codecs, compress_harder_at_higher_levels)
{
    const std::string input = text(300'000);
    for (const compression codec : codecs()) {
        if (codec == compression::snappy) continue;
        EXPECT_LT(packed(codec, input, levels(codec).highest).size(),
                  packed(codec, input, std::max(1, levels(codec).lowest)).size())
            << name(codec);
    }
}

TEST(codecs, append_to_what_is_there_already)
{
    const std::string input = text(10'000);
    for (const compression codec : codecs()) {
        byte_buffer output;
        ASSERT_TRUE(output.append("head"));
        ASSERT_FALSE(default_codecs().compress(codec, input, default_compression_level, 2, output));
        EXPECT_EQ(output.view().subview(0, 4), bytes_view{"head"});
        const byte_buffer compressed = packed(codec, input);
        EXPECT_EQ(output.view().subview(4), compressed.view());
        output.truncate(4);
        ASSERT_FALSE(unpack(codec, compressed.view(), output));
        EXPECT_EQ(output.view().subview(0, 4), bytes_view{"head"});
        EXPECT_EQ(output.view().subview(4), bytes_view{input});
    }
}

// B20: a bomb ends while it unpacks. What was reserved shows how far that got.
TEST(codecs, stop_at_the_limit_and_hold_no_more_than_it)
{
    const std::string zeros(16 << 20, '\0');
    for (const compression codec : codecs()) {
        const byte_buffer bomb = packed(codec, zeros);
        const std::size_t growth = zeros.size() / bomb.size();
        EXPECT_GE(growth, codec == compression::snappy ? 20U : 100U) << "snappy cannot do more than 21";
        for (const std::size_t limit : {0U, 1U, 1000U, 65'536U, 1'000'000U, 8U << 20U}) {
            byte_buffer output;
            ASSERT_TRUE(output.append("head"));
            const compression_error failed = unpack(codec, bomb.view(), output, limit);
            EXPECT_EQ(failed.code, errc::output_limit) << name(codec) << ' ' << limit << ' ' << failed.reason;
            EXPECT_EQ(output.view(), bytes_view{"head"});
            EXPECT_LE(output.capacity(), 4 + limit + 1) << name(codec);
        }
    }
}

TEST(codecs, unpack_exactly_as_much_as_the_limit_allows)
{
    for (const compression codec : codecs()) {
        for (const std::size_t size : {1U, 1000U, 65'536U, 100'000U}) {
            const std::string input = text(size);
            const byte_buffer compressed = packed(codec, input);
            byte_buffer output;
            EXPECT_FALSE(unpack(codec, compressed.view(), output, size)) << name(codec) << ' ' << size;
            EXPECT_EQ(output.view(), bytes_view{input});
            output.clear();
            EXPECT_EQ(unpack(codec, compressed.view(), output, size - 1).code, errc::output_limit)
                << name(codec) << ' ' << size;
        }
    }
}

TEST(codecs, refuse_what_is_cut_off_anywhere)
{
    const std::string input = text(3000);
    for (const compression codec : codecs()) {
        const byte_buffer compressed = packed(codec, input);
        for (std::size_t size = 0; size < compressed.size(); ++size) {
            const std::vector<std::byte> cut{compressed.data(), compressed.data() + size};
            byte_buffer output;
            const compression_error failed = unpack(codec, cut, output);
            if (codec == compression::snappy && size == 16) continue; // the header of an empty stream
            EXPECT_TRUE(failed) << name(codec) << ' ' << size;
            EXPECT_TRUE(output.empty());
        }
    }
}

TEST(codecs, survive_every_flipped_bit)
{
    const std::string input = text(1500);
    for (const compression codec : codecs()) {
        const byte_buffer compressed = packed(codec, input);
        for (std::size_t at = 0; at < compressed.size(); ++at) {
            for (unsigned bit = 0; bit < 8; ++bit) {
                std::vector<std::byte> flipped{compressed.data(), compressed.data() + compressed.size()};
                flipped[at] ^= static_cast<std::byte>(1U << bit);
                byte_buffer output;
                const compression_error failed = unpack(codec, flipped, output, 1 << 20);
                EXPECT_TRUE(!failed || output.empty()) << name(codec) << ' ' << at << ' ' << bit;
                EXPECT_LE(output.capacity(), (1U << 20U) + 1);
            }
        }
    }
}

TEST(codecs, survive_noise)
{
    std::mt19937 random{7};
    for (const compression codec : codecs()) {
        const byte_buffer good = packed(codec, text(50));
        for (int i = 0; i < 2000; ++i) {
            std::string input(random() % 200, '\0');
            for (char& c : input) c = static_cast<char>(random());
            if (i % 2 == 0) input.insert(0, good.view().text().substr(0, random() % good.size()));
            byte_buffer output;
            const compression_error failed =
                unpack(codec, std::vector<char>(input.begin(), input.end()), output, 1 << 20);
            EXPECT_TRUE(!failed || output.empty());
            EXPECT_LE(output.capacity(), (1U << 20U) + 1);
        }
    }
}

TEST(codecs, work_in_several_threads_at_once)
{
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < 4; ++t) {
        threads.emplace_back([t] {
            for (unsigned i = 0; i < 20; ++i) {
                for (const compression codec : codecs()) expect_round_trip(codec, text(1000 + 997 * i + t));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
}

// What is compiled without a library says so; with it, this is the ordinary case.
TEST(codecs, that_were_not_built_in_are_a_clear_error)
{
    const std::vector<std::pair<compression, bool>> built{
        {compression::gzip, true},
#ifdef ODRADEK_WITH_SNAPPY
        {compression::snappy, true},
#else
        {compression::snappy, false},
#endif
#ifdef ODRADEK_WITH_LZ4
        {compression::lz4, true},
#else
        {compression::lz4, false},
#endif
#ifdef ODRADEK_WITH_ZSTD
        {compression::zstd, true},
#else
        {compression::zstd, false},
#endif
    };
    for (const auto& [codec, there] : built) {
        EXPECT_EQ(default_codecs().has(codec), there);
        byte_buffer output;
        const compression_error failed = default_codecs().compress(codec, "x", default_compression_level, 2, output);
        EXPECT_EQ(failed.code, there ? errc{} : errc::codec_not_available);
        if (there) continue;
        EXPECT_THAT(failed.reason, testing::HasSubstr("ODRADEK_WITH_"));
        EXPECT_EQ(default_codecs().decompress(codec, "x", 2, 100, output).code, errc::codec_not_available);
    }
}

} // namespace
} // namespace odradek
