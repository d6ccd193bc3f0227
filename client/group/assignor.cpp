// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/assignor.hpp>

namespace odradek {

assignor::~assignor() = default;

bool assignor::supports(rebalance_protocol protocol) const noexcept
{
    return protocol == rebalance_protocol::eager;
}

std::optional<std::vector<std::byte>> assignor::subscription_user_data(std::span<const std::string_view>)
{
    return std::nullopt;
}

void assignor::on_assignment(const consumer_protocol_assignment&, const group_membership&) {}

std::unique_ptr<assignor> make_assignor(std::string_view name)
{
    if (name == "range") return make_range_assignor();
    if (name == "roundrobin") return make_round_robin_assignor();
    if (name == "sticky") return make_sticky_assignor();
    if (name == "cooperative-sticky") return make_cooperative_sticky_assignor();
    return nullptr;
}

} // namespace odradek
