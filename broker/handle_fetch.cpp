// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/leadership.hpp>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = fetch_response::fetchable_topic_response;
using partition_answer = fetch_response::partition_data;

constexpr std::int32_t final_epoch = -1; // no session, and an end to the one that is named
constexpr std::int32_t initial_epoch = 0;
constexpr std::int8_t read_committed = 1;

/// One Fetch request, from the first look until it is answered.
class fetching {
public:
    fetching(core& in, exchange_ptr x, const fetch_request& request)
        : in_(in), x_(std::move(x)), request_(request), by_id_(x_->version >= api_version{13})
    {}

    /// Finds out which partitions are meant. False: the request was refused.
    [[nodiscard]] bool choose_partitions()
    {
        fetch_sessions& sessions = in_.sessions(x_->node);
        const bool full = request_.session_epoch == initial_epoch || request_.session_epoch == final_epoch;
        if (full) {
            if (request_.session_id != 0) sessions.remove(request_.session_id);
            for (const session_partition& one : named()) partitions_.push_back(one);
            incremental_ = false;
            return true;
        }
        fetch_session* const session = sessions.find(request_.session_id);
        if (!session) return fail(broker_errc::fetch_session_id_not_found);
        if (session->next_epoch != request_.session_epoch) return fail(broker_errc::invalid_fetch_session_epoch);
        if (session->by_id != by_id_ && (!request_.topics.empty() || !session->partitions.empty()))
            return fail(broker_errc::fetch_session_topic_id_error);
        if (!sessions.has_room_for(count_of_new(*session))) {
            sessions.remove(session->id);
            return fail(broker_errc::fetch_session_id_not_found);
        }
        update(*session);
        if (session->partitions.empty()) {
            sessions.remove(session->id);
            incremental_ = false;
            return true;
        }
        session->last_used = in_.now().steady;
        session->next_epoch = next_session_epoch(session->next_epoch);
        session_id_ = session->id;
        partitions_ = session->partitions;
        incremental_ = true;
        return true;
    }

    /// Answers if there is enough to say, or if it must be said now.
    bool try_answer(bool now)
    {
        read();
        // Nobody waits for more than the answer may hold.
        const std::int32_t enough = std::min(request_.min_bytes, max_bytes());
        if (!now && !urgent_ && !partitions_.empty() && available_ < static_cast<std::size_t>(std::max(enough, 0)))
            return false;
        respond();
        return true;
    }

private:
    /// However much a client asks for, an answer holds no more than Kafka's brokers put into one (fetch.max.bytes): else one that is
    /// not taken could hold memory that nobody counts.
    [[nodiscard]] std::int32_t max_bytes() const noexcept
    {
        constexpr std::int32_t fetch_max_bytes = 55 << 20;
        return std::min(request_.max_bytes, fetch_max_bytes);
    }

    [[nodiscard]] bool fail(broker_errc error)
    {
        fetch_response response;
        response.error_code = error;
        in_.respond(*x_, response);
        return false;
    }

    using key = std::tuple<std::string_view, uuid, std::int32_t>;

    /// The partitions of the request, each once: the last mention counts, at the place of the first.
    std::vector<session_partition> named() const
    {
        std::vector<session_partition> all;
        std::map<key, std::size_t> places;
        for (const auto& topic : request_.topics) {
            for (const auto& one : topic.partitions) {
                const auto [place, is_new] =
                    places.emplace(key{topic.topic, topic.topic_id, one.partition}, all.size());
                if (is_new) all.emplace_back();
                all[place->second] = {.wanted = {std::string(topic.topic), topic.topic_id, one.partition,
                                                 one.current_leader_epoch, one.fetch_offset, one.last_fetched_epoch,
                                                 one.partition_max_bytes},
                                      .was_known = by_id_ && in_.cluster().find_topic(topic.topic_id) != nullptr};
            }
        }
        return all;
    }

    static key key_of(const fetch_partition& wanted) { return {wanted.topic, wanted.topic_id, wanted.index}; }

    /// Partitions of the request that the session does not have yet.
    [[nodiscard]] std::size_t count_of_new(const fetch_session& session) const
    {
        std::set<key> named;
        for (const auto& topic : request_.topics)
            for (const auto& one : topic.partitions) named.emplace(topic.topic, topic.topic_id, one.partition);
        if (!named.empty())
            for (const session_partition& one : session.partitions) named.erase(key_of(one.wanted));
        return named.size();
    }

