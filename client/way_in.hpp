// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/sasl_options.hpp>
#include <odradek/client/client_options.hpp>
#include <odradek/net/environment.hpp>
#include <odradek/net/transport.hpp>

#include <memory>
#include <string>
#include <system_error>

namespace odradek::detail {

/// What a client's connections are made with: the world's sockets, and over them what the options ask for.
[[nodiscard]] std::shared_ptr<socket_factory> make_way_in(const environment& world, const client_options& options);

/// Why one cannot authenticate so over connections that are secured so: no error if one can.
struct refused_credentials {
    std::error_code ec{};
    std::string words{}; ///< Names the option; holds no secret.
};
[[nodiscard]] refused_credentials check_credentials(const security_options& security, const sasl_options& sasl);

} // namespace odradek::detail
