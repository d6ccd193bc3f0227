// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/openssl_use.hpp>
#include <odradek/auth/secret.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/net/tls_check.hpp>
#include <odradek/net/tls_context.hpp>
#include <odradek/net/tls_engine.hpp>
#include <odradek/net/tls_material.hpp>
#include <odradek/protocol/error.hpp>

#include <string_view>
#include <utility>

namespace odradek {
namespace {

using detail::tls_failure;
using detail::tls_material;

std::shared_ptr<SSL_CTX> make_empty(const SSL_METHOD* method)
{
    return {SSL_CTX_new(method), [](SSL_CTX* one) { SSL_CTX_free(one); }};
}

tls_identity identity_of(const tls& from)
{
    return {from.certificate_file, from.certificate_pem, from.key_file,
            from.key_pem,          from.pkcs12_file,     from.key_password};
}

tls_failure refused(std::string_view option)
{
    return {errc::invalid_option, "tls: " + std::string(option) + ": " + detail::take_openssl_reason()};
}

template <class Options>
refused_tls_list set_lists(SSL_CTX* into, const Options& from)
{
    const auto refuse = [](std::string_view option, const std::string& value) {
        return refused_tls_list{option, value, detail::take_openssl_reason()};
    };
    if (!from.ciphers.empty() && SSL_CTX_set_cipher_list(into, from.ciphers.c_str()) != 1)
        return refuse("ciphers", from.ciphers);
    if (!from.cipher_suites.empty() && SSL_CTX_set_ciphersuites(into, from.cipher_suites.c_str()) != 1)
        return refuse("cipher_suites", from.cipher_suites);
    if (!from.groups.empty() && SSL_CTX_set1_groups_list(into, from.groups.c_str()) != 1)
        return refuse("groups", from.groups);
    return {};
}

// What both sides have in common.
template <class Options>
tls_failure set_rules(SSL_CTX* into, const Options& from)
{
    ERR_clear_error();
    // Renegotiation is of no use to Kafka, and nothing here could wait for it in the middle of a write.
    SSL_CTX_set_options(into, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(into, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (SSL_CTX_set_min_proto_version(into, static_cast<int>(from.minimum_version)) != 1)
        return refused("minimum_version");
    if (from.maximum_version) {
        if (*from.maximum_version < from.minimum_version)
            return {errc::invalid_option, "tls: maximum_version is below minimum_version"};
        if (SSL_CTX_set_max_proto_version(into, static_cast<int>(*from.maximum_version)) != 1)
            return refused("maximum_version");
    }
    if (const auto wrong = set_lists(into, from))
        return {errc::invalid_option,
                "tls: " + std::string(wrong.option) + ": " + quoted_line(wrong.value) + ": " + wrong.reason};
    return {};
}

tls_failure fill(SSL_CTX* into, const tls& from)
{
    if (auto failure = set_rules(into, from)) return failure;
    tls_material material{into};
    const bool has_authorities = !from.ca_file.empty() || !from.ca_directory.empty() || !from.ca_pem.empty();
    if (!from.ca_file.empty())
        if (auto failure = material.trust_file(from.ca_file)) return failure;
    if (!from.ca_directory.empty())
        if (auto failure = material.trust_directory(from.ca_directory)) return failure;
    if (!from.ca_pem.empty())
        if (auto failure = material.trust_text("ca_pem", from.ca_pem)) return failure;
    if (from.verify && from.system_store.value_or(!has_authorities))
        if (auto failure = material.trust_system()) return failure;
    if (auto failure = material.show(identity_of(from))) return failure;
    SSL_CTX_set_session_cache_mode(into, SSL_SESS_CACHE_OFF);
    if (from.session_resumption) tls_engine::keep_sessions(into);
    return {};
}

tls_failure fill(SSL_CTX* into, const tls_server& from)
{
    if (auto failure = set_rules(into, from)) return failure;
    tls_material material{into};
    const tls_identity& identity = from.identity;
    if (identity.certificate_file.empty() && identity.certificate_pem.empty() && identity.pkcs12_file.empty())
        return {errc::tls_material_invalid, "a TLS server needs a certificate and its key"};
    if (auto failure = material.show(identity)) return failure;
    std::string authorities = from.client_ca_pem;
    std::string what = "client_ca_pem";
    if (!from.client_ca_file.empty()) {
        what = from.client_ca_file;
        if (auto failure = detail::read_file(what, authorities)) return failure;
    }
    if (!authorities.empty()) {
        if (auto failure = material.trust_text(what, authorities)) return failure;
        if (auto failure = material.ask_clients(what, authorities)) return failure;
    } else if (from.client_auth != client_authentication::none) {
        return {errc::tls_material_invalid, "client certificates cannot be verified without client_ca_file"};
    }
    // Without one OpenSSL refuses to resume sessions of clients that showed a certificate.
    static constexpr unsigned char context_name[] = "odradek";
    SSL_CTX_set_session_id_context(into, context_name, sizeof context_name - 1);
    SSL_CTX_set_dh_auto(into, 1);
    return {};
}

} // namespace

refused_tls_list check_tls_lists(const tls& options)
{
    if (options.ciphers.empty() && options.cipher_suites.empty() && options.groups.empty()) return {};
    ERR_clear_error();
    const std::shared_ptr<SSL_CTX> scratch = make_empty(TLS_client_method());
    return scratch ? set_lists(scratch.get(), options) : refused_tls_list{};
}

tls_context::tls_context(tls options) : client_(std::move(options))
{
    detail::openssl_use::expect();
}

tls_context::tls_context(tls_server options) : server_(std::move(options))
{
    detail::openssl_use::expect();
}

tls_context::~tls_context()
{
    // A job that read files may let go of it last, after everything else has ended.
    const detail::openssl_use here;
    if (here) return;
    detail::openssl_use::leave(std::move(current_.context));
    detail::openssl_use::leave(std::move(current_.sessions));
}

// Looks at every file that the options name, and at those of a folder.
std::vector<detail::file_stamp> tls_context::look() const
{
    std::vector<std::string> all;
    if (client_ && !client_->context)
        all = {client_->ca_file, client_->certificate_file, client_->key_file, client_->pkcs12_file,
               client_->ca_directory};
    if (server_)
        all = {server_->client_ca_file, server_->identity.certificate_file, server_->identity.key_file,
               server_->identity.pkcs12_file};
    if (client_ && !client_->context && !client_->ca_directory.empty()) {
        std::error_code ignored; // whoever reads them says what is wrong
        const auto in_folder = detail::files_in(client_->ca_directory, ignored);
        all.insert(all.end(), in_folder.begin(), in_folder.end());
    }
    std::vector<detail::file_stamp> stamps;
    for (const std::string& path : all)
        if (!path.empty()) stamps.push_back(detail::stamp_of(path));
    return stamps;
}

bool tls_context::is_due(steady_time now) const
{
    const std::lock_guard lock{mutex_};
    return !current_.context || (!stamps_.empty() && now - looked_ >= look_again_after);
}

tls_context::outcome tls_context::refresh(steady_time now)
{
    const detail::openssl_use here;
    if (!here) return {std::make_error_code(std::errc::operation_canceled), diagnostics("the program is ending"), {}};
    const std::lock_guard one_at_a_time{refreshing_};
    if (!is_due(now)) return {};
    // Looked at before they are read: what changes in between is seen the next time.
    std::vector<detail::file_stamp> stamps = look();
    {
        const std::lock_guard lock{mutex_};
        looked_ = now;
        if (current_.context && stamps == stamps_) return {};
        stamps_ = std::move(stamps);
    }
    std::shared_ptr<SSL_CTX> made = client_ ? client_->context : nullptr;
    std::shared_ptr<tls_sessions> sessions;
    tls_failure failure;
    if (!made) {
        made = make_empty(client_ ? TLS_client_method() : TLS_server_method());
        if (!made)
            failure = {errc::out_of_memory, "OpenSSL gives no SSL_CTX"};
        else
            failure = client_ ? fill(made.get(), *client_) : fill(made.get(), *server_);
        if (client_ && client_->session_resumption) sessions = std::make_shared<tls_sessions>();
    }
    const std::lock_guard lock{mutex_};
    if (!failure) {
        current_ = {std::move(made), std::move(sessions)};
        return {};
    }
    if (current_.context)
        return {{},
                {},
                "the TLS files have changed but cannot be used, the old ones stay in force: " +
                    describe(failure.ec, failure.about)};
    return {failure.ec, std::move(failure.about), {}};
}

tls_context::in_force tls_context::current() const
{
    const std::lock_guard lock{mutex_};
    return current_;
}

} // namespace odradek
