// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tcp_listener.hpp>
#include <odradek/net/tcp_transport.hpp>

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>

#include <utility>

namespace odradek {
namespace {

using asio::ip::tcp;

endpoint to_endpoint(const tcp::endpoint& from)
{
    return {from.address().to_string(), from.port()};
}

class tcp_listener final : public listener {
public:
    tcp_listener(tcp::acceptor acceptor, endpoint where, asio::any_io_executor executor, bool no_delay)
        : acceptor_(std::move(acceptor)), where_(std::move(where)), executor_(std::move(executor)), no_delay_(no_delay)
    {}

    [[nodiscard]] endpoint where() const override { return where_; }

    void accept(completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        acceptor_.async_accept(
            executor_, [no_delay = no_delay_, done = std::move(done)](std::error_code ec, tcp::socket socket) mutable {
                if (ec) return done.fail(ec);
                std::error_code ignored;
                if (no_delay) socket.set_option(tcp::no_delay(true), ignored);
                const tcp::endpoint peer = socket.remote_endpoint(ignored); // gone already, perhaps: reading will tell
                done.succeed(std::make_unique<tcp_transport>(std::move(socket), to_endpoint(peer)));
            });
    }

    void stop() noexcept override
    {
        std::error_code ignored;
        acceptor_.close(ignored);
    }

private:
    tcp::acceptor acceptor_;
    endpoint where_;
    asio::any_io_executor executor_;
    bool no_delay_;
};

class tcp_listener_factory final : public listener_factory {
public:
    explicit tcp_listener_factory(tcp_listener_options options) : options_(options) {}

    [[nodiscard]] std::unique_ptr<listener> listen(const listen_request& request, std::error_code& error) override
    {
        error.clear();
        const auto address =
            asio::ip::make_address(request.at.host == "localhost" ? "127.0.0.1" : request.at.host, error);
        if (error) return nullptr;
        const tcp::endpoint at(address, request.at.port);
        tcp::acceptor acceptor(request.executor);
        const int backlog = options_.backlog > 0 ? options_.backlog : asio::socket_base::max_listen_connections;
        acceptor.open(at.protocol(), error);
        if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
        if (!error && address.is_v6()) acceptor.set_option(asio::ip::v6_only(true), error);
        if (!error) acceptor.bind(at, error);
        if (!error) acceptor.listen(backlog, error);
        if (error) return nullptr;
        endpoint where = to_endpoint(acceptor.local_endpoint(error));
        if (error) return nullptr;
        return std::make_unique<tcp_listener>(std::move(acceptor), std::move(where), request.executor,
                                              options_.no_delay);
    }

private:
    tcp_listener_options options_;
};

} // namespace

std::shared_ptr<listener_factory> make_tcp_listener_factory(tcp_listener_options options)
{
    return std::make_shared<tcp_listener_factory>(options);
}

} // namespace odradek
