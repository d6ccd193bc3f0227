// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/group/sticky_user_data.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace odradek::detail {

/// Who had which partition before, made of what all members claim.
///
/// Lives for one assignment, beside its group_table, whose numbers it uses; does not change after it is built.
///
/// A partition that several members claim goes to the one of the newest generation. If two of the same generation claim
/// it, one of them is wrong and nobody knows which: then it was nobody's.
class previous_owners {
public:
    /// Of `claims`, one for each member.
    previous_owners(const group_table& group, std::span<const claim> claims);

    /// What the member really had, in the order of its claim.
    [[nodiscard]] const std::vector<std::uint32_t>& of(std::uint32_t member) const noexcept { return had_[member]; }
    /// Whether two members of the same generation claimed it.
    [[nodiscard]] bool disputed(std::uint32_t partition) const noexcept { return disputed_[partition]; }
    /// Who claims it from an older generation than the group's newest one, of these the newest; or nobody.
    [[nodiscard]] std::uint32_t earlier(std::uint32_t partition) const noexcept
    {
        return earlier_.empty() ? nobody : earlier_[partition];
    }

private:
    std::vector<std::vector<std::uint32_t>> had_;
    std::vector<bool> disputed_;
    std::vector<std::uint32_t> earlier_; // Empty if all claims are of one generation.
};

} // namespace odradek::detail
