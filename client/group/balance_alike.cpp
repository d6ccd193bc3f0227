// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/sticky_balance.hpp>

#include <algorithm>
#include <numeric>
#include <utility>

namespace odradek::detail {
namespace {

// Every member gets the share; as many as there are partitions left over then get one more.
class even_balance {
public:
    even_balance(const group_table& group, const rack_table& racks, const previous_owners& previous)
        : group_(group), racks_(racks), previous_(previous), owners_(group.partitions(), nobody),
          loads_(group.members().size()), share_(group.partitions() / static_cast<std::uint32_t>(loads_.size())),
          left_over_(group.partitions() % static_cast<std::uint32_t>(loads_.size()))
    {
        std::vector<std::uint32_t> all(loads_.size());
        std::iota(all.begin(), all.end(), 0U);
        by_rack_ = racks.tell_apart(all, 0, group.partitions());
    }

    std::vector<std::uint32_t> run()
    {
        keep();
        std::ranges::sort(below_);
        std::ranges::sort(at_share_);
        std::vector<std::uint32_t> open;
        for (std::uint32_t partition = 0; partition < owners_.size(); ++partition)
            if (owners_[partition] == nobody) open.push_back(partition);
        if (by_rack_) {
            // Those go first that the fewest members have near.
            std::ranges::stable_sort(open, {},
                                     [this](std::uint32_t partition) { return racks_.members_near(partition); });
            give_near(open);
        }
        give(open);
        return std::move(owners_);
    }

private:
    void assign(std::uint32_t partition, std::uint32_t member)
    {
        owners_[partition] = member;
        ++loads_[member];
    }

    // Lets each member keep what it may of what it had.
    void keep()
    {
        for (const std::uint32_t member : group_.table_order()) {
            std::vector<std::uint32_t> had;
            for (const std::uint32_t partition : previous_.of(member)) {
                if (previous_.disputed(partition)) continue;
                if (by_rack_ && racks_.apart(member, partition)) continue;
                had.push_back(partition);
            }
            // What is given up comes from all topics alike, and from their ends.
            std::ranges::sort(had, {}, [this](std::uint32_t partition) {
                const std::uint32_t topic = group_.topic_of(partition);
                return std::pair{partition - group_.topics()[topic].first, topic};
            });
            std::uint32_t kept = share_;
            if (had.size() < share_) {
                below_.push_back(member);
                kept = static_cast<std::uint32_t>(had.size());
            } else if (had.size() > share_ && left_over_ > larger_) {
                ++kept;
                ++larger_;
                if (larger_ == left_over_) at_share_.clear(); // nobody may get more any more
            } else if (left_over_ > larger_) {
                at_share_.push_back(member);
            }
            for (std::uint32_t i = 0; i < kept; ++i) assign(had[i], member);
        }
    }

    // The place of the next member near the partition, from `from` on and round; the size of the list if there is none.
    [[nodiscard]] std::size_t next_near(std::uint32_t partition, const std::vector<std::uint32_t>& among,
                                        std::size_t from) const
    {
        for (std::size_t i = 0; i < among.size(); ++i) {
            const std::size_t at = (from + i) % among.size();
            if (racks_.meet(among[at], partition)) return at;
        }
        return among.size();
    }

    static void remove_at(std::vector<std::uint32_t>& list, std::size_t at)
    {
        list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
    }

    // Gives away what somebody near can take, and leaves the rest.
    void give_near(std::vector<std::uint32_t>& open)
    {
        std::size_t turn = 0;
        std::erase_if(open, [&](std::uint32_t partition) {
            std::size_t at = next_near(partition, below_, turn);
            if (at < below_.size()) {
                const std::uint32_t member = below_[at];
                assign(partition, member);
                if (loads_[member] >= share_) {
                    remove_at(below_, at);
                    if (left_over_ > 0) at_share_.push_back(member);
                } else {
                    ++at;
                }
                if (!below_.empty()) turn = at % below_.size();
                return true;
            }
            at = larger_ < left_over_ ? next_near(partition, at_share_, 0) : at_share_.size();
            if (at == at_share_.size()) return false;
            assign(partition, at_share_[at]);
            remove_at(at_share_, at);
            ++larger_;
            return true;
        });
    }

    // Gives away all: in turns until everybody has the share, then one more to one after the other.
    void give(const std::vector<std::uint32_t>& open)
    {
        std::size_t turn = 0;
        std::size_t extra = 0;
        for (const std::uint32_t partition : open) {
            if (below_.empty()) {
                assign(partition, at_share_[extra++]);
                continue;
            }
            turn %= below_.size();
            const std::uint32_t member = below_[turn];
            assign(partition, member);
            if (loads_[member] < share_) {
                ++turn;
                continue;
            }
            remove_at(below_, turn);
            at_share_.push_back(member);
        }
    }

    const group_table& group_;
    const rack_table& racks_;
    const previous_owners& previous_;
    std::vector<std::uint32_t> owners_;
    std::vector<std::uint32_t> loads_;
    const std::uint32_t share_;
    const std::uint32_t left_over_;
    bool by_rack_ = false;
    std::uint32_t larger_ = 0;            // How many keep one more than the share.
    std::vector<std::uint32_t> below_;    // Members that do not have their share yet,
    std::vector<std::uint32_t> at_share_; // and those that have just that and may get one more.
};

} // namespace

std::vector<std::uint32_t> balance_alike(const group_table& group, const rack_table& racks,
                                         const previous_owners& previous)
{
    if (group.members().empty()) return {};
    return even_balance(group, racks, previous).run();
}

} // namespace odradek::detail
