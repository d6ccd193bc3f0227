// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/types.hpp>
#include <odradek/protocol/visitor.hpp>

#include <set>

namespace odradek::detail {

/// Every error code that an answer carries anywhere, without `none`: many APIs say of each group or partition by itself that another
/// broker is to be asked. A function without state; `message` is only looked at.
[[nodiscard]] ODRADEK_EXPORT std::set<broker_errc> errors_in(const erased_type& type, const void* message,
                                                             api_version version);

} // namespace odradek::detail
