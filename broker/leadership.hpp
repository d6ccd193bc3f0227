// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster_state.hpp>
#include <odradek/protocol/broker_error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace odradek::broker {

/// Whether a broker holds a replica of a partition.
[[nodiscard]] inline bool holds(const partition& of, std::int32_t node) noexcept
{
    return std::ranges::find(of.replicas, node) != of.replicas.end();
}

/// What a request that names a leader epoch is told (KIP-320); -1 names none.
[[nodiscard]] inline broker_errc check_leader_epoch(const partition& of, std::int32_t epoch) noexcept
{
    if (epoch == -1 || epoch == of.leader_epoch) return broker_errc::none;
    return epoch < of.leader_epoch ? broker_errc::fenced_leader_epoch : broker_errc::unknown_leader_epoch;
}

/// What a request that only the leader may answer is told, in the order in which Kafka's brokers look.
[[nodiscard]] inline broker_errc check_leader(const partition& of, std::int32_t node, std::int32_t epoch) noexcept
{
    if (!holds(of, node)) return broker_errc::not_leader_or_follower;
    if (const broker_errc error = check_leader_epoch(of, epoch); error != broker_errc::none) return error;
    return of.leader == node ? broker_errc::none : broker_errc::not_leader_or_follower;
}

/// The brokers that an answer names as leaders, each once, with where they listen (KIP-951).
///
/// Lives as long as the answer is being written; `Endpoint` is the answer's own struct. Clients are told where they reach brokers by
/// the listener that they came in by.
template <class Endpoint>
class leader_endpoints {
public:
    leader_endpoints(const cluster_state& in, std::size_t listener) noexcept : in_(in), listener_(listener) {}

    /// Names the leader of `of` in `hint`, the answer's own struct for that.
    template <class Hint>
    void name(const partition& of, Hint& hint)
    {
        hint.leader_id = of.leader;
        hint.leader_epoch = of.leader_epoch;
        const node* const at = in_.find_node(of.leader);
        if (!at || !named_.insert(of.leader).second) return;
        const address& where = at->seen_by(listener_);
        list_.push_back({.node_id = at->id, .host = where.host, .port = where.port});
        if (!at->rack.empty()) list_.back().rack = at->rack;
    }

    [[nodiscard]] const std::vector<Endpoint>& list() const noexcept { return list_; }

private:
    const cluster_state& in_;
    std::size_t listener_;
    std::set<std::int32_t> named_;
    std::vector<Endpoint> list_;
};

} // namespace odradek::broker
