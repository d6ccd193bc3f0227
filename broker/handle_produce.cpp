// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/append_check.hpp>
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/leadership.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = produce_response::topic_produce_response;
using partition_answer = produce_response::partition_produce_response;
using record_error = produce_response::batch_index_and_error_message;

constexpr std::int16_t all_in_sync = -1;

/// One Produce request being carried out; what the views of the answer refer to lives here.
class producing {
public:
    producing(core& in, exchange& x, const produce_request& request)
        : in_(in), x_(x), request_(request), endpoints_(in.cluster(), x.listener)
    {}

    /// Does the work, or with `why` refuses it all.
    void run(broker_errc why = broker_errc::none)
    {
        // Where a partition is named twice, the last one counts, as in the map that Kafka's brokers make of a request.
        std::map<std::tuple<std::string_view, uuid, std::int32_t>, int> mentions;
        for (const auto& wanted : request_.topic_data)
            for (const auto& data : wanted.partition_data) ++mentions[{wanted.name, wanted.topic_id, data.index}];
        for (const auto& wanted : request_.topic_data) {
            topic* const of = x_.version >= api_version{13} ? in_.cluster().find_topic(wanted.topic_id)
                                                            : in_.cluster().find_topic(wanted.name);
            auto& partitions = partitions_.emplace_back();
            for (const auto& data : wanted.partition_data) {
                if (--mentions[{wanted.name, wanted.topic_id, data.index}] > 0) continue;
                partitions.push_back(why == broker_errc::none ? append(of, data) : failed(data.index, why));
            }
            topics_.push_back({.name = wanted.name, .topic_id = wanted.topic_id, .partition_responses = partitions});
        }
        if (stored_) in_.notify();
        if (request_.acks == 0) {
            // Nobody reads an answer, so the connection itself has to tell.
            if (any_error_) return in_.hang_up(x_, "an error of a produce request with acks 0");
            return in_.respond_nothing(x_);
        }
        produce_response response;
        response.responses = topics_;
        response.node_endpoints = endpoints_.list();
        in_.respond(x_, response);
    }

private:
    partition_answer failed(std::int32_t index, broker_errc error, const std::string& text = {})
    {
        any_error_ = true;
        partition_answer said;
        said.index = index;
        said.error_code = error;
        said.base_offset = -1;
        if (!text.empty()) said.error_message = texts_.emplace_back(text);
        return said;
    }

    partition_answer append(topic* of, const produce_request::partition_produce_data& data)
    {
        partition* const to = of ? of->find(data.index) : nullptr;
        if (!to) {
            const bool by_id = x_.version >= api_version{13} && !of;
            return failed(data.index, by_id ? broker_errc::unknown_topic_id : broker_errc::unknown_topic_or_partition);
        }
        if (const append_check bad = check_shape(data.records, x_.version))
            return failed(data.index, bad.error, bad.text);
        if (request_.acks < -1 || request_.acks > 1) return failed(data.index, broker_errc::invalid_required_acks);
        if (to->leader != x_.node) {
            partition_answer said = failed(data.index, broker_errc::not_leader_or_follower);
            if (x_.version >= api_version{10}) endpoints_.name(*to, said.current_leader);
            return said;
        }
        // Newer releases do not want more than there are replicas.
        const auto wanted_isr = static_cast<std::size_t>(of->settings.min_insync_replicas);
        const std::size_t min_isr = in_.is_before_kraft() ? wanted_isr : std::min(wanted_isr, to->replicas.size());
        if (request_.acks == all_in_sync && to->isr.size() < min_isr)
            return refused_by(*to, broker_errc::not_enough_replicas,
                              "The size of the current ISR " + std::to_string(to->isr.size()) +
                                  " is insufficient to satisfy the min.isr requirement of " + std::to_string(min_isr) +
                                  " for partition " + of->name + "-" + std::to_string(to->index));
        const append_check check = check_records(*data.records, {.settings = of->settings,
                                                                 .codecs = *in_.cluster().how().codecs,
                                                                 .now_ms = in_.now().wall_ms,
                                                                 .refuses_append_time = in_.is_before_kraft()});
        if (check) return refused(*to, check);
        if (check.batch.is_transactional()) return refused_by(*to, broker_errc::invalid_txn_state);
        const log::times times = of->settings.log_append_time
                                     ? log::times{in_.now().wall_ms, timestamp_type::log_append}
                                     : log::times{check.max_timestamp};
        return store(*of, *to, check.batch, times);
    }

