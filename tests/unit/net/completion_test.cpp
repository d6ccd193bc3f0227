// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/completion.hpp>
#include <odradek/net/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/experimental/awaitable_operators.hpp>
#include <asio/experimental/deferred.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>
#include <asio/use_future.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace odradek {
namespace {

using done_int = completion<void(std::error_code, int)>;
constexpr auto as_result = asio::experimental::as_tuple(asio::use_awaitable);

// An operation as the library writes them: it ends when the test says so, or when it is cancelled.
class operation {
public:
    explicit operation(asio::io_context& io) : executor_(io.get_executor()) {}

    template <class Token = default_token>
    auto async_get(Token&& token = Token{})
    {
        return initiate<void(std::error_code, int)>(executor_, nullptr, std::forward<Token>(token),
                                                    [this](done_int done) { get(std::move(done)); });
    }
    template <class Token = default_token>
    auto async_get(diagnostics& about, Token&& token = Token{})
    {
        return initiate<void(std::error_code, int)>(executor_, &about, std::forward<Token>(token),
                                                    [this](done_int done) { get(std::move(done)); });
    }

    void get(done_int done)
    {
        ++started;
        const std::size_t place = waiting.size();
        done.on_cancel(
            [this, place] { // as the drivers do: on the operation's executor, not where the signal is emitted
                asio::post(executor_, [this, place] {
                    if (waiting[place]) std::exchange(waiting[place], {}).fail(asio::error::operation_aborted);
                });
            });
        waiting.push_back(std::move(done));
        if (answer_at_once) std::exchange(waiting[place], {}).succeed(value);
        if (fail_at_once) std::exchange(waiting[place], {}).fail(errc::closed, diagnostics("words"));
    }

