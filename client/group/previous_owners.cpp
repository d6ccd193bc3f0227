// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/previous_owners.hpp>

#include <algorithm>

namespace odradek::detail {

previous_owners::previous_owners(const group_table& group, std::span<const claim> claims)
    : had_(claims.size()), disputed_(group.partitions())
{
    const auto generation_of = [&claims](std::uint32_t member) { return claims[member].generation.value_or(-1); };
    // Java's assignors ask an earlier claimant for the generation in its subscription, also where its user data says more.
    const auto shown_by = [&group](std::uint32_t member) {
        return std::max(group.said_by(member).subscription.generation_id, -1);
    };
    std::int32_t newest = -1;
    // Who claimed it last, and whether it is that one's; else it is nobody's for the time being.
    std::vector<std::uint32_t> last(group.partitions(), nobody);
    std::vector<std::uint32_t> owner(group.partitions(), nobody);
    for (const std::uint32_t member : group.table_order()) {
        newest = std::max(newest, generation_of(member));
        for (const std::uint32_t partition : claims[member].partitions) {
            const std::uint32_t other = last[partition];
            if (other != nobody && generation_of(member) < shown_by(other)) continue;
            const bool equal = other != nobody && generation_of(member) == shown_by(other);
            if (equal) disputed_[partition] = true;
            owner[partition] = equal ? nobody : member;
            last[partition] = member;
        }
    }
    for (std::uint32_t member = 0; member < claims.size(); ++member) {
        for (const std::uint32_t partition : claims[member].partitions) {
            if (owner[partition] != member) continue;
            had_[member].push_back(partition);
            owner[partition] = nobody; // so that a double in the claim is no second partition
        }
    }

    if (std::ranges::all_of(claims, [&](const claim& each) { return each.generation.value_or(-1) == newest; })) return;
    earlier_.assign(group.partitions(), nobody);
    for (const std::uint32_t member : group.table_order()) {
        if (generation_of(member) >= newest) continue;
        for (const std::uint32_t partition : claims[member].partitions) {
            std::uint32_t& known = earlier_[partition];
            if (known == nobody || generation_of(member) > generation_of(known)) known = member;
        }
    }
}

} // namespace odradek::detail