    /// Refused after the log was found: then the answer says where it begins, but for errors about the whole batch.
    partition_answer refused_by(const partition& to, broker_errc error, const std::string& text = {})
    {
        partition_answer said = failed(to.index, error, text);
        const bool whole = error == broker_errc::message_too_large || error == broker_errc::record_list_too_large ||
                           error == broker_errc::corrupt_message || error == broker_errc::kafka_storage_error ||
                           error == broker_errc::unsupported_compression_type;
        if (!whole) said.log_start_offset = to.records.start_offset();
        return said;
    }

    partition_answer refused(const partition& to, const append_check& check)
    {
        partition_answer said = refused_by(to, check.error, check.text);
        auto& errors = record_errors_.emplace_back();
        for (const bad_record& bad : check.records)
            errors.push_back({.batch_index = bad.index, .batch_index_error_message = texts_.emplace_back(bad.text)});
        said.record_errors = errors;
        return said;
    }

    partition_answer store(const topic& of, partition& to, const batch_view& batch, log::times times)
    {
        partition_answer said;
        said.index = to.index;
        const bool idempotent = batch.producer_id() >= 0;
        if (idempotent) {
            const auto verdict = to.producers.check(batch.producer_id(), batch.producer_epoch(), batch.base_sequence(),
                                                    batch.last_sequence());
            if (verdict.error != broker_errc::none) return refused_by(to, verdict.error);
            if (verdict.duplicate) {
                said.base_offset = verdict.duplicate->first_offset;
                said.log_append_time_ms = verdict.duplicate->timestamp; // also where it is the producer's own time
                said.log_start_offset = to.records.start_offset();
                return said;
            }
        }
        const std::size_t cost = log::cost_of(batch) + (idempotent ? producer_states::cost_of_one() : 0);
        if (in_.cluster().bytes_stored() + cost > in_.cluster().how().memory_limit) {
            in_.note("a batch for " + of.name + '-' + std::to_string(to.index) + " is refused: the memory is full");
            return failed(to.index, broker_errc::kafka_storage_error, "The broker's memory for records is full.");
        }

        const log::placed at = to.records.append(
            batch, times, {static_cast<std::size_t>(of.settings.segment_bytes), of.settings.segment_ms},
            take_over(batch));
        if (idempotent)
            to.producers.note(
                batch.producer_id(), batch.producer_epoch(),
                {batch.base_sequence(), batch.last_sequence(), at.base_offset, at.last_offset, times.max_timestamp});
        apply_size_retention(of, to);
        if (to.records.has_passed_segments()) in_.forget_later(in_.now().wall_ms, 0);
        if (of.settings.remove_old && of.settings.retention_ms >= 0)
            in_.forget_later(times.max_timestamp, of.settings.retention_ms);
        if (idempotent) in_.forget_later(times.max_timestamp, in_.cluster().how().producer_expiration_ms);
        stored_ = true;
        said.base_offset = at.base_offset;
        if (times.type == timestamp_type::log_append) said.log_append_time_ms = times.max_timestamp;
        said.log_start_offset = to.records.start_offset();
        return said;
    }

    /// The memory of the request, if it may become the log's: if that is hardly more than this batch, which is large.
    std::shared_ptr<chunk> take_over(const batch_view& batch)
    {
        const std::size_t size = batch.size_in_bytes();
        if (size < log::large_batch || size < x_.bytes.size() / 16 * 15 || x_.bytes.empty()) return {};
        x_.taken_over = std::make_shared<chunk>(x_.bytes.take());
        return x_.taken_over;
    }

    core& in_;
    exchange& x_;
    const produce_request& request_;
    leader_endpoints<produce_response::node_endpoint> endpoints_;
    std::vector<topic_answer> topics_;
    std::deque<std::vector<partition_answer>> partitions_;
    std::deque<std::vector<record_error>> record_errors_;
    std::deque<std::string> texts_;
    bool stored_ = false;
    bool any_error_ = false;
};

} // namespace

void answer(core& in, const exchange_ptr& x, const produce_request& request)
{
    producing{in, *x, request}.run();
}

void refuse(core& in, exchange& x, const produce_request& request, broker_errc why)
{
    producing{in, x, request}.run(why);
}

} // namespace odradek::broker
