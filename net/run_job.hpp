// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/blocking.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>

#include <functional>
#include <system_error>
#include <utility>

namespace odradek {

/// Runs a job that has no result of its own on `where`, then calls `done` on `strand`; `stop` ends the wait, and the
/// job goes on for nobody. One that was stopped, or never ran because no thread was to be had, ends with
/// resource_unavailable_try_again.
template <class Handler>
void run_job(blocking_executor& where, const asio::any_io_executor& strand, std::function<void()> job,
             asio::cancellation_slot stop, Handler done)
{
    struct nothing {};
    auto ended = [done = std::move(done)](std::error_code ec, nothing) mutable {
        if (ec == asio::error::operation_aborted) ec = std::make_error_code(std::errc::resource_unavailable_try_again);
        done(ec);
    };
    run_blocking<nothing>(where, strand,
                          [job = std::move(job)] {
                              job();
                              return blocking_outcome<nothing>{};
                          },
                          {asio::bind_cancellation_slot(stop, std::move(ended)), strand, nullptr});
}

} // namespace odradek