    void update(fetch_session& session) const
    {
        std::vector<session_partition> changed = named();
        std::map<key, session_partition*> known;
        if (!changed.empty())
            for (session_partition& one : session.partitions) known.emplace(key_of(one.wanted), &one);
        std::vector<session_partition> added;
        added.reserve(changed.size()); // what is known already points into it
        for (session_partition& one : changed) {
            if (const auto old = known.find(key_of(one.wanted)); old != known.end()) {
                fetch_partition& wanted = old->second->wanted; // its name stays: the key is a view of it
                wanted.current_leader_epoch = one.wanted.current_leader_epoch;
                wanted.offset = one.wanted.offset;
                wanted.last_fetched_epoch = one.wanted.last_fetched_epoch;
                wanted.max_bytes = one.wanted.max_bytes;
            } else {
                session_partition& made = added.emplace_back(std::move(one));
                known.emplace(key_of(made.wanted), &made);
            }
        }
        session.partitions.insert(session.partitions.end(), std::make_move_iterator(added.begin()),
                                  std::make_move_iterator(added.end()));
        forget(session);
    }

    void forget(fetch_session& session) const
    {
        std::set<key> gone;
        for (const auto& topic : request_.forgotten_topics_data)
            for (const std::int32_t index : topic.partitions) gone.emplace(topic.topic, topic.topic_id, index);
        if (gone.empty()) return;
        std::erase_if(session.partitions,
                      [&](const session_partition& one) { return gone.contains(key_of(one.wanted)); });
    }

    void read()
    {
        answers_.clear();
        holds_.clear();
        bytes_ = 0;
        available_ = 0;
        urgent_ = false;
        left_ = static_cast<std::size_t>(std::max(max_bytes(), 0));
        for (const session_partition& one : partitions_) answers_.push_back(read(one.wanted, one.was_known));
    }

    [[nodiscard]] static bool is_unknown(broker_errc error) noexcept
    {
        return error == broker_errc::unknown_topic_or_partition || error == broker_errc::unknown_topic_id;
    }

    partition_answer failed(const fetch_partition& wanted, broker_errc error)
    {
        urgent_ = true;
        partition_answer said;
        said.partition_index = wanted.index;
        said.error_code = error;
        said.high_watermark = -1;
        said.records = bytes_view{""};
        // Only what was refused before the log was looked at has an empty list here.
        if (!is_unknown(error) || in_.is_before_kraft()) said.aborted_transactions = nullptr;
        return said;
    }

    partition_answer read(const fetch_partition& wanted, bool was_known)
    {
        topic* const of = by_id_ ? in_.cluster().find_topic(wanted.topic_id) : in_.cluster().find_topic(wanted.topic);
        partition* const from = of ? of->find(wanted.index) : nullptr;
        if (!from)
            return failed(wanted, by_id_ && !of && !was_known ? broker_errc::unknown_topic_id
                                                              : broker_errc::unknown_topic_or_partition);
        // Followers serve consumers that tell where they are (KIP-392).
        const bool leads = from->leader == x_->node;
        if (!holds(*from, x_->node)) return moved(wanted, *from);
        if (const broker_errc error = check_leader_epoch(*from, wanted.current_leader_epoch);
            error != broker_errc::none)
            return error == broker_errc::fenced_leader_epoch ? moved(wanted, *from, error) : failed(wanted, error);
        if (!leads && x_->version < api_version{11}) return moved(wanted, *from);

        partition_answer said;
        said.partition_index = wanted.index;
        said.high_watermark = from->high_watermark();
        said.last_stable_offset = from->high_watermark();
        said.log_start_offset = from->records.start_offset();
        said.records = bytes_view{""};
        if (request_.isolation_level != read_committed) said.aborted_transactions = nullptr;

        if (wanted.last_fetched_epoch >= 0) {
            const auto end = from->records.epochs().end_of(wanted.last_fetched_epoch, from->records.end_offset());
            if (end.offset < 0) return failed(wanted, broker_errc::offset_out_of_range);
            if (end.epoch < wanted.last_fetched_epoch || end.offset < wanted.offset) {
                urgent_ = true;
                said.aborted_transactions = nullptr;
                said.diverging_epoch = {.epoch = end.epoch, .end_offset = end.offset};
                return said;
            }
        }
        if (wanted.offset < from->records.start_offset() || wanted.offset > from->records.end_offset())
            return failed(wanted, broker_errc::offset_out_of_range);
        if (const std::int32_t nearer = leads ? nearer_replica(*from) : -1; nearer != -1) {
            urgent_ = true;
            said.preferred_read_replica = nearer;
            return said;
        }
        // Only the first records may go beyond the limits, so that a reader always gets on (KIP-74).
        const std::size_t most = std::min(left_, static_cast<std::size_t>(std::max(wanted.max_bytes, 0)));
        log_slice slice = from->records.read(wanted.offset, from->high_watermark(), most, bytes_ == 0);
        if (slice.bytes.empty()) {
            // What is there but did not fit is answered as if nobody had looked for aborted transactions.
            if (most != 0 && wanted.offset < from->high_watermark()) said.aborted_transactions = nullptr;
            return said;
        }
        said.records = slice.bytes;
        bytes_ += slice.bytes.size();
        available_ += std::max(slice.bytes.size(), from->records.size_from(wanted.offset, most));
        left_ -= std::min(left_, slice.bytes.size());
        holds_.push_back(std::move(slice.memory));
        return said;
    }

