// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = create_partitions_response::create_partitions_topic_result;
using wanted_topic = create_partitions_request::create_partitions_topic;

refusal grow(core& in, const wanted_topic& wanted, bool only_check)
{
    topic* const of = in.cluster().find_topic(wanted.name);
    if (!of) return {broker_errc::unknown_topic_or_partition, "This server does not host this topic-partition."};
    const auto now = static_cast<std::int32_t>(of->partitions.size());
    if (wanted.assignments && wanted.assignments->empty() && wanted.count > now) // not the same as null
        return {broker_errc::invalid_replica_assignment, "Attempted to add " + std::to_string(wanted.count - now) +
                                                             " additional partition(s), but no assignments were "
                                                             "specified."};
    std::vector<std::vector<std::int32_t>> assignment;
    if (wanted.assignments)
        for (const auto& one : *wanted.assignments)
            assignment.emplace_back(one.broker_ids.begin(), one.broker_ids.end());
    return in.cluster().grow(*of, wanted.count, assignment, only_check);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const create_partitions_request& request)
{
    if (const broker_errc why = in.check_admin(*x); why != broker_errc::none) return refuse(in, *x, request, why);
    std::map<std::string_view, int> times;
    for (const wanted_topic& wanted : request.topics) ++times[wanted.name];
    std::vector<topic_answer> results;
    std::deque<std::string> texts;
    for (const wanted_topic& wanted : request.topics) {
        if (times[wanted.name] == 0) continue;
        refusal no{broker_errc::invalid_request, "Duplicate topic name."};
        if (times[wanted.name] == 1) {
            no = grow(in, wanted, request.validate_only);
        } else {
            times[wanted.name] = 0; // said once
        }
        topic_answer& said = results.emplace_back();
        said.name = wanted.name;
        said.error_code = no.error;
        if (!no.text.empty()) said.error_message = texts.emplace_back(std::move(no.text));
    }
    create_partitions_response response;
    response.results = results;
    in.respond(*x, response);
}

void refuse(core& in, exchange& x, const create_partitions_request& request, broker_errc why)
{
    std::vector<topic_answer> results;
    for (const wanted_topic& wanted : request.topics) results.push_back({.name = wanted.name, .error_code = why});
    create_partitions_response response;
    response.results = results;
    in.respond(x, response);
}

} // namespace odradek::broker
