// SPDX-License-Identifier: Apache-2.0
#include <odradek/odradek.hpp>

#include <iostream>

namespace kafka = odradek;

asio::awaitable<void> run(kafka::client& client)
{
    const kafka::record letters[] = {{.key = "milena", .value = "Dear M."}};
    kafka::placed at = co_await client.async_produce({.topic = "letters"}, letters);
    std::cout << at.partition << '@' << at.offset << '\n';
}

int main()
{
    asio::io_context io;
    kafka::client client{io, {.brokers = {"localhost:9092"}}};
    asio::co_spawn(io, run(client), [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
    io.run();
}