    partition_answer moved(const fetch_partition& wanted, const partition& from,
                           broker_errc error = broker_errc::not_leader_or_follower)
    {
        partition_answer said = failed(wanted, error);
        if (x_->version >= api_version{12})
            said.current_leader = {.leader_id = from.leader, .leader_epoch = from.leader_epoch};
        return said;
    }

    /// A replica in the consumer's own rack (KIP-392), if the brokers are set to say so; -1 if there is none better.
    std::int32_t nearer_replica(const partition& from) const
    {
        const auto& config = in_.cluster().how().config;
        const auto selector = config.find("replica.selector.class");
        if (request_.rack_id.empty() || selector == config.end() ||
            !std::string_view(selector->second).ends_with("RackAwareReplicaSelector"))
            return -1;
        const auto in_rack = [&](std::int32_t id) {
            const node* const at = in_.cluster().find_node(id);
            return at && at->up && at->rack == request_.rack_id;
        };
        if (in_rack(from.leader)) return -1;
        const auto found = std::ranges::find_if(from.isr, in_rack);
        return found == from.isr.end() ? -1 : *found;
    }

    /// Whether an incremental answer has to name this partition.
    static bool is_news(const partition_answer& said, const session_partition& known)
    {
        return said.error_code != broker_errc::none || !said.records->empty() ||
               said.high_watermark != known.said_high_watermark || said.log_start_offset != known.said_log_start ||
               said.preferred_read_replica != -1 || said.diverging_epoch.epoch != -1;
    }

