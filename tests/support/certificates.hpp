// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tls_openssl.hpp>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>

namespace odradek::test {

/// A certificate with its key, made while a test runs; copies share them. Needs OpenSSL.
class certificate {
public:
    /// What is in it.
    struct contents {
        std::string name = "broker.test";      ///< The subject's common name.
        std::string names = "DNS:broker.test"; ///< OpenSSL's notation: "DNS:a,IP:127.0.0.1"; none when empty.
        long from = -24 * 60 * 60L;            ///< Valid from, in seconds from now.
        long to = 24 * 60 * 60L;               ///< Valid until, in seconds from now.
        bool is_authority = false;
    };

    /// An authority that signed itself.
    static certificate authority(std::string name = "Test authority")
    {
        return make({.name = std::move(name), .names = {}, .is_authority = true}, nullptr);
    }
    /// One that signed itself.
    static certificate self_signed(const contents& what) { return make(what, nullptr); }
    /// One that this authority has signed.
    [[nodiscard]] certificate issue(const contents& what) const { return make(what, this); }

    [[nodiscard]] std::string pem() const
    {
        const detail::bio_ptr out{BIO_new(BIO_s_mem())};
        PEM_write_bio_X509(out.get(), certificate_.get());
        return text_of(out.get());
    }
    /// The private key, encrypted if there is a password.
    [[nodiscard]] std::string key_pem(const std::string& password = {}) const
    {
        const detail::bio_ptr out{BIO_new(BIO_s_mem())};
        const auto* secret = reinterpret_cast<const unsigned char*>(password.data());
        PEM_write_bio_PrivateKey(out.get(), key_.get(), password.empty() ? nullptr : EVP_aes_128_cbc(), secret,
                                 static_cast<int>(password.size()), nullptr, nullptr);
        return text_of(out.get());
    }
    /// Both in one file.
    [[nodiscard]] std::string pkcs12(const std::string& password) const
    {
        const detail::pkcs12_ptr made{
            PKCS12_create(password.c_str(), "test", key_.get(), certificate_.get(), nullptr, 0, 0, 0, 0, 0)};
        const detail::bio_ptr out{BIO_new(BIO_s_mem())};
        i2d_PKCS12_bio(out.get(), made.get());
        return text_of(out.get());
    }

private:
    static std::string text_of(BIO* bio)
    {
        char* text = nullptr;
        const long size = BIO_get_mem_data(bio, &text);
        return {text, static_cast<std::size_t>(size)};
    }

    static void extend(X509* to, X509* issuer, int nid, const char* value)
    {
        X509V3_CTX with;
        X509V3_set_ctx_nodb(&with);
        X509V3_set_ctx(&with, issuer, to, nullptr, nullptr, 0);
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &with, nid, value);
        X509_add_ext(to, extension, -1);
        X509_EXTENSION_free(extension);
    }

    static certificate make(const contents& what, const certificate* issuer)
    {
        static long serial = 1;
        certificate made;
        made.key_ = {EVP_EC_gen("P-256"), EVP_PKEY_free};
        made.certificate_ = {X509_new(), X509_free};
        X509* one = made.certificate_.get();
        X509_set_version(one, X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(one), serial++);
        X509_gmtime_adj(X509_getm_notBefore(one), what.from);
        X509_gmtime_adj(X509_getm_notAfter(one), what.to);
        X509_set_pubkey(one, made.key_.get());
        X509_NAME_add_entry_by_txt(X509_get_subject_name(one), "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(what.name.data()),
                                   static_cast<int>(what.name.size()), -1, 0);
        X509* signer = issuer != nullptr ? issuer->certificate_.get() : one;
        X509_set_issuer_name(one, X509_get_subject_name(signer));
        extend(one, signer, NID_basic_constraints, what.is_authority ? "critical,CA:TRUE" : "CA:FALSE");
        if (!what.names.empty()) extend(one, signer, NID_subject_alt_name, what.names.c_str());
        X509_sign(one, issuer != nullptr ? issuer->key_.get() : made.key_.get(), EVP_sha256());
        return made;
    }

    std::shared_ptr<EVP_PKEY> key_;
    std::shared_ptr<X509> certificate_;
};

} // namespace odradek::test
