// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/error.hpp>

namespace odradek {

error::error(std::error_code code, class diagnostics about)
    : std::system_error(code), known_(std::make_shared<const knowledge>(knowledge{about, describe(code, about)}))
{}

} // namespace odradek
