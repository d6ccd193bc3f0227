// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/coordinators.hpp>

namespace odradek {

std::optional<std::int32_t> coordinators::find(const key& of) const
{
    const auto found = entries_.find(of);
    return found != entries_.end() ? found->second.node_id : std::nullopt;
}

bool coordinators::begin(const key& of)
{
    entry& e = entries_[of];
    if (e.looking) return false;
    e.looking = true;
    return true;
}

void coordinators::on_found(const key& of, std::int32_t node_id)
{
    entries_[of] = {.node_id = node_id, .looking = false};
}

void coordinators::on_failure(const key& of)
{
    entries_.erase(of);
}

void coordinators::evict(const key& of, std::int32_t node_id)
{
    const auto found = entries_.find(of);
    if (found != entries_.end() && !found->second.looking && found->second.node_id == node_id) entries_.erase(found);
}

void coordinators::evict_node(std::int32_t node_id)
{
    std::erase_if(entries_,
                  [node_id](const auto& item) { return !item.second.looking && item.second.node_id == node_id; });
}

void coordinators::clear()
{
    std::erase_if(entries_, [](const auto& item) { return !item.second.looking; });
}

} // namespace odradek
