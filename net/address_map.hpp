// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/endpoint.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <concepts>
#include <functional>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace odradek {

/// Where brokers are really reached, if not where they are said to be: behind a forwarded port, a tunnel or a side-car.
///
/// A value inside client_options: nothing, a table, or a function. Constructors never fail; what is wrong is reported when it is met.
class ODRADEK_EXPORT address_map {
public:
    /// A line of the table: whoever is to be reached at `from` is connected to at `to`. Hosts are compared without regard to case. With
    /// port 0 in `from` every port is meant, with port 0 in `to` the port stays.
    struct line {
        endpoint from{};
        endpoint to{};
    };
    /// A function from the address that is named to the one that is connected to; also the same one. It runs on the client's strand
    /// and must not block.
    using function = std::function<endpoint(const endpoint&)>;

    address_map() = default;
    /// The first line that fits decides; what none fits stays.
    address_map(std::initializer_list<line> table) : address_map(std::vector<line>(table)) {}
    /// The first line that fits decides; what none fits stays.
    address_map(std::vector<line> table);
    /// A function.
    template <class Function>
        requires(!std::same_as<Function, address_map> && std::is_invocable_r_v<endpoint, Function&, const endpoint&>)
    address_map(Function map) : map_(std::move(map))
    {}

    /// Whether nothing was given.
    [[nodiscard]] bool empty() const noexcept { return !map_; }
    /// Where to connect to. Throws what the function throws.
    [[nodiscard]] endpoint operator()(const endpoint& named) const { return map_ ? map_(named) : named; }

private:
    function map_;
};

/// Connects, through `inner`, to where the map says. Everything above, such as TLS and its check of the certificate's name, sees the
/// address that was named. describe() shows both, and so do the diagnostics of a failure. For link-local addresses (see tcp_options) what
/// the map says counts as named by the cluster, where what it maps does.
///
/// Failures, besides those of `inner`: errc::callback_failed with words when the function throws, errc::invalid_option when the map
/// gives an address without a host or a port.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<socket_factory> make_mapped_factory(std::shared_ptr<socket_factory> inner,
                                                                                 address_map map);

} // namespace odradek
