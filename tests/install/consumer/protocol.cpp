// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <iostream>

int main()
{
    const std::string_view name = odradek::name(odradek::broker_errc::not_leader_or_follower);
    std::cout << name << '\n';
    return name == "NOT_LEADER_OR_FOLLOWER" ? 0 : 1;
}
