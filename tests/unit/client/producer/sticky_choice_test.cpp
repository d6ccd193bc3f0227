// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/sticky_choice.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <limits>
#include <map>
#include <thread>
#include <vector>

namespace odradek {
namespace {

using load = sticky_choice::load;
using options = sticky_choice::options;

constexpr options plain{.adaptive = true, .rack_aware = false};
constexpr options near{.adaptive = true, .rack_aware = true};

/// Partitions 0, 1, ... with these queues, all available.
std::vector<load> queues(std::initializer_list<std::int32_t> lengths)
{
    std::vector<load> loads;
    for (const std::int32_t length : lengths)
        loads.push_back({static_cast<std::int32_t>(loads.size()), length, true, false});
    return loads;
}

/// How often each partition comes when the random numbers are 0 to `draws` - 1: each draw by what a full batch brings.
std::map<std::int32_t, int> drawn(const std::vector<load>& loads, const options& what, std::uint64_t draws)
{
    sticky_choice choice(1);
    choice.set_partitions(loads, what, 0);
    std::map<std::int32_t, int> times;
    for (std::uint64_t i = 0; i < draws; ++i) {
        EXPECT_TRUE(choice.on_append(choice.current(), 1, true, i));
        ++times[choice.current()];
    }
    return times;
}

using count_by_partition = std::map<std::int32_t, int>;

TEST(sticky_choice, knows_no_partition_before_it_is_told)
{
    sticky_choice choice(100);
    EXPECT_EQ(choice.current(), -1);
    EXPECT_FALSE(choice.on_append(-1, 1'000, true, 0));
    choice.switch_from(-1, 0);
    EXPECT_EQ(choice.current(), -1);
    EXPECT_EQ(choice.next_round_robin(), -1);
    EXPECT_EQ(choice.next_random(7), -1);
}

TEST(sticky_choice, begins_where_chance_says_and_not_always_at_the_first)
{
    for (std::uint64_t random = 0; random < 6; ++random) {
        sticky_choice choice(100);
        choice.set_partitions(queues({0, 0, 0}), plain, random);
        EXPECT_EQ(choice.current(), static_cast<std::int32_t>(random % 3));
    }
}

// B11
TEST(sticky_choice, switches_only_after_a_batch_of_bytes)
{
    sticky_choice choice(100);
    choice.set_partitions(queues({0, 0, 0}), plain, 0);
    EXPECT_FALSE(choice.on_append(0, 60, true, 1));
    EXPECT_FALSE(choice.on_append(0, 39, true, 1));
    EXPECT_EQ(choice.current(), 0);
    EXPECT_TRUE(choice.on_append(0, 1, true, 1));
    EXPECT_EQ(choice.current(), 1);
    EXPECT_FALSE(choice.on_append(1, 99, true, 2)); // the count begins anew
    EXPECT_TRUE(choice.on_append(1, 1, true, 2));
    EXPECT_EQ(choice.current(), 2);
}

// B11
TEST(sticky_choice, waits_for_the_batch_that_still_fills)
{
    sticky_choice choice(100);
    choice.set_partitions(queues({0, 0}), plain, 0);
    EXPECT_FALSE(choice.on_append(0, 150, false, 1));
    EXPECT_FALSE(choice.on_append(0, 10, false, 1));
    EXPECT_EQ(choice.current(), 0);
    EXPECT_TRUE(choice.on_append(0, 10, true, 1));
    EXPECT_EQ(choice.current(), 1);
}

// B11
TEST(sticky_choice, waits_for_no_batch_beyond_twice_its_size)
{
    sticky_choice choice(100);
    choice.set_partitions(queues({0, 0}), plain, 0);
    EXPECT_FALSE(choice.on_append(0, 199, false, 1));
    EXPECT_TRUE(choice.on_append(0, 1, false, 1));
    EXPECT_EQ(choice.current(), 1);
    EXPECT_TRUE(choice.on_append(1, 5'000, false, 0)); // one record that is larger than both
    EXPECT_EQ(choice.current(), 0);
}

TEST(sticky_choice, counts_sizes_that_are_too_large_to_count)
{
    constexpr std::int32_t largest = std::numeric_limits<std::int32_t>::max();
    sticky_choice choice(largest);
    choice.set_partitions(queues({0, 0}), plain, 0);
    EXPECT_FALSE(choice.on_append(0, largest, false, 1));
    EXPECT_TRUE(choice.on_append(0, std::numeric_limits<std::size_t>::max(), false, 1));
    EXPECT_EQ(choice.current(), 1);

    sticky_choice one_byte(-5);
    one_byte.set_partitions(queues({0, 0}), plain, 0);
    EXPECT_FALSE(one_byte.on_append(0, 0, true, 1));
    EXPECT_TRUE(one_byte.on_append(0, 1, true, 1));
}

TEST(sticky_choice, does_not_count_what_went_elsewhere)
{
    sticky_choice choice(100);
    choice.set_partitions(queues({0, 0, 0}), plain, 0);
    EXPECT_FALSE(choice.on_append(1, 1'000, true, 2));
    EXPECT_EQ(choice.current(), 0);
    EXPECT_FALSE(choice.on_append(0, 99, true, 2));
    EXPECT_TRUE(choice.on_append(0, 100, true, 1));
    EXPECT_FALSE(choice.on_append(0, 1'000, true, 2)); // a thread that comes late
    EXPECT_EQ(choice.current(), 1);
}

// B11: the weights of queues of 0, 3 and 1 are 4, 1 and 3.
TEST(sticky_choice, draws_by_what_does_not_wait)
{
    EXPECT_EQ(drawn(queues({0, 3, 1}), plain, 8), (count_by_partition{{0, 4}, {1, 1}, {2, 3}}));
    EXPECT_EQ(drawn(queues({0, 3, 1}), plain, 10'000), (count_by_partition{{0, 5'000}, {1, 1'250}, {2, 3'750}}));
    EXPECT_EQ(drawn(queues({5, 5, 5, 5}), plain, 10'000),
              (count_by_partition{{0, 2'500}, {1, 2'500}, {2, 2'500}, {3, 2'500}}));
    EXPECT_EQ(drawn(queues({99, 0}), plain, 10'100), (count_by_partition{{0, 100}, {1, 10'000}}));
}

TEST(sticky_choice, draws_all_alike_when_it_is_not_to_adapt)
{
    EXPECT_EQ(drawn(queues({0, 3, 1, 9}), {.adaptive = false}, 10'000),
              (count_by_partition{{0, 2'500}, {1, 2'500}, {2, 2'500}, {3, 2'500}}));
}

// B11
TEST(sticky_choice, leaves_out_what_is_not_available)
{
    std::vector<load> loads = queues({0, 9, 1});
    loads[1].available = false; // nor does its queue count for the others' weights
    EXPECT_EQ(drawn(loads, plain, 9'999), (count_by_partition{{0, 6'666}, {2, 3'333}}));
}

// B11
TEST(sticky_choice, takes_all_when_none_is_available)
{
    std::vector<load> loads = queues({0, 0, 0, 0});
    for (load& one : loads) one.available = false;
    loads[2].same_rack = true;
    EXPECT_EQ(drawn(loads, near, 10'000), (count_by_partition{{0, 2'500}, {1, 2'500}, {2, 2'500}, {3, 2'500}}));
}

// KIP-1123
TEST(sticky_choice, stays_in_its_rack_while_something_is_available_there)
{
    std::vector<load> loads = queues({7, 0, 1, 0});
    loads[1].same_rack = true;
    loads[2].same_rack = true;
    EXPECT_EQ(drawn(loads, near, 9'000), (count_by_partition{{1, 6'000}, {2, 3'000}}));
    EXPECT_EQ(drawn(loads, plain, 10'000).size(), 4U); // only if it is asked to

    loads[2].available = false;
    EXPECT_EQ(drawn(loads, near, 100), (count_by_partition{{1, 100}}));
    loads[1].available = false;
    EXPECT_EQ(drawn(loads, near, 900), (count_by_partition{{0, 100}, {3, 800}}));
}

TEST(sticky_choice, keeps_its_partition_and_its_bytes_through_new_loads)
{
    sticky_choice choice(100);
    choice.set_partitions(queues({0, 0, 0}), plain, 1);
    EXPECT_FALSE(choice.on_append(1, 90, true, 0));
    choice.set_partitions(queues({0, 50, 0, 0}), plain, 0);
    EXPECT_EQ(choice.current(), 1);
    EXPECT_TRUE(choice.on_append(1, 10, true, 0));
    EXPECT_EQ(choice.current(), 0);
}

TEST(sticky_choice, leaves_a_partition_that_new_loads_forbid)
{
    sticky_choice choice(100);
    std::vector<load> loads = queues({0, 0, 0});
    choice.set_partitions(loads, plain, 1);
    EXPECT_FALSE(choice.on_append(1, 90, true, 0));
    loads[1].available = false;
    choice.set_partitions(loads, plain, 1);
    EXPECT_EQ(choice.current(), 2);
    EXPECT_FALSE(choice.on_append(2, 90, true, 0)); // and the bytes were of the other one
    choice.set_partitions({}, plain, 0);
    EXPECT_EQ(choice.current(), -1);
    EXPECT_EQ(choice.next_round_robin(), -1);
}

TEST(sticky_choice, goes_elsewhere_when_it_is_told_to)
{
    for (std::uint64_t random = 0; random < 16; ++random) {
        sticky_choice choice(100);
        choice.set_partitions(queues({0, 3, 1}), plain, 0);
        choice.switch_from(2, random);
        EXPECT_EQ(choice.current(), 0); // that was not the current one
        choice.switch_from(0, random);
        EXPECT_EQ(choice.current(), random % 4 == 0 ? 1 : 2);
        choice.switch_from(choice.current(), 0);
        EXPECT_EQ(choice.current(), 0);
    }
    sticky_choice single(100);
    single.set_partitions(queues({0}), plain, 0);
    single.switch_from(0, 1);
    EXPECT_EQ(single.current(), 0);
}

TEST(sticky_choice, takes_turns_among_those_that_are_available)
{
    sticky_choice choice(100);
    std::vector<load> loads = queues({0, 50, 0, 0});
    loads[3].available = false;
    loads[0].same_rack = true; // turns know neither racks nor queues
    choice.set_partitions(loads, near, 0);
    std::vector<std::int32_t> turns;
    for (int i = 0; i < 6; ++i) turns.push_back(choice.next_round_robin());
    EXPECT_EQ(turns, (std::vector<std::int32_t>{0, 1, 2, 0, 1, 2}));
    for (load& one : loads) one.available = false;
    choice.set_partitions(loads, near, 1);
    turns.clear();
    for (int i = 0; i < 4; ++i) turns.push_back(choice.next_round_robin());
    EXPECT_EQ(turns, (std::vector<std::int32_t>{2, 3, 0, 1})); // goes on: the seventh turn
    EXPECT_EQ(choice.next_random(7), 3);
}

TEST(sticky_choice, takes_turns_among_partitions_that_were_added)
{
    sticky_choice choice(100);
    choice.set_partitions(queues({0}), plain, 0);
    EXPECT_EQ(choice.next_round_robin(), 0);
    choice.set_partitions(queues({0, 0, 0}), plain, 0);
    std::map<std::int32_t, int> times;
    for (int i = 0; i < 9; ++i) ++times[choice.next_round_robin()];
    EXPECT_EQ(times, (count_by_partition{{0, 3}, {1, 3}, {2, 3}}));
}

TEST(sticky_choice, begins_the_turns_where_chance_says)
{
    sticky_choice choice(100);
    choice.set_partitions(queues({0, 0, 0}), plain, 2);
    EXPECT_EQ(choice.next_round_robin(), 2);
    EXPECT_EQ(choice.next_round_robin(), 0);
}

// B11: whatever threads do at once, every switch was paid for with bytes that went to the partition before it.
TEST(sticky_choice, counts_each_byte_once_for_many_threads)
{
    constexpr int threads = 4;
    constexpr int appends = 5'000;
    constexpr std::uint64_t record_size = 30;
    constexpr std::uint64_t batch_size = 100;
    sticky_choice choice(batch_size);
    choice.set_partitions(queues({0, 0, 0}), plain, 0);
    std::atomic<std::uint64_t> switches{0};
    std::atomic<bool> wrong{false};
    {
        std::vector<std::jthread> senders;
        for (int t = 0; t < threads; ++t)
            senders.emplace_back([&] {
                for (int i = 0; i < appends; ++i) {
                    const std::int32_t at = choice.current();
                    const std::int32_t turn = choice.next_round_robin();
                    if (at < 0 || at > 4 || turn < 0 || turn > 4) wrong = true;
                    if (choice.on_append(at, record_size, i % 2 == 0, static_cast<std::uint64_t>(i))) ++switches;
                }
            });
        for (int i = 0; i < 200; ++i) {
            std::vector<load> loads = queues({i % 4, i % 3, i % 2});
            if (i > 100) loads.insert(loads.end(), {{3, 0, true, true}, {4, 0, true, true}});
            loads[static_cast<std::size_t>(i) % loads.size()].available = false;
            choice.set_partitions(loads, i % 2 == 0 ? plain : near, static_cast<std::uint64_t>(i));
            choice.switch_from(choice.current(), static_cast<std::uint64_t>(i));
        }
    }
    EXPECT_FALSE(wrong);
    EXPECT_GT(switches, 0U);
    EXPECT_LE(switches * batch_size, threads * appends * record_size);
}

} // namespace
} // namespace odradek
