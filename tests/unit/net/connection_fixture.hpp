// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/connection.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <tests/support/fake_broker.hpp>
#include <vector>

namespace odradek::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

inline const endpoint here{"broker.test", 9092};
inline constexpr api_version v12{12};

// What became of one request.
struct outcome {
    int calls = 0;
    std::error_code ec;
    diagnostics about;
    response_frame response;
};

// A connection of its own to a broker that the test plays.
class connection_fixture : public testing::Test {
protected:
    void TearDown() override
    {
        if (!link) return;
        link->close();
        fake.settle();
    }

    void make(connection_options options = {}) { link = connection::make(fake.world, std::move(options), here, 3); }

    std::error_code open()
    {
        std::optional<std::error_code> ended;
        link->open({[&](std::error_code ec) { ended = ec; }, fake.world.executor, &open_diagnostics});
        fake.time->run_until(fake.io, [&] { return ended.has_value(); });
        return ended.value_or(make_error_code(errc::operation_timed_out));
    }
    void open_to_broker()
    {
        fake.listen(here);
        make();
        ASSERT_EQ(open(), std::error_code());
    }

    outgoing_request metadata(std::chrono::milliseconds patience = 30s)
    {
        outgoing_request request;
        request.key = api::metadata;
        request.version = v12;
        EXPECT_FALSE(encode(metadata_request{}, v12, request.body));
        request.deadline = fake.time->now() + patience;
        return request;
    }

    // A request whose body lies outside of it, in memory that `watched` knows of and that only the request owns.
    outgoing_request with_records(std::weak_ptr<std::string>& watched, std::chrono::milliseconds patience = 30s)
    {
        auto records = std::make_shared<std::string>(100'000, 'r');
        outgoing_request request;
        request.key = api::metadata;
        request.version = v12;
        request.body.external(*records);
        request.keep_alive = records;
        request.deadline = fake.time->now() + patience;
        watched = records;
        return request;
    }

    std::shared_ptr<outcome> send(outgoing_request request, asio::cancellation_slot slot = {})
    {
        auto result = std::make_shared<outcome>();
        auto handler = [result](std::error_code ec, response_frame response) {
            ++result->calls;
            result->ec = ec;
            result->response = std::move(response);
        };
        link->send(std::move(request),
                   {asio::bind_cancellation_slot(slot, std::move(handler)), fake.world.executor, &result->about});
        return result;
    }

    std::shared_ptr<test::fake_session> session() { return fake.sessions.back(); }
    std::string answer_to(std::size_t index, std::string_view cluster = "c")
    {
        metadata_response response;
        response.cluster_id = cluster;
        const auto& request = fake.sessions.back()->requests.at(index);
        return test::response_bytes(response, request.version, request.correlation_id);
    }
    // The answer to the connection's request of this number, whether or not it has arrived.
    static std::string early_answer_to(std::int32_t id, std::string_view cluster = "c")
    {
        metadata_response response;
        response.cluster_id = cluster;
        return test::response_bytes(response, v12, id);
    }
    static std::string cluster_of(const response_frame& response)
    {
        arena memory;
        metadata_response decoded;
        if (const auto error = decode(response.body, memory, response.version, decoded)) return error.message();
        return std::string(*decoded.cluster_id);
    }

    test::fake_world fake;
    std::shared_ptr<connection> link;
    diagnostics open_diagnostics;
    std::vector<std::shared_ptr<test::fake_stream>> silent; // streams of peers that say nothing
    std::unique_ptr<timer> wait;
};

} // namespace odradek::test
