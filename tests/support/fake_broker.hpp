// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/environment.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/header.hpp>

#include <asio/io_context.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <tests/support/fake_network.hpp>
#include <tests/support/virtual_clock.hpp>
#include <utility>
#include <vector>

namespace odradek::test {

/// What a ready broker says about itself: every API that we negotiate, in our versions.
inline const std::vector<api_versions_response::api_version_data>& our_api_keys()
{
    static const auto keys = [] {
        std::vector<api_versions_response::api_version_data> all;
        for (const api_info& one : all_apis())
            if (!one.negotiated.empty())
                all.push_back({static_cast<std::int16_t>(one.key), one.negotiated.first, one.negotiated.last, {}});
        return all;
    }();
    return keys;
}

/// Bytes of a whole response frame, length included.
template <class Response>
std::string response_bytes(const Response& response, api_version version, std::int32_t correlation_id)
{
    writer out;
    if (const auto error = write_response_frame(out, response, version, correlation_id)) throw error.message();
    const auto bytes = out.flatten();
    return std::string(bytes_view(bytes).text());
}

/// One accepted stream with a broker behind it: answers ApiVersions by itself, hands over everything else.
class fake_session : public std::enable_shared_from_this<fake_session> {
public:
    struct request {
        api key{};
        api_version version{};
        std::int32_t correlation_id = 0;
        std::string body;
    };

    explicit fake_session(std::shared_ptr<fake_stream> s) : stream(std::move(s)) {}

    void start()
    {
        stream->on_received = [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->read();
        };
    }

    template <class Response>
    void answer(const request& to, const Response& response)
    {
        stream->push(response_bytes(response, to.version, to.correlation_id));
    }

    std::shared_ptr<fake_stream> stream;
    std::vector<request> requests;                  ///< Everything but ApiVersions, in order.
    std::function<void(const request&)> on_request; ///< Called for each of them.
    api limited = api::api_versions;                ///< Of this API,
    std::int16_t highest = 32'767;                  ///< nothing above this version is offered.

private:
    void read()
    {
        splitter_.append(bytes_view(stream->received).subview(taken_));
        taken_ = stream->received.size();
        for (frame one; splitter_.next(one);) {
            arena memory;
            request_header header;
            bytes_view body;
            if (const auto error = read_request_header(one.bytes(), memory, header, body)) throw error.message();
            requests.push_back({static_cast<api>(header.request_api_key), api_version{header.request_api_version},
                                header.correlation_id, std::string(body.text())});
            const request now = requests.back();
            if (now.key == api::api_versions) {
                requests.pop_back();
                api_versions_response response;
                auto offered = our_api_keys();
                for (auto& one : offered) // an older broker
                    if (static_cast<api>(one.api_key_) == limited) one.max_version = std::min(one.max_version, highest);
                response.api_keys = offered;
                answer(now, response);
            } else if (on_request) {
                on_request(now);
            }
        }
    }

    frame_splitter splitter_;
    std::size_t taken_ = 0;
};

/// A world in memory, driven by hand: one thread, virtual time, seed 1.
struct fake_world {
    asio::io_context io;
    std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    std::shared_ptr<fake_network> network = std::make_shared<fake_network>();
    std::vector<std::string> lines; ///< The log.
    environment world;
    std::vector<std::shared_ptr<fake_session>> sessions; ///< Of listen(), in the order of their connections.

    fake_world()
    {
        world.executor = io.get_executor();
        world.strand = io.get_executor();
        world.clock = time;
        world.sockets = network;
        world.random = std::make_shared<random_source>(1);
        world.blocking = make_blocking_executor(io.get_executor());
        world.resolver = make_system_resolver(world.blocking);
        world.log = std::make_shared<logger>();
        world.log->set_sink([this](log_level, std::string_view, std::string_view text) { lines.emplace_back(text); },
                            log_level::debug);
    }

    /// A broker that answers ApiVersions listens there; sessions go to `sessions`.
    void listen(const endpoint& where, std::function<void(fake_session&)> on_accept = {})
    {
        network->listeners[where] = [this, on_accept = std::move(on_accept)](std::shared_ptr<fake_stream> stream) {
            auto session = std::make_shared<fake_session>(std::move(stream));
            session->start();
            sessions.push_back(session);
            if (on_accept) on_accept(*session);
        };
    }

    void settle() { virtual_clock::settle(io); }
};

} // namespace odradek::test
