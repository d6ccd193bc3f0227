// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_scope.hpp>

#include <asio/ip/address.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <system_error>

namespace odradek {
namespace {

bool is_link_local(const asio::ip::address_v4& address) noexcept
{
    return address.to_uint() >> 16U == 0xa9fe;
}

bool is_link_local(const asio::ip::address_v6& address) noexcept
{
    if (address.is_link_local()) return true;
    const auto bytes = address.to_bytes();
    if (bytes[0] == 0xfd && bytes[1] == 0x00 && bytes[2] == 0x0e && bytes[3] == 0xc2) return true;
    if (!address.is_v4_mapped()) return false;
    return is_link_local(asio::ip::address_v4({bytes[12], bytes[13], bytes[14], bytes[15]}));
}

} // namespace

bool is_numeric_address(std::string_view text) noexcept
{
    std::error_code ec;
    (void)asio::ip::make_address(std::string(text), ec);
    return !ec;
}

bool is_link_local(std::string_view numeric) noexcept
{
    std::error_code ec;
    const std::string text(numeric);
    const auto address = asio::ip::make_address(text, ec);
    if (ec) {
        // Old notations, as 2852039166 or 0xa9fe.43518, which resolvers read all the same.
        in_addr old{};
        return ::inet_aton(text.c_str(), &old) == 1 && is_link_local(asio::ip::address_v4(ntohl(old.s_addr)));
    }
    return address.is_v4() ? is_link_local(address.to_v4()) : is_link_local(address.to_v6());
}

} // namespace odradek
