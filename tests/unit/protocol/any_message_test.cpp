// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/any_message.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

/// Runs `body(descriptor, version)` for every version of every message.
template <class Body>
void for_every_version(Body body)
{
    for (const message_descriptor& each : all_messages()) {
        for (int version = each.versions.first; version <= each.versions.last; ++version) {
            SCOPED_TRACE(std::string{each.name} + " v" + std::to_string(version));
            body(each, api_version{static_cast<std::int16_t>(version)});
            if (testing::Test::HasFailure()) return;
        }
    }
}

TEST(any_message, has_two_messages_an_api_two_headers_and_eleven_data_schemas)
{
    EXPECT_EQ(all_messages().size(), 95u * 2 + 2 + 11);
}

TEST(any_message, is_found_by_key_and_by_either_name)
{
    const message_descriptor* const fetch = find_message(api::fetch, message_kind::response);
    ASSERT_NE(fetch, nullptr);
    EXPECT_EQ(fetch->name, "FetchResponse");
    EXPECT_EQ(find_message("Fetch", message_kind::response), fetch);
    EXPECT_EQ(find_message("FetchResponse", message_kind::response), fetch);
    EXPECT_EQ(find_message("FetchResponse", message_kind::request), nullptr);
    EXPECT_EQ(find_message("Nonsense", message_kind::request), nullptr);
    EXPECT_EQ(find_message(api::fetch, message_kind::data), nullptr);
    EXPECT_EQ(find_message("RequestHeader", message_kind::header)->key, -1);
    EXPECT_EQ(find_message("ListClientMetricsResources", message_kind::request),
              find_message(api::list_config_resources, message_kind::request));
}

TEST(any_message, comes_back_equal_from_bytes_whatever_it_holds)
{
    for_every_version([](const message_descriptor& type, api_version version) {
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
            arena memory;
            void* const filled = type.create(memory);
            void* const read = type.create(memory);
            const auto filling = type.fill_randomly(filled, memory, version, seed);
            ASSERT_FALSE(filling) << filling.message();
            writer out;
            const auto encoding = type.encode(filled, version, out);
            ASSERT_FALSE(encoding) << encoding.message();
            const auto bytes = out.flatten();
            const auto decoding = type.decode(bytes, memory, version, read);
            ASSERT_FALSE(decoding) << decoding.message();
            ASSERT_EQ(type.compare(filled, read, version), "");
            writer again;
            ASSERT_FALSE(type.encode(read, version, again));
            ASSERT_EQ(bytes_view{again.flatten()}, bytes_view{bytes});
        }
    });
}

TEST(any_message, comes_back_equal_from_json_whatever_it_holds)
{
    for_every_version([](const message_descriptor& type, api_version version) {
        for (std::uint64_t seed = 100; seed < 104; ++seed) {
            arena memory;
            void* const filled = type.create(memory);
            void* const read = type.create(memory);
            ASSERT_FALSE(type.fill_randomly(filled, memory, version, seed));
            const std::string json = type.to_json(filled, version);
            const auto error = type.from_json(json, memory, version, read);
            ASSERT_FALSE(error) << error.message() << '\n' << json;
            ASSERT_EQ(type.compare(filled, read, version), "") << json;
        }
    });
}

TEST(any_message, fails_on_every_prefix_and_names_the_message)
{
    for_every_version([](const message_descriptor& type, api_version version) {
        arena memory;
        void* const message = type.create(memory);
        ASSERT_FALSE(type.fill_randomly(message, memory, version, 5));
        writer out;
        ASSERT_FALSE(type.encode(message, version, out));
        const auto bytes = out.flatten();
        for (std::size_t size = 0; size < std::min<std::size_t>(bytes.size(), 600); ++size) {
            const std::vector<std::byte> prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
            memory.reset();
            void* const read = type.create(memory);
            const auto error = type.decode(prefix, memory, version, read);
            ASSERT_TRUE(error) << size;
            ASSERT_TRUE(error.path().starts_with(type.name));
            ASSERT_LE(error.offset(), size);
        }
    });
}

TEST(any_message, stays_within_the_arena_whatever_bytes_come)
{
    for_every_version([](const message_descriptor& type, api_version version) {
        arena source;
        void* const message = type.create(source);
        ASSERT_FALSE(type.fill_randomly(message, source, version, 9));
        writer out;
        ASSERT_FALSE(type.encode(message, version, out));
        std::vector<std::byte> bytes = out.flatten();
        arena memory{64 * 1024};
        for (std::size_t i = 0; i < std::min<std::size_t>(bytes.size(), 200); ++i) {
            const std::byte before = bytes[i];
            for (const std::byte value : {std::byte{0xff}, std::byte{0x7f}, std::byte{0x80}, std::byte{0}}) {
                bytes[i] = value;
                memory.reset();
                void* const read = type.create(memory);
                (void)type.decode(bytes, memory, version, read);
                ASSERT_LE(memory.used(), memory.limit());
            }
            bytes[i] = before;
        }
    });
}

TEST(compare, names_the_first_difference)
{
    const message_descriptor& type = *find_message("Heartbeat", message_kind::request);
    arena memory;
    void* const left = type.create(memory);
    void* const right = type.create(memory);
    ASSERT_FALSE(type.from_json(R"({"groupId":"g","memberId":"a"})", memory, api_version{0}, left));
    ASSERT_FALSE(type.from_json(R"({"groupId":"g","memberId":"b"})", memory, api_version{0}, right));
    EXPECT_EQ(type.compare(left, right, api_version{0}), R"(HeartbeatRequest.member_id: "a" is not "b")");
    EXPECT_EQ(type.compare(left, left, api_version{0}), "");
}

TEST(fill_randomly, gives_the_same_for_the_same_seed_only)
{
    const message_descriptor& type = *find_message("Fetch", message_kind::response);
    arena memory;
    void* messages[3];
    std::uint64_t seeds[] = {1, 1, 2};
    for (std::size_t i = 0; i < 3; ++i) {
        messages[i] = type.create(memory);
        ASSERT_FALSE(type.fill_randomly(messages[i], memory, api_version{18}, seeds[i]));
    }
    EXPECT_EQ(type.compare(messages[0], messages[1], api_version{18}), "");
    EXPECT_NE(type.compare(messages[0], messages[2], api_version{18}), "");
}

} // namespace
} // namespace odradek
