// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace odradek::cli {

/// Words of the library for whoever has a command line and no C++: options that they name by their members, as
/// "producer_options::memory", are named as the properties that set them, as "buffer.memory", with `before` before each.
///
/// A free function without state; any thread. What no property sets stays as it is.
[[nodiscard]] std::string property_words(std::string text, std::string_view before = "-X ");

} // namespace odradek::cli
