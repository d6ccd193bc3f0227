// SPDX-License-Identifier: Apache-2.0
//
// A Kafka cluster in this very process, for tests: real sockets on a free port, records in memory, and a bad moment on demand.
//
//     05_embedded_broker
#include <odradek/broker/cluster.hpp> // links odradek::broker besides odradek::odradek
#include <odradek/odradek.hpp>

#include <iostream>

namespace kafka = odradek;

asio::awaitable<void> run(kafka::broker::cluster& cluster, kafka::client& client)
{
    kafka::producer producer{client, {.linger = std::chrono::microseconds{0}}}; // each send is waited for
    cluster.faults().fail_next(kafka::api::produce, kafka::broker_errc::not_leader_or_follower);
    kafka::placed at = co_await producer.async_send({.topic = "letters", .key = "milena", .value = "Dear M."});
    std::cout << "at offset " << at.offset << ", after " << cluster.faults().hits("fail") << " refusal\n";
    co_await producer.async_close(std::chrono::seconds{5});
    co_await client.async_close(std::chrono::seconds{5});
    cluster.stop(); // it waits for connections as long as it is there, and io.run() with it
}

int main()
{
    int status = 0;
    asio::io_context io;
    kafka::broker::cluster cluster{io, {.topics = {{"letters", 3}}}}; // listens at once, serves while `io` runs
    if (cluster.error()) {
        std::cerr << cluster.error_text() << '\n';
        return 1;
    }
    kafka::client client{io, {.brokers = cluster.bootstrap()}};
    asio::co_spawn(io, run(cluster, client), [&](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const kafka::error& e) {
            std::cerr << e.what() << '\n';
            status = 1;
            cluster.stop();
        }
    });
    io.run();
    return status;
}
