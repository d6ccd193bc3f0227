// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/blocking.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <memory>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek {

/// Turns host names into addresses.
///
/// Shared by everything in one client through its environment; called on the client's strand.
class ODRADEK_EXPORT resolver {
public:
    virtual ~resolver() = default;

    /// Ends with every address of the host, in the order to try them, as endpoints whose host is numeric; never an empty
    /// list without an error. errc::host_not_found is for names that do not exist.
    /// `executor` is the strand that waits.
    virtual void resolve(const asio::any_io_executor& executor, endpoint name,
                         completion<void(std::error_code, std::vector<endpoint>)> done) = 0;

    /// resolve with any completion token; `out`, if given, receives the diagnostics of a failure.
    template <class Token>
    auto async_resolve(const asio::any_io_executor& executor, endpoint name, diagnostics* out, Token&& token)
    {
        return initiate<void(std::error_code, std::vector<endpoint>)>(
            executor, out, std::forward<Token>(token),
            [this, executor,
             name = std::move(name)](completion<void(std::error_code, std::vector<endpoint>)> done) mutable {
                resolve(executor, std::move(name), std::move(done));
            });
    }

    /// Ends with the canonical names of the host's addresses, in their order, each once: what a look-up of the address in reverse
    /// gives, or the numeric address where that gives nothing. Errors are resolve's. A resolver that cannot do it, which it need
    /// not, ends with the name itself.
    virtual void canonical_names(const asio::any_io_executor& executor, endpoint name,
                                 completion<void(std::error_code, std::vector<endpoint>)> done);

    /// canonical_names with any completion token; `out`, if given, receives the diagnostics of a failure.
    template <class Token>
    auto async_canonical_names(const asio::any_io_executor& executor, endpoint name, diagnostics* out, Token&& token)
    {
        return initiate<void(std::error_code, std::vector<endpoint>)>(
            executor, out, std::forward<Token>(token),
            [this, executor,
             name = std::move(name)](completion<void(std::error_code, std::vector<endpoint>)> done) mutable {
                canonical_names(executor, std::move(name), std::move(done));
            });
    }
};

/// The system's resolver, getaddrinfo, run on `where` since it blocks. Numeric hosts are answered without it. Who wants the same name at
/// the same time shares one look-up; at most three run at once, so that a name server that never answers leaves a thread of
/// make_lazy_blocking_thread() to other jobs, and further names wait for their turn. Cancelling ends a wait at once, whatever the thread
/// does; a look-up that nobody waits for any more before it begins is left out.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<resolver> make_system_resolver(std::shared_ptr<blocking_executor> where);

} // namespace odradek
