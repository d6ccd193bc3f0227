// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/digest.hpp>
#include <odradek/auth/openssl_use.hpp>
#include <odradek/auth/scram_keys.hpp>

#include <utility>

namespace odradek {
namespace {

constexpr std::string_view client_key_label = "Client Key";
constexpr std::string_view server_key_label = "Server Key";

} // namespace

std::string_view mechanism_name(scram_hash hash) noexcept
{
    return hash == scram_hash::sha_256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

scram_credentials scram_credentials_of(scram_hash hash, bytes_view salted_password, bytes_view salt, int iterations)
{
    const secret client_key = detail::hmac(hash, salted_password, client_key_label);
    return {.salt = {salt.begin(), salt.end()},
            .iterations = iterations,
            .stored_key = detail::digest(hash, client_key.bytes()),
            .server_key = detail::hmac(hash, salted_password, server_key_label)};
}

scram_credentials make_scram_credentials(scram_hash hash, const secret& password, bytes_view salt, int iterations)
{
    const secret salted = detail::pbkdf2(hash, password.bytes(), salt, iterations);
    if (salted.empty()) return {.salt = {salt.begin(), salt.end()}, .iterations = iterations};
    return scram_credentials_of(hash, salted.bytes(), salt, iterations);
}

namespace detail {

scram_client_keys derive_scram_keys(scram_hash hash, bytes_view password, bytes_view salt, int iterations)
{
    const openssl_use here;
    if (!here) return {};
    const secret salted = pbkdf2(hash, password, salt, iterations);
    if (salted.empty()) return {};
    return {hmac(hash, salted.bytes(), client_key_label), hmac(hash, salted.bytes(), server_key_label)};
}

secret scram_key_name(scram_hash hash, bytes_view password, bytes_view salt, int iterations)
{
    // The lengths keep the end of one part from being taken for the beginning of the next.
    const std::string numbers =
        std::string(mechanism_name(hash)) + ' ' + std::to_string(iterations) + ' ' + std::to_string(salt.size()) + ' ';
    const secret all = secret::joined({numbers, salt.text(), password.text()});
    return digest(scram_hash::sha_256, all.bytes());
}

} // namespace detail

const detail::scram_client_keys* scram_key_cache::find(const secret& name) const noexcept
{
    if (name.empty()) return nullptr;
    for (const entry& each : entries_)
        if (each.name == name) return &each.keys;
    return nullptr;
}

void scram_key_cache::keep(secret name, detail::scram_client_keys keys)
{
    if (name.empty() || find(name) != nullptr) return;
    if (entries_.size() == capacity) entries_.pop_front();
    entries_.push_back({std::move(name), std::move(keys)});
}

} // namespace odradek
