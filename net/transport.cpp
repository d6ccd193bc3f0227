// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/transport.hpp>

namespace odradek {

std::string_view name(connection_role role) noexcept
{
    switch (role) {
    case connection_role::general: return "general";
    case connection_role::produce: return "produce";
    case connection_role::fetch: return "fetch";
    }
    return "unknown";
}

} // namespace odradek
