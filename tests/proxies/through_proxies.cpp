// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/environment.hpp>
#include <odradek/net/error.hpp>
#include <odradek/net/proxy.hpp>
#include <odradek/net/tcp.hpp>
#include <odradek/protocol/endian.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

// Asks a broker many times, through proxies: odradek_through_proxies BROKER COUNT [--ca FILE] [--pause] PROXY...
//
// A PROXY is written as in ALL_PROXY; several are a chain, the nearest first. COUNT requests of ApiVersions go out, a hundred at a time,
// and the answers have to come in order. With --pause a line is printed after half of them, and one is awaited on standard
// input. The last line says "ok" and the way, or "failed", the code and the words.

namespace {

using namespace odradek;
using std::chrono_literals::operator""s;

constexpr std::size_t at_once = 100;
constexpr std::size_t largest_answer = 65536;

struct arguments {
    endpoint broker{};
    std::uint32_t count = 0;
    bool pauses = false;
    proxy_options proxies{};
};

[[noreturn]] void stop(const std::string& words)
{
    std::cerr << "through_proxies: " << words << '\n';
    std::exit(2);
}

std::string content(const char* file)
{
    std::ifstream in(file, std::ios::binary);
    if (!in) stop(std::string("cannot read ") + file);
    return {std::istreambuf_iterator<char>(in), {}};
}

arguments read_arguments(const std::vector<const char*>& words)
{
    arguments read;
    std::string authorities;
    if (words.size() < 3) stop("see the top of its source");
    read.broker = parse_endpoint(words[1]).value_or(endpoint{});
    read.count = static_cast<std::uint32_t>(std::stoul(words[2]));
    for (std::size_t i = 3; i < words.size(); ++i) {
        const std::string word = words[i];
        if (word == "--pause") {
            read.pauses = true;
        } else if (word == "--ca" && i + 1 < words.size()) {
            authorities = content(words[++i]);
        } else {
            auto one = proxy_from_environment(
                [&word](const char* name) { return std::string_view(name) == "all_proxy" ? word.c_str() : nullptr; });
            if (!one.problem.empty()) stop(one.problem);
            for (proxy_hop& hop : one.chain) read.proxies.chain.push_back(std::move(hop));
        }
    }
    for (proxy_hop& hop : read.proxies.chain)
        if (auto* http = std::get_if<http_connect>(&hop); http != nullptr && http->tls) http->tls->ca_pem = authorities;
    return read;
}

// ApiVersions v0 without a client id.
std::string request(std::uint32_t correlation_id)
{
    std::string frame(14, '\0');
    auto* out = reinterpret_cast<std::byte*>(frame.data());
    store_big(out, std::int32_t{10});
    store_big(out + 4, std::int16_t{18});
    store_big(out + 6, std::int16_t{0});
    store_big(out + 8, static_cast<std::int32_t>(correlation_id));
    store_big(out + 12, std::int16_t{-1});
    return frame;
}

class conversation {
public:
    conversation(transport& stream, const asio::any_io_executor& executor) : stream_(stream), executor_(executor) {}

    asio::awaitable<void> ask(std::uint32_t first, std::uint32_t end)
    {
        while (first < end) {
            const std::uint32_t last = std::min<std::uint32_t>(end, first + at_once);
            std::string out;
            for (std::uint32_t id = first; id < last; ++id) out += request(id);
            const std::array<bytes_view, 1> parts{bytes_view(out)};
            co_await stream_.async_write(executor_, parts, asio::use_awaitable);
            for (; first < last; ++first) co_await answer(first);
        }
    }

private:
    asio::awaitable<void> answer(std::uint32_t wanted)
    {
        co_await read(8);
        const auto length = load_big<std::int32_t>(bytes());
        const auto id = load_big<std::int32_t>(bytes() + 4);
        if (length < 4 || static_cast<std::size_t>(length) > largest_answer || id != static_cast<std::int32_t>(wanted))
            throw std::runtime_error("an answer came that nobody asked for");
        co_await read(4 + static_cast<std::size_t>(length));
        unread_.erase(0, 4 + static_cast<std::size_t>(length));
    }
    asio::awaitable<void> read(std::size_t size)
    {
        while (unread_.size() < size) {
            const std::size_t before = unread_.size();
            unread_.resize(before + largest_answer);
            const std::span<char> room(unread_.data() + before, largest_answer);
            const std::size_t got =
                co_await stream_.async_read_some(executor_, std::as_writable_bytes(room), asio::use_awaitable);
            unread_.resize(before + got);
        }
    }
    [[nodiscard]] const std::byte* bytes() const { return reinterpret_cast<const std::byte*>(unread_.data()); }

    transport& stream_;
    asio::any_io_executor executor_;
    std::string unread_;
};

asio::awaitable<void> run(const arguments& what, environment world)
{
    const tls_surroundings in{world.clock, world.blocking, world.log};
    auto factory = make_proxy_factory(make_tcp_factory(world.resolver, world.clock), what.proxies, in, world.resolver);
    transport_request to{what.broker, -1, {}, world.clock->now() + 20s, world.executor};
    const std::unique_ptr<transport> stream = co_await factory->async_connect(std::move(to), nullptr, default_token{});
    conversation talk(*stream, world.executor);
    const std::uint32_t half = what.pauses ? what.count / 2 : 0;
    co_await talk.ask(0, half);
    if (what.pauses) {
        std::cout << "half" << '\n' << std::flush;
        std::string line;
        std::getline(std::cin, line);
    }
    co_await talk.ask(half, what.count);
    std::cout << "ok: " << stream->describe() << '\n' << std::flush;
}

int exit_code(const std::exception_ptr& thrown)
{
    if (!thrown) return 0;
    try {
        std::rethrow_exception(thrown);
    } catch (const std::system_error& why) {
        const bool is_ours = why.code().category() == odradek_category();
        std::cout << "failed: " << (is_ours ? name(static_cast<errc>(why.code().value())) : "system") << ": "
                  << why.what() << '\n'
                  << std::flush;
    } catch (const std::exception& why) {
        std::cout << "failed: " << why.what() << '\n' << std::flush;
    }
    return 1;
}

} // namespace

int main(int count, char** words)
{
    const arguments what = read_arguments({words, words + count});
    asio::io_context io;
    environment world = make_environment(io.get_executor());
    world.log->set_sink([](log_level level, std::string_view where,
                           std::string_view text) { std::cerr << name(level) << ' ' << where << ": " << text << '\n'; },
                        log_level::debug);
    int code = 1;
    asio::co_spawn(io, run(what, world), [&code](const std::exception_ptr& thrown) { code = exit_code(thrown); });
    io.run();
    return code;
}
