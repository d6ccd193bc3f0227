// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <system_error>
#include <tests/unit/client/fake_cluster.hpp>
#include <utility>

namespace odradek::test {

// What an operation ended with, and its place in the client's time.
template <class Result>
struct ending {
    std::optional<std::error_code> ec;
    Result result{};
    diagnostics about;

    auto handler()
    {
        return [this](std::error_code e, Result r) {
            EXPECT_FALSE(ec) << "completed twice";
            ec = e;
            result = std::move(r);
        };
    }
    bool is_there() const { return ec.has_value(); }
};

// Sends a request and lets everything happen until it has ended.
template <class Request>
ending<response<typename Request::response_type>> ask(fake_cluster& brokers, client& c, const target& to,
                                                      const Request& request)
{
    ending<response<typename Request::response_type>> end;
    c.async_request(end.about, to, request, {}, end.handler());
    EXPECT_TRUE(brokers.run_until([&] { return end.is_there(); })) << "hangs";
    return end;
}

inline const record one_record[] = {{.key = "milena", .value = "Dear M."}};
inline const destination first_partition{.topic = "letters", .partition = 0};
inline const fetch_position from_beginning{.topic = "letters", .partition = 0, .offset = 0};

} // namespace odradek::test
