// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/blocking.hpp>

#include <asio/any_io_executor.hpp>

#include <functional>
#include <system_error>
#include <utility>

namespace odradek {

/// Runs a job that has no result of its own on `where`, then calls `done` on `strand`: with operation_aborted if it never ran.
template <class Handler>
void run_job(blocking_executor& where, const asio::any_io_executor& strand, std::function<void()> job, Handler done)
{
    struct nothing {};
    run_blocking<nothing>(
        where, strand,
        [job = std::move(job)] {
            job();
            return blocking_outcome<nothing>{};
        },
        {[done = std::move(done)](std::error_code ec, nothing) mutable { done(ec); }, strand, nullptr});
}

} // namespace odradek
