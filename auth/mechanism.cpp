// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/mechanism.hpp>
#include <odradek/protocol/base64.hpp>

#include <array>

namespace odradek {

std::string make_nonce(const random_bytes& random)
{
    std::array<std::byte, 24> bytes{};
    random(bytes);
    return to_base64(bytes_view{std::span<const std::byte>{bytes}});
}

} // namespace odradek
