// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <deque>
#include <string>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = delete_topics_response::deletable_topic_result;

template <class Delete>
void respond(core& in, exchange& x, const delete_topics_request& request, Delete remove)
{
    std::vector<topic_answer> topics;
    if (x.version >= api_version{6}) {
        for (const auto& one : request.topics) topics.push_back(remove(one.name, one.topic_id));
    } else {
        for (const std::string_view name : request.topic_names)
            topics.push_back(remove(nullable<std::string_view>{name}, uuid{}));
    }
    delete_topics_response response;
    response.responses = topics;
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const delete_topics_request& request)
{
    if (const broker_errc why = in.check_admin(*x); why != broker_errc::none) return refuse(in, *x, request, why);
    std::deque<std::string> names; // of topics that are gone when the answer is written
    respond(in, *x, request, [&](nullable<std::string_view> name, const uuid& id) {
        topic_answer said{.name = name, .topic_id = id};
        if (name.has_value() == !id.is_zero()) {
            said.error_code = broker_errc::invalid_request;
            said.error_message = name ? "You may not specify both topic name and topic id."
                                      : "Neither topic name nor id were specified.";
            return said;
        }
        topic* const found = name ? in.cluster().find_topic(*name) : in.cluster().find_topic(id);
        if (!found) {
            said.error_code = name ? broker_errc::unknown_topic_or_partition : broker_errc::unknown_topic_id;
            said.error_message =
                name ? "This server does not host this topic-partition." : "This server does not host this topic ID.";
            return said;
        }
        if (!name || !in.is_before_kraft()) said.topic_id = found->id;
        said.name = names.emplace_back(found->name);
        in.cluster().remove(names.back());
        return said;
    });
    in.notify();
}

void refuse(core& in, exchange& x, const delete_topics_request& request, broker_errc why)
{
    respond(in, x, request, [why](nullable<std::string_view> name, const uuid& id) {
        return topic_answer{.name = name, .topic_id = id, .error_code = why};
    });
}

} // namespace odradek::broker
