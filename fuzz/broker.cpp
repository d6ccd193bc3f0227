// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/broker/cluster.hpp>
#include <odradek/broker/releases.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>
#include <odradek/protocol/header.hpp>
#include <odradek/protocol/record_batch_builder.hpp>

#include <asio/io_context.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <tests/support/fake_network.hpp>
#include <tests/support/virtual_clock.hpp>
#include <vector>

// The embedded broker as a server, met by clients that send anything at all. However bad they are: no more memory is held for
// them than the cap, what is answered are whole frames and not more of them than there were requests, everybody is hung up on in the
// end, and the next client is served.
// Input: the release, the number of brokers; then steps, each a byte that says what and for which of four connections, with its
// arguments: bytes as they are, a request of any kind around a body, records, a fetch, time, reading or not, the end.

using namespace odradek;

namespace {

constexpr std::size_t memory_limit = std::size_t{192} << 10;
constexpr std::size_t clients = 4;

/// Where the server listens in memory: whoever connects is put into `waiting`.
struct door {
    std::deque<std::shared_ptr<test::fake_stream>> waiting;
    completion<void(std::error_code, std::unique_ptr<transport>)> accept;

    void serve()
    {
        if (!accept || waiting.empty()) return;
        auto end = std::make_unique<test::fake_transport>(std::move(waiting.front()));
        waiting.pop_front();
        std::exchange(accept, {}).succeed(std::move(end));
    }
};

class door_listener final : public listener {
public:
    explicit door_listener(std::shared_ptr<door> at, std::uint16_t port) : door_(std::move(at)), port_(port) {}
    ~door_listener() override { stop(); }
    door_listener(const door_listener&) = delete;
    door_listener& operator=(const door_listener&) = delete;

    [[nodiscard]] endpoint where() const override { return {"127.0.0.1", port_}; }
    void accept(completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        door_->accept = std::move(done);
        door_->serve();
    }
    void stop() noexcept override
    {
        if (door_->accept) std::exchange(door_->accept, {}).fail(asio::error::operation_aborted);
    }

private:
    std::shared_ptr<door> door_;
    std::uint16_t port_;
};

class door_factory final : public listener_factory {
public:
    std::vector<std::shared_ptr<door>> doors;

    [[nodiscard]] std::unique_ptr<listener> listen(const listen_request&, std::error_code&) override
    {
        doors.push_back(std::make_shared<door>());
        return std::make_unique<door_listener>(doors.back(), static_cast<std::uint16_t>(9091 + doors.size()));
    }
};

/// One client: what it sent, and what it was answered. The stream's own client is the server here, which wrote what was received.
struct client {
    std::shared_ptr<test::fake_stream> stream;
    frame_splitter requests{{.largest = frame_limits::after_authentication}};
    frame_splitter answers{{.largest = frame_limits::after_authentication}};
    std::size_t asked = 0;
    std::size_t answered = 0;
    bool ended = false;
};

class world {
public:
    explicit world(fuzz_input& input) : cluster_(io_, options(input))
    {
        require(!cluster_.error(), "a cluster serves");
    }
    world(const world&) = delete;
    world& operator=(const world&) = delete;
    ~world()
    {
        cluster_.stop();
        settle();
    }

    client& at(std::size_t which)
    {
        client& one = clients_[which % clients];
        if (!one.stream || one.stream->closed_by_client) connect(one, which);
        return one;
    }

    void send(client& to, bytes_view bytes, std::size_t chunk)
    {
        to.requests.append(bytes);
        for (frame next; to.requests.next(next);) ++to.asked;
        for (bytes_view left = bytes; !left.empty(); left = left.subview(std::min(chunk, left.size()))) {
            to.stream->push(left.subview(0, chunk));
            settle();
        }
        look();
    }

    void pass(std::chrono::milliseconds span)
    {
        time_->run_for(io_, span);
        look();
    }

    void read(client& by, bool on)
    {
        if (on)
            by.stream->release_writes();
        else
            by.stream->hold_writes = true;
        settle();
        look();
    }

