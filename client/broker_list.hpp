// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/completion.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/awaitable.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace odradek {

/// What a function that finds brokers is told.
struct discovery {
    std::uint32_t round = 1; ///< 1 at first; higher when the client begins again because no known broker is left.
};

/// Where a client finds its first brokers: a list of addresses, or a function that finds them.
///
/// A value inside client_options. Addresses are kept as they were written and checked when the client is made: a constructor
/// never fails, the first operation reports. A protocol may stand before one ("SASL_SSL://host:port"): it has to be what
/// client_options::security and client_options::sasl say, which choose. A function is called on the client's executor, without a lock, each time that
/// the client has to begin anew, one call at a time.
class ODRADEK_EXPORT broker_list {
public:
    /// A function that finds brokers.
    using function = std::function<asio::awaitable<std::vector<endpoint>>(discovery)>;

    broker_list() = default;

    /// Addresses, "host:port" or "host".
    broker_list(std::initializer_list<std::string_view> addresses) : addresses_(addresses.begin(), addresses.end()) {}
    /// Addresses, "host:port" or "host".
    broker_list(const std::vector<std::string>& addresses) : addresses_(addresses) {}
    /// Addresses.
    broker_list(const std::vector<endpoint>& addresses)
    {
        for (const endpoint& address : addresses) addresses_.push_back(to_string(address));
    }
    /// A coroutine that finds addresses: `asio::awaitable<std::vector<endpoint>>(discovery)`. Run on a strand of the client's executor,
    /// and cancelled when the client is closed meanwhile.
    template <class Function>
        requires std::is_invocable_r_v<asio::awaitable<std::vector<endpoint>>, Function&, discovery>
    broker_list(Function find) : find_(std::move(find))
    {}

    /// Whether nothing was given.
    [[nodiscard]] bool empty() const noexcept { return addresses_.empty() && !find_; }
    /// The addresses as they were written.
    [[nodiscard]] const std::vector<std::string>& addresses() const noexcept { return addresses_; }
    /// The function, if one was given.
    [[nodiscard]] const function& find() const noexcept { return find_; }

private:
    std::vector<std::string> addresses_;
    function find_;
};

} // namespace odradek
