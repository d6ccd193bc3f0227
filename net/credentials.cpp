// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/net/credentials.hpp>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>
#include <variant>

namespace odradek {
namespace {

std::string_view user_of(const plain& who) noexcept
{
    return who.username;
}
std::string_view user_of(const scram_sha_256& who) noexcept
{
    return who.username;
}
std::string_view user_of(const scram_sha_512& who) noexcept
{
    return who.username;
}
std::string_view user_of(const aws& who) noexcept
{
    return who.authorization_identity;
}
std::string_view user_of(const custom_mechanism& /*who*/) noexcept
{
    return {};
}

bool is_same_identity(const sasl_options& left, const sasl_options& right) noexcept
{
    const auto user = [](const auto& who) { return user_of(who); };
    return mechanism_name(left) == mechanism_name(right) && std::visit(user, left) == std::visit(user, right);
}

} // namespace

void credentials::replace(sasl_options who)
{
    if (!who_ || !is_same_identity(*who_, who)) ++identity_;
    who_ = std::move(who);
}

std::unique_ptr<client_mechanism> credentials::begin(random_source& random, const endpoint& with) const
{
    if (!who_) return nullptr;
    mechanism_context context;
    context.random = [&random](std::span<std::byte> into) {
        while (!into.empty()) {
            const std::uint64_t drawn = random.next();
            const std::size_t size = std::min(into.size(), sizeof drawn);
            std::memcpy(into.data(), &drawn, size);
            into = into.subspan(size);
        }
    };
    context.keys = keys_;
    context.host = with.host;
    context.port = with.port;
    return make_client_mechanism(*who_, context);
}

} // namespace odradek
