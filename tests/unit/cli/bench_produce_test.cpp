// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/bench_produce.hpp>
#include <odradek/tools/cli/exit_code.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <tests/unit/cli/embedded_broker.hpp>
#include <utility>

namespace odradek::cli {
namespace {

using nlohmann::json;

class bench_produce_command : public embedded_broker {
protected:
    bench_produce_command() : embedded_broker({{"letters", 3}}) {}

    /// Runs it; what it printed is in text.
    int run(bench_produce_arguments a)
    {
        a.connection.brokers = connection().brokers;
        a.topic = "letters";
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), &std::fclose};
        session in{a.connection};
        bench_produce command{in, std::move(a), ::fileno(file.get())};
        const int code = in.run([&] { return command.run(); });
        std::rewind(file.get());
        text.clear();
        std::array<char, 4096> buffer{};
        while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get()))
            text.append(buffer.data(), got);
        return code;
    }
    [[nodiscard]] std::size_t records_there()
    {
        return end_of("letters", 0) + end_of("letters", 1) + end_of("letters", 2);
    }
    std::string text;
};

TEST_F(bench_produce_command, names_the_property_of_a_limit_that_a_record_does_not_keep)
{
    try {
        run({.records = 1, .payload_size = 2'000'000});
        FAIL() << "it was sent";
    } catch (const failure& f) {
        EXPECT_NE(std::string{f.what()}.find("more than -X max.request.size of 1048576"), std::string::npos)
            << f.what();
    }
}

TEST_F(bench_produce_command, sends_so_many_records_and_tells_the_counts_as_json)
{
    ASSERT_EQ(run({.records = 10'000, .payload_size = 50, .json = true}), exit_code::ok);
    const json all = json::parse(text);
    EXPECT_EQ(all["records"], 10'000);
    EXPECT_EQ(all["sent"], 10'000);
    EXPECT_EQ(all["acknowledged"], 10'000);
    EXPECT_EQ(all["failed"], 0);
    EXPECT_EQ(all["latency_us"]["count"], 10'000);
    EXPECT_LE(all["latency_us"]["p50"], all["latency_us"]["p99.9"]);
    EXPECT_LE(all["latency_us"]["p99.9"], all["latency_us"]["max"]);
    EXPECT_GT(all["max_memory_bytes"], 0);
    EXPECT_EQ(all["producer"]["records_acknowledged"], 10'000);
    EXPECT_EQ(records_there(), 10'000U);
    for (const std::string& value : values("letters", 0, end_of("letters", 0))) ASSERT_EQ(value.size(), 50U);
}

TEST_F(bench_produce_command, waits_while_the_memory_is_full)
{
    bench_produce_arguments a{.records = 5'000, .payload_size = 1000, .json = true};
    a.connection.properties = {{"buffer.memory", "100000"}, {"batch.size", "10000"}};
    ASSERT_EQ(run(a), exit_code::ok);
    EXPECT_EQ(json::parse(text)["acknowledged"], 5'000);
    EXPECT_EQ(records_there(), 5'000U);
}

TEST_F(bench_produce_command, names_partitions_in_turn_if_it_is_told_to)
{
    ASSERT_EQ(run({.records = 999, .partitions = 3, .keyed = true, .json = true}), exit_code::ok);
    for (std::int32_t p = 0; p < 3; ++p) EXPECT_EQ(end_of("letters", p), 333U);
    EXPECT_THROW(run({.records = 1, .partitions = 4}), failure);
}

TEST_F(bench_produce_command, prints_a_table)
{
    ASSERT_EQ(run({.producer = {.linger = "0", .acks = "1"}, .records = 100, .rate = 100'000}), exit_code::ok);
    EXPECT_NE(text.find("100 acknowledged, 0 failed"), std::string::npos) << text;
    for (const char* row : {"records/s", "MB/s", "CPU s a million", "p99.9", "max memory"})
        EXPECT_NE(text.find(row), std::string::npos) << row;
}

TEST_F(bench_produce_command, counts_what_the_broker_refused)
{
    brokers().faults().fail_next(api::produce, broker_errc::topic_authorization_failed, 1);
    testing::internal::CaptureStderr();
    const int code = run({.records = 100, .json = true});
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_EQ(code, exit_code::failed);
    const json all = json::parse(text);
    EXPECT_EQ(all["acknowledged"].get<int>() + all["failed"].get<int>(), 100);
    EXPECT_GT(all["failed"], 0);
    EXPECT_NE(told.find("records failed; the first one: "), std::string::npos) << told;
}

TEST_F(bench_produce_command, refuses_flags_that_do_not_go_together)
{
    EXPECT_THROW(run({.producer = {.acks = "1", .idempotent = true}}), failure);
    EXPECT_THROW(run({.producer = {.acks = "2"}}), failure);
    EXPECT_THROW(run({.producer = {.linger = "-1"}}), failure);
    EXPECT_EQ(records_there(), 0U);
}

} // namespace
} // namespace odradek::cli
