// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = delete_topics_response::deletable_topic_result;

/// Calls `use` with the name and the id of each topic that is to go: the one or the other.
void for_each_wanted(const exchange& x, const delete_topics_request& request, auto use)
{
    if (x.version >= api_version{6}) {
        for (const auto& one : request.topics) use(one.name, one.topic_id);
    } else {
        for (const std::string_view name : request.topic_names) use(nullable<std::string_view>{name}, uuid{});
    }
}

template <class Delete>
void respond(core& in, exchange& x, const delete_topics_request& request, Delete remove)
{
    std::vector<topic_answer> topics;
    for_each_wanted(x, request, [&](nullable<std::string_view> name, const uuid& id) {
        if (const std::optional<topic_answer> said = remove(name, id)) topics.push_back(*said);
    });
    delete_topics_response response;
    response.responses = topics;
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const delete_topics_request& request)
{
    if (const broker_errc why = in.check_admin(*x); why != broker_errc::none) return refuse(in, *x, request, why);
    using wanted_topic = std::pair<std::string_view, uuid>; // the one or the other
    std::map<wanted_topic, int> times;
    std::map<wanted_topic, topic_answer> gone;
    for_each_wanted(*x, request,
                    [&](nullable<std::string_view> name, const uuid& id) { ++times[{name.value_or(""), id}]; });
    std::deque<std::string> names; // of topics that are gone when the answer is written
    respond(in, *x, request, [&](nullable<std::string_view> name, const uuid& id) -> std::optional<topic_answer> {
        topic_answer said{.name = name, .topic_id = id};
        const auto fail = [&said](broker_errc error, const char* text) {
            said.error_code = error;
            said.error_message = text;
            return said;
        };
        if (name.has_value() == !id.is_zero())
            return fail(broker_errc::invalid_request, name ? "You may not specify both topic name and topic id."
                                                           : "Neither topic name nor id were specified.");
        const wanted_topic which{name.value_or(""), id};
        if (in.is_before_kraft()) {
            // The controller with ZooKeeper says the same each time.
            if (const auto before = gone.find(which); before != gone.end()) return before->second;
        } else if (const int mentions = std::exchange(times[which], 0); mentions != 1) {
            if (mentions == 0) return {}; // said already
            return fail(broker_errc::invalid_request, name ? "Duplicate topic name." : "Duplicate topic id.");
        }
        topic* const found = name ? in.cluster().find_topic(*name) : in.cluster().find_topic(id);
        if (!found)
            return name ? fail(broker_errc::unknown_topic_or_partition,
                               "This server does not host this topic-partition.")
                        : fail(broker_errc::unknown_topic_id, "This server does not host this topic ID.");
        if (!name || !in.is_before_kraft()) said.topic_id = found->id;
        said.name = names.emplace_back(found->name);
        in.cluster().remove(names.back());
        gone.emplace(which, said);
        return said;
    });
    in.notify();
}

void refuse(core& in, exchange& x, const delete_topics_request& request, broker_errc why)
{
    respond(in, x, request, [why](nullable<std::string_view> name, const uuid& id) {
        return std::optional{topic_answer{.name = name, .topic_id = id, .error_code = why}};
    });
}

} // namespace odradek::broker
