// SPDX-License-Identifier: Apache-2.0
//
// Any request of Kafka's protocol, to whom it belongs: here who is in the cluster, and who coordinates a group. Errors come
// as values instead of exceptions.
//
// Needs a real broker: the embedded one has no groups yet.
//
//     04_any_request [host:port [group]]
#include <odradek/odradek.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/describe_groups.hpp>

#include <iostream>
#include <string>

namespace kafka = odradek;

constexpr auto as_tuple = asio::experimental::as_tuple(asio::use_awaitable);

asio::awaitable<int> run(kafka::client& client, std::string group)
{
    const kafka::api_versions_request who{.client_software_name = "example", .client_software_version = "1.0"};
    kafka::diagnostics about; // who said what, if something fails
    auto [failed, versions] = co_await client.async_request(about, kafka::any_broker, who, {}, as_tuple);
    if (failed) {
        std::cerr << kafka::describe(failed, about) << '\n';
        co_return 1;
    }
    std::cout << "the broker has " << versions->api_keys.size() << " APIs\n";

    const std::string_view groups[] = {group};
    kafka::describe_groups_request request;
    request.groups = groups;
    const kafka::coordinator to{.type = kafka::coordinator_type::group, .key = group};
    auto [lost, described] = co_await client.async_request(about, to, request, {}, as_tuple);
    if (lost) {
        std::cerr << kafka::describe(lost, about) << '\n';
        co_return 1;
    }
    std::cout << "broker " << described.node_id() << " coordinates " << group << ": "
              << kafka::to_json(*described, described.version()) << '\n';
    co_return 0;
}

int main(int argc, char** argv)
{
    const std::string broker = argc > 1 ? argv[1] : "localhost:9092";
    const std::string group = argc > 2 ? argv[2] : "readers";
    int status = 1;

    asio::io_context io;
    kafka::client client{io, {.brokers = {broker}}};
    asio::co_spawn(io, run(client, group), [&status](std::exception_ptr thrown, int result) {
        if (!thrown) status = result;
    });
    io.run();
    return status;
}
