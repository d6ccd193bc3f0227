// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/connection_observer.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/unit/net/connection_fixture.hpp>

namespace odradek {
namespace {

using namespace test;

// Writes down what it is told, a word each.
class scribe final : public connection_observer {
public:
    std::string words;
    using connection_observer::set_watching;

    void on_ready(const connection&, steady_time, steady_time) override { words += "ready "; }
    void on_failed(const connection&, std::error_code, const diagnostics&, steady_time, steady_time) override
    {
        words += "failed ";
    }
    void on_closed(const connection&, std::error_code, const diagnostics&, steady_time) override { words += "closed "; }
    void on_answered(const connection&, const inflight::request&, std::size_t, steady_time) override
    {
        words += "answered ";
    }
    void on_timed_out(const connection&, const inflight::request&, steady_time) override { words += "late "; }
    void on_queue_size(const connection&, std::size_t queued, steady_time) override
    {
        words += std::to_string(queued) + ' ';
    }
};

class connection_observers : public connection_fixture {
protected:
    void open_observed()
    {
        fake.listen(here);
        make({.observer = observer});
        ASSERT_EQ(open(), std::error_code());
    }
    void answer_one()
    {
        (void)send(metadata());
        fake.settle();
        session()->stream->push(answer_to(session()->requests.size() - 1));
        fake.settle();
    }

    std::shared_ptr<scribe> observer = std::make_shared<scribe>();
};

TEST_F(connection_observers, hear_of_everything_in_its_order)
{
    observer->set_watching(true);
    open_observed();
    answer_one();
    link->close();
    fake.settle();
    EXPECT_EQ(observer->words, "ready 1 0 answered closed ");
}

TEST_F(connection_observers, hear_of_what_failed_and_nothing_more)
{
    observer->set_watching(true);
    make({.observer = observer});
    EXPECT_TRUE(open());
    link->close();
    fake.settle();
    EXPECT_EQ(observer->words, "failed ");
}

TEST_F(connection_observers, hear_nothing_while_they_do_not_watch)
{
    open_observed();
    answer_one();
    EXPECT_EQ(observer->words, "");
    observer->set_watching(true);
    answer_one();
    EXPECT_EQ(observer->words, "1 0 answered ");
    observer->set_watching(false);
    link->close();
    fake.settle();
    EXPECT_EQ(observer->words, "1 0 answered ");
}

TEST_F(connection_observers, hear_of_a_timeout_before_the_connection_closes)
{
    observer->set_watching(true);
    open_observed();
    (void)send(metadata(10s));
    fake.time->run_for(fake.io, 10s);
    EXPECT_EQ(observer->words, "ready 1 0 late closed ");
}

} // namespace
} // namespace odradek