    void end(client& by)
    {
        if (std::exchange(by.ended, true)) return;
        by.stream->end();
        settle();
        look();
    }

    /// After the longest time that a connection may be left alone nobody is connected any more.
    void finish()
    {
        pass(std::chrono::hours{1});
        for (const client& one : clients_)
            require(!one.stream || one.stream->closed_by_client, "everybody is hung up on");
        client last;
        connect(last, 0);
        const auto versions = bytes_view{std::string_view{"\0\0\0\12\0\22\0\0\0\0\0\7\377\377", 14}};
        last.stream->push(versions);
        settle();
        last.answers.append(bytes_view{last.stream->received});
        frame answer;
        require(last.answers.next(answer), "the next client is served");
        require(load_big<std::int32_t>(answer.bytes().data()) == 7, "and gets its own answer");
    }

private:
    broker::cluster_options options(fuzz_input& input)
    {
        static constexpr std::array releases{"", "4.0", "3.9", "3.3", "2.8", "2.1", "1.1", "0.11"};
        broker::cluster_options how;
        how.as_version = releases[input.below(releases.size())];
        how.brokers = static_cast<int>(1 + input.below(3));
        how.topics = {{.name = "t", .partitions = 2, .config = {{"retention.bytes", "60000"}}},
                      {.name = "compacted", .config = {{"cleanup.policy", "compact"}}}};
        how.memory_limit = memory_limit;
        how.output_cap = 4096;
        how.clock = time_;
        how.listeners = doors_;
        return how;
    }

    void connect(client& one, std::size_t which)
    {
        one = {};
        one.stream = std::make_shared<test::fake_stream>();
        door& to = *doors_->doors[which % doors_->doors.size()];
        to.waiting.push_back(one.stream);
        to.serve();
        settle();
    }

    /// What must hold at any time.
    void look()
    {
        require(cluster_.bytes_stored() <= memory_limit, "no more is held than the cap");
        for (client& one : clients_) {
            if (!one.stream) continue;
            one.answers.append(bytes_view{std::exchange(one.stream->received, {})});
            one.stream->writes.clear();
            for (frame next; one.answers.next(next);) ++one.answered;
            require(!one.answers.error(), "answers are frames");
            require(one.answered <= one.asked, "no answer without a request");
        }
    }

    void settle() { test::virtual_clock::settle(io_); }

