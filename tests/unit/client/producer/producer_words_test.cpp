// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>

// In which words a producer says why it did not take a record.
namespace odradek {
namespace {

using std::chrono_literals::operator""ms;
using test::producer_bed;

/// What try_send() answers, explained, and what async_send() ends with.
struct refusal {
    std::error_code ec;
    std::string explained;
    std::string ended;
};

refusal refused(producer_bed& bed, const record& what, const send_options& how = {})
{
    const std::error_code ec = bed->try_send(what, how);
    const auto sent = bed.send(what, how);
    bed.run(sent);
    EXPECT_EQ(*sent->ec, ec);
    return {ec, bed->explain(ec, what, how), sent->about.to_string()};
}

void learn_topic(producer_bed& bed)
{
    const auto first = bed.send("first");
    bed.run(first);
    ASSERT_FALSE(*first->ec) << first->about.to_string();
}

TEST(producer_words, stay_on_one_line_whatever_a_topic_is_called)
{
    producer_bed bed;
    const refusal r = refused(bed, {.topic = "evil\nname\x1b[31m", .value = "v"});
    EXPECT_EQ(r.ec, errc::invalid_topic_name);
    EXPECT_EQ(r.explained,
              "A topic cannot have that name: topic \"evil\\x0aname\\x1b[31m\": a name has 1 to 249 of the characters "
              "a-z A-Z 0-9 . _ - and is neither . nor ..");
    EXPECT_NE(r.ended.find("\"evil\\x0aname\\x1b[31m\""), std::string::npos) << r.ended;
}

TEST(producer_words, name_an_option_of_a_send_and_its_value)
{
    producer_bed bed{{.compression = compression::gzip}};
    learn_topic(bed);
    struct wrong_option {
        send_options how;
        errc expected;
        const char* words;
    };
    const wrong_option all[] = {
        {{.acks = static_cast<acks>(5)}, errc::invalid_argument, "send_options::acks is 5, which is none of"},
        {{.compression = static_cast<compression>(9)}, errc::invalid_argument, "send_options::compression is 9, which"},
        {{.timeout = -1ms}, errc::invalid_argument, "send_options::timeout is negative: -1 ms"},
        {{.level = 99}, errc::invalid_compression_level, "send_options::level is 99, but gzip has the levels 1 to 9"},
        {{.compression = compression::snappy, .level = 3},
         errc::invalid_compression_level,
         "send_options::level is 3, but snappy has no levels"},
        {{.compression = compression::none, .level = 3},
         errc::invalid_compression_level,
         "send_options::level is 3, but nothing is compressed"},
    };
    for (const wrong_option& one : all) {
        const refusal r = refused(bed, {.topic = "letters", .partition = 0, .value = "v"}, one.how);
        EXPECT_EQ(r.ec, one.expected);
        EXPECT_NE(r.explained.find(std::string{": "} + one.words), std::string::npos) << r.explained;
        EXPECT_NE(r.ended.find(std::string{"send: "} + one.words), std::string::npos) << r.ended;
    }
}

TEST(producer_words, tell_what_is_wrong_with_the_record_before_what_is_wrong_with_its_options)
{
    producer_bed bed;
    const refusal r = refused(bed, {.topic = "letters", .partition = -3, .value = "v"}, {.acks = static_cast<acks>(5)});
    EXPECT_NE(r.explained.find("a partition cannot be negative"), std::string::npos) << r.explained;
}

TEST(producer_words, accuse_no_record_of_what_options_did_that_are_not_told)
{
    producer_bed bed;
    const record what{.topic = "letters", .partition = 0, .value = "v"};
    const std::error_code ec = bed->try_send(what, {.acks = static_cast<acks>(5)});
    EXPECT_TRUE(bed->explain(ec, what).ends_with("or the options were others than these")) << bed->explain(ec, what);
}

TEST(producer_words, name_the_limit_that_a_large_record_does_not_keep)
{
    const std::string large(3000, 'x');
    producer_bed by_request{{.max_request_size = 2000}};
    const refusal of_request = refused(by_request, {.topic = "letters", .value = bytes_view{large}});
    EXPECT_TRUE(of_request.explained.starts_with("The record is too large: topic \"letters\": alone in a request"))
        << of_request.explained;
    producer_bed by_memory{{.memory = 3000}};
    const refusal of_memory = refused(by_memory, {.topic = "letters", .value = bytes_view{large}});
    EXPECT_NE(of_memory.explained.find("producer_options::memory of 3000"), std::string::npos) << of_memory.explained;
    EXPECT_EQ(of_memory.explained.find("request"), std::string::npos) << of_memory.explained;
}

TEST(producer_words, tell_what_a_partitioner_answered_or_threw)
{
    int calls = 0;
    producer_options options;
    options.linger = {};
    options.custom_partitioner = [&](const record& what, const topic_partitions&) -> std::int32_t {
        ++calls;
        if (what.value->text() == "throw") throw std::runtime_error{"my partitioner\nthrew"};
        if (what.value->text() == "no exception") throw 7; // NOLINT(hicpp-exception-baseclass): a user may
        return what.value->text() == "below" ? -2 : 99;
    };
    producer_bed bed{options};
    struct bad_answer {
        std::string value;
        const char* words;
    };
    const bad_answer all[] = {
        {"beyond", "producer_options::custom_partitioner answered 99, but the topic has 2 partitions"},
        {"below", "producer_options::custom_partitioner answered -2, but the topic has 2 partitions"},
        {"throw", "producer_options::custom_partitioner threw: my partitioner\\x0athrew"},
        {"no exception", "producer_options::custom_partitioner threw something that is no std::exception"},
    };
    for (const bad_answer& one : all) { // the first of them while the topic is not known
        const auto held = bed.send(record{.topic = "letters", .value = bytes_view{one.value}});
        bed.run(held);
        EXPECT_EQ(*held->ec, errc::partitioner_failed);
        EXPECT_NE(held->about.to_string().find(one.words), std::string::npos) << held->about.to_string();
    }
    for (const bad_answer& one : all) {
        calls = 0;
        const record what{.topic = "letters", .value = bytes_view{one.value}};
        const std::error_code ec = bed->try_send(what);
        EXPECT_EQ(bed->explain(ec, what), "The partitioner failed: topic \"letters\": " + std::string{one.words});
        EXPECT_EQ(calls, 1) << "to explain calls nobody";
    }
}

TEST(producer_words, name_the_topic_of_a_handle)
{
    producer_bed bed;
    const record what{.value = "v"};
    const topic_handle bad = bed->topic("bad name");
    EXPECT_EQ(bed->try_send(bad, what), errc::invalid_topic_name);
    EXPECT_TRUE(bed->explain(errc::invalid_topic_name, bad, what)
                    .starts_with("A topic cannot have that name: topic \"bad name\": "))
        << bed->explain(errc::invalid_topic_name, bad, what);

    const topic_handle letters = bed->topic("letters");
    const record early{.value = "v", .timestamp = std::chrono::system_clock::time_point{-1ms}};
    EXPECT_TRUE(bed->explain(bed->try_send(letters, early), letters, early)
                    .ends_with("topic \"letters\": a timestamp before 1970: -1 ms"));

    EXPECT_EQ(bed->try_send(topic_handle{}, what), errc::invalid_argument);
    EXPECT_EQ(bed->explain(errc::invalid_argument, topic_handle{}, what),
              "An argument has a value that is not allowed: the topic_handle was made without a producer and stands "
              "for no topic");
}

TEST(producer_words, keep_only_so_many_names_that_cannot_be)
{
    producer_bed bed;
    topic_handle last;
    for (int i = 0; i < 1000; ++i) last = bed->topic("bad name " + std::to_string(i));
    const record what{.value = "v"};
    EXPECT_EQ(bed->try_send(last, what), errc::invalid_topic_name);
    EXPECT_NE(bed->explain(errc::invalid_topic_name, last, what).find("topic \"\""), std::string::npos);
}

} // namespace
} // namespace odradek
