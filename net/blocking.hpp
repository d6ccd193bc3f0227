// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/completion.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/error.hpp>
#include <asio/execution/context.hpp>
#include <asio/execution_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

namespace odradek {

/// Where system code runs that can only block: name lookup, Kerberos, long key derivations, files.
///
/// Shared by everything in one client through its environment; usable from any thread. Jobs see plain data only: what they
/// find comes back to the strand through async_run_blocking().
class ODRADEK_EXPORT blocking_executor {
public:
    virtual ~blocking_executor() = default;

    /// Runs `job` some time later, on a thread that may block, never inside this call.
    virtual void execute(std::function<void()> job) = 0;
};

/// Runs jobs on an executor of the user's, for instance that of an asio::thread_pool. It has to outlive the client.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<blocking_executor> make_blocking_executor(asio::any_io_executor users);

/// Threads of one make_lazy_blocking_thread() at the most.
inline constexpr std::size_t max_blocking_threads = 4;

/// Runs jobs on threads that are started when a job finds none that is free, at most max_blocking_threads of them: the only threads
/// that this library ever starts, none before the first job. More than one, since a name server that never answers must not hold up
/// whoever wants something else. A thread ends when it had nothing to do for ten seconds, and after its last job once this object is
/// gone; it is detached, so nothing ever waits for it. Jobs begin in the order in which they came. If the system has no thread to give, a
/// job is destroyed unrun.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<blocking_executor> make_lazy_blocking_thread();

namespace detail {

/// A job's way back, which a job thread and the end of an execution context both want: whoever comes first takes it.
class ODRADEK_EXPORT blocking_return {
public:
    virtual ~blocking_return() = default;
    /// The job was destroyed without having run: end with operation_aborted.
    virtual void abandon() = 0;
};

/// Keeps `waiting` until take_blocking_return() or until the context is shut down, which destroys it on its own thread: a
/// job that ends later finds nothing and so never touches a context that is gone. Destroying the ticket abandons it.
ODRADEK_EXPORT std::shared_ptr<void> keep_blocking_return(asio::execution_context& context,
                                                          std::unique_ptr<blocking_return> waiting);

/// Calls `use` with what was kept under `ticket`, if it is still there, while the context is held alive.
ODRADEK_EXPORT void take_blocking_return(const std::shared_ptr<void>& ticket,
                                         const std::function<void(blocking_return&)>& use);

template <class Result>
struct typed_blocking_return final : blocking_return {
    explicit typed_blocking_return(completion<void(std::error_code, Result)> d) : done(std::move(d)) {}
    void abandon() override { done.fail(asio::error::operation_aborted); }
    completion<void(std::error_code, Result)> done;
};

} // namespace detail

/// What a blocking job found: an error with words, or a result.
template <class Result>
struct blocking_outcome {
    std::error_code ec{};
    Result result{};
    diagnostics about{};
};

/// Runs `job`, which returns a blocking_outcome<Result>, on `where`, then ends `done` with what it found. `executor` is the
/// strand that waits; its execution context may be destroyed while the job still runs. Cancelling ends `done` at once with
/// operation_aborted; the job goes on, and what it finds goes nowhere.
template <class Result>
void run_blocking(blocking_executor& where, const asio::any_io_executor& executor,
                  std::function<blocking_outcome<Result>()> job, completion<void(std::error_code, Result)> done)
{
    using waiting = detail::typed_blocking_return<Result>;
    // Its cancellation can only be asked about before the completion is put where it waits.
    const auto cancellable = std::make_shared<std::weak_ptr<void>>();
    done.on_cancel([cancellable] {
        if (const auto kept = cancellable->lock())
            detail::take_blocking_return(kept, [](detail::blocking_return& waits) { waits.abandon(); });
    });
    auto ticket = detail::keep_blocking_return(asio::query(executor, asio::execution::context),
                                               std::make_unique<waiting>(std::move(done)));
    *cancellable = ticket;
    where.execute([ticket = std::move(ticket), job = std::move(job)] {
        auto found = std::make_shared<blocking_outcome<Result>>(job());
        detail::take_blocking_return(ticket, [&found](detail::blocking_return& kept) {
            auto& ending = static_cast<waiting&>(kept).done;
            if (found->ec)
                ending.fail(found->ec, std::move(found->about));
            else
                ending.succeed(std::move(found->result));
        });
    });
}

} // namespace odradek
