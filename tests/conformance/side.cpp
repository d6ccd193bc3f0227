// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/header.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <tests/conformance/side.hpp>
#include <unistd.h>
#include <utility>

namespace odradek::conformance {
namespace {

[[noreturn]] void give_up(const std::string& why)
{
    std::fprintf(stderr, "conformance: %s\n", why.c_str());
    std::exit(1);
}

std::int64_t wall_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

class embedded_side final : public side {
public:
    explicit embedded_side(broker::release as) : core_(options(as)) {}

private:
    static broker::core::options options(broker::release as)
    {
        broker::core::options how;
        how.cluster.nodes = {{.id = 1, .at = {"127.0.0.1", 9092}, .rack = {}}};
        how.cluster.cluster_id = "embedded";
        how.cluster.codecs = &default_codecs();
        how.as = as;
        // Brokers before 4.1 are run with this setting written out, which shows in what they tell of it.
        if (as.column < broker::find_release("4.1").value().column) how.cluster.config["min.insync.replicas"] = "1";
        return how;
    }

    std::optional<std::vector<std::byte>> exchange(bytes_view request) override
    {
        if (!connection_) connection_ = core_.open(1);
        byte_buffer bytes;
        std::byte* const place = bytes.extend(request.size());
        std::memcpy(place, request.data(), request.size());
        bytes.commit(request.size());
        now_.wall_ms = wall_ms();
        core_.receive(*connection_, frame{std::move(bytes)}, now_);
        for (;;) {
            for (broker::action& one : core_.take_actions()) {
                if (one.what == broker::action::kind::close) {
                    core_.closed(std::exchange(connection_, {}).value());
                    return {};
                }
                std::vector<std::byte> whole = one.bytes.flatten();
                if (whole.size() < 4) return std::vector<std::byte>{};
                whole.erase(whole.begin(), whole.begin() + 4);
                return whole;
            }
            const auto next = core_.wake_at();
            if (!next) give_up("the embedded broker is silent");
            now_ = *next;
            core_.wake(now_);
        }
    }

    broker::core core_;
    std::optional<broker::connection_id> connection_;
    broker::moment now_{};
};

class real_side final : public side {
public:
    real_side(std::string host, std::uint16_t port) : host_(std::move(host)), port_(port) {}
    ~real_side() override { drop(); }
    real_side(const real_side&) = delete;
    real_side& operator=(const real_side&) = delete;

private:
    void connect()
    {
        addrinfo hints{};
        hints.ai_socktype = SOCK_STREAM;
        addrinfo* found = nullptr;
        if (getaddrinfo(host_.c_str(), std::to_string(port_).c_str(), &hints, &found) != 0)
            give_up("no such host: " + host_);
        socket_ = ::socket(found->ai_family, found->ai_socktype, 0);
        const bool connected = ::connect(socket_, found->ai_addr, found->ai_addrlen) == 0;
        freeaddrinfo(found);
        if (!connected) give_up("cannot connect to " + host_ + ":" + std::to_string(port_));
        const timeval limit{.tv_sec = 30, .tv_usec = 0};
        (void)setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    }

    void drop()
    {
        if (socket_ >= 0) ::close(std::exchange(socket_, -1));
    }

    bool send_all(const void* data, std::size_t size)
    {
        const auto* at = static_cast<const char*>(data);
        while (size != 0) {
            const ssize_t sent = ::send(socket_, at, size, MSG_NOSIGNAL);
            if (sent <= 0) return false;
            at += sent;
            size -= static_cast<std::size_t>(sent);
        }
        return true;
    }

    bool receive_all(std::byte* into, std::size_t size)
    {
        while (size != 0) {
            const ssize_t got = ::recv(socket_, into, size, 0);
            if (got <= 0) return false;
            into += got;
            size -= static_cast<std::size_t>(got);
        }
        return true;
    }

    std::optional<std::vector<std::byte>> exchange(bytes_view request) override
    {
        if (socket_ < 0) connect();
        std::byte length[4];
        store_big(length, static_cast<std::int32_t>(request.size()));
        if (send_all(length, sizeof(length)) && send_all(request.data(), request.size()) &&
            receive_all(length, sizeof(length))) {
            std::vector<std::byte> answer(static_cast<std::size_t>(load_big<std::int32_t>(length)));
            if (receive_all(answer.data(), answer.size())) return answer;
        }
        drop();
        return {};
    }

    std::string host_;
    std::uint16_t port_;
    int socket_ = -1;
};

} // namespace

std::optional<json> side::ask(api key, std::int16_t version, const json& request)
{
    const message_descriptor* const asked = find_message(key, message_kind::request);
    const message_descriptor* const answered = find_message(key, message_kind::response);
    const api_version at{version};
    arena memory;
    void* const message = asked->create(memory);
    if (const auto error = asked->from_json(request.dump(), memory, at, message))
        give_up(std::string(asked->name) + " " + std::to_string(version) + ": " + error.message() + ": " +
                request.dump());
    writer out;
    if (const auto error = write_request_frame(out, *asked, message, at, ++correlation_id_, "conformance"))
        give_up(error.message());
    const std::vector<std::byte> bytes = out.flatten();
    const auto answer = exchange(bytes_view{bytes}.subview(4));
    if (!answer) return {};
    response_header header;
    bytes_view body;
    if (const auto error = read_response_header(bytes_view{*answer}, key, at, memory, header, body))
        give_up(error.message());
    if (header.correlation_id != correlation_id_) give_up("an answer to another request");
    void* const response = answered->create(memory);
    if (const auto error = answered->decode(body, memory, at, response)) give_up(error.message());
    return json::parse(answered->to_json(response, at));
}

void side::learn_versions()
{
    const auto answer = ask(api::api_versions, 0, json::object());
    if (!answer) give_up("no answer to ApiVersions");
    for (const json& one : (*answer)["apiKeys"])
        ranges_[static_cast<api>(one["apiKey"].get<std::int16_t>())] = {one["minVersion"], one["maxVersion"]};
}

version_range side::range(api key) const
{
    const auto found = ranges_.find(key);
    return found == ranges_.end() ? version_range{} : found->second;
}

std::unique_ptr<side> make_embedded_side(broker::release as)
{
    return std::make_unique<embedded_side>(as);
}

std::unique_ptr<side> make_real_side(const std::string& host, std::uint16_t port)
{
    return std::make_unique<real_side>(host, port);
}

} // namespace odradek::conformance
