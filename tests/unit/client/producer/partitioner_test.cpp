// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/partitioner.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace odradek {
namespace {

using enum partition_strategy;

constexpr partition_strategy all_strategies[] = {uniform_sticky,    round_robin,   random,         consistent,
                                                 consistent_random, murmur2,       murmur2_random, fnv1a,
                                                 fnv1a_random,      kafkajs_legacy};

std::vector<std::string> cells_of(const std::string& line)
{
    std::vector<std::string> cells;
    std::istringstream in(line);
    for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
    return cells;
}

std::string unhex(const std::string& hex)
{
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    return bytes;
}

// B36: what the other clients' own code answers; the file says which and how.
TEST(partitioner, puts_every_key_where_the_client_of_that_strategy_puts_it)
{
    const std::map<std::string, partition_strategy> columns{{"java", uniform_sticky},
                                                            {"consistent", consistent},
                                                            {"murmur2", murmur2},
                                                            {"consistent_random", consistent_random},
                                                            {"fnv1a", fnv1a},
                                                            {"murmur2_random", murmur2_random},
                                                            {"kafkajs", uniform_sticky},
                                                            {"fnv1a_random", fnv1a_random},
                                                            {"kafkajs_legacy", kafkajs_legacy}};
    std::ifstream table(ODRADEK_SOURCE_DIR "/tests/golden/partitioners/keys.tsv");
    ASSERT_TRUE(table);
    std::vector<std::string> header;
    int rows = 0;
    for (std::string line; std::getline(table, line);) {
        if (line.starts_with('#')) continue;
        const std::vector<std::string> cells = cells_of(line);
        if (header.empty()) {
            header = cells;
            ASSERT_EQ(header.size(), 11U);
            continue;
        }
        ASSERT_EQ(cells.size(), header.size()) << line;
        const std::string bytes = cells[0] == "null" ? "" : unhex(cells[0]);
        const std::optional<bytes_view> key = cells[0] == "null" ? std::nullopt : std::optional<bytes_view>(bytes);
        for (std::size_t i = 2; i < header.size(); ++i) {
            const std::int32_t expected = cells[i] == "?" ? any_partition : std::stoi(cells[i]);
            EXPECT_EQ(choose_partition(columns.at(header[i]), key, std::stoi(cells[1])), expected)
                << header[i] << " of " << cells[0] << " among " << cells[1];
        }
        ++rows;
    }
    EXPECT_EQ(rows, 565);
}

// B36: what KafkaJS did until 2.0 is not merely another way to make the same number positive.
TEST(partitioner, of_the_old_kafkajs_does_not_agree_with_java)
{
    EXPECT_EQ(choose_partition(uniform_sticky, "foobar", 2000), (-790332482 & 0x7fffffff) % 2000);
    EXPECT_NE(choose_partition(kafkajs_legacy, "foobar", 2000), choose_partition(uniform_sticky, "foobar", 2000));
    EXPECT_NE(choose_partition(kafkajs_legacy, "foobar", 2000), 790332482 % 2000);
}

TEST(partitioner, without_a_key_leaves_it_open_or_takes_it_for_an_empty_one)
{
    for (const partition_strategy how :
         {uniform_sticky, round_robin, random, consistent_random, murmur2_random, fnv1a_random, kafkajs_legacy})
        EXPECT_EQ(choose_partition(how, std::nullopt, 100), any_partition) << name(how);
    for (const partition_strategy how : {consistent, murmur2, fnv1a})
        EXPECT_EQ(choose_partition(how, std::nullopt, 100), choose_partition(how, "", 100)) << name(how);
    EXPECT_EQ(choose_partition(consistent, std::nullopt, 100), 0);
}

TEST(partitioner, by_turns_or_at_random_does_not_look_at_the_key)
{
    EXPECT_EQ(choose_partition(round_robin, "key", 100), any_partition);
    EXPECT_EQ(choose_partition(partition_strategy::random, "key", 100), any_partition);
}

TEST(partitioner, chooses_nothing_that_does_not_exist)
{
    for (const partition_strategy how : all_strategies) {
        for (int i = 0; i < 2'000; ++i) {
            const std::int32_t partition = choose_partition(how, std::to_string(i), 7);
            ASSERT_GE(partition, any_partition) << name(how);
            ASSERT_LT(partition, 7) << name(how);
        }
        EXPECT_EQ(choose_partition(how, "key", 0), any_partition) << name(how);
        EXPECT_EQ(choose_partition(how, "key", -1), any_partition) << name(how);
    }
}

TEST(partitioner, is_found_by_the_names_that_other_clients_settings_have)
{
    for (const partition_strategy how : all_strategies) EXPECT_EQ(find_strategy(name(how)), how) << name(how);
    EXPECT_EQ(name(consistent_random), "consistent_random");
    EXPECT_EQ(find_strategy("org.apache.kafka.clients.producer.RoundRobinPartitioner"), round_robin);
    EXPECT_EQ(find_strategy("org.apache.kafka.clients.producer.internals.DefaultPartitioner"), uniform_sticky);
    EXPECT_EQ(find_strategy("org.apache.kafka.clients.producer.UniformStickyPartitioner"), uniform_sticky);
    EXPECT_EQ(find_strategy("com.example.MyPartitioner"), std::nullopt);
    EXPECT_EQ(find_strategy("Murmur2"), std::nullopt);
    EXPECT_EQ(find_strategy(""), std::nullopt);
}

TEST(partitioner, that_java_called_uniformly_sticky_ignored_keys)
{
    EXPECT_TRUE(ignores_keys("org.apache.kafka.clients.producer.UniformStickyPartitioner"));
    EXPECT_FALSE(ignores_keys("org.apache.kafka.clients.producer.internals.DefaultPartitioner"));
    EXPECT_FALSE(ignores_keys("uniform_sticky"));
}

} // namespace
} // namespace odradek
