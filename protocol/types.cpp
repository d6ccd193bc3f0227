// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/types.hpp>

#include <cstring>

namespace odradek {

std::string uuid::to_base64url() const
{
    return to_base64({bytes.data(), bytes.size()}, base64_alphabet::url);
}

std::optional<uuid> uuid::from_base64url(std::string_view text) noexcept
{
    std::array<std::byte, 16> decoded{};
    if (text.size() != 22 || !from_base64(text, base64_alphabet::url, decoded.data())) return std::nullopt;
    uuid result;
    std::memcpy(result.bytes.data(), decoded.data(), decoded.size());
    return result;
}

} // namespace odradek
