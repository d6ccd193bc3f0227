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

inline const record one_record[] = {{.key = "milena", .value = "Dear M."}};
inline const destination first_partition{.topic = "letters", .partition = 0};
inline const fetch_position from_beginning{.topic = "letters", .partition = 0, .offset = 0};

} // namespace odradek::test
