// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/codec_set.hpp>

#include <string>
#include <string_view>

namespace odradek::cli {

/// The codec of that name. An unknown name, and a codec that was not built in, are usage failures that say what there is.
compression check_codec(std::string_view name);

/// "odradek 0.1.0" and what was built in: a line each.
[[nodiscard]] std::string version_text();

} // namespace odradek::cli
