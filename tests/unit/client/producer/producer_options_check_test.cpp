// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer_options_check.hpp>

#include <gtest/gtest.h>

namespace odradek::detail {
namespace {

using namespace std::chrono_literals;

TEST(producer_options_check, finds_nothing_wrong_with_what_may_be)
{
    EXPECT_EQ(wrong_option({}), "");
    EXPECT_EQ(wrong_option({.acks = acks::none, .linger = {}}), "");
    EXPECT_EQ(wrong_option({.compression = compression::snappy, .level = 3}), "")
        << "a setting of the level may be there for another codec";
}

TEST(producer_options_check, names_option_and_value)
{
    struct wrong {
        producer_options options;
        const char* words;
    };
    const wrong all[] = {
        {{.acks = static_cast<acks>(5)},
         "producer_options::acks is 5, which is none of 0 (none), 1 (leader) and -1 (all)"},
        {{.compression = static_cast<compression>(9)},
         "producer_options::compression is 9, which is no codec: there are 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) and "
         "4 (zstd)"},
        {{.acks = acks::leader, .idempotence = true},
         "producer_options::idempotence needs acks::all, not acks::leader"},
        {{.idempotence = true, .retries = 0}, "producer_options::idempotence needs retries above 0, not 0"},
        {{.delivery_timeout = -1ms}, "producer_options::delivery_timeout must be above 0, not -1 ms"},
        {{.linger = -7us}, "producer_options::linger must be 0 or more, not -7 us"},
        {{.linger = 5s, .delivery_timeout = 3s},
         "producer_options::linger must be below delivery_timeout of 3000 ms, not 5000 ms"},
        {{.timeout = -2ms}, "producer_options::timeout must be 0 or more, not -2 ms"},
        {{.batch_size = 0}, "producer_options::batch_size must be from 1 to 2^30, not 0"},
        {{.batch_max_records = -1}, "producer_options::batch_max_records must be above 0, not -1"},
        {{.max_request_size = std::size_t{1} << 31},
         "producer_options::max_request_size must be from 1 to 2^30, not 2147483648"},
        {{.max_in_flight = -3}, "producer_options::max_in_flight must be above 0, not -3"},
        {{.memory = 0}, "producer_options::memory must be above 0, not 0"},
        {{.compression = compression::zstd, .level = 1000},
         "producer_options::level is 1000, but zstd has the levels -131072 to 22"},
    };
    for (const wrong& one : all) EXPECT_EQ(wrong_option(one.options), one.words);
}

} // namespace
} // namespace odradek::detail
