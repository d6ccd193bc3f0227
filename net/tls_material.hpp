// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tls_openssl.hpp>
#include <odradek/net/tls_options.hpp>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::detail {

/// A file or folder, as it was when it was looked at: another size or time means that it has changed.
struct file_stamp {
    std::string path;
    std::int64_t modified = 0; ///< In the file system's own ticks; 0 when it cannot be seen.
    std::uint64_t size = 0;

    friend bool operator==(const file_stamp&, const file_stamp&) = default;
};

/// Looks at a file now.
[[nodiscard]] file_stamp stamp_of(const std::string& path);

/// The regular files in a folder, in the order of their names; none, with `ec`, if it cannot be read.
[[nodiscard]] std::vector<std::string> files_in(const std::string& folder, std::error_code& ec);

/// Puts certificates, keys and authorities into an SSL_CTX, one step a function. What fails has words that name the file and
/// the step, with OpenSSL's reason. Private to tls_context; reads files, so it belongs on a thread that may block.
class tls_material {
public:
    explicit tls_material(SSL_CTX* into) noexcept : into_(into) {}

    [[nodiscard]] tls_failure trust_file(const std::string& path);
    [[nodiscard]] tls_failure trust_directory(const std::string& path);
    [[nodiscard]] tls_failure trust_directories(std::string_view folders);
    /// `what` names the source in errors.
    [[nodiscard]] tls_failure trust_text(const std::string& what, std::string_view text);
    /// The system's authorities: SSL_CERT_FILE and SSL_CERT_DIR, OpenSSL's own places, then those of the usual distributions.
    [[nodiscard]] tls_failure trust_system();
    /// Certificate, key and chain. Nothing, when the identity is empty.
    [[nodiscard]] tls_failure show(const tls_identity& identity);
    /// For a server: names the trusted authorities to clients.
    [[nodiscard]] tls_failure ask_clients(const std::string& what, std::string_view text);

private:
    [[nodiscard]] tls_failure use_certificates(const std::string& what, std::string_view text);
    [[nodiscard]] tls_failure use_key(const std::string& what, std::string_view text, const tls_password& password);
    [[nodiscard]] tls_failure use_pkcs12(const tls_identity& identity);

    SSL_CTX* into_;
};

/// The whole file, at most 16 MiB of it.
[[nodiscard]] tls_failure read_file(const std::string& path, std::string& into);

} // namespace odradek::detail
