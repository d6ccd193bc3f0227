// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/archive.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/nullable.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <string_view>

namespace odradek {

/// What every generated message stands on. A message is a plain aggregate of numbers and views: it owns nothing, needs
/// no destructor and is copied freely; see list, nullable and decode() for what its views point to.
enum class message_kind : std::uint8_t {
    request,           ///< From a client.
    response,          ///< The answer to a request.
    header,            ///< Before a request or a response.
    data,              ///< Inside a field or a record.
    coordinator_key,   ///< Key of a coordinator's record.
    coordinator_value, ///< Value of a coordinator's record.
};

namespace detail {

/// What nullable structs refer to whose default is not null.
template <class T>
inline const T default_value{};

} // namespace detail

} // namespace odradek
