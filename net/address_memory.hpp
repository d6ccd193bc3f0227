// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <utility>

namespace odradek {

/// Which of a host's addresses worked last, for a small number of hosts.
///
/// Owned by whoever connects, one thread at a time. Only hosts with a choice are worth an entry. The host that was noted longest ago
/// makes way for a new one.
class ODRADEK_EXPORT address_memory {
public:
    static constexpr std::size_t capacity = 128; ///< Hosts.

    /// The numeric address that worked last; empty if none is known.
    [[nodiscard]] std::string find(std::string_view host) const;
    /// This one has worked.
    void note(std::string_view host, std::string_view address);

    [[nodiscard]] std::size_t size() const noexcept { return known_.size(); }

private:
    std::list<std::pair<std::string, std::string>> known_; // host and address, the latest first
};

} // namespace odradek
