// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/topic_settings.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace odradek::broker {
namespace {

// What is fine and what is not was asked of Kafka 4.3.1, setting by setting; the texts are its own.

std::string wrong(std::string_view name, std::string_view value)
{
    topic_settings ignored;
    return apply(ignored, name, value).value_or("fine");
}

TEST(topic_settings, knows_the_range_of_each_number)
{
    struct range {
        std::string_view name;
        std::string_view fine;
        std::string_view low;
        std::string_view least;
    };
    const std::vector<range> ranges{{"compression.lz4.level", "1", "0", "1"},
                                    {"compression.zstd.level", "-131072", "-131073", "-131072"},
                                    {"delete.retention.ms", "0", "-1", "0"},
                                    {"flush.messages", "1", "0", "1"},
                                    {"local.retention.bytes", "-2", "-3", "-2"},
                                    {"max.compaction.lag.ms", "1", "0", "1"},
                                    {"max.message.bytes", "0", "-1", "0"},
                                    {"message.timestamp.after.max.ms", "0", "-1", "0"},
                                    {"min.insync.replicas", "1", "0", "1"},
                                    {"retention.ms", "-1", "-2", "-1"},
                                    {"segment.index.bytes", "4", "3", "4"},
                                    {"segment.ms", "1", "0", "1"},
                                    {"min.cleanable.dirty.ratio", "0.5", "-0.5", "0"}};
    for (const range& one : ranges) {
        EXPECT_EQ(wrong(one.name, one.fine), "fine") << one.name;
        EXPECT_EQ(wrong(one.name, one.low), "Invalid value " + std::string(one.low) + " for configuration " +
                                                std::string(one.name) + ": Value must be at least " +
                                                std::string(one.least));
    }
    EXPECT_EQ(wrong("retention.bytes", "-9223372036854775808"), "fine");
    EXPECT_EQ(wrong("compression.lz4.level", "18"),
              "Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17");
    EXPECT_EQ(wrong("min.cleanable.dirty.ratio", "1"), "fine");
    EXPECT_NE(wrong("min.cleanable.dirty.ratio", "1.1"), "fine");
    for (const std::string_view level : {"-1", "1", "9"}) EXPECT_EQ(wrong("compression.gzip.level", level), "fine");
    EXPECT_EQ(wrong("compression.gzip.level", "0"),
              "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1");
}

TEST(topic_settings, reads_numbers_as_java_does)
{
    for (const std::string_view number : {" 5 ", "+5", "05"}) EXPECT_EQ(wrong("flush.ms", number), "fine") << number;
    for (const std::string_view number : {"", "x", "0x10", "1e3", "5.0", "+-5", "+", "9223372036854775808"})
        EXPECT_EQ(wrong("flush.ms", number),
                  "Invalid value " + std::string(number) + " for configuration flush.ms: Not a number of type LONG");
    EXPECT_EQ(wrong("index.interval.bytes", "2147483648"),
              "Invalid value 2147483648 for configuration index.interval.bytes: Not a number of type INT");
    EXPECT_EQ(wrong("min.cleanable.dirty.ratio", "half"),
              "Invalid value half for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE");
}

TEST(topic_settings, knows_the_words_that_there_are)
{
    for (const std::string_view word : {"producer", "zstd", "uncompressed", " gzip "})
        EXPECT_EQ(wrong("compression.type", word), "fine");
    EXPECT_EQ(wrong("compression.type", "none"),
              "Invalid value none for configuration compression.type: String must be "
              "one of: uncompressed, zstd, lz4, snappy, gzip, producer");
    EXPECT_NE(wrong("message.timestamp.type", "logappendtime"), "fine");
    for (const std::string_view yes_or_no : {"true", "TRUE", "False"})
        EXPECT_EQ(wrong("preallocate", yes_or_no), "fine") << yes_or_no;
    for (const std::string_view other : {"", "yes", "truer", "1"})
        EXPECT_EQ(wrong("preallocate", other), "Invalid value " + std::string(other) +
                                                   " for configuration preallocate: Expected value to be either true "
                                                   "or false");
    EXPECT_NE(wrong("remote.storage.enable", "true"), "fine") << "there is no other storage";
    EXPECT_EQ(wrong("remote.storage.enable", "false"), "fine");
}

TEST(topic_settings, takes_lists_with_blanks_between)
{
    topic_settings settings;
    EXPECT_FALSE(apply(settings, "cleanup.policy", "delete, compact"));
    EXPECT_TRUE(settings.compact && settings.remove_old);
    EXPECT_FALSE(apply(settings, "cleanup.policy", ""));
    EXPECT_FALSE(settings.compact || settings.remove_old);
    EXPECT_EQ(wrong("cleanup.policy", "delete,sell"),
              "Invalid value sell for configuration cleanup.policy: String must be one of: compact, delete");
    for (const std::string_view throttled : {"", "*", "0:101,1:102"})
        EXPECT_EQ(wrong("leader.replication.throttled.replicas", throttled), "fine") << throttled;
    EXPECT_TRUE(wrong("leader.replication.throttled.replicas", "all, of them")
                    .starts_with("Invalid value [all, of them] for configuration leader.replication"));
}

} // namespace
} // namespace odradek::broker
