// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/digest.hpp>

#if ODRADEK_WITH_OPENSSL
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <limits>
#endif

namespace odradek::detail {

std::size_t digest_size(scram_hash hash) noexcept
{
    return hash == scram_hash::sha_256 ? 32 : 64;
}

#if ODRADEK_WITH_OPENSSL
namespace {

constexpr std::size_t int_max = std::numeric_limits<int>::max();

const EVP_MD* openssl_digest(scram_hash hash) noexcept
{
    return hash == scram_hash::sha_256 ? EVP_sha256() : EVP_sha512();
}

const unsigned char* data_of(bytes_view bytes) noexcept
{
    // OpenSSL takes a null key for "the key of last time", a null password for none.
    static constexpr unsigned char nothing = 0;
    return bytes.empty() ? &nothing : reinterpret_cast<const unsigned char*>(bytes.data());
}

unsigned char* data_of(secret& bytes) noexcept
{
    return reinterpret_cast<unsigned char*>(bytes.writable().data());
}

} // namespace

bool digests_built_in() noexcept
{
    return true;
}

secret digest(scram_hash hash, bytes_view data)
{
    secret result = secret::of_size(digest_size(hash));
    if (EVP_Digest(data_of(data), data.size(), data_of(result), nullptr, openssl_digest(hash), nullptr) != 1)
        result.clear();
    return result;
}

secret hmac(scram_hash hash, bytes_view key, bytes_view data)
{
    secret result = secret::of_size(digest_size(hash));
    if (key.size() > int_max || HMAC(openssl_digest(hash), data_of(key), static_cast<int>(key.size()), data_of(data),
                                     data.size(), data_of(result), nullptr) == nullptr)
        result.clear();
    return result;
}

secret pbkdf2(scram_hash hash, bytes_view password, bytes_view salt, int iterations)
{
    secret result = secret::of_size(digest_size(hash));
    if (password.size() > int_max || salt.size() > int_max ||
        PKCS5_PBKDF2_HMAC(reinterpret_cast<const char*>(data_of(password)), static_cast<int>(password.size()),
                          data_of(salt), static_cast<int>(salt.size()), iterations, openssl_digest(hash),
                          static_cast<int>(result.size()), data_of(result)) != 1)
        result.clear();
    return result;
}

#else

bool digests_built_in() noexcept
{
    return false;
}

secret digest(scram_hash /*hash*/, bytes_view /*data*/)
{
    return {};
}

secret hmac(scram_hash /*hash*/, bytes_view /*key*/, bytes_view /*data*/)
{
    return {};
}

secret pbkdf2(scram_hash /*hash*/, bytes_view /*password*/, bytes_view /*salt*/, int /*iterations*/)
{
    return {};
}

#endif

} // namespace odradek::detail
