// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <tests/simulation/scenario.hpp>

namespace odradek::test {

std::span<const scenario_info> all_scenarios()
{
    static const std::array all{connections_scenario(), metadata_scenario(), straight_scenario()};
    return all;
}

const scenario_info* find_scenario(std::string_view name)
{
    const auto all = all_scenarios();
    const auto found = std::ranges::find(all, name, &scenario_info::name);
    return found == all.end() ? nullptr : &*found;
}

} // namespace odradek::test