    int started = 0;
    int value = 7;
    bool answer_at_once = false;
    bool fail_at_once = false;
    std::vector<done_int> waiting;

private:
    asio::any_io_executor executor_;
};

TEST(completion, is_one_pointer_wide_and_move_only)
{
    static_assert(sizeof(done_int) == sizeof(void*));
    static_assert(std::is_nothrow_move_constructible_v<done_int>);
    static_assert(!std::is_copy_constructible_v<done_int>);
    EXPECT_FALSE(done_int{});
}

TEST(completion, calls_back_later_never_inside_the_initiating_function)
{
    asio::io_context io;
    operation op(io);
    op.answer_at_once = true;
    int got = 0;
    op.async_get([&](std::error_code ec, int value) { got = ec ? -1 : value; });
    EXPECT_EQ(got, 0);
    io.run();
    EXPECT_EQ(got, 7);
}

TEST(completion, dispatches_in_place_only_on_its_own_executor)
{
    asio::io_context io;
    const asio::any_io_executor strand = asio::make_strand(io);
    int calls = 0;
    const auto make = [&] {
        return done_int{asio::bind_executor(strand,
                                            [&](std::error_code ec, int value) {
                                                EXPECT_TRUE(value == 0 ? ec == errc::closed : value == 7);
                                                ++calls;
                                            }),
                        io.get_executor()};
    };
    asio::post(strand, [&, done = make()]() mutable {
        done.dispatch({}, 7);
        EXPECT_EQ(calls, 1) << "its strand is the one that runs";
    });
    io.run();
    io.restart();
    asio::post(io, [&, done = make()]() mutable {
        asio::post(strand, [&] { ++calls; }); // is there first
        done.dispatch(errc::closed, 0);
        EXPECT_EQ(calls, 1) << "another executor runs";
    });
    io.run();
    EXPECT_EQ(calls, 3);
}

TEST(completion, keeps_run_from_returning_until_it_has_ended)
{
    asio::io_context io;
    operation op(io);
    op.async_get([](std::error_code, int) {});
    EXPECT_EQ(io.poll(), 0u);
    EXPECT_FALSE(io.stopped());
    op.waiting[0].succeed(1);
    EXPECT_EQ(io.run(), 1u);
    EXPECT_TRUE(io.stopped());
}

TEST(completion, stores_diagnostics_right_before_the_call)
{
    asio::io_context io;
    operation op(io);
    op.fail_at_once = true;
    diagnostics about("what was there before");
    std::string seen;
    op.async_get(about, [&](std::error_code ec, int) { seen = ec == errc::closed ? about.client_message() : ""; });
    EXPECT_EQ(about.client_message(), "what was there before");
    io.run();
    EXPECT_EQ(seen, "words");
    op.fail_at_once = false;
    op.answer_at_once = true;
    op.async_get(about, [](std::error_code, int) {});
    io.restart();
    io.run();
    EXPECT_EQ(about, diagnostics{}); // a success clears them
}

TEST(completion, throws_code_and_diagnostics_with_the_default_token)
{
    asio::io_context io;
    operation op(io);
    op.fail_at_once = true;
    bool thrown = false;
    auto run = [&]() -> asio::awaitable<void> {
        try {
            (void)co_await op.async_get();
        } catch (const error& e) {
            thrown = e.code() == errc::closed && e.diagnostics().client_message() == "words";
        }
    };
    asio::co_spawn(io, run(), asio::detached);
    io.run();
    EXPECT_TRUE(thrown);
}

TEST(completion, works_with_coroutines_that_throw_and_that_do_not)
{
    asio::io_context io;
    operation op(io);
    op.answer_at_once = true;
    std::vector<int> got;
    auto run = [&]() -> asio::awaitable<void> {
        got.push_back(co_await op.async_get());
        got.push_back(co_await op.async_get(asio::use_awaitable));
        op.answer_at_once = false;
        op.fail_at_once = true;
        const auto [ec, value] = co_await op.async_get(as_result);
        got.push_back(ec == errc::closed ? value : -1);
        try {
            (void)co_await op.async_get(asio::use_awaitable);
        } catch (const std::system_error& e) {
            got.push_back(e.code() == errc::closed ? 1 : -1);
        }
    };
    asio::co_spawn(io, run(), asio::detached);
    io.run();
    EXPECT_EQ(got, (std::vector<int>{7, 7, 0, 1}));
}

TEST(completion, starts_lazy_tokens_only_when_they_are_awaited_or_called)
{
    asio::io_context io;
    operation op(io);
    op.answer_at_once = true;
    auto later = op.async_get(asio::experimental::deferred);
    EXPECT_EQ(op.started, 0);
    int got = 0;
    std::move(later)([&](std::error_code, int value) { got = value; });
    EXPECT_EQ(op.started, 1);
    io.run();
    EXPECT_EQ(got, 7);
    {
        auto never_awaited = op.async_get(asio::use_awaitable);
    }
    EXPECT_EQ(op.started, 1);
}

TEST(completion, gives_futures_values_and_exceptions)
{
    asio::io_context io;
    operation op(io);
    op.answer_at_once = true;
    auto good = op.async_get(asio::use_future);
    op.answer_at_once = false;
    op.fail_at_once = true;
    auto bad = op.async_get(asio::use_future);
    auto told = op.async_get(with_diagnostics(asio::use_future));
    std::thread runner([&] { io.run(); });
    EXPECT_EQ(good.get(), 7);
    EXPECT_THROW((void)bad.get(), std::system_error);
    EXPECT_THROW((void)told.get(), error);
    runner.join();
}

TEST(completion, calls_on_the_executor_that_is_bound_to_the_handler)
{
    asio::io_context io;
    asio::io_context other;
    operation op(io);
    op.answer_at_once = true;
    auto strand = asio::make_strand(other);
    bool inside = false;
    op.async_get(asio::bind_executor(strand, [&](std::error_code, int) { inside = strand.running_in_this_thread(); }));
    io.run();
    EXPECT_FALSE(inside);
    other.run();
    EXPECT_TRUE(inside);
}

TEST(completion, is_cancelled_through_the_handlers_slot_and_clears_it_before_the_call)
{
    asio::io_context io;
    operation op(io);
    asio::cancellation_signal signal;
    std::vector<std::error_code> ends;
    op.async_get(asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, int) {
        EXPECT_FALSE(signal.slot().has_handler());
        ends.push_back(ec);
    }));
    io.poll();
    EXPECT_TRUE(ends.empty());
    signal.emit(asio::cancellation_type::terminal);
    io.run();
    ASSERT_EQ(ends.size(), 1u);
    EXPECT_EQ(ends[0], asio::error::operation_aborted);
}