    /// The places of the answers as Kafka's brokers name them: what does not exist comes last.
    [[nodiscard]] std::vector<std::size_t> answered_order() const
    {
        std::vector<std::size_t> order(answers_.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_partition(order, [this](std::size_t i) { return !is_unknown(answers_[i].error_code); });
        return order;
    }

    void respond()
    {
        fetch_session* const session = remember();
        fetch_response response;
        response.session_id = session ? session->id : 0;
        std::deque<std::vector<partition_answer>> parts;
        std::vector<topic_answer> topics;
        leader_endpoints<fetch_response::node_endpoint> endpoints{in_.cluster(), x_->listener};
        for (const std::size_t i : answered_order()) {
            const fetch_partition& wanted = partitions_[i].wanted;
            if (incremental_ && !is_news(answers_[i], partitions_[i])) continue;
            if (topics.empty() || topics.back().topic != wanted.topic || topics.back().topic_id != wanted.topic_id) {
                parts.emplace_back();
                topics.push_back({.topic = wanted.topic, .topic_id = wanted.topic_id});
            }
            if (answers_[i].current_leader.leader_id != -1) name_leader(wanted, endpoints);
            parts.back().push_back(answers_[i]);
            topics.back().partitions = parts.back();
        }
        response.responses = topics;
        if (x_->version >= api_version{16}) response.node_endpoints = endpoints.list();
        if (session) note_said(*session);
        // A session may hold what newer versions asked for: an answer that this version cannot say is none at all.
        const bool can_diverge = x_->version >= api_version{12};
        if (!can_diverge &&
            std::ranges::any_of(answers_, [](const auto& one) { return one.diverging_epoch.epoch != -1; }))
            return refuse(in_, *x_, request_, broker_errc::unsupported_version);
        in_.respond(*x_, response, std::move(holds_));
    }

    void name_leader(const fetch_partition& wanted, auto& endpoints)
    {
        topic* const of = by_id_ ? in_.cluster().find_topic(wanted.topic_id) : in_.cluster().find_topic(wanted.topic);
        fetch_response::leader_id_and_epoch ignored;
        if (const partition* const from = of ? of->find(wanted.index) : nullptr) endpoints.name(*from, ignored);
    }

    /// The session that this answer belongs to: the one that was named, or a new one if one is wanted.
    fetch_session* remember()
    {
        fetch_sessions& sessions = in_.sessions(x_->node);
        if (session_id_ != 0) return sessions.find(session_id_);
        if (x_->version < api_version{7} || request_.session_epoch != initial_epoch || partitions_.empty())
            return nullptr;
        return sessions.make(by_id_, partitions_, in_.now().steady);
    }

    /// What was said is remembered, and in a session that goes on those that had records go behind the others, so that each gets
    /// its turn; up to 2.8 all that were named.
    void note_said(fetch_session& session) const
    {
        const auto had_turn = [this](std::size_t i) {
            if (!incremental_) return false;
            return in_.is_before_kraft() ? is_news(answers_[i], partitions_[i]) : !answers_[i].records->empty();
        };
        std::vector<std::size_t> order;
        for (std::size_t i = 0; i < answers_.size(); ++i)
            if (!had_turn(i)) order.push_back(i);
        std::ranges::copy_if(answered_order(), std::back_inserter(order), had_turn);
        session.partitions.clear();
        for (const std::size_t i : order) {
            session_partition& one = session.partitions.emplace_back(partitions_[i]);
            const bool failed = answers_[i].error_code != broker_errc::none;
            one.said_high_watermark = failed ? -2 : answers_[i].high_watermark; // after an error: the whole picture
            if (!failed) one.said_log_start = answers_[i].log_start_offset;
        }
    }

    core& in_;
    exchange_ptr x_;
    const fetch_request& request_;
    bool by_id_;
    bool incremental_ = false;
    std::int32_t session_id_ = 0;
    std::vector<session_partition> partitions_;
    std::vector<partition_answer> answers_;
    std::vector<std::shared_ptr<const chunk>> holds_;
    std::size_t bytes_ = 0;
    std::size_t available_ = 0; // that could be read, of which an answer may hold less: it has one piece of each log
    std::size_t left_ = 0;
    bool urgent_ = false; // something that a reader should know at once
};

} // namespace

void answer(core& in, const exchange_ptr& x, const fetch_request& request)
{
    const auto work = std::make_shared<fetching>(in, x, request);
    if (!work->choose_partitions()) return;
    if (work->try_answer(request.max_wait_ms <= 0)) return;
    const moment until = in.now().later(std::chrono::milliseconds{request.max_wait_ms});
    in.wait(x, until, [work](bool expired) { return work->try_answer(expired); });
}

void refuse(core& in, exchange& x, const fetch_request& request, broker_errc why)
{
    fetch_response response;
    response.error_code = why;
    response.session_id = request.session_id;
    std::deque<std::vector<partition_answer>> parts;
    std::vector<topic_answer> topics;
    if (x.version < api_version{13}) { // with ids an error of the whole stands by itself
        for (const auto& topic : request.topics) {
            auto& partitions = parts.emplace_back();
            for (const auto& one : topic.partitions) {
                partition_answer& said = partitions.emplace_back();
                said.partition_index = one.partition;
                said.error_code = why;
                said.high_watermark = -1;
                said.records = bytes_view{""};
                said.aborted_transactions = nullptr;
            }
            topics.push_back({.topic = topic.topic, .partitions = partitions});
        }
    }
    response.responses = topics;
    in.respond(x, response);
}

} // namespace odradek::broker
