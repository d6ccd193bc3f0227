// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/frame.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

namespace odradek {
namespace {

using testing::HasSubstr;
using namespace std::string_literals;

std::string length_alone(std::int32_t length)
{
    std::string bytes(4, '\0');
    store_big(reinterpret_cast<std::byte*>(bytes.data()), length);
    return bytes;
}

std::string framed(const std::string& body)
{
    return length_alone(static_cast<std::int32_t>(body.size())) + body;
}

std::vector<std::string> frames_in(frame_splitter& splitter)
{
    std::vector<std::string> found;
    for (frame f; splitter.next(f);) found.emplace_back(f.bytes().text());
    return found;
}

TEST(frame_splitter, cuts_the_same_frames_from_chunks_of_any_size)
{
    std::mt19937 random{7};
    std::vector<std::string> bodies;
    std::string stream;
    for (std::size_t size : {4u, 5u, 100u, 8'191u, 8'192u, 16'380u, 16'384u, 70'000u, 4u, 300'000u, 600'001u, 17u}) {
        std::string body(size, '\0');
        for (char& c : body) c = static_cast<char>(random());
        bodies.push_back(body);
        stream += framed(body);
    }
    for (std::size_t chunk : {1u, 2u, 3u, 5u, 1'000u, 16'384u, 65'536u, 10'000'000u}) {
        frame_splitter splitter;
        std::vector<std::string> found;
        for (std::size_t at = 0; at < stream.size(); at += chunk) {
            splitter.append(std::string_view{stream}.substr(at, chunk));
            for (std::string& body : frames_in(splitter)) found.push_back(std::move(body));
        }
        EXPECT_EQ(found, bodies) << "in chunks of " << chunk;
        EXPECT_FALSE(splitter.error());
        EXPECT_FALSE(splitter.is_inside_frame());
    }
}

TEST(frame_splitter, reads_a_large_body_straight_into_the_memory_of_its_frame)
{
    const std::string body(200'000, 'x');
    frame_splitter splitter;
    splitter.append(framed(body).substr(0, 10'000));
    frame f;
    ASSERT_FALSE(splitter.next(f));
    const std::span<std::byte> room = splitter.buffer();
    ASSERT_EQ(room.size(), 200'000u - (10'000u - 4u)); // the rest of the body and not a byte of what follows
    std::memset(room.data(), 'x', room.size());
    splitter.commit(room.size());
    ASSERT_TRUE(splitter.next(f));
    EXPECT_EQ(f.bytes(), bytes_view{body});
    EXPECT_EQ(f.bytes().data() + f.size(), room.data() + room.size());
}

// R35: a length that a peer announces buys no memory.
TEST(frame_splitter, reserves_no_more_than_a_step_for_bytes_that_were_only_announced)
{
    frame_splitter splitter{{.largest = frame_limits::after_authentication}};
    splitter.append(length_alone(90'000'000) + "begin");
    frame f;
    ASSERT_FALSE(splitter.next(f));
    EXPECT_LE(splitter.reserved(), std::size_t{512} << 10);
    std::size_t sent = 5;
    while (sent < 5'000'000) {
        const std::span<std::byte> room = splitter.buffer();
        ASSERT_FALSE(room.empty());
        splitter.commit(room.size());
        sent += room.size();
        EXPECT_LE(splitter.reserved(), 2 * sent + (std::size_t{512} << 10));
    }
}

// R35
TEST(frame_splitter, refuses_a_length_above_the_limit_and_names_both)
{
    frame_splitter splitter{{.largest = 1000}};
    splitter.append(framed(std::string(1000, 'a')) + length_alone(1001));
    frame f;
    EXPECT_TRUE(splitter.next(f));
    EXPECT_FALSE(splitter.next(f));
    EXPECT_EQ(splitter.error().code(), errc::frame_too_large);
    EXPECT_EQ(splitter.error().offset(), 1004u);
    EXPECT_THAT(splitter.error().message(), HasSubstr("length 1001, at most 1000 accepted"));
}

TEST(frame_splitter, refuses_lengths_that_no_message_has)
{
    for (const std::int32_t length : {-1, -2'000'000'000, 0, 1, 3}) {
        frame_splitter splitter;
        splitter.append(length_alone(length));
        frame f;
        EXPECT_FALSE(splitter.next(f));
        EXPECT_EQ(splitter.error().code(), errc::invalid_frame_length) << length;
        EXPECT_THAT(splitter.error().message(), HasSubstr("length " + std::to_string(length) + ","));
    }
}

TEST(frame_splitter, accepts_an_empty_frame_where_bare_tokens_are_exchanged)
{
    frame_splitter splitter{{.smallest = 0}};
    splitter.append(length_alone(0) + framed("r"));
    frame f;
    ASSERT_TRUE(splitter.next(f));
    EXPECT_TRUE(f.empty());
    ASSERT_TRUE(splitter.next(f));
    EXPECT_EQ(f.bytes(), "r");
}

TEST(frame_splitter, stays_failed)
{
    frame_splitter splitter;
    splitter.append(length_alone(-5));
    frame f;
    EXPECT_FALSE(splitter.next(f));
    splitter.append(framed("good one"));
    EXPECT_FALSE(splitter.next(f));
    EXPECT_TRUE(splitter.buffer().empty());
    EXPECT_EQ(splitter.error().offset(), 0u);
}

TEST(frame_splitter, new_limits_hold_from_the_next_frame_on)
{
    const std::string body(frame_limits::before_authentication + 1, 'b');
    frame_splitter splitter;
    splitter.set_limits({.largest = frame_limits::after_authentication});
    splitter.append(framed(body));
    frame f;
    ASSERT_TRUE(splitter.next(f));
    EXPECT_EQ(f.size(), body.size());
}

TEST(frame_splitter, says_when_the_other_side_speaks_http)
{
    frame_splitter splitter;
    splitter.append("HTTP/1.1 400 Bad Request\r\nServer: x\r\n");
    frame f;
    EXPECT_FALSE(splitter.next(f));
    EXPECT_EQ(splitter.error().code(), errc::not_a_kafka_broker);
    EXPECT_THAT(splitter.error().message(), HasSubstr("HTTP (\"HTTP/1.1 400 Bad Request\")"));
    EXPECT_THAT(splitter.error().message(), Not(HasSubstr(". ("))) << "no full stop in mid-sentence";
}

TEST(frame_splitter, says_when_the_other_side_speaks_tls)
{
    const unsigned char alert[] = {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x0a};
    frame_splitter splitter{{.largest = frame_limits::after_authentication}};
    splitter.append({alert, sizeof alert});
    frame f;
    EXPECT_FALSE(splitter.next(f));
    EXPECT_EQ(splitter.error().code(), errc::tls_expected);
    EXPECT_THAT(splitter.error().message(), HasSubstr("a TLS record (alert 10)"));
}

TEST(frame_splitter, looks_for_other_protocols_only_where_the_stream_begins)
{
    frame_splitter splitter;
    splitter.append(framed("kafka") + "HTTP/1.1 400 Bad Request\r\n");
    EXPECT_EQ(frames_in(splitter), std::vector<std::string>{"kafka"});
    EXPECT_EQ(splitter.error().code(), errc::frame_too_large);
}

TEST(frame_splitter, knows_when_the_stream_ends_inside_a_frame)
{
    frame_splitter splitter;
    EXPECT_FALSE(splitter.is_inside_frame());
    splitter.append(framed("whole") + "\0\0"s);
    frame f;
    EXPECT_TRUE(splitter.next(f));
    EXPECT_TRUE(splitter.is_inside_frame());
    EXPECT_EQ(splitter.buffered(), 2u);
}

TEST(recognise_foreign_protocol, takes_binary_and_short_beginnings_for_nothing)
{
    const unsigned char kafka[] = {0, 0, 0, 20, 0, 0, 0, 1};
    EXPECT_FALSE(recognise_foreign_protocol({kafka, sizeof kafka}));
    EXPECT_FALSE(recognise_foreign_protocol("HTT"));
    EXPECT_FALSE(recognise_foreign_protocol({}));
    EXPECT_EQ(recognise_foreign_protocol("SSH-2.0-OpenSSH_9.2\r\n").about, "SSH (\"SSH-2.0-OpenSSH_9.2\")");
    EXPECT_EQ(recognise_foreign_protocol("<!DOCTYPE HTML>\n<html>").about, "HTTP (\"<!DOCTYPE HTML>\")");
    EXPECT_EQ(recognise_foreign_protocol("220 mail ready\r\n").about, "text (\"220 mail ready\")");
}

} // namespace
} // namespace odradek
