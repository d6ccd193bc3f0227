// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tls_options.hpp>
#include <odradek/protocol/export.hpp>

#include <string>
#include <string_view>

namespace odradek {

/// A list among the options of TLS in which OpenSSL finds nothing that it knows. A plain value.
struct refused_tls_list {
    std::string_view option{}; ///< "ciphers", "cipher_suites" or "groups"; empty if all can be.
    std::string value{};       ///< The list.
    std::string reason{};      ///< OpenSSL's.

    [[nodiscard]] explicit operator bool() const noexcept { return !option.empty(); }
};

/// The first such list, before anything is connected. It takes what OpenSSL takes: of a list of ciphers one has to be known. In a build
/// without OpenSSL nothing is found, since each connection then says that TLS is not there.
[[nodiscard]] ODRADEK_EXPORT refused_tls_list check_tls_lists(const tls& options);

} // namespace odradek
