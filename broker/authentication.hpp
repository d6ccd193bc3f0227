// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/auth/secret.hpp>
#include <odradek/protocol/export.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::broker {

/// One way in to every broker, as the core knows it: by its number, of which 0 is the main one. A plain value.
struct listener_settings {
    std::string name{"PLAINTEXT"}; ///< As Kafka's listener names; for people and for cluster::bootstrap().
    /// PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512, in the order in which clients are told them; none: nobody has to say who they are.
    std::vector<std::string> mechanisms{};
};

/// How clients authenticate on the listeners that want it. A plain value; the defaults are Kafka's.
struct authentication_options {
    std::map<std::string, secret, std::less<>> users{}; ///< Passwords by user name, for every mechanism.
    int scram_iterations = 4'096;                       ///< From 4096 to 1,000,000.
    std::chrono::milliseconds session_lifetime{0};      ///< connections.max.reauth.ms (KIP-368); 0: for ever.
    std::chrono::milliseconds failure_delay{100};       ///< connection.failed.authentication.delay.ms (KIP-306)
    std::size_t largest_request = 524'288;              ///< sasl.server.max.receive.size: before authentication.
};

/// Whether the embedded broker has a SASL mechanism of this name.
[[nodiscard]] ODRADEK_EXPORT bool is_known_mechanism(std::string_view name) noexcept;

/// Those who may authenticate, and the server's side of the mechanisms by which they do.
///
/// Owned by the core, used on its thread. Salts and nonces come from a seed, so a run repeats itself. What SCRAM keeps of a password is
/// derived when a client first names its user, and once: a few milliseconds for each user and digest, however often somebody asks.
class ODRADEK_EXPORT user_store {
public:
    user_store(authentication_options how, std::uint64_t seed);
    user_store(const user_store&) = delete;
    user_store& operator=(const user_store&) = delete;
    ~user_store();

    [[nodiscard]] const authentication_options& how() const noexcept { return options_; }

    /// The server's side of one conversation; null if the mechanism is not known. It refers to this store.
    [[nodiscard]] std::unique_ptr<server_mechanism> begin(std::string_view mechanism);

private:
    struct scram_user {
        std::vector<std::byte> salt;
        scram_credentials derived; // without keys until it is first asked for
    };

    [[nodiscard]] std::vector<std::byte> draw(std::size_t count);
    [[nodiscard]] const scram_credentials* find(scram_hash hash, std::string_view user);

    authentication_options options_;
    std::uint64_t drawn_;
    std::array<std::map<std::string, scram_user, std::less<>>, 2> scram_; // by digest
};

} // namespace odradek::broker
