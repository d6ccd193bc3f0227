// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <asio/experimental/as_tuple.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace odradek::detail {

/// The token of our own coroutines: errors come as values, nothing throws.
inline constexpr asio::experimental::as_tuple_t<asio::use_awaitable_t<>> use_tuple{asio::use_awaitable};

} // namespace odradek::detail
