// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>
#include <odradek/net/tcp_socket.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <limits>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace odradek {
namespace {

using asio::ip::tcp;

[[maybe_unused]] void set(tcp::socket& socket, int level, int name, std::int64_t value)
{
    const int number = static_cast<int>(std::clamp<std::int64_t>(value, 0, std::numeric_limits<int>::max()));
    (void)::setsockopt(socket.native_handle(), level, name, &number, sizeof(number));
}

void set_keep_alive(tcp::socket& socket, const tcp_options& options)
{
    std::error_code ignored;
    socket.set_option(tcp::socket::keep_alive(options.keep_alive), ignored);
    if (!options.keep_alive) return;
#ifdef TCP_KEEPIDLE
    if (options.keep_alive_idle.count() > 0) set(socket, IPPROTO_TCP, TCP_KEEPIDLE, options.keep_alive_idle.count());
#endif
#ifdef TCP_KEEPINTVL
    if (options.keep_alive_interval.count() > 0)
        set(socket, IPPROTO_TCP, TCP_KEEPINTVL, options.keep_alive_interval.count());
#endif
#ifdef TCP_KEEPCNT
    if (options.keep_alive_count > 0) set(socket, IPPROTO_TCP, TCP_KEEPCNT, options.keep_alive_count);
#endif
}

void set_options(tcp::socket& socket, const tcp_options& options)
{
    std::error_code ignored;
    socket.set_option(tcp::no_delay(options.no_delay), ignored);
    set_keep_alive(socket, options);
    if (options.send_buffer > 0) socket.set_option(tcp::socket::send_buffer_size(options.send_buffer), ignored);
    if (options.receive_buffer > 0)
        socket.set_option(tcp::socket::receive_buffer_size(options.receive_buffer), ignored);
#ifdef TCP_USER_TIMEOUT
    if (options.tcp_user_timeout.count() > 0)
        set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, options.tcp_user_timeout.count());
#endif
}

open_failure bind(tcp::socket& socket, const tcp::endpoint& target, const std::string& address)
{
    using kind = open_failure::kind;
    std::error_code ec;
    const auto local = asio::ip::make_address(address, ec);
    if (ec)
        return {kind::options, errc::invalid_option, "bind_address " + quoted_line(address) + " is no numeric address"};
    if (local.is_v4() != target.address().is_v4())
        return {kind::mismatch, errc::no_address, "not of the family of bind_address " + address};
#ifdef IP_BIND_ADDRESS_NO_PORT
    // The port is chosen when the peer is known, so that one port serves connections to many peers.
    set(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
#endif
    if (socket.bind(tcp::endpoint(local, 0), ec))
        return {kind::options, ec, "cannot bind to bind_address " + address + ": " + ec.message()};
    return {};
}

} // namespace

open_failure open_socket(tcp::socket& socket, const tcp::endpoint& target, const tcp_options& options)
{
    std::error_code ec;
    if (socket.open(target.protocol(), ec)) return {open_failure::kind::address, ec, ec.message()};
    set_options(socket, options);
    return options.bind_address.empty() ? open_failure{} : bind(socket, target, options.bind_address);
}

} // namespace odradek
