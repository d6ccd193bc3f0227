// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/core.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/header.hpp>
#include <odradek/protocol/record_batch_builder.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace odradek::test {

/// An answer of the embedded broker, decoded, with the bytes that it refers to.
template <class Response>
struct answered {
    std::vector<std::byte> bytes;
    arena memory;
    Response value;

    const Response* operator->() const { return &value; }
};

/// The embedded broker's core without sockets: typed requests in, typed answers out, time by hand.
class broker_core {
public:
    broker_core() : broker_core(options()) {}
    explicit broker_core(broker::core::options how) : core(std::move(how)) {}

    [[nodiscard]] static broker::core::options options(int brokers = 1)
    {
        broker::core::options how;
        for (int id = 1; id <= brokers; ++id)
            how.cluster.nodes.push_back({.id = id,
                                         .at = {"127.0.0.1", static_cast<std::uint16_t>(9000 + id)},
                                         .rack = "r" + std::to_string(id)});
        how.cluster.cluster_id = "the-cluster";
        how.cluster.codecs = &default_codecs();
        return how;
    }

    broker::core core;
    broker::moment now{.steady = std::chrono::seconds{1}, .wall_ms = 1'790'000'000'000};

    [[nodiscard]] broker::connection_id connect(std::int32_t node = 1, std::size_t listener = 0)
    {
        const auto opened = core.open(node, listener);
        EXPECT_TRUE(opened) << "broker " << node << " refuses";
        return opened.value_or(0);
    }

    /// Hands a request in.
    template <class Request>
    void send(broker::connection_id on, const Request& request, api_version version)
    {
        writer out;
        const auto error = write_request_frame(out, request, version, ++correlation_id_, "test");
        ASSERT_FALSE(error) << error.message();
        hand_in(on, bytes_view{out.flatten()}.subview(4));
    }

    /// Hands bytes in, without a length before them.
    void hand_in(broker::connection_id on, bytes_view bytes)
    {
        byte_buffer copy;
        if (!bytes.empty()) std::memcpy(copy.extend(bytes.size()), bytes.data(), bytes.size());
        copy.commit(bytes.size());
        core.receive(on, frame{std::move(copy)}, now);
        collect();
    }

    /// Lets time pass, with everything that is due on the way.
    void pass(std::chrono::milliseconds span)
    {
        const broker::moment end = now.later(span);
        while (const auto next = core.wake_at()) {
            if (end < *next) break;
            now = *next;
            core.wake(now);
            collect();
        }
        now = end;
    }

    /// What the core has wanted to be done since the last call.
    [[nodiscard]] std::vector<broker::action> take()
    {
        collect();
        return std::exchange(done_, {});
    }
    [[nodiscard]] bool is_answered()
    {
        collect();
        return !done_.empty();
    }

    /// The answer that is there.
    template <class Response>
    [[nodiscard]] answered<Response> receive(api_version version)
    {
        answered<Response> answer;
        const auto actions = take();
        EXPECT_EQ(actions.size(), 1u);
        if (actions.empty()) return answer;
        EXPECT_EQ(actions[0].what, broker::action::kind::reply);
        answer.bytes = actions[0].bytes.flatten();
        response_header header;
        bytes_view body;
        const auto frame = bytes_view{answer.bytes}.subview(4);
        const auto bad = read_response_header(frame, Response::api_key, version, answer.memory, header, body);
        EXPECT_FALSE(bad) << bad.message();
        EXPECT_EQ(header.correlation_id, correlation_id_);
        const auto error = decode(body, answer.memory, version, answer.value);
        EXPECT_FALSE(error) << error.message();
        return answer;
    }

    /// Asks and gets the answer at once.
    template <class Request>
    [[nodiscard]] auto ask(broker::connection_id on, const Request& request, std::int16_t version)
    {
        send(on, request, api_version{version});
        return receive<typename Request::response_type>(api_version{version});
    }
    /// The same on a connection of its own to broker 1.
    template <class Request>
    [[nodiscard]] auto ask(const Request& request, std::int16_t version)
    {
        const auto on = connect();
        auto answer = ask(on, request, version);
        core.closed(on);
        return answer;
    }

    void create(std::string name, std::int32_t partitions = 1, broker::new_topic how = {})
    {
        how.name = std::move(name);
        how.partitions = partitions;
        if (how.replication_factor == -1) how.replication_factor = 1;
        const auto no = core.cluster().create(how);
        ASSERT_FALSE(no) << no.text;
    }

private:
    void collect()
    {
        for (broker::action& one : core.take_actions()) done_.push_back(std::move(one));
    }

    std::vector<broker::action> done_;
    std::int32_t correlation_id_ = 0;
};

/// A sealed batch of some records "0", "1", ... whose timestamps begin at `time`.
[[nodiscard]] inline std::string make_batch(int records, const seal_options& how = {},
                                            std::int64_t time = 1'790'000'000'000, bool with_keys = false)
{
    record_batch_builder builder;
    for (int i = 0; i < records; ++i) {
        const std::string value = std::to_string(i);
        nullable<bytes_view> key;
        if (with_keys) key = bytes_view{value};
        EXPECT_EQ(builder.append(time + i, key, bytes_view{value}), errc{});
    }
    sealed_batch sealed;
    EXPECT_FALSE(builder.seal(how, default_codecs(), sealed));
    return std::string(sealed.bytes().text());
}

} // namespace odradek::test
