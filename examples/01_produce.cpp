// SPDX-License-Identifier: Apache-2.0
//
// Writes two records as one batch and prints where they are.
//
//     01_produce [host:port [topic]]
#include <odradek/odradek.hpp>

#include <iostream>
#include <string>
#include <vector>

namespace kafka = odradek;

asio::awaitable<void> run(kafka::client& client, std::string topic)
{
    const kafka::record_header headers[] = {{.key = "city", .value = "Praha"}};
    const std::vector<kafka::record> records{
        {.key = "milena", .value = "Dear M.", .headers = headers},
        {.key = "felice", .value = "Dear F."},
    };
    kafka::placed at = co_await client.async_produce({.topic = topic}, records, {.acks = kafka::acks::all});
    std::cout << at.topic << '/' << at.partition << '@' << at.offset << '\n';
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
            std::cerr << e.code().message() << ": " << e.diagnostics().to_string() << '\n';
            status = 1;
        }
    });
    io.run();
    return status;
}
