// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/target.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace odradek {

/// Which broker coordinates what: found once, shared by everyone, forgotten when it proves wrong.
///
/// A sans-I/O table owned by the client's core and used on its strand. Of all who need the same coordinator one looks it up
/// (begin() says who); the others wait until on_found() or on_failure() and ask again.
///
/// Source: behaviour B40; KIP-699 (the request's newer form).
class ODRADEK_EXPORT coordinators {
public:
    struct key {
        coordinator_type type = coordinator_type::group;
        std::string name;

        friend auto operator<=>(const key&, const key&) = default;
    };

    /// The broker's id, if it is known.
    [[nodiscard]] std::optional<std::int32_t> find(const key& of) const;

    /// True for the one who is to look it up now; false while somebody else does.
    [[nodiscard]] bool begin(const key& of);

    /// The look-up has found it.
    void on_found(const key& of, std::int32_t node_id);

    /// The look-up has failed, or whoever did it was cancelled.
    void on_failure(const key& of);

    /// A broker says that it does not coordinate this (NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE). Only what `node_id` was
    /// known for is forgotten, so that a late answer does not undo a newer look-up.
    void evict(const key& of, std::int32_t node_id);

    /// A broker could not be reached: whatever it coordinated may have moved.
    void evict_node(std::int32_t node_id);

    /// Forgets everything that was found.
    void clear();

private:
    struct entry {
        std::optional<std::int32_t> node_id;
        bool looking = false;
    };

    std::map<key, entry> entries_;
};

} // namespace odradek
