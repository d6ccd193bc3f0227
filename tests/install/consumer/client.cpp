// SPDX-License-Identifier: Apache-2.0
#include <odradek/odradek.hpp>

#include <iostream>

// Nobody listens on port 1, and the client has to say so.
int main()
{
    asio::io_context io;
    odradek::client client{io, {.brokers = {"127.0.0.1:1"}, .default_api_timeout = std::chrono::milliseconds{300}}};
    std::error_code ended;
    client.async_metadata({}, {}, [&](std::error_code ec, const odradek::cluster_snapshot&) { ended = ec; });
    io.run();
    std::cout << ended.message() << '\n';
    return ended ? 0 : 1;
}
