// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/metadata.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <unistd.h>

namespace odradek::cli {
namespace {

using json = nlohmann::ordered_json;

std::string join(const std::vector<std::int32_t>& ids)
{
    std::string text;
    for (const std::int32_t id : ids) text += fmt::format("{}{}", text.empty() ? "" : ",", id);
    return text.empty() ? "none" : text;
}

/// The port comes from the cluster and may be any number, so it is no endpoint yet.
std::string address(const broker_info& b)
{
    const bool is_v6 = b.host.find(':') != std::string::npos;
    return fmt::format("{}{}{}:{}", is_v6 ? "[" : "", b.host, is_v6 ? "]" : "", b.port);
}

void write_partition(const partition_info& p, output& out)
{
    out.write(fmt::format("    partition {}, leader {}, replicas {}, in sync {}", p.index,
                          p.leader < 0 ? "none" : std::to_string(p.leader), join(p.replicas), join(p.in_sync)));
    if (!p.offline.empty()) out.write(fmt::format(", offline {}", join(p.offline)));
    if (p.error != broker_errc::none) out.write(fmt::format(", error {}", name(p.error)));
    out.write("\n");
}

void write_text(const cluster& c, output& out)
{
    out.write(fmt::format("cluster {}, {} brokers, {} topics\n", c.id().empty() ? "without an id" : c.id(),
                          c.brokers().size(), c.topics().size()));
    for (const broker_info& b : c.brokers())
        out.write(fmt::format("  broker {} at {}{}{}\n", b.id, address(b), b.rack ? ", rack " + *b.rack : "",
                              b.id == c.controller() ? ", controller" : ""));
    for (const topic_info* topic : c.topics()) {
        out.write(fmt::format("  topic \"{}\"{}, {} partitions", topic->name, topic->internal ? " (internal)" : "",
                              topic->partitions.size()));
        if (!topic->id.is_zero()) out.write(fmt::format(", id {}", topic->id.to_base64url()));
        if (topic->error != broker_errc::none) out.write(fmt::format(", error {}", name(topic->error)));
        out.write("\n");
        for (const partition_info& p : topic->partitions) write_partition(p, out);
    }
}

/// A name that nobody checked may be no UTF-8, which JSON cannot hold.
std::string dump(const json& value)
{
    return value.dump(2, ' ', false, json::error_handler_t::replace);
}

void write_json_text(const cluster& c, output& out)
{
    json brokers = json::array();
    for (const broker_info& b : c.brokers()) {
        json broker{{"id", b.id}, {"host", b.host}, {"port", b.port}, {"rack", nullptr}};
        if (b.rack) broker["rack"] = *b.rack;
        brokers.push_back(std::move(broker));
    }
    json topics = json::array();
    for (const topic_info* t : c.topics()) {
        json partitions = json::array();
        for (const partition_info& p : t->partitions)
            partitions.push_back({{"partition", p.index},
                                  {"leader", p.leader},
                                  {"leaderEpoch", p.leader_epoch},
                                  {"replicas", p.replicas},
                                  {"isrs", p.in_sync},
                                  {"offline", p.offline},
                                  {"error", name(p.error)}});
        topics.push_back({{"topic", t->name},
                          {"id", t->id.is_zero() ? json(nullptr) : json(t->id.to_base64url())},
                          {"internal", t->internal},
                          {"error", name(t->error)},
                          {"partitions", std::move(partitions)}});
    }
    const json all{{"cluster", c.id()},
                   {"controller", c.controller()},
                   {"brokers", std::move(brokers)},
                   {"topics", std::move(topics)}};
    out.write(dump(all));
    out.write("\n");
}

} // namespace

void write_cluster(const cluster& c, bool json, output& out)
{
    if (json)
        write_json_text(c, out);
    else
        write_text(c, out);
}

asio::awaitable<int> show_metadata(session& in, const metadata_arguments& arguments)
{
    std::vector<std::string> topics;
    if (arguments.topic) topics.push_back(*arguments.topic);
    const cluster_snapshot cluster = co_await in.contact(topics);
    if (arguments.topic) {
        const topic_info* topic = cluster->find_topic(*arguments.topic);
        if (topic == nullptr || topic->error == broker_errc::unknown_topic_or_partition)
            throw failure(fmt::format(R"(topic "{}" does not exist)", *arguments.topic));
        if (topic->error == broker_errc::invalid_topic_exception)
            throw failure(fmt::format(R"(topic "{}": {})", *arguments.topic, make_error_code(topic->error).message()));
    }
    output out{STDOUT_FILENO};
    write_cluster(*cluster, arguments.json, out);
    out.flush();
    co_return exit_code::ok;
}

} // namespace odradek::cli
