// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/consume.hpp>
#include <odradek/tools/cli/exit_code.hpp>

#include <asio/post.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <tests/unit/cli/embedded_broker.hpp>

namespace odradek::cli {
namespace {

using testing::HasSubstr;

class consume_command : public embedded_broker {
protected:
    consume_command() : embedded_broker({{"letters", 3}}) {}

    /// What it printed; `code` and `said` are the rest.
    std::string run(offset_spec from, const std::function<bool()>& interrupt_when = {})
    {
        consume_arguments a;
        a.connection = connection();
        a.topic = "letters";
        a.offsets = from;
        a.exit_at_end = true;
        session in{a.connection};
        const std::function<void()> look = [&] {
            if (interrupt_when())
                std::raise(SIGINT);
            else
                asio::post(in.context(), look);
        };
        if (interrupt_when) asio::post(in.context(), look);
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        try {
            consume command{in, std::move(a)};
            code = in.run([&] { return command.run(); });
        } catch (const failure& f) {
            refusal = f.what();
            code = f.code();
        }
        said = testing::internal::GetCapturedStderr();
        return testing::internal::GetCapturedStdout();
    }

    int code = -1;
    std::string said;
    std::string refusal;
};

TEST_F(consume_command, takes_a_partition_that_ends_before_the_offset_for_empty)
{
    append("letters", 0, {"a", "b"});
    append("letters", 1, {"c", "d", "e", "f"});
    EXPECT_EQ(run({.from = offset_spec::origin::absolute, .value = 3, .end_timestamp = {}}), "f\n");
    EXPECT_EQ(code, exit_code::ok) << refusal;
    EXPECT_THAT(said,
                HasSubstr("offset 3 is out of range: \"letters\", partition 0 has offsets 0 to 2: nothing to read"));
    EXPECT_THAT(said, HasSubstr("partition 2 has offsets 0 to 0"));
}

TEST_F(consume_command, refuses_an_offset_that_no_partition_has)
{
    append("letters", 1, {"a"});
    EXPECT_EQ(run({.from = offset_spec::origin::absolute, .value = 3, .end_timestamp = {}}), "");
    EXPECT_EQ(code, exit_code::failed);
    EXPECT_THAT(refusal,
                HasSubstr("offset 3 is out of range: \"letters\", partition 0 has offsets 0 to 0; nor is it in"));
}

TEST_F(consume_command, ends_with_the_signal_that_comes_while_offsets_are_asked_for)
{
    broker::fault slow;
    slow.key = api::list_offsets;
    slow.effect.delay = std::chrono::hours{1};
    slow.name = "slow";
    brokers().faults().add(slow);
    EXPECT_EQ(run({}, [this] { return brokers().faults().hits("slow") > 0; }), "");
    EXPECT_EQ(code, exit_code::signalled + SIGINT);
    EXPECT_EQ(refusal, "interrupted before it was known where to begin");
}

} // namespace
} // namespace odradek::cli
