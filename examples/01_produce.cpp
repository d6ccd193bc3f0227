// SPDX-License-Identifier: Apache-2.0
//
// Sends a record and waits for it, then many with a callback each, then some together, and prints where they lie.
//
//     01_produce [host:port [topic]]
#include <odradek/odradek.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace kafka = odradek;

asio::awaitable<void> run(kafka::client& client, std::string topic)
{
    kafka::producer producer{client};
    const kafka::record_header headers[] = {{.key = "city", .value = "Praha"}};
    kafka::placed at =
        co_await producer.async_send({.topic = topic, .key = "milena", .value = "Dear M.", .headers = headers});
    std::cout << at.topic << '/' << at.partition << '@' << at.offset << '\n';

    // At full speed: no waiting and no coroutine a record, and from any thread.
    int delivered = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string value = "line " + std::to_string(i);
        const auto on_placed = [&delivered](const kafka::delivery_callback::outcome& how) {
            if (how.error)
                std::cerr << kafka::describe(how.error, how.about) << '\n';
            else
                ++delivered;
        };
        const kafka::record one{.topic = topic, .value = value};
        std::error_code refused;
        while ((refused = producer.try_send(one, on_placed)) == kafka::errc::queue_full)
            co_await producer.async_ready();
        if (refused) std::cerr << producer.explain(refused, one) << '\n';
    }
    co_await producer.async_flush();
    std::cout << delivered << " delivered\n";

    // Several with options of their own, and what became of each.
    const std::vector<kafka::record> letters{{.key = "felice", .value = "Dear F."},
                                             {.key = "ottla", .value = "Dear O."}};
    const kafka::topic_messages batch{.topic = topic, .messages = letters};
    std::vector<kafka::sent> results = co_await producer.async_send(batch, {.compression = kafka::compression::gzip});
    for (const kafka::sent& one : results) std::cout << one.at.partition << '@' << one.at.offset << '\n';

    co_await producer.async_close(std::chrono::seconds{5});
    co_await client.async_close(std::chrono::seconds{5});
}

int main(int argc, char** argv)
{
    const std::string broker = argc > 1 ? argv[1] : "localhost:9092";
    const std::string topic = argc > 2 ? argv[2] : "letters";
    int status = 0;

    asio::io_context io;
    kafka::client client{io, {.brokers = {broker}}};
    asio::co_spawn(io, run(client, topic), [&status](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const kafka::error& e) {
            std::cerr << e.what() << '\n';
            status = 1;
        }
    });
    io.run();
    return status;
}
