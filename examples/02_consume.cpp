// SPDX-License-Identifier: Apache-2.0
//
// Reads a partition from its first record to its end and prints what is in it.
//
//     02_consume [host:port [topic [partition]]]
#include <odradek/odradek.hpp>

#include <iostream>
#include <string>

namespace kafka = odradek;

void print(const kafka::record_view& record)
{
    std::cout << record.offset() << ": " << (record.key() ? record.key()->text() : "(no key)") << " = "
              << (record.value() ? record.value()->text() : "(null)");
    for (const kafka::record_header& header : record.headers())
        std::cout << ", " << header.key << ": " << (header.value ? header.value->text() : "(null)");
    std::cout << '\n';
}

asio::awaitable<void> run(kafka::client& client, std::string topic, int partition)
{
    std::int64_t offset = kafka::offset::beginning;
    for (;;) {
        // Owns the bytes: batches and records are views into it.
        kafka::fetched fetched =
            co_await client.async_fetch({.topic = topic, .partition = partition, .offset = offset});
        for (const kafka::fetched_batch& batch : fetched)
            for (const kafka::record_view& record : batch) print(record);
        offset = fetched.next_offset();
        if (fetched.is_at_end()) break;
    }
    std::cout << "the end is at offset " << offset << '\n';
    co_await client.async_close(std::chrono::seconds{5});
}

int main(int argc, char** argv)
{
    const std::string broker = argc > 1 ? argv[1] : "localhost:9092";
    const std::string topic = argc > 2 ? argv[2] : "letters";
    const int partition = argc > 3 ? std::stoi(argv[3]) : 0;
    int status = 0;

    asio::io_context io;
    kafka::client client{io, {.brokers = {broker}}};
    asio::co_spawn(io, run(client, topic, partition), [&status](std::exception_ptr thrown) {
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
