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
};

/// The system's resolver, getaddrinfo, run on `where` since it blocks. Numeric hosts are answered without it.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<resolver> make_system_resolver(std::shared_ptr<blocking_executor> where);

} // namespace odradek
