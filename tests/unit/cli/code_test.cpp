// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/any_message.hpp>
#include <odradek/tools/cli/code.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/hex.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace odradek::cli {
namespace {

template <class Action>
failure refusal(Action action)
{
    try {
        action();
    } catch (const failure& f) {
        return f;
    }
    ADD_FAILURE() << "nothing was refused";
    return failure{""};
}

// A Metadata request of version 4 for the topic "a", and its header of version 1.
constexpr const char* metadata_body = "00000001 0001 61 01";
constexpr const char* metadata_header = "0003 0004 00000007 0002 6d65";

TEST(choose_message, finds_an_api_by_name_in_any_case_and_by_key)
{
    EXPECT_EQ(choose_message("ApiVersions", 3, message_kind::request, false).body->name, "ApiVersionsRequest");
    EXPECT_EQ(choose_message("apiversions", 3, message_kind::response, false).body->name, "ApiVersionsResponse");
    EXPECT_EQ(choose_message("18", 3, message_kind::request, false).body->name, "ApiVersionsRequest");
}

TEST(choose_message, refuses_what_does_not_exist)
{
    for (const char* name : {"Metdata", "", "-1", "999", "3x"}) {
        const failure f = refusal([&] { (void)choose_message(name, 0, message_kind::request, false); });
        EXPECT_EQ(f.code(), exit_code::usage);
        EXPECT_TRUE(std::string_view{f.what()}.starts_with("--api: ")) << f.what();
    }
    const failure f = refusal([] { (void)choose_message("Metadata", 99, message_kind::request, false); });
    EXPECT_STREQ(f.what(), "--version: MetadataRequest has versions 0 to 13, not 99");
    EXPECT_EQ(f.code(), exit_code::usage);
    EXPECT_EQ(refusal([] { (void)choose_message("Metadata", -1, message_kind::request, false); }).code(),
              exit_code::usage);
}

TEST(decode_message, prints_json)
{
    const auto choice = choose_message("Metadata", 4, message_kind::request, false);
    EXPECT_EQ(nlohmann::json::parse(decode_message(choice, metadata_body, false)),
              nlohmann::json::parse(R"({"topics": [{"name": "a"}], "allowAutoTopicCreation": true})"));
}

TEST(decode_message, splits_header_and_body)
{
    const auto choice = choose_message("Metadata", 4, message_kind::request, true);
    const auto parsed =
        nlohmann::json::parse(decode_message(choice, std::string{metadata_header} + metadata_body, false));
    EXPECT_EQ(parsed.at("header"),
              nlohmann::json::parse(R"({"requestApiKey": 3, "requestApiVersion": 4, "correlationId": 7,
                                                             "clientId": "me"})"));
    EXPECT_EQ(parsed.at("body").at("topics").at(0).at("name"), "a");
}

TEST(decode_message, notices_that_the_header_is_another_messages)
{
    const auto choice = choose_message("Metadata", 5, message_kind::request, true);
    EXPECT_STREQ(
        refusal([&] { (void)decode_message(choice, std::string{metadata_header} + metadata_body, false); }).what(),
        "the header is that of Metadata version 4, not of Metadata version 5");
}

TEST(decode_message, names_field_and_offset_of_what_is_wrong)
{
    const auto choice = choose_message("Metadata", 4, message_kind::request, false);
    const failure cut = refusal([&] { (void)decode_message(choice, "00000001 0005 61", false); });
    EXPECT_EQ(cut.code(), exit_code::failed);
    EXPECT_NE(std::string_view{cut.what()}.find("MetadataRequest.topics[0].name"), std::string_view::npos)
        << cut.what();
    EXPECT_NE(std::string_view{cut.what()}.find("at offset 4"), std::string_view::npos) << cut.what();
    EXPECT_EQ(refusal([&] { (void)decode_message(choice, std::string{metadata_body} + "00", false); }).code(),
              exit_code::failed); // a byte too many
}

TEST(decode_message, takes_bad_hex_for_bytes_that_are_no_message)
{
    const auto choice = choose_message("Metadata", 4, message_kind::request, false);
    EXPECT_EQ(refusal([&] { (void)decode_message(choice, "zz", false); }).code(), exit_code::failed);
    EXPECT_EQ(refusal([&] { (void)decode_message(choice, "000", false); }).code(), exit_code::failed);
}

TEST(decode_message, redacts_unless_told_otherwise)
{
    const auto choice = choose_message("SaslAuthenticate", 0, message_kind::request, false);
    EXPECT_NE(decode_message(choice, "00000003 616263", false).find("<redacted 3 bytes>"), std::string::npos);
    EXPECT_EQ(decode_message(choice, "00000003 616263", false).find("YWJj"), std::string::npos);
    EXPECT_NE(decode_message(choice, "00000003 616263", true).find("YWJj"), std::string::npos);
}

TEST(encode_message, is_the_inverse_of_decode_for_random_messages_with_and_without_header)
{
    for (const message_descriptor& type : all_messages()) {
        if (type.kind != message_kind::request && type.kind != message_kind::response) continue;
        for (std::int16_t v = type.versions.first; v <= type.versions.last; ++v) {
            arena memory;
            void* message = type.create(memory);
            ASSERT_FALSE(type.fill_randomly(message, memory, api_version{v}, 5));
            writer out;
            ASSERT_FALSE(type.encode(message, api_version{v}, out)) << type.name;
            const auto choice = choose_message(std::string{type.api_name}, v, type.kind, false);
            const std::string hex = to_hex(out.flatten());
            ASSERT_EQ(encode_message(choice, decode_message(choice, hex, true)), hex) << type.name << ' ' << v;

            const auto both = choose_message(std::string{type.api_name}, v, type.kind, true);
            const std::string json =
                R"({"header": {"correlationId": 7}, "body": )" + decode_message(choice, hex, true) + "}";
            const std::string with_header = encode_message(both, json);
            ASSERT_TRUE(with_header.ends_with(hex)) << type.name << ' ' << v;
            ASSERT_EQ(encode_message(both, decode_message(both, with_header, true)), with_header)
                << type.name << ' ' << v;
        }
    }
}

TEST(encode_message, refuses_bad_json_and_what_was_redacted)
{
    const auto choice = choose_message("SaslAuthenticate", 0, message_kind::request, false);
    EXPECT_EQ(refusal([&] { (void)encode_message(choice, "{"); }).code(), exit_code::failed);
    EXPECT_EQ(refusal([&] { (void)encode_message(choice, R"({"authBytes": "<redacted 3 bytes>"})"); }).code(),
              exit_code::failed);
    const auto both = choose_message("SaslAuthenticate", 0, message_kind::request, true);
    EXPECT_EQ(refusal([&] { (void)encode_message(both, R"({"authBytes": ""})"); }).code(), exit_code::failed);
    EXPECT_EQ(refusal([&] { (void)encode_message(both, "["); }).code(), exit_code::failed);
    EXPECT_STREQ(refusal([&] { (void)encode_message(both, R"({"header": x})"); }).what(), "bad JSON at byte 12");
    EXPECT_STREQ(refusal([&] { (void)encode_message(both, R"({"header": 1e999})"); }).what(), "bad JSON at byte 16");
    EXPECT_STREQ(refusal([&] { (void)encode_message(both, "{\"header\": \"\xff\"}"); }).what(), "bad JSON at byte 13");
}

} // namespace
} // namespace odradek::cli
