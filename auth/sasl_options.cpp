// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/digest.hpp>
#include <odradek/auth/sasl_options.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/protocol/error.hpp>

#include <initializer_list>
#include <utility>

namespace odradek {
namespace {

template <class... Visitors>
struct overloaded : Visitors... {
    using Visitors::operator()...;
};

// One field of some options: what it is called, what it holds, whether it may be empty, whether a NUL would end it early.
struct field {
    std::string_view name;
    std::string_view content;
    bool needed = true;
    bool nul_allowed = false;
};

auth_failure check_fields(std::string_view mechanism, std::initializer_list<field> fields)
{
    for (const field& each : fields) {
        if (each.needed && each.content.empty())
            return {errc::credentials_missing, std::string(mechanism) + ": " + std::string(each.name) + " is missing"};
        if (!each.nul_allowed && each.content.find('\0') != std::string_view::npos)
            return {errc::invalid_option, std::string(mechanism) + ": " + std::string(each.name) + " contains a NUL"};
    }
    return {};
}

template <class Scram>
auth_failure check_scram(scram_hash hash, const Scram& options)
{
    const std::string name(mechanism_name(hash));
    if (!detail::digests_built_in())
        return {errc::not_built_in, name + " needs OpenSSL, and this library was built with ODRADEK_WITH_OPENSSL=OFF"};
    if (options.max_iterations < min_scram_iterations || options.max_iterations > most_scram_iterations)
        return {errc::invalid_option, name + ": max_iterations is " + std::to_string(options.max_iterations) +
                                          ", it must lie between " + std::to_string(min_scram_iterations) + " and " +
                                          std::to_string(most_scram_iterations)};
    return check_fields(name, {{"username", options.username}, {"password", options.password.reveal(), true, true}});
}

} // namespace

std::string_view mechanism_name(const sasl_options& options) noexcept
{
    return std::visit(overloaded{[](const plain&) { return std::string_view{"PLAIN"}; },
                                 [](const scram_sha_256&) { return mechanism_name(scram_hash::sha_256); },
                                 [](const scram_sha_512&) { return mechanism_name(scram_hash::sha_512); },
                                 [](const aws&) { return std::string_view{"AWS"}; },
                                 [](const custom_mechanism& custom) { return std::string_view{custom.name}; }},
                      options);
}

bool sends_reusable_secret(const sasl_options& options) noexcept
{
    return std::visit(overloaded{[](const plain&) { return true; }, [](const scram_sha_256&) { return false; },
                                 [](const scram_sha_512&) { return false; }, [](const aws&) { return true; },
                                 [](const custom_mechanism& custom) { return custom.sends_reusable_secret; }},
                      options);
}

auth_failure check(const sasl_options& options)
{
    return std::visit(overloaded{[](const plain& o) {
                                     return check_fields("PLAIN", {{"username", o.username},
                                                                   {"password", o.password.reveal()},
                                                                   {"authzid", o.authzid, false}});
                                 },
                                 [](const scram_sha_256& o) { return check_scram(scram_hash::sha_256, o); },
                                 [](const scram_sha_512& o) { return check_scram(scram_hash::sha_512, o); },
                                 [](const aws& o) {
                                     return check_fields("AWS", {{"authorization_identity", o.authorization_identity},
                                                                 {"access_key_id", o.access_key_id},
                                                                 {"secret_access_key", o.secret_access_key.reveal()},
                                                                 {"session_token", o.session_token.reveal(), false}});
                                 },
                                 [](const custom_mechanism& o) {
                                     if (!o.make)
                                         return auth_failure{errc::invalid_option, "custom_mechanism: make is empty"};
                                     return check_fields("custom_mechanism", {{"name", o.name}});
                                 }},
                      options);
}

} // namespace odradek
