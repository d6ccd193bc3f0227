// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls_openssl.hpp>

#include <asio/ip/address_v4.hpp>
#include <asio/ip/address_v6.hpp>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>

namespace odradek::detail {
namespace {

constexpr std::size_t longest_name = 128;
constexpr int most_names = 8; // of those in a certificate

std::string text_of(const X509_NAME* name)
{
    const bio_ptr out{BIO_new(BIO_s_mem())};
    if (!out || name == nullptr) return {};
    X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return size > 0 ? printable({text, static_cast<std::size_t>(size)}, longest_name) : std::string{};
}

std::string text_of(const GENERAL_NAME& name)
{
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(&name, &type);
    if (type != GEN_DNS && type != GEN_IPADD) return {};
    const auto* text = static_cast<const ASN1_STRING*>(value);
    const unsigned char* bytes = ASN1_STRING_get0_data(text);
    const auto size = static_cast<std::size_t>(std::max(ASN1_STRING_length(text), 0));
    if (type == GEN_DNS) return printable({reinterpret_cast<const char*>(bytes), size}, longest_name);
    if (asio::ip::address_v4::bytes_type v4; size == v4.size()) {
        std::copy_n(bytes, size, v4.begin());
        return asio::ip::address_v4(v4).to_string();
    }
    if (asio::ip::address_v6::bytes_type v6; size == v6.size()) {
        std::copy_n(bytes, size, v6.begin());
        return asio::ip::address_v6(v6).to_string();
    }
    return {};
}

void free_names(GENERAL_NAMES* names) noexcept
{
    GENERAL_NAMES_free(names);
}

} // namespace

std::string take_openssl_reason()
{
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) return "no reason given";
    if (const char* reason = ERR_reason_error_string(code)) return reason;
    if (ERR_SYSTEM_ERROR(code)) return std::system_category().message(static_cast<int>(ERR_GET_REASON(code)));
    return "OpenSSL's error " + std::to_string(code);
}

std::string printable(std::string_view text, std::size_t longest)
{
    std::string shown(text.substr(0, longest));
    for (char& c : shown)
        if (c < ' ' || c > '~') c = '.';
    return shown;
}

std::string subject_of(X509* certificate)
{
    return text_of(X509_get_subject_name(certificate));
}

std::string issuer_of(X509* certificate)
{
    return text_of(X509_get_issuer_name(certificate));
}

std::string names_of(X509* certificate)
{
    const openssl_ptr<GENERAL_NAMES, free_names> names{
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
    std::string all;
    int shown = 0;
    const int count = names ? sk_GENERAL_NAME_num(names.get()) : 0;
    for (int i = 0; i < count && shown < most_names; ++i) {
        const std::string one = text_of(*sk_GENERAL_NAME_value(names.get(), i));
        if (one.empty()) continue;
        if (shown++ != 0) all += ", ";
        all += one;
    }
    if (count > most_names) all += ", ...";
    return all.empty() ? subject_of(certificate) : all;
}

std::string text_of(const ASN1_TIME* time)
{
    const bio_ptr out{BIO_new(BIO_s_mem())};
    if (!out || time == nullptr || ASN1_TIME_print(out.get(), time) != 1) return "an unknown time";
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string{};
}

} // namespace odradek::detail
