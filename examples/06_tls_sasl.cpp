// SPDX-License-Identifier: Apache-2.0
//
// A cluster that wants TLS and a password. Wrong ones are told apart: no trust, no such user, no such mechanism.
//
//     KAFKA_PASSWORD=.. 06_tls_sasl localhost:9096 certificates/ca.pem alice
#include <odradek/odradek.hpp>

#include <cstdlib>
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
    if (argc < 4) {
        std::cerr << "usage: KAFKA_PASSWORD=.. 06_tls_sasl HOST:PORT CA_FILE USER\n";
        return 2;
    }
    kafka::client_options options{.brokers = {argv[1]}};
    options.security = kafka::tls{.ca_file = argv[2]};
    options.sasl = kafka::scram_sha_512{.username = argv[3], .password = std::getenv("KAFKA_PASSWORD")};

    asio::io_context io;
    kafka::client client{io, options};
    int status = 0;
    asio::co_spawn(io, run(client), [&](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const kafka::error& e) {
            status = 1;
            if (e.code() == kafka::errc::tls_certificate_refused) std::cerr << "not trusted: ";
            if (e.code() == kafka::errc::authentication_failed) std::cerr << "not let in: ";
            if (e.code() == kafka::errc::mechanism_not_offered) std::cerr << "not that way: ";
            std::cerr << e.what() << '\n';
        }
    });
    io.run();
    return status;
}
