// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/record_batch_builder.hpp>
#include <odradek/tests/unit/cli/captured.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/message_format.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <vector>

namespace odradek::cli {
namespace {

/// A batch of one record at offset 41, read back as a fetched one is.
class one_record {
public:
    one_record(nullable<bytes_view> key, nullable<bytes_view> value, const std::vector<record_header>& headers = {})
    {
        record_batch_builder builder{{.base_offset = 41}};
        EXPECT_EQ(builder.append(1700000000123, key, value, headers), errc{});
        EXPECT_FALSE(builder.seal({}, no_codecs(), sealed_));
        EXPECT_FALSE(view_.parse(sealed_.bytes()));
        EXPECT_FALSE(view_.open(memory_, {}));
        record_ = *view_.begin();
    }

    [[nodiscard]] message get() const
    {
        return {.topic = "letters", .partition = 7, .timestamps = view_.timestamps(), .record = &record_};
    }

    [[nodiscard]] std::string formatted(const char* format) const
    {
        return captured([&](output& out) { message_format(format).write(get(), out); });
    }

    [[nodiscard]] std::string as_json() const
    {
        return captured([&](output& out) { write_json(get(), out); });
    }

private:
    sealed_batch sealed_;
    batch_memory memory_;
    batch_view view_;
    record_view record_;
};

const nullable<bytes_view> null;

TEST(message_format, knows_kcats_tokens)
{
    const one_record r{
        bytes_view{"key"}, bytes_view{"value"}, {{"a", bytes_view{"1"}}, {"a", bytes_view{""}}, {"b", null}}};
    EXPECT_EQ(r.formatted("%t/%p@%o %T [%K]%k=[%S]%s %h %%"),
              "letters/7@41 1700000000123 [3]key=[5]value a=1,a=,b=NULL %");
    EXPECT_EQ(r.formatted(R"(%k\t%s\n)"), "key\tvalue\n");
    EXPECT_EQ(r.formatted(""), "");
}

TEST(message_format, prints_the_length_as_four_bytes)
{
    EXPECT_EQ((one_record{null, bytes_view{"value"}}.formatted("%R%s")), std::string("\0\0\0\5value", 9));
    EXPECT_EQ((one_record{null, null}.formatted("%R")), "\xff\xff\xff\xff");
}

// B35: empty and null are different; the lengths tell.
TEST(message_format, tells_null_from_empty_by_the_length)
{
    EXPECT_EQ((one_record{null, null}.formatted("%K%k,%S%s")), "-1,-1");
    EXPECT_EQ((one_record{bytes_view{""}, bytes_view{""}}.formatted("%K%k,%S%s")), "0,0");
}

TEST(message_format, does_not_take_the_text_of_a_record_for_tokens_or_escapes)
{
    EXPECT_EQ((one_record{null, bytes_view{"%t\\n"}}.formatted("%s")), "%t\\n");
    EXPECT_EQ((one_record{null, bytes_view{"v"}}.formatted(R"(\\%s\\n)")), R"(\v\n)");
}

TEST(message_format, refuses_unknown_tokens_and_escapes)
{
    for (const char* bad : {"%x", "%", "a%", "\\q", "%s\\"}) {
        try {
            const message_format taken{bad};
            ADD_FAILURE() << bad;
        } catch (const failure& f) {
            EXPECT_EQ(f.code(), exit_code::usage);
        }
    }
}

TEST(plain_format, prints_the_value_and_with_a_delimiter_the_key)
{
    const one_record r{bytes_view{"k"}, bytes_view{"v"}};
    EXPECT_EQ(captured([&](output& out) { plain_format(false, "").write(r.get(), out); }), "v\n");
    EXPECT_EQ(captured([&](output& out) { plain_format(true, "::").write(r.get(), out); }), "k::v\n");
    const one_record nulls{null, null};
    EXPECT_EQ(captured([&](output& out) { plain_format(true, ":").write(nulls.get(), out); }), ":\n");
}

TEST(message_json, is_one_line_that_another_parser_reads)
{
    const one_record r{bytes_view{"k\n"}, bytes_view{"\xc3\xa4"}, {{"h", bytes_view{"\"x\""}}, {"h", null}}};
    const std::string text = r.as_json();
    EXPECT_EQ(text.find('\n'), text.size() - 1);
    EXPECT_EQ(nlohmann::json::parse(text), nlohmann::json::parse(R"({"topic": "letters", "partition": 7, "offset": 41,
        "tstype": "create", "ts": 1700000000123, "headers": [{"name": "h", "value": "\"x\""}, {"name": "h", "value": null}],
        "key": "k\n", "payload": "ä"})"));
}

// B35: null stays apart from empty.
TEST(message_json, has_null_for_null)
{
    const auto parsed = nlohmann::json::parse(one_record{null, bytes_view{""}}.as_json());
    EXPECT_TRUE(parsed.at("key").is_null());
    EXPECT_EQ(parsed.at("payload"), "");
    EXPECT_EQ(parsed.at("headers"), nlohmann::json::array());
}

TEST(message_json, gives_bytes_that_are_no_text_in_base64_under_another_name)
{
    const auto parsed = nlohmann::json::parse(
        one_record{bytes_view{"\xff"}, bytes_view{"\xfe\xff"}, {{"h", bytes_view{"\x80"}}}}.as_json());
    EXPECT_EQ(parsed.at("key_base64"), "/w==");
    EXPECT_EQ(parsed.at("payload_base64"), "/v8=");
    EXPECT_EQ(parsed.at("headers").at(0), (nlohmann::json{{"name", "h"}, {"value_base64", "gA=="}}));
    EXPECT_FALSE(parsed.contains("key"));
    EXPECT_FALSE(parsed.contains("payload"));
}

} // namespace
} // namespace odradek::cli
