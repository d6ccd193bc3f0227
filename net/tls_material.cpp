// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/secret.hpp>
#include <odradek/net/tls_material.hpp>
#include <odradek/protocol/error.hpp>

#include <openssl/pem.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

namespace odradek::detail {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t largest_file = std::size_t{16} << 20;

// Where distributions keep their bundle, for an OpenSSL that was built to look elsewhere (static builds, R36).
constexpr const char* usual_bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/ssl/cert.pem",
};

tls_failure invalid(const std::string& what, std::string_view step)
{
    return {errc::tls_material_invalid, what + ": " + std::string(step) + ": " + take_openssl_reason()};
}

bio_ptr reader_of(std::string_view text)
{
    return bio_ptr{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

// Every certificate of a text: PEM, or one in DER. An empty list if it holds none; a failure if one is broken.
tls_failure parse_certificates(const std::string& what, std::string_view text, std::vector<x509_ptr>& into)
{
    ERR_clear_error();
    const bio_ptr in = reader_of(text);
    if (!in) return {errc::out_of_memory, what};
    while (X509* one = PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr)) into.emplace_back(one);
    const unsigned long code = ERR_peek_last_error();
    const bool at_end = ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
    if (!at_end) return invalid(what, "a certificate cannot be read");
    ERR_clear_error();
    if (into.empty() && !text.empty()) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        if (X509* one = d2i_X509(nullptr, &bytes, static_cast<long>(text.size()))) into.emplace_back(one);
        ERR_clear_error();
    }
    return {};
}

// The password for one reading, wiped afterwards.
class borrowed_password {
public:
    explicit borrowed_password(const tls_password& from)
    {
        if (const auto* text = std::get_if<secret>(&from))
            text_ = text->reveal();
        else if (const auto& ask = std::get<std::function<std::string()>>(from))
            text_ = ask();
    }
    ~borrowed_password() { wipe(text_); }
    borrowed_password(const borrowed_password&) = delete;
    borrowed_password& operator=(const borrowed_password&) = delete;

    [[nodiscard]] const char* c_str() const noexcept { return text_.c_str(); }
    [[nodiscard]] bool empty() const noexcept { return text_.empty(); }

    // OpenSSL's pem_password_cb.
    static int give(char* into, int room, int, void* self)
    {
        auto& password = *static_cast<borrowed_password*>(self);
        password.was_asked_ = true;
        if (password.empty() || password.text_.size() > static_cast<std::size_t>(room)) return -1;
        std::copy(password.text_.begin(), password.text_.end(), into);
        return static_cast<int>(password.text_.size());
    }
    [[nodiscard]] bool was_asked() const noexcept { return was_asked_; }

private:
    std::string text_;
    bool was_asked_ = false;
};

// Of the environment; empty if it is not set.
std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value != nullptr ? value : "";
}

tls_failure named(const char* variable, tls_failure why)
{
    if (why) why.about.add_context(variable);
    return why;
}

struct file_closer {
    void operator()(std::FILE* file) const noexcept { (void)std::fclose(file); }
};

// A text that may hold a key.
struct secret_text {
    std::string text;
    secret_text() = default;
    secret_text(const secret_text&) = delete;
    secret_text& operator=(const secret_text&) = delete;
    ~secret_text() { wipe(text); }
};

} // namespace

file_stamp stamp_of(const std::string& path)
{
    file_stamp seen{path, 0, 0};
    std::error_code ec;
    const auto modified = fs::last_write_time(path, ec);
    if (!ec) seen.modified = static_cast<std::int64_t>(modified.time_since_epoch().count());
    const auto size = fs::file_size(path, ec);
    if (!ec) seen.size = size;
    return seen;
}

