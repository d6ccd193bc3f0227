// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/error.hpp>

namespace odradek {

error::error(std::error_code code, class diagnostics about)
    : std::system_error(code, about.to_string()), about_(std::make_shared<const class diagnostics>(std::move(about)))
{}

} // namespace odradek
