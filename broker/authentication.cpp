// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/plain_server.hpp>
#include <odradek/auth/sasl_options.hpp>
#include <odradek/auth/scram_server.hpp>
#include <odradek/broker/authentication.hpp>
#include <odradek/broker/draw.hpp>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

namespace odradek::broker {
namespace {

constexpr std::string_view plain_name = "PLAIN";
constexpr std::array hashes{scram_hash::sha_256, scram_hash::sha_512};
constexpr std::size_t salt_size = 16;
constexpr std::chrono::hours longest_session{24 * 3650};
constexpr std::uint64_t own_sequence = 0x5341534c; // so that nonces are not what topic ids are made of

std::optional<scram_hash> find_hash(std::string_view mechanism) noexcept
{
    for (const scram_hash one : hashes)
        if (mechanism_name(one) == mechanism) return one;
    return {};
}

} // namespace

bool is_known_mechanism(std::string_view name) noexcept
{
    return name == plain_name || find_hash(name);
}

user_store::user_store(authentication_options how, std::uint64_t seed)
    : options_(std::move(how)), drawn_(seed ^ own_sequence)
{
    using std::chrono::milliseconds;
    options_.scram_iterations = std::clamp(options_.scram_iterations, min_scram_iterations, most_scram_iterations);
    options_.session_lifetime = std::clamp<milliseconds>(options_.session_lifetime, milliseconds{0}, longest_session);
    options_.failure_delay = std::clamp<milliseconds>(options_.failure_delay, milliseconds{0}, longest_session);
    for (auto& of_hash : scram_)
        for (const auto& [name, password] : options_.users)
            of_hash.emplace(name, scram_user{.salt = draw(salt_size), .derived = {}});
}

user_store::~user_store() = default;

std::unique_ptr<server_mechanism> user_store::begin(std::string_view mechanism)
{
    if (mechanism == plain_name)
        return std::make_unique<plain_server>([this](std::string_view user) -> std::optional<secret> {
            const auto found = options_.users.find(user);
            if (found == options_.users.end()) return std::nullopt;
            return found->second;
        });
    const auto hash = find_hash(mechanism);
    if (!hash) return nullptr;
    auto look_up = [this, hash = *hash](std::string_view user, bool is_token) -> std::optional<scram_credentials> {
        const scram_credentials* const found = is_token ? nullptr : find(hash, user);
        if (found == nullptr) return std::nullopt;
        return *found;
    };
    const auto random = [this](std::span<std::byte> into) { std::ranges::copy(draw(into.size()), into.begin()); };
    return std::make_unique<scram_server>(*hash, std::move(look_up), make_nonce(random));
}

std::vector<std::byte> user_store::draw(std::size_t count)
{
    std::vector<std::byte> bytes;
    while (bytes.size() < count)
        for (std::uint64_t left = next_random(drawn_), i = 0; i < sizeof left && bytes.size() < count; ++i, left >>= 8)
            bytes.push_back(static_cast<std::byte>(left & 0xff));
    return bytes;
}

const scram_credentials* user_store::find(scram_hash hash, std::string_view user)
{
    auto& known = scram_[static_cast<std::size_t>(hash)];
    const auto found = known.find(user);
    if (found == known.end()) return nullptr;
    auto& [salt, derived] = found->second;
    if (derived.iterations == 0)
        derived = make_scram_credentials(hash, options_.users.find(user)->second, salt, options_.scram_iterations);
    return &derived;
}

} // namespace odradek::broker
