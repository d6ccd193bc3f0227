// SPDX-License-Identifier: Apache-2.0
//
// Odradek's side of `bench/compare connect`: clients that connect, ask for metadata, and go or stay.
//
//     bench_connect_odradek --brokers HOST:PORT [--property NAME=VALUE]... [--times N] [--hold N]
#include "connect_run.hpp"
#include <odradek/client/client.hpp>
#include <odradek/client/properties.hpp>

#include <asio/io_context.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

namespace {

[[noreturn]] void die(const std::string& what)
{
    std::cerr << "bench_connect_odradek: " << what << '\n';
    std::exit(1);
}

odradek::client_options options_of(const bench::connect_options& how)
{
    odradek::properties known;
    for (const auto& [name, value] : how.pairs())
        if (const auto wrong = known.set(name, value)) die(wrong.message);
    odradek::client_options options = known.client();
    options.brokers = {how.brokers};
    return options;
}

void ask(odradek::client& client, std::size_t& answers)
{
    client.async_metadata({}, {}, [&answers](std::error_code ec, const odradek::cluster_snapshot&) {
        if (ec) die(ec.message());
        ++answers;
    });
}

} // namespace

int main(int argc, char** argv)
{
    bench::connect_options how;
    CLI::App app("Odradek's side of compare connect");
    how.add_to(app);
    CLI11_PARSE(app, argc, argv);

    const odradek::client_options options = options_of(how);
    bench::connect_record record;
    for (std::size_t i = 0; i < how.times; ++i) {
        const auto began = bench::connect_record::clock::now();
        asio::io_context io{1};
        odradek::client client{io, options};
        std::size_t answers = 0;
        ask(client, answers);
        io.run();
        record.ready_after(bench::connect_record::clock::now() - began);
    }
    if (how.hold > 0) {
        const std::size_t before = bench::status_bytes("VmRSS");
        asio::io_context io{1};
        std::vector<std::unique_ptr<odradek::client>> clients;
        std::size_t answers = 0;
        for (std::size_t i = 0; i < how.hold; ++i) {
            clients.push_back(std::make_unique<odradek::client>(io, options));
            ask(*clients.back(), answers);
            if (i % 50 == 49) { // not all of them at the broker's door at once
                io.run();
                io.restart();
            }
        }
        io.run();
        record.holding(answers, before);
    }
    record.print("odradek");
}
