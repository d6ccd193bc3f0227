// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_memory.hpp>

#include <algorithm>

namespace odradek {

std::string address_memory::find(std::string_view host) const
{
    const auto found = std::find_if(known_.begin(), known_.end(), [&](const auto& one) { return one.first == host; });
    return found == known_.end() ? std::string{} : found->second;
}

void address_memory::note(std::string_view host, std::string_view address)
{
    known_.remove_if([&](const auto& one) { return one.first == host; });
    known_.emplace_front(host, address);
    if (known_.size() > capacity) known_.pop_back();
}

} // namespace odradek
