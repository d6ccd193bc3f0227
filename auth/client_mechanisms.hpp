// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/sasl_options.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace odradek {

/// What a mechanism may need besides its options: given by the connection that authenticates.
struct mechanism_context {
    random_bytes random; ///< For nonces; called while the mechanism is made. Needed by SCRAM.
    std::shared_ptr<scram_key_cache>
        keys{};             ///< Shared by the connections of a client; without it each one derives anew.
    std::string host{};     ///< The broker's name, as it was asked for.
    std::uint16_t port = 0; ///< The broker's port.
};

/// The client's side of the mechanism that the options choose, for one conversation. Never null: what check() finds, and
/// whatever a user's own function does wrong, is what the first next() fails with. A user's own mechanism has the name that the
/// options say.
[[nodiscard]] ODRADEK_EXPORT std::unique_ptr<client_mechanism> make_client_mechanism(const sasl_options& options,
                                                                                     const mechanism_context& context);

} // namespace odradek
