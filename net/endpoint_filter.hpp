// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/endpoint.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace odradek {

/// Which brokers a client connects to, of those that the cluster's metadata names: whoever answers as a broker can name any host.
///
/// A value inside client_options: nothing, or a function `(const endpoint&, std::int32_t node_id)` that gives a bool, false refusing, or
/// a string, which is the reason for refusing if it is not empty. It is asked before each connection, runs on the client's strand and
/// must not block. Bootstrap servers are the user's own and not asked about.
class ODRADEK_EXPORT endpoint_filter {
    template <class Function>
    using result = std::invoke_result_t<Function&, const endpoint&, std::int32_t>;

public:
    /// What is kept: gives the reason for refusing, or an empty string.
    using function = std::function<std::string(const endpoint& where, std::int32_t node_id)>;

    endpoint_filter() = default;
    /// A function that says yes or no.
    template <class Function>
        requires(!std::same_as<Function, endpoint_filter> && std::same_as<result<Function>, bool>)
    endpoint_filter(Function allows)
        : refuse_([allows = std::move(allows)](const endpoint& where, std::int32_t node_id) mutable {
              return std::string{allows(where, node_id) ? "" : "it is not among those that are allowed"};
          })
    {}
    /// A function that gives a reason for refusing, or an empty string.
    template <class Function>
        requires(!std::same_as<Function, endpoint_filter> && !std::same_as<result<Function>, bool> &&
                 std::convertible_to<result<Function>, std::string>)
    endpoint_filter(Function refuse) : refuse_(std::move(refuse))
    {}

    /// Whether nothing was given.
    [[nodiscard]] bool empty() const noexcept { return !refuse_; }
    /// Why this one is refused; empty if it is not. Throws what the function throws.
    [[nodiscard]] std::string operator()(const endpoint& where, std::int32_t node_id) const
    {
        return refuse_ ? refuse_(where, node_id) : std::string{};
    }

private:
    function refuse_;
};

/// Connects through `inner` to those that the filter allows.
///
/// Failures, besides those of `inner`: errc::endpoint_refused with the filter's reason, errc::callback_failed with words when the
/// function throws.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<socket_factory>
make_filtered_factory(std::shared_ptr<socket_factory> inner, endpoint_filter filter);

} // namespace odradek
