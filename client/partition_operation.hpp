// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/core.hpp>

#include <asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace odradek::detail {

/// What an answer about a partition means for the attempt.
struct verdict {
    enum class step : std::uint8_t {
        done,    ///< The operation has ended well; its completion was called.
        again,   ///< Send again at once: the leader that the answer named is known now, or nothing stands in the way.
        pause,   ///< Send again after the backoff.
        refresh, ///< Ask for the topic's metadata, then send again after the backoff.
        fail,    ///< The operation ends with `why`.
    };
    step next = step::done;
    failure why{};        ///< What to end with if there is no time for another attempt, too.
    bool refused = false; ///< A broker has answered with an error: what is sent next counts as a retry.
};

/// An operation on one partition that its leader carries out: finds the leader, sends, judges, and begins again where the
/// judgement says so. What is sent and how answers are judged is the derived class's.
class partition_operation : public operation {
public:
    partition_operation(topic_key topic, std::int32_t partition) : topic_(std::move(topic)), partition_(partition) {}

    asio::awaitable<failure> run(client_core& core) override;

protected:
    [[nodiscard]] const topic_key& topic() const noexcept { return topic_; }
    [[nodiscard]] std::int32_t partition() const noexcept { return partition_; }
    void set_partition(std::int32_t partition) noexcept { partition_ = partition; }
    /// Whether an attempt that was not answered may have been carried out.
    [[nodiscard]] bool may_be_done() const noexcept { return may_be_done_; }

    [[nodiscard]] virtual api key() const noexcept = 0;
    [[nodiscard]] virtual bool allow_creation() const noexcept { return false; }
    /// Whether the request may be repeated although it may have been carried out.
    [[nodiscard]] virtual bool is_safe() const noexcept = 0;
    /// Before each attempt, once the topic is known.
    virtual failure before_attempt(client_core&) { return {}; }
    /// Limits to the version, given where the request goes.
    [[nodiscard]] virtual request_options limits(const leader_place&) const { return {}; }
    /// Explains that there is no version in common, if there is more to say than that.
    virtual void explain_no_version(const connection&, failure&) const {}
    /// How long one attempt may take.
    [[nodiscard]] virtual std::chrono::milliseconds attempt_timeout(const client_core& core) const
    {
        return core.options().request_timeout;
    }
    virtual failure encode(api_version version, const leader_place& place, outgoing_request& out) = 0;
    virtual verdict judge(client_core& core, const peer_reference& by, const leader_place& place,
                          response_frame frame) = 0;

private:
    asio::awaitable<verdict> attempt(client_core& core);
    asio::awaitable<verdict> send_to(client_core& core, leader_place place);

    topic_key topic_;
    std::int32_t partition_;
    bool may_be_done_ = false;
    std::uint64_t seen_ = 0; // version of the picture that the last attempt went by
};

/// Takes what an answer says about a newer leader (KIP-951). True if that is news, so that it can be followed at once.
template <class LeaderIdAndEpoch, class NodeEndpoint>
bool follow_leader_hint(client_core& core, const leader_place& place, const LeaderIdAndEpoch& leader,
                        const list<NodeEndpoint>& endpoints)
{
    if (leader.leader_id < 0) return false;
    std::optional<broker_info> broker;
    for (const NodeEndpoint& e : endpoints) {
        if (e.node_id != leader.leader_id) continue;
        broker = broker_info{.id = e.node_id, .host = std::string{e.host}, .port = e.port};
        if (e.rack) broker->rack = std::string{*e.rack};
    }
    const leader_hint hint{.topic = place.topic,
                           .partition = place.partition,
                           .leader = leader.leader_id,
                           .epoch = leader.leader_epoch,
                           .broker = std::move(broker)};
    return core.take_leader_hints({&hint, 1}).front();
}

/// Both times one after the other; milliseconds::max() for "never" if the sum is beyond it.
[[nodiscard]] constexpr std::chrono::milliseconds in_sequence(std::chrono::milliseconds first,
                                                              std::chrono::milliseconds second) noexcept
{
    constexpr auto never = std::chrono::milliseconds::max();
    return second > std::chrono::milliseconds{0} && first > never - second ? never : first + second;
}

/// `"letters", partition 3`.
[[nodiscard]] std::string spoken(const leader_place& place);

} // namespace odradek::detail
