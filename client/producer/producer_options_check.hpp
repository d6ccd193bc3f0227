// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/producer_options.hpp>

#include <string>

namespace odradek::detail {

/// What is wrong with the options of a producer: the first option that cannot be, with its value, in words; empty if nothing is.
///
/// A free function without state; any thread.
[[nodiscard]] std::string wrong_option(const producer_options& options);

} // namespace odradek::detail
