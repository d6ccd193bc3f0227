// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/produce.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <regex>
#include <string>
#include <tests/unit/cli/embedded_broker.hpp>

namespace odradek::cli {
namespace {

using testing::ContainsRegex;

class produce_command : public embedded_broker {
protected:
    produce_command() : embedded_broker({{"letters", 1}, {"diaries", 3}}) {}

    int run(produce_arguments a)
    {
        a.connection = connection();
        session in{a.connection};
        produce command{in, std::move(a)};
        return in.run([&] { return command.run(); });
    }
    /// Lines 0, 1, 2 .. of which every other one has a key.
    [[nodiscard]] static std::string mixed_lines(int count)
    {
        std::string text;
        for (int i = 0; i < count; ++i)
            text += (i % 2 == 0 ? "k" + std::to_string(i % 7) + ":" : "") + std::to_string(i) + '\n';
        return text;
    }
    [[nodiscard]] static produce_arguments to(std::string topic)
    {
        produce_arguments a;
        a.topic = std::move(topic);
        a.format.key_delimiter = ":";
        return a;
    }
};

TEST_F(produce_command, keeps_the_order_of_lines_with_and_without_a_key_in_the_only_partition)
{
    produce_arguments a = to("letters");
    a.file = file(mixed_lines(1000));
    ASSERT_EQ(run(std::move(a)), exit_code::ok);
    const auto got = values("letters", 0, 1000);
    ASSERT_EQ(got.size(), 1000U);
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], std::to_string(i));
}

// More than fits into one batch of a partition, so that partitions are drawn again while batches are under way.
TEST_F(produce_command, keeps_the_order_of_lines_with_and_without_a_key_in_every_partition)
{
    constexpr int lines = 200'000;
    produce_arguments a = to("diaries");
    a.file = file(mixed_lines(lines));
    ASSERT_EQ(run(std::move(a)), exit_code::ok);
    std::size_t all = 0;
    for (std::int32_t p = 0; p < 3; ++p) {
        const auto got = values("diaries", p, end_of("diaries", p));
        all += got.size();
        EXPECT_TRUE(std::ranges::is_sorted(got, {}, [](const std::string& value) { return std::stoi(value); }));
    }
    EXPECT_EQ(all, static_cast<std::size_t>(lines));
}

TEST_F(produce_command, keeps_the_order_of_lines_in_small_batches_too)
{
    constexpr int lines = 200'000;
    produce_arguments a = to("diaries");
    a.file = file(mixed_lines(lines));
    a.producer.linger = "1";
    a.producer.batch_size = "20000";
    ASSERT_EQ(run(std::move(a)), exit_code::ok);
    std::size_t all = 0;
    for (std::int32_t p = 0; p < 3; ++p) {
        const auto got = values("diaries", p, end_of("diaries", p));
        all += got.size();
        EXPECT_TRUE(std::ranges::is_sorted(got, {}, [](const std::string& value) { return std::stoi(value); }));
    }
    EXPECT_EQ(all, static_cast<std::size_t>(lines));
}

TEST_F(produce_command, sends_everything_to_the_partition_that_is_named)
{
    produce_arguments a = to("diaries");
    a.file = file(mixed_lines(100));
    a.partition = 2;
    a.rate = 100'000;
    a.producer.acks = "1";
    ASSERT_EQ(run(std::move(a)), exit_code::ok);
    EXPECT_EQ(end_of("diaries", 2), 100U);
}

TEST_F(produce_command, tells_of_every_line_what_became_of_it_when_the_broker_refuses)
{
    brokers().faults().fail_next(api::produce, broker_errc::topic_authorization_failed, 1000);
    produce_arguments a = to("letters");
    a.format.key_delimiter.reset();
    a.producer.idempotent = true;
    std::string text;
    for (int i = 0; i < 150'000; ++i) text += "x\n";
    a.file = file(text);
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(std::move(a)), exit_code::failed);
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_THAT(told, ContainsRegex("cannot write to \"letters\": "));
    std::smatch lines;
    const std::regex ranges{
        R"(delivered: nothing; not delivered: lines 1\.\.(\d+)(?:; read but not sent: lines? (\d+)(?:\.\.150000)?)?\n)"};
    ASSERT_TRUE(std::regex_search(told, lines, ranges)) << told;
    const int last = std::stoi(lines[1]); // how far the batches went that were under way together
    if (last < 150'000) {
        EXPECT_EQ(lines[2], std::to_string(last + 1)) << told;
    }
    EXPECT_EQ(end_of("letters", 0), 0U);
}

TEST_F(produce_command, sends_pieces_of_the_size_that_is_asked_for)
{
    produce_arguments a = to("letters");
    a.format.key_delimiter.reset();
    a.payload_size = 4;
    a.file = file("ab\ncd\n\nefg");
    ASSERT_EQ(run(std::move(a)), exit_code::ok);
    EXPECT_EQ(values("letters", 0, 3), (std::vector<std::string>{"ab\nc", "d\n\ne", "fg"}));
}

TEST_F(produce_command, refuses_a_record_that_no_request_may_have)
{
    produce_arguments a = to("letters");
    a.producer.linger = "0";
    a.file = file("small\n" + std::string(2'000'000, 'x') + "\nsmall\n");
    testing::internal::CaptureStderr();
    EXPECT_EQ(run(std::move(a)), exit_code::failed);
    EXPECT_THAT(testing::internal::GetCapturedStderr(), ContainsRegex("line 2: .*\n.*not delivered: lines? 2"));
}

} // namespace
} // namespace odradek::cli
