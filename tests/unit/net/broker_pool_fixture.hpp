// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/broker_pool.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <tests/support/fake_broker.hpp>
#include <vector>

namespace odradek::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

inline const endpoint first{"first.test", 9092};
inline const endpoint second{"second.test", 9092};
inline const endpoint third{"third.test", 9092};

// What became of one acquire.
struct acquire_outcome {
    int calls = 0;
    std::error_code ec;
    diagnostics about;
    std::shared_ptr<connection> got;
};

// A pool of its own in a world that the test plays.
class broker_pool_fixture : public testing::Test {
protected:
    void TearDown() override
    {
        if (!pool) return;
        pool->close();
        fake.settle();
    }

    void make(std::vector<endpoint> bootstrap) { make({.bootstrap = std::move(bootstrap), .reconnect = calm}); }
    void make(broker_pool_options options) { pool = broker_pool::make(fake.world, std::move(options)); }

    auto handler(const std::shared_ptr<acquire_outcome>& result, asio::cancellation_slot slot = {})
    {
        return asio::bind_cancellation_slot(slot, [result](std::error_code ec, std::shared_ptr<connection> got) {
            ++result->calls;
            result->ec = ec;
            result->got = std::move(got);
        });
    }
    std::shared_ptr<acquire_outcome> any(std::chrono::milliseconds patience = 60s, asio::cancellation_slot slot = {})
    {
        auto result = std::make_shared<acquire_outcome>();
        pool->acquire_any(fake.time->now() + patience, {handler(result, slot), fake.world.executor, &result->about});
        fake.settle();
        return result;
    }
    std::shared_ptr<acquire_outcome> node(std::int32_t id, connection_role role = {},
                                          std::chrono::milliseconds patience = 60s)
    {
        auto result = std::make_shared<acquire_outcome>();
        pool->acquire(id, role, fake.time->now() + patience, {handler(result), fake.world.executor, &result->about});
        fake.settle();
        return result;
    }
    std::shared_ptr<int> send(connection& on) // a request whose answer never comes
    {
        auto calls = std::make_shared<int>(0);
        outgoing_request request;
        request.key = api::metadata;
        request.version = api_version{12};
        EXPECT_FALSE(encode(metadata_request{}, request.version, request.body));
        request.deadline = fake.time->now() + 1'000s;
        on.send(std::move(request), {[calls](std::error_code, response_frame) { ++*calls; }, fake.world.executor});
        fake.settle();
        return calls;
    }
    [[nodiscard]] std::size_t attempts(const endpoint& where) const
    {
        return static_cast<std::size_t>(
            std::count_if(fake.network->attempts.begin(), fake.network->attempts.end(),
                          [&](const transport_request& one) { return one.broker == where; }));
    }

    static constexpr backoff::policy calm{.initial = 100ms, .maximum = 1000ms, .jitter = 0};
    test::fake_world fake;
    std::shared_ptr<broker_pool> pool;
};

} // namespace odradek::test