    asio::io_context io_{1};
    std::shared_ptr<test::virtual_clock> time_ = std::make_shared<test::virtual_clock>();
    std::shared_ptr<door_factory> doors_ = std::make_shared<door_factory>();
    broker::cluster cluster_;
    std::array<client, clients> clients_;
};

/// A number from few bits that is often near an edge: of what a partition has, of the types, of the limits.
template <class T>
T near_edge(fuzz_input& input)
{
    static constexpr std::array<std::int64_t, 16> edges{
        0,       1,  2,  3,  5,           100,         1000,           60'000,
        100'000, -1, -2, -3, 0x7fff'ffff, 0x7fff'fffe, -0x8000'0000LL, 0x7fff'ffff'ffff'ffff};
    const std::uint8_t choice = input.byte();
    return static_cast<T>(choice < 128 ? choice : edges[choice % edges.size()]);
}

/// A request of any kind around the given body.
std::vector<std::byte> any_request(fuzz_input& input)
{
    const auto key = static_cast<api>(input.byte());
    const api_version version{input.byte()};
    writer out;
    open_frame opened{};
    require(!begin_request(out, key, version, input.byte(), {}, opened), "any header can be written");
    out.bytes(input.piece(input.number<std::uint16_t>()));
    require(!end_frame(out, opened), "a short request has a length");
    return out.flatten();
}

template <class Request>
std::vector<std::byte> request_of(const Request& request, std::int16_t version)
{
    writer out;
    const encode_error error = write_request_frame(out, request, api_version{version}, 1, "fuzz");
    return error ? std::vector<std::byte>{} : out.flatten(); // not every version can say everything
}

std::string_view some_topic(fuzz_input& input)
{
    static constexpr std::array<std::string_view, 4> topics{"t", "compacted", "new", ""};
    return topics[input.below(topics.size())];
}

std::vector<std::byte> some_records(fuzz_input& input)
{
    static constexpr std::array codecs{compression::none, compression::gzip, compression::zstd};
    record_batch_builder builder;
    const std::size_t count = input.below(64);
    const std::size_t size = input.byte() * std::size_t{16};
    const std::string value(size, 'v');
    const auto time = near_edge<std::int64_t>(input);
    for (std::size_t i = 0; i < count; ++i) {
        const std::string key = std::to_string(i % 5);
        if (builder.append(static_cast<std::int64_t>(static_cast<std::uint64_t>(time) + i), bytes_view{key},
                           bytes_view{value}) != errc{})
            break;
    }
    seal_options how;
    how.codec = codecs[input.below(codecs.size())];
    how.producer_id = near_edge<std::int64_t>(input);
    how.producer_epoch = near_edge<std::int16_t>(input);
    how.base_sequence = near_edge<std::int32_t>(input);
    sealed_batch sealed;
    if (builder.seal(how, default_codecs(), sealed)) return {};
    std::vector<std::byte> batch(sealed.bytes().begin(), sealed.bytes().end());
    if (const std::uint8_t spoil = input.byte(); spoil >= 240 && !batch.empty())
        batch[input.byte() % batch.size()] ^= std::byte{1};

    produce_request::partition_produce_data partition{.index = near_edge<std::int32_t>(input),
                                                      .records = bytes_view{batch}};
    produce_request::topic_produce_data topic;
    topic.name = some_topic(input);
    topic.partition_data = list{&partition, 1};
    produce_request request;
    request.acks = near_edge<std::int16_t>(input);
    request.timeout_ms = 1000;
    request.topic_data = list{&topic, 1};
    return request_of(request, static_cast<std::int16_t>(3 + input.below(10)));
}

std::vector<std::byte> some_fetch(fuzz_input& input)
{
    std::array<fetch_request::fetch_partition, 2> partitions;
    for (auto& one : partitions) {
        one.partition = near_edge<std::int32_t>(input);
        one.current_leader_epoch = near_edge<std::int32_t>(input);
        one.fetch_offset = near_edge<std::int64_t>(input);
        one.last_fetched_epoch = near_edge<std::int32_t>(input);
        one.partition_max_bytes = near_edge<std::int32_t>(input);
    }
    fetch_request::fetch_topic topic;
    topic.topic = some_topic(input);
    topic.partitions = list{partitions.data(), 1 + input.below(2)};
    fetch_request request;
    request.max_wait_ms = near_edge<std::int32_t>(input);
    request.min_bytes = near_edge<std::int32_t>(input);
    request.max_bytes = near_edge<std::int32_t>(input);
    request.session_id = near_edge<std::int32_t>(input);
    request.session_epoch = near_edge<std::int32_t>(input);
    request.topics = list{&topic, input.below(2)};
    return request_of(request, static_cast<std::int16_t>(4 + input.below(9)));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    world all{input};
    for (int steps = 0; !input.empty() && steps < 64; ++steps) {
        const std::uint8_t step = input.byte();
        client& one = all.at(step >> 6);
        switch (step & 0x3f) {
        case 0: all.send(one, input.piece(input.number<std::uint16_t>()), 1 + input.byte() * std::size_t{4}); break;
        case 1: all.pass(std::chrono::milliseconds{input.number<std::uint16_t>() * 16}); break;
        case 2: all.read(one, (input.byte() & 1) != 0); break;
        case 3: all.end(one); break;
        case 4:
        case 5:
        case 6: all.send(one, bytes_view{some_records(input)}, ~std::size_t{0}); break;
        case 7:
        case 8: all.send(one, bytes_view{some_fetch(input)}, ~std::size_t{0}); break;
        default: all.send(one, bytes_view{any_request(input)}, ~std::size_t{0}); break;
        }
    }
    all.finish();
    return 0;
}