std::vector<std::string> files_in(const std::string& folder, std::error_code& ec)
{
    std::vector<std::string> names;
    for (fs::directory_iterator entry(folder, ec), end; !ec && entry != end; entry.increment(ec)) {
        std::error_code ignored;
        if (entry->is_regular_file(ignored)) names.push_back(entry->path().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

tls_failure read_file(const std::string& path, std::string& into)
{
    const auto unreadable = [&](int number) {
        return tls_failure{errc::file_not_readable, path + ": " + std::generic_category().message(number)};
    };
    into.clear();
    const std::unique_ptr<std::FILE, file_closer> file{std::fopen(path.c_str(), "rb")};
    if (!file) return unreadable(errno);
    std::error_code ec;
    const auto size =
        fs::file_size(path, ec); // so that what may be a key is not left behind in blocks that were grown out of
    if (!ec && size <= largest_file) into.reserve(static_cast<std::size_t>(size) + 1);
    char block[4096];
    for (;;) {
        errno = 0;
        const std::size_t got = std::fread(block, 1, sizeof block, file.get());
        into.append(block, got);
        if (into.size() > largest_file) return {errc::file_not_readable, path + ": more than 16 MiB"};
        if (got == sizeof block) continue;
        const int number = std::ferror(file.get()) != 0 ? errno : 0;
        OPENSSL_cleanse(block, sizeof block);
        return number != 0 ? unreadable(number) : tls_failure{};
    }
}

tls_failure tls_material::trust_text(const std::string& what, std::string_view text)
{
    std::vector<x509_ptr> all;
    if (auto failure = parse_certificates(what, text, all)) return failure;
    if (all.empty()) return {errc::tls_material_invalid, what + ": there is no certificate in it"};
    X509_STORE* store = SSL_CTX_get_cert_store(into_);
    for (const x509_ptr& one : all)
        if (X509_STORE_add_cert(store, one.get()) != 1) return invalid(what, "an authority cannot be trusted");
    return {};
}

tls_failure tls_material::trust_file(const std::string& path)
{
    std::string text;
    if (auto failure = read_file(path, text)) return failure;
    return trust_text(path, text);
}

tls_failure tls_material::trust_directory(const std::string& path)
{
    std::error_code ec;
    const std::vector<std::string> names = files_in(path, ec);
    if (ec) return {errc::file_not_readable, path + ": " + ec.message()};
    bool found = false;
    for (const std::string& name : names) {
        std::string text;
        std::vector<x509_ptr> all;
        // Other things may lie there too, so only a folder without any certificate is wrong.
        if (read_file(name, text) || parse_certificates(name, text, all)) continue;
        for (const x509_ptr& one : all)
            found = X509_STORE_add_cert(SSL_CTX_get_cert_store(into_), one.get()) == 1 || found;
    }
    ERR_clear_error();
    if (!found) return {errc::tls_material_invalid, path + ": there is no certificate in this folder"};
    return {};
}

// As OpenSSL has it: folders with colons between, of which some may not be there.
tls_failure tls_material::trust_directories(std::string_view folders)
{
    tls_failure last;
    bool found = false;
    for (;;) {
        const std::size_t end = folders.find(':');
        if (const std::string one{folders.substr(0, end)}; !one.empty()) {
            if (auto failure = trust_directory(one))
                last = std::move(failure);
            else
                found = true;
        }
        if (end == std::string_view::npos) return found ? tls_failure{} : last;
        folders.remove_prefix(end + 1);
    }
}

tls_failure tls_material::trust_system()
{
    const std::string file = variable(X509_get_default_cert_file_env());
    const std::string folders = variable(X509_get_default_cert_dir_env());
    if (!file.empty())
        if (auto failure = trust_file(file)) return named(X509_get_default_cert_file_env(), std::move(failure));
    if (!folders.empty()) return named(X509_get_default_cert_dir_env(), trust_directories(folders));
    if (!file.empty()) return {};
    std::vector<std::string> bundles{X509_get_default_cert_file()};
    bundles.insert(bundles.end(), std::begin(usual_bundles), std::end(usual_bundles));
    for (const std::string& bundle : bundles)
        if (!trust_file(bundle)) return {};
    if (!trust_directory(X509_get_default_cert_dir())) return {};
    return {errc::tls_material_invalid,
            "the system's authorities are not found: give ca_file, ca_directory or ca_pem, or set SSL_CERT_FILE"};
}

tls_failure tls_material::show(const tls_identity& identity)
{
    const bool has_certificate = !identity.certificate_file.empty() || !identity.certificate_pem.empty();
    const bool has_key = !identity.key_file.empty() || !identity.key_pem.empty();
    if (!identity.pkcs12_file.empty()) {
        if (has_certificate || has_key) return {errc::invalid_option, "tls: pkcs12_file excludes certificate and key"};
        return use_pkcs12(identity);
    }
    if (!has_certificate && !has_key) return {};
    if (!has_certificate) return {errc::tls_material_invalid, "there is a private key, but no certificate for it"};

    secret_text certificate;
    secret_text key;
    std::string certificate_name = "certificate_pem";
    std::string key_name = "key_pem";
    certificate.text = identity.certificate_pem.reveal();
    key.text = identity.key_pem.reveal();
    if (!identity.certificate_file.empty()) {
        certificate_name = identity.certificate_file;
        if (auto failure = read_file(certificate_name, certificate.text)) return failure;
    }
    if (!identity.key_file.empty()) {
        key_name = identity.key_file;
        if (auto failure = read_file(key_name, key.text)) return failure;
    }
    if (!has_key) key_name = certificate_name;

    if (auto failure = use_certificates(certificate_name, certificate.text)) return failure;
    if (auto failure = use_key(key_name, has_key ? key.text : certificate.text, identity.key_password)) return failure;
    if (SSL_CTX_check_private_key(into_) != 1)
        return invalid(key_name, "the private key does not belong to the certificate in " + certificate_name);
    return {};
}

tls_failure tls_material::use_certificates(const std::string& what, std::string_view text)
{
    std::vector<x509_ptr> all;
    if (auto failure = parse_certificates(what, text, all)) return failure;
    if (all.empty()) return {errc::tls_material_invalid, what + ": there is no certificate in it"};
    if (SSL_CTX_use_certificate(into_, all.front().get()) != 1) return invalid(what, "the certificate cannot be used");
    for (std::size_t i = 1; i < all.size(); ++i)
        if (SSL_CTX_add1_chain_cert(into_, all[i].get()) != 1)
            return invalid(what, "the certificate's chain cannot be used");
    return {};
}

tls_failure tls_material::use_key(const std::string& what, std::string_view text, const tls_password& password)
{
    ERR_clear_error();
    borrowed_password borrowed{password};
    const bio_ptr in = reader_of(text);
    if (!in) return {errc::out_of_memory, what};
    key_ptr key{PEM_read_bio_PrivateKey(in.get(), nullptr, borrowed_password::give, &borrowed)};
    if (!key && borrowed.was_asked()) {
        if (borrowed.empty()) {
            ERR_clear_error();
            return {errc::tls_material_invalid, what + ": the private key is encrypted, and there is no key_password"};
        }
        return invalid(what, "the private key cannot be decrypted with the key_password");
    }
    if (!key && text.find("PRIVATE KEY-----") == std::string::npos) {
        ERR_clear_error();
        return {errc::tls_material_invalid,
                what + ": there is no private key in it, and no other file is named for one"};
    }
    if (!key) return invalid(what, "the private key cannot be read");
    if (SSL_CTX_use_PrivateKey(into_, key.get()) != 1)
        return invalid(what, "the private key does not belong to the certificate");
    return {};
}

tls_failure tls_material::use_pkcs12(const tls_identity& identity)
{
    const std::string& what = identity.pkcs12_file;
    secret_text bytes;
    if (auto failure = read_file(what, bytes.text)) return failure;
    ERR_clear_error();
    const bio_ptr in = reader_of(bytes.text);
    const pkcs12_ptr parsed{d2i_PKCS12_bio(in.get(), nullptr)};
    if (!parsed) return invalid(what, "this is not a PKCS#12 file");
    const borrowed_password password{identity.key_password};
    EVP_PKEY* raw_key = nullptr;
    X509* raw_certificate = nullptr;
    STACK_OF(X509)* raw_chain = nullptr;
    if (PKCS12_parse(parsed.get(), password.c_str(), &raw_key, &raw_certificate, &raw_chain) != 1)
        return invalid(what, password.empty() ? "the PKCS#12 file cannot be opened without a key_password"
                                              : "the PKCS#12 file cannot be opened with the key_password");
    const key_ptr key{raw_key};
    const x509_ptr certificate{raw_certificate};
    const certificates_ptr chain{raw_chain};
    if (!key || !certificate)
        return {errc::tls_material_invalid, what + ": the PKCS#12 file holds no certificate with a private key"};
    if (SSL_CTX_use_cert_and_key(into_, certificate.get(), key.get(), chain.get(), 1) != 1 ||
        SSL_CTX_check_private_key(into_) != 1)
        return invalid(what, "the certificate and the key cannot be used");
    return {};
}

tls_failure tls_material::ask_clients(const std::string& what, std::string_view text)
{
    std::vector<x509_ptr> all;
    if (auto failure = parse_certificates(what, text, all)) return failure;
    for (const x509_ptr& one : all)
        if (SSL_CTX_add_client_CA(into_, one.get()) != 1)
            return invalid(what, "an authority cannot be named to clients");
    return {};
}

} // namespace odradek::detail
