// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tls_context.hpp>
#include <odradek/net/tls_transport.hpp>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <tests/support/certificates.hpp>
#include <tests/support/transport_pair.hpp>
#include <vector>

namespace odradek::test {

/// Two sides of TLS over a connection in memory, with certificates that are made for the run.
class tls_fixture : public testing::Test {
protected:
    struct side {
        std::unique_ptr<tls_context> context;
        std::unique_ptr<tls_transport> stream;
        std::optional<std::error_code> shaken; // what the handshake ended with
        diagnostics about;
    };

    static const certificate& authority()
    {
        static const certificate one = certificate::authority();
        return one;
    }
    static const certificate& broker()
    {
        static const certificate one = authority().issue({});
        return one;
    }

    tls_fixture()
    {
        trust(authority());
        serve(broker());
    }
    void trust(const certificate& one) { client_options.ca_pem = one.pem(); }
    void serve(const certificate& one)
    {
        server_options.identity.certificate_pem = one.pem();
        server_options.identity.key_pem = one.key_pem();
    }
    void show(const certificate& one)
    {
        client_options.certificate_pem = one.pem();
        client_options.key_pem = one.key_pem();
    }
    void demand(client_authentication how, const certificate& from)
    {
        server_options.client_auth = how;
        server_options.client_ca_pem = from.pem();
    }

    void make_contexts()
    {
        client.context = std::make_unique<tls_context>(client_options);
        server.context = std::make_unique<tls_context>(server_options);
        for (side* one : {&client, &server}) {
            const auto made = one->context->refresh(steady_time{});
            ASSERT_FALSE(made.ec) << describe(made.ec, made.about);
        }
    }
    [[nodiscard]] std::unique_ptr<tls_transport> client_over(std::unique_ptr<transport> below)
    {
        auto [context, sessions] = client.context->current();
        tls_engine::options how;
        how.is_foreign = client.context->is_foreign();
        how.host = host;
        how.verify = client_options.verify;
        how.verify_host = client_options.verify_host;
        how.broker = {host, 9093};
        how.sessions = sessions;
        return std::make_unique<tls_transport>(std::move(below), io.get_executor(), context.get(), std::move(how));
    }
    [[nodiscard]] std::unique_ptr<tls_transport> server_over(std::unique_ptr<transport> below)
    {
        tls_engine::options how;
        how.is_server = true;
        how.client_auth = server_options.client_auth;
        return std::make_unique<tls_transport>(std::move(below), io.get_executor(),
                                               server.context->current().context.get(), std::move(how));
    }
    // Both sides over the wire, on which the test may have changed something; over a new one if it was used before.
    void connect()
    {
        if (wire.to_server->total != 0 || wire.to_server->is_ended) wire = {};
        client.stream = client_over(wire.client());
        server.stream = server_over(wire.server());
    }
    void begin(side& one)
    {
        one.shaken.reset();
        auto ended = [&one](std::error_code ec) {
            one.shaken = ec;
            if (ec) one.stream->close(); // as a factory does
        };
        one.stream->handshake({std::move(ended), io.get_executor(), &one.about});
    }
    void run()
    {
        io.restart();
        io.poll();
    }
    // Everything: whether both sides came through.
    bool shake()
    {
        if (!client.context) make_contexts();
        connect();
        begin(client);
        begin(server);
        run();
        return client.shaken == std::error_code{} && server.shaken == std::error_code{};
    }
    [[nodiscard]] static std::string words(const side& one)
    {
        return one.shaken ? describe(*one.shaken, one.about) : "still shaking";
    }

    struct transfer {
        std::optional<std::error_code> ec;
        std::size_t size = 0;
        diagnostics about;
        std::string bytes;
        std::vector<bytes_view> parts;
        std::vector<std::string> texts; // what the parts refer to, if it is not the test's
    };
    void start_write(transport& to, transfer& what, std::vector<std::string> parts)
    {
        what.texts = std::move(parts);
        what.parts.assign(what.texts.begin(), what.texts.end());
        start_write(to, what);
    }
    void start_write(transport& to, transfer& what)
    {
        what.ec.reset();
        to.write(what.parts, {[&what](std::error_code ec) { what.ec = ec; }, io.get_executor(), &what.about});
    }
    void start_read(transport& from, transfer& what, std::size_t most = 65536)
    {
        what.ec.reset();
        what.bytes.assign(most, '\0');
        auto ended = [&what](std::error_code ec, std::size_t size) {
            what.ec = ec;
            what.size = size;
            what.bytes.resize(size);
        };
        from.read_some(std::as_writable_bytes(std::span(what.bytes)),
                       {std::move(ended), io.get_executor(), &what.about});
    }
    // One text from one side to the other, in one read.
    std::string pass(transport& from, transport& to, const std::string& text)
    {
        transfer written;
        transfer got;
        written.parts = {bytes_view(text)};
        start_write(from, written);
        run();
        start_read(to, got);
        run();
        if (!got.ec || *got.ec || !written.ec || *written.ec) return "failed";
        return got.bytes;
    }

    asio::io_context io;
    tls client_options;
    tls_server server_options;
    std::string host = "broker.test";
    transport_pair wire;
    side client;
    side server;
};

} // namespace odradek::test
