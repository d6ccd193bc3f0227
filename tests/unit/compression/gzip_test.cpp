// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string>
#include <vector>

namespace odradek {
namespace {

using bytes = std::vector<std::byte>;

constexpr std::size_t header_size = 10;
constexpr std::size_t flags_at = 3;

bytes packed(bytes_view input)
{
    byte_buffer output;
    EXPECT_FALSE(default_codecs().compress(compression::gzip, input, default_compression_level, 2, output));
    return {output.view().begin(), output.view().end()};
}

compression_error unpack(bytes_view input, byte_buffer& output)
{
    return default_codecs().decompress(compression::gzip, input, 2, 1 << 20, output);
}

// What comes out of the member "one " and `tail` behind it; "bad" if that is refused.
std::string unpacked_with(bytes_view tail)
{
    bytes input = packed("one ");
    input.insert(input.end(), tail.begin(), tail.end());
    byte_buffer output;
    const compression_error failed = unpack(input, output);
    EXPECT_TRUE(!failed || failed.code == errc::bad_compressed_data);
    return failed ? "bad" : std::string(output.view().text());
}

// A member of "two" with these flags, and what they announce behind the first ten bytes.
bytes flagged(unsigned flags, bytes_view announced)
{
    bytes member = packed("two");
    member[flags_at] = static_cast<std::byte>(flags);
    member.insert(member.begin() + header_size, announced.begin(), announced.end());
    return member;
}

TEST(gzip, reads_several_members_and_minds_nothing_behind_the_last)
{
    EXPECT_EQ(unpacked_with(packed("two")), "one two");
    EXPECT_EQ(unpacked_with("rest"), "one ");
    EXPECT_EQ(unpacked_with("something that is longer than a member"), "one ");
    bytes two = packed("two");
    const bytes three = packed("three");
    two.insert(two.end(), three.begin(), three.end());
    EXPECT_EQ(unpacked_with(two), "one twothree");
}

// As java.util.zip.GZIPInputStream of Java 17, tried with each of these.
TEST(gzip, takes_what_follows_for_a_member_only_if_it_is_long_enough_and_has_a_whole_header)
{
    const bytes member = packed("two");
    for (std::size_t size = 0; size < member.size(); ++size) {
        EXPECT_EQ(unpacked_with(bytes_view{member}.subview(0, size)), size <= 18 ? "one " : "bad") << size;
    }
    bytes other = member;
    other[2] = std::byte{7}; // a method that does not exist
    EXPECT_EQ(unpacked_with(other), "one ");
    other = member;
    other[header_size + 2] ^= std::byte{0x55};
    EXPECT_EQ(unpacked_with(other), "bad");
    other = member;
    other[other.size() - 6] ^= std::byte{1};
    EXPECT_EQ(unpacked_with(other), "bad");

    EXPECT_EQ(unpacked_with(flagged(0x08, {"name\0", 5})), "one two");
    EXPECT_EQ(unpacked_with(flagged(0x18, {"name\0comment\0", 13})), "one two");
    EXPECT_EQ(unpacked_with(flagged(0x04, {"\3\0abc", 5})), "one two");
    EXPECT_EQ(unpacked_with(flagged(0x04, {"\xff\xff"
                                           "abc",
                                           5})),
              "one ")
        << "the extra field has no end";
    bytes nameless = flagged(0x08, {"name", 4});
    nameless.resize(header_size + 10, std::byte{'x'});
    std::fill(nameless.begin() + header_size, nameless.end(), std::byte{'x'});
    EXPECT_EQ(unpacked_with(nameless), "one ") << "the name has no end";

    bytes checked = flagged(0x02, {"\0\0", 2});
    EXPECT_EQ(unpacked_with(checked), "one ") << "the header's checksum is wrong";
    const uLong sum = ::crc32(0, reinterpret_cast<const Bytef*>(checked.data()), header_size);
    checked[header_size] = static_cast<std::byte>(sum & 0xff);
    checked[header_size + 1] = static_cast<std::byte>(sum >> 8U & 0xff);
    EXPECT_EQ(unpacked_with(checked), "one two");
}

TEST(gzip, refuses_zlib_s_other_formats)
{
    std::array<Bytef, 100> zlib_stream{};
    uLongf size = zlib_stream.size();
    ASSERT_EQ(::compress(zlib_stream.data(), &size, reinterpret_cast<const Bytef*>("hello"), 5), Z_OK);
    byte_buffer output;
    EXPECT_EQ(unpack(bytes_view{zlib_stream.data(), size}, output).code, errc::bad_compressed_data);
    EXPECT_EQ(unpack("", output).code, errc::bad_compressed_data);
}

} // namespace
} // namespace odradek
