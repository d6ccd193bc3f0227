// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/consume.hpp>
#include <odradek/tools/cli/exit_code.hpp>

#include <gmock/gmock.h>

#include <tests/unit/cli/embedded_broker.hpp>

namespace odradek::cli {
namespace {

using testing::HasSubstr;

class consume_command : public embedded_broker {
protected:
    consume_command() : embedded_broker({{"letters", 3}}) {}

    /// What it printed; `code` and `said` are the rest.
    std::string run(offset_spec from)
    {
        consume_arguments a;
        a.connection = connection();
        a.topic = "letters";
        a.offsets = from;
        a.exit_at_end = true;
        session in{a.connection};
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

} // namespace
} // namespace odradek::cli
