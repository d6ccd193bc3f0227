// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

struct ssl_ctx_st; // OpenSSL's SSL_CTX: no header of ours includes OpenSSL

namespace odradek {

/// The versions of TLS that are spoken.
enum class tls_version : std::uint16_t {
    v1_2 = 0x0303, ///< RFC 5246.
    v1_3 = 0x0304, ///< RFC 8446.
};

/// A password, or a function that gives it: called on the thread that may block (net/blocking.hpp), each time that the key is
/// read. What it returns is wiped after use. It must not throw.
using tls_password = std::variant<secret, std::function<std::string()>>;

/// What a side of TLS shows of itself. Files are read again when they change; live connections stay as they are.
struct tls_identity {
    std::string certificate_file{}; ///< PEM: the certificate, then those between it and the authority.
    secret certificate_pem{};       ///< The same as a text in memory.
    std::string key_file{};         ///< PEM: the private key; without one it is looked for behind the certificate.
    secret key_pem{};               ///< The same as a text in memory.
    std::string pkcs12_file{};      ///< Certificate, key and chain in one file, instead of all of these.
    tls_password key_password{};    ///< Of the key or the PKCS#12 file.
};

/// TLS towards the brokers, as `client_options::security` and make_tls_factory() take it.
///
/// A plain value, copied into the client. Nothing is read or checked before the first connection, which reports what is wrong:
/// errc::file_not_readable or errc::tls_material_invalid, and the diagnostics name file and step; errc::invalid_option for a
/// list that OpenSSL does not know; errc::not_built_in in a build without OpenSSL (ODRADEK_WITH_OPENSSL).
struct tls {
    std::string ca_file{};              ///< Authorities to trust, PEM (or one in DER).
    std::string ca_directory{};         ///< A folder of such files, all of which are read; names do not matter.
    std::string ca_pem{};               ///< Authorities as a text in memory.
    std::optional<bool> system_store{}; ///< Trust the system's authorities; by default when no others are given.

    std::string certificate_file{}; ///< The client's certificate: see tls_identity.
    secret certificate_pem{};       ///< The same as a text in memory.
    std::string key_file{};         ///< The client's private key: see tls_identity.
    secret key_pem{};               ///< The same as a text in memory.
    std::string pkcs12_file{};      ///< Certificate, key and chain in one file.
    tls_password key_password{};    ///< Of the key or the PKCS#12 file.

    bool verify = true; ///< The broker's certificate must come from a trusted authority. Off: anybody can listen in.
    /// It must be for the broker's name or address, as the cluster names it: one of its alternative names, or its common name if it has
    /// none of those, as Java's client and librdkafka have it (RFC 6125).
    bool verify_host = true;
    std::string server_name{}; ///< The name to ask for and to verify, instead of the broker's.

    tls_version minimum_version = tls_version::v1_2;
    std::optional<tls_version> maximum_version{}; ///< The newest that OpenSSL knows, by default.
    std::string ciphers{};                        ///< Of TLS 1.2, in OpenSSL's notation; its default when empty.
    std::string cipher_suites{};                  ///< Of TLS 1.3, by their names, with colons between.
    std::string groups{};                         ///< For the key exchange ("X25519:P-256").
    bool session_resumption = true; ///< Connections after the first one to a broker save the asymmetric cryptography.

    /// An SSL_CTX of the user's own, for whatever is not here. Of the options above then only verify, verify_host and
    /// server_name count. It is shared, and not changed.
    std::shared_ptr<ssl_ctx_st> context{};
};

/// Whether a server wants its clients to show certificates.
enum class client_authentication : std::uint8_t {
    none,      ///< Not asked for.
    requested, ///< Asked for; a client may have none, but a wrong one is refused.
    required,  ///< A client without one is refused.
};

/// TLS on the server's side: the embedded broker's listeners, and tests.
struct tls_server {
    tls_identity identity{};      ///< Certificate and key, which a server must have.
    std::string client_ca_file{}; ///< Authorities of client certificates, PEM.
    std::string client_ca_pem{};  ///< The same as a text in memory.
    client_authentication client_auth = client_authentication::none;

    tls_version minimum_version = tls_version::v1_2;
    std::optional<tls_version> maximum_version{};
    std::string ciphers{};       ///< Of TLS 1.2.
    std::string cipher_suites{}; ///< Of TLS 1.3.
    std::string groups{};
};

} // namespace odradek
