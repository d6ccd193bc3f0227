// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/verifiable_producer.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <memory>
#include <string>
#include <tests/unit/cli/embedded_broker.hpp>
#include <utility>

namespace odradek::cli {
namespace {

class verifiable_producer_command : public embedded_broker {
protected:
    verifiable_producer_command() : embedded_broker({{"letters", 1}}) {}

    int run(std::string topic, std::int64_t count)
    {
        verifiable_producer_arguments a;
        a.brokers = brokers().bootstrap().front();
        a.topic = std::move(topic);
        a.max_messages = count;
        a.property_file = file("batch.num.messages=100\n"); // one batch must not have them all
        const properties settings = read_verifiable_properties(a);
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> events{std::tmpfile(), &std::fclose};
        session in{settings, verifiable_client(settings), connection_arguments{}.timeout, 0};
        verifiable_producer command{in, std::move(a), ::fileno(events.get())};
        return in.run([&] { return command.run(); });
    }
};

TEST_F(verifiable_producer_command, ends_well_though_a_record_failed)
{
    brokers().faults().fail_next(api::produce, broker_errc::not_enough_replicas);
    EXPECT_EQ(run("letters", 1'000), exit_code::ok);
    const std::size_t there = end_of("letters", 0);
    EXPECT_GT(there, 0U);
    EXPECT_LT(there, 1'000U) << "nothing is sent again";
    EXPECT_EQ(run("letters", 0), exit_code::ok) << "nothing was asked for";
}

TEST_F(verifiable_producer_command, fails_when_nothing_was_acknowledged)
{
    try {
        run("a topic cannot be called so", 3);
        FAIL() << "it ended well";
    } catch (const failure& f) {
        EXPECT_EQ(f.code(), exit_code::failed);
        EXPECT_STREQ(f.what(), "none of 3 records was acknowledged");
    }
}

} // namespace
} // namespace odradek::cli