TEST(completion, is_harmless_to_cancel_when_it_has_ended)
{
    asio::io_context io;
    operation op(io);
    op.answer_at_once = true;
    asio::cancellation_signal signal;
    int calls = 0;
    op.async_get(asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, int) { calls += ec ? 100 : 1; }));
    signal.emit(asio::cancellation_type::total); // ended, but not called yet
    io.run();
    signal.emit(asio::cancellation_type::total);
    EXPECT_EQ(calls, 1);
}

TEST(completion, the_operator_or_cancels_the_slower_one)
{
    using namespace asio::experimental::awaitable_operators;
    asio::io_context io;
    operation slow(io);
    operation fast(io);
    fast.answer_at_once = true;
    std::size_t winner = 99;
    auto run = [&]() -> asio::awaitable<void> {
        const auto result = co_await (slow.async_get(asio::use_awaitable) || fast.async_get(asio::use_awaitable));
        winner = result.index();
    };
    asio::co_spawn(io, run(), asio::detached);
    io.run();
    EXPECT_EQ(winner, 1u);
    EXPECT_FALSE(slow.waiting[0]);
}

TEST(completion, the_operator_and_waits_for_both)
{
    using namespace asio::experimental::awaitable_operators;
    asio::io_context io;
    operation op(io);
    op.answer_at_once = true;
    int sum = 0;
    auto run = [&]() -> asio::awaitable<void> {
        const auto [a, b] = co_await (op.async_get() && op.async_get(asio::use_awaitable));
        sum = a + b;
    };
    asio::co_spawn(io, run(), asio::detached);
    io.run();
    EXPECT_EQ(sum, 14);
}

TEST(completion, moves_values_that_cannot_be_copied)
{
    asio::io_context io;
    std::unique_ptr<int> got;
    completion<void(std::error_code, std::unique_ptr<int>)> done(
        [&](std::error_code, std::unique_ptr<int> value) { got = std::move(value); }, io.get_executor());
    done.succeed(std::make_unique<int>(5));
    EXPECT_FALSE(done);
    io.run();
    EXPECT_EQ(*got, 5);
}

// Counts what is allocated with it.
template <class T>
struct counting_allocator {
    using value_type = T;
    int* live;
    explicit counting_allocator(int* l) : live(l) {}
    template <class U>
    counting_allocator(const counting_allocator<U>& other) : live(other.live)
    {}
    T* allocate(std::size_t n)
    {
        ++*live;
        return std::allocator<T>{}.allocate(n);
    }
    void deallocate(T* p, std::size_t n)
    {
        --*live;
        std::allocator<T>{}.deallocate(p, n);
    }
    friend bool operator==(const counting_allocator&, const counting_allocator&) = default;
};

struct allocating_handler {
    using allocator_type = counting_allocator<void>;
    int* live;
    int* live_during_call;
    allocator_type get_allocator() const { return allocator_type(live); }
    void operator()(std::error_code, int) { *live_during_call = *live; }
};

TEST(completion, allocates_with_the_handlers_allocator_and_frees_before_the_call)
{
    asio::io_context io;
    int live = 0;
    int live_during_call = -1;
    done_int done(allocating_handler{&live, &live_during_call}, io.get_executor());
    EXPECT_EQ(live, 1);
    done.succeed(1);
    io.run();
    EXPECT_EQ(live_during_call, 0);
    EXPECT_EQ(live, 0);
}

TEST(completion, destroys_its_handler_uncalled_when_the_context_goes_first)
{
    int live = 0;
    int live_during_call = -1;
    {
        asio::io_context io;
        done_int done(allocating_handler{&live, &live_during_call}, io.get_executor());
        done.succeed(1);
    }
    EXPECT_EQ(live, 0);
    EXPECT_EQ(live_during_call, -1);
}

} // namespace
} // namespace odradek
