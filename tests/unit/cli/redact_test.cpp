// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/any_message.hpp>
#include <odradek/tools/cli/redact.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek::cli {
namespace {

using json = nlohmann::ordered_json;

json redacted(std::string_view message, const char* text)
{
    json value = json::parse(text);
    redact(message, value);
    return value;
}

/// Follows a path of the table into a message and gives its leaves; every array has at least one element there.
const json* follow(const json& from, std::string_view path)
{
    const json* at = &from;
    while (!path.empty()) {
        const std::size_t dot = path.find('.');
        std::string_view name = path.substr(0, dot);
        const bool each = name.ends_with("[]");
        if (each) name.remove_suffix(2);
        const auto child = at->find(std::string{name});
        if (child == at->end()) return nullptr;
        at = &*child;
        if (each && at->empty()) return nullptr;
        if (each) at = &at->at(0);
        path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
    }
    return at;
}

const message_descriptor* find_by_name(std::string_view name)
{
    for (const message_descriptor& m : all_messages()) {
        if (m.name == name) return &m;
    }
    return nullptr;
}

TEST(redact, table_names_fields_that_exist)
{
    for (const secret_field& field : secret_fields()) {
        const message_descriptor* type = find_by_name(field.message);
        ASSERT_NE(type, nullptr) << field.message;
        bool found = false;
        for (std::uint64_t seed = 0; seed < 50 && !found; ++seed) { // random messages have empty lists now and then
            arena memory;
            void* message = type->create(memory);
            const api_version version{type->versions.last};
            ASSERT_FALSE(type->fill_randomly(message, memory, version, seed));
            found = follow(json::parse(type->to_json(message, version)), field.path) != nullptr;
        }
        EXPECT_TRUE(found) << field.message << '.' << field.path;
    }
}

TEST(redact, hides_what_is_always_secret_in_random_messages_of_every_version)
{
    for (const secret_field& field : secret_fields()) {
        if (field.rule != secret_rule::always) continue;
        const message_descriptor* type = find_by_name(field.message);
        ASSERT_NE(type, nullptr);
        for (std::int16_t v = type->versions.first; v <= type->versions.last; ++v) {
            for (std::uint64_t seed = 0; seed < 20; ++seed) {
                arena memory;
                void* message = type->create(memory);
                ASSERT_FALSE(type->fill_randomly(message, memory, api_version{v}, seed));
                json value = json::parse(type->to_json(message, api_version{v}));
                redact(field.message, value);
                const json* leaf = follow(value, field.path);
                if (leaf == nullptr || leaf->is_null()) continue;
                EXPECT_TRUE(leaf->get<std::string>().starts_with("<redacted "))
                    << field.message << ": " << value.dump();
            }
        }
    }
}

TEST(redact, tells_how_many_bytes_there_were)
{
    EXPECT_EQ(redacted("SaslAuthenticateRequest", R"({"authBytes": "AGFsaWNlAHB3"})")["authBytes"],
              "<redacted 9 bytes>");
    EXPECT_EQ(redacted("SaslAuthenticateRequest", R"({"authBytes": "AA=="})")["authBytes"], "<redacted 1 byte>");
    EXPECT_EQ(redacted("SaslAuthenticateResponse", R"({"authBytes": ""})")["authBytes"], "<redacted 0 bytes>");
    EXPECT_TRUE(redacted("EnvelopeResponse", R"({"responseData": null})")["responseData"].is_null());
}

TEST(redact, hides_every_token_and_every_credential_of_a_list)
{
    const json tokens = redacted("DescribeDelegationTokenResponse",
                                 R"({"tokens": [{"tokenId": "a", "hmac": "AAAA"}, {"tokenId": "b", "hmac": "AAAA"}]})");
    EXPECT_EQ(tokens["tokens"][1], json::parse(R"({"tokenId": "b", "hmac": "<redacted 3 bytes>"})"));
    const json scram = redacted("AlterUserScramCredentialsRequest",
                                R"({"upsertions": [{"name": "alice", "salt": "AAAA", "saltedPassword": "AAAAAA=="}]})");
    EXPECT_EQ(
        scram["upsertions"][0],
        json::parse(R"({"name": "alice", "salt": "<redacted 3 bytes>", "saltedPassword": "<redacted 4 bytes>"})"));
}

TEST(redact, hides_settings_that_are_marked_or_named_as_secrets_and_shows_the_others)
{
    const json described = redacted("DescribeConfigsResponse", R"({"results": [{"configs": [
        {"name": "x", "value": "abc", "isSensitive": true, "synonyms": [{"name": "y", "value": "abcd"}]},
        {"name": "log.dirs", "value": "/data", "isSensitive": false, "synonyms": []}]}]})");
    EXPECT_EQ(described["results"][0]["configs"][0]["value"], "<redacted 3 bytes>");
    EXPECT_EQ(described["results"][0]["configs"][0]["synonyms"][0]["value"], "<redacted 4 bytes>");
    EXPECT_EQ(described["results"][0]["configs"][1]["value"], "/data");

    const json altered =
        redacted("IncrementalAlterConfigsRequest", R"({"resources": [{"resourceName": "password", "configs": [
        {"name": "ssl.keystore.Password", "value": "abc"}, {"name": "listener.name.x.sasl.jaas.config", "value": "abc"},
        {"name": "ssl.keystore.key", "value": "abc"}, {"name": "retention.ms", "value": "1"},
        {"name": "ssl.truststore.password", "value": null}]}]})");
    const json& configs = altered["resources"][0]["configs"];
    EXPECT_EQ(configs[0]["value"], "<redacted 3 bytes>");
    EXPECT_EQ(configs[1]["value"], "<redacted 3 bytes>");
    EXPECT_EQ(configs[2]["value"], "<redacted 3 bytes>");
    EXPECT_EQ(configs[3]["value"], "1");
    EXPECT_TRUE(configs[4]["value"].is_null());
}

TEST(redact, hides_the_records_of_the_clusters_metadata_only)
{
    const json fetched = redacted("FetchResponse", R"({"responses": [
        {"topic": "__cluster_metadata", "partitions": [{"records": "AAAA"}]},
        {"topicId": "AAAAAAAAAAAAAAAAAAAAAQ", "partitions": [{"records": "AAAA"}]},
        {"topic": "letters", "topicId": "AAAAAAAAAAAAAAAAAAAAAg", "partitions": [{"records": "AAAA"}]}]})");
    EXPECT_EQ(fetched["responses"][0]["partitions"][0]["records"], "<redacted 3 bytes>");
    EXPECT_EQ(fetched["responses"][1]["partitions"][0]["records"], "<redacted 3 bytes>");
    EXPECT_EQ(fetched["responses"][2]["partitions"][0]["records"], "AAAA");
}

TEST(redact, leaves_other_messages_as_they_are)
{
    const char* text = R"({"authBytes": "AAAA", "hmac": "AAAA", "configs": [{"name": "password", "value": "x"}]})";
    EXPECT_EQ(redacted("MetadataResponse", text), json::parse(text));
}

} // namespace
} // namespace odradek::cli
