// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/generated/api_keys.hpp>

#include <tests/simulation/scenario.hpp>
#include <vector>

namespace odradek::test {

/// The bad days that every scenario may have: of the network and of brokers as such.
[[nodiscard]] std::vector<action> network_faults(stage& on);
/// What brokers do wrong with requests of these APIs.
[[nodiscard]] std::vector<action> request_faults(stage& on, std::vector<api> keys);
/// Leaders, replicas and brokers that come and go.
[[nodiscard]] std::vector<action> cluster_faults(stage& on);

/// One of the brokers.
[[nodiscard]] std::int32_t random_node(stage& on, random_source& random);

/// Appends what another list has.
inline void append(std::vector<action>& to, std::vector<action> more)
{
    for (action& one : more) to.push_back(std::move(one));
}

/// Loses up to eight records at the end of a partition that has replicas to take over, and writes that down.
void truncate(stage& on, std::string_view topic, std::int32_t partition, random_source& random);

} // namespace odradek::test
