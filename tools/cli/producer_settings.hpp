// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/producer_options.hpp>
#include <odradek/client/properties.hpp>
#include <odradek/tools/cli/arguments.hpp>

namespace odradek::cli {

/// The options of a producer from the properties and from the flags, which win. Each flag stands for a property, so that both are
/// checked alike; what is wrong with one, or what Java's client would not make a producer with, is a usage failure that names it.
/// A free function, callable from any thread; what it returns is the caller's.
[[nodiscard]] producer_options producer_options_of(properties settings, const producer_arguments& flags);

} // namespace odradek::cli
