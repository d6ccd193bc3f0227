// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <algorithm>
#include <deque>
#include <set>
#include <string>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = describe_topic_partitions_response::describe_topic_partitions_response_topic;
using partition_answer = describe_topic_partitions_response::describe_topic_partitions_response_partition;

constexpr std::int32_t largest_page = 2000; // max.request.partition.size.limit
constexpr std::int32_t all_topic_operations = 0x0df8;

/// The page of partitions that a cursor asks for (KIP-966).
class describing {
public:
    describing(core& in, exchange& x, const describe_topic_partitions_request& request)
        : in_(in), x_(x), request_(request)
    {
        left_ = std::clamp(request.response_partition_limit, 1, largest_page);
    }

    void run()
    {
        std::set<std::string, std::less<>> names; // in the order of their names, each once
        for (const auto& one : request_.topics) names.insert(std::string(one.name));
        if (names.empty())
            for (const auto& [name, of] : in_.cluster().topics()) names.insert(name);
        const bool resumed = request_.cursor.has_value();
        for (const std::string& name : names) {
            if (resumed && name < request_.cursor->topic_name) continue;
            const bool here = resumed && name == request_.cursor->topic_name;
            if (!add(name, here ? request_.cursor->partition_index : 0)) break;
        }
        describe_topic_partitions_response response;
        response.topics = topics_;
        if (has_next_) response.next_cursor = next_;
        in_.respond(x_, response);
    }

private:
    /// False: the page is full.
    bool add(const std::string& name, std::int32_t from)
    {
        // The next page begins there, even if that topic turns out not to exist.
        if (left_ <= 0) return stop(names_.emplace_back(name), from);
        topic* const of = in_.cluster().find_topic(name);
        topic_answer& said = topics_.emplace_back();
        said.name = names_.emplace_back(name);
        if (!of) {
            const bool fine = check_topic_name(name).empty();
            said.error_code = fine ? broker_errc::unknown_topic_or_partition : broker_errc::invalid_topic_exception;
            return true;
        }
        said.topic_id = of->id;
        said.is_internal = of->internal;
        said.topic_authorized_operations = all_topic_operations;
        auto& partitions = partitions_.emplace_back();
        const auto count = static_cast<std::int32_t>(of->partitions.size());
        std::int32_t index = std::max(from, 0);
        for (; index < count && left_ > 0; ++index, --left_) partitions.push_back(describe(*of->find(index)));
        said.partitions = partitions;
        return index >= count || stop(of->name, index);
    }

    bool stop(std::string_view name, std::int32_t index)
    {
        has_next_ = true;
        next_ = {.topic_name = name, .partition_index = index};
        return false;
    }

    partition_answer describe(const partition& one)
    {
        partition_answer said;
        said.partition_index = one.index;
        said.leader_id = one.leader;
        said.leader_epoch = one.leader_epoch;
        said.replica_nodes = one.replicas;
        said.isr_nodes = one.isr;
        said.eligible_leader_replicas = list<std::int32_t>{};
        said.last_known_elr = list<std::int32_t>{};
        said.offline_replicas = offline_.emplace_back(in_.cluster().offline_replicas(one));
        return said; // without a leader that is no error here, as it is in Metadata
    }

    core& in_;
    exchange& x_;
    const describe_topic_partitions_request& request_;
    std::int32_t left_ = 0;
    bool has_next_ = false;
    describe_topic_partitions_response::cursor next_{};
    std::vector<topic_answer> topics_;
    std::deque<std::string> names_;
    std::deque<std::vector<partition_answer>> partitions_;
    std::deque<std::vector<std::int32_t>> offline_;
};

} // namespace

void answer(core& in, const exchange_ptr& x, const describe_topic_partitions_request& request)
{
    if (request.cursor) {
        const bool is_listed = std::ranges::any_of(
            request.topics, [&](const auto& one) { return one.name == request.cursor->topic_name; });
        if (request.cursor->partition_index < 0 || (!request.topics.empty() && !is_listed))
            return refuse(in, *x, request, broker_errc::invalid_request);
    }
    describing{in, *x, request}.run();
}

void refuse(core& in, exchange& x, const describe_topic_partitions_request& request, broker_errc why)
{
    std::vector<topic_answer> topics;
    for (const auto& one : request.topics) topics.push_back({.error_code = why, .name = one.name});
    describe_topic_partitions_response response;
    response.topics = topics;
    in.respond(x, response);
}

} // namespace odradek::broker
