// SPDX-License-Identifier: Apache-2.0
//
// Brokers behind a proxy: the one that is named here, or those of the environment's variables (ALL_PROXY, HTTPS_PROXY, NO_PROXY), which
// count only because this program asks for them.
//
//     08_proxy kafka:19092 127.0.0.1:1080
//     ALL_PROXY=http://alice:secret@127.0.0.1:3129 08_proxy kafka:19092
#include <odradek/odradek.hpp>

#include <iostream>

namespace kafka = odradek;

asio::awaitable<void> run(kafka::client& client)
{
    const kafka::cluster_snapshot cluster = co_await client.async_metadata();
    for (const kafka::broker_info& broker : cluster->brokers())
        std::cout << "broker " << broker.id << " at " << broker.host << ':' << broker.port << '\n';
}

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::cerr << "usage: 08_proxy HOST:PORT [SOCKS5_PROXY]\n";
        return 2;
    }
    kafka::client_options options{.brokers = {argv[1]}};
    options.proxy = argc > 2 ? kafka::proxy_options{kafka::socks5{argv[2]}} : kafka::proxy_from_environment();

    asio::io_context io;
    kafka::client client{io, options};
    int status = 0;
    asio::co_spawn(io, run(client), [&](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const kafka::error& e) {
            std::cerr << e.what() << '\n'; // names the proxy, and what it said
            status = 1;
        }
    });
    io.run();
    return status;
}
