// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <vector>

// What a producer makes of what metadata says: partitions, leaders, racks, topics that go and come back.
namespace odradek {
namespace {

using namespace test;
using namespace std::chrono_literals;
using partitions = std::vector<metadata_builder::partition>;

producer_options quick()
{
    return {.linger = 0ms};
}

metadata_builder two_brokers()
{
    return metadata_builder{}.broker(1, "b1", 9092, "east").broker(2, "b2", 9092, "west");
}

bool says(const std::shared_ptr<producer_bed::end_of_send>& ended, std::string_view words)
{
    return ended->about.to_string().find(words) != std::string::npos;
}

TEST(producer_topics, pay_nothing_for_an_index_that_cannot_be)
{
    producer_bed bed{quick()};
    bed.told = [] {
        return two_brokers().topic("letters", id_of(7),
                                   {{.index = 0}, {.index = std::numeric_limits<std::int32_t>::max()}, {.index = -1}});
    };
    const auto sent = bed.send(record{.topic = "letters", .value = "a"});
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    EXPECT_EQ(sent->at.partition, 0);
    EXPECT_TRUE(std::any_of(bed.brokers.world.lines.begin(), bed.brokers.world.lines.end(), [](const auto& line) {
        return line.find("partition 2147483647 cannot be") != std::string::npos;
    }));

    producer_bed nothing{quick()};
    nothing.told = [] { return two_brokers().topic("letters", id_of(7), {{.index = -1}}); };
    const auto lost = nothing.send(record{.topic = "letters", .value = "a"});
    nothing.run(lost);
    EXPECT_EQ(*lost->ec, errc::unknown_topic);
}

TEST(producer_topics, follow_the_leaders_of_two_partitions_that_one_answer_names) // R11, KIP-951
{
    producer_bed bed{{.linger = 10ms}};
    bed.run(bed.send("first", 0), bed.send("first", 1));
    bed.answers = [](const seen_batch& b) {
        return b.node == 1 ? batch_answer{.error = broker_errc::not_leader_or_follower, .hint = 2} : batch_answer{};
    };
    const std::size_t before = bed.batches.size();
    const auto a = bed.send("a", 0);
    const auto b = bed.send("b", 1);
    bed.run(a, b);
    EXPECT_FALSE(*a->ec) << a->about.to_string();
    EXPECT_FALSE(*b->ec) << b->about.to_string();
    ASSERT_EQ(bed.batches.size(), before + 4);
    EXPECT_EQ(bed.batches[before].request, bed.batches[before + 1].request);
    EXPECT_EQ(bed.batches[before + 2].node, 2);
    EXPECT_EQ(bed.batches[before + 3].node, 2);
    EXPECT_EQ(bed.brokers.count(api::metadata), 1u) << "nobody had to be asked";
}

TEST(producer_topics, keep_to_the_rack_of_the_client) // KIP-1123
{
    producer_bed bed{{.linger = 0ms, .rack_aware = true, .client_rack = "west"}};
    std::int32_t second = 2;
    bed.told = [&] { return two_brokers().topic("letters", id_of(7), {{.leader = 1}, {.leader = second}}); };
    for (int i = 0; i < 10; ++i) {
        const auto sent = bed.send(record{.topic = "letters", .value = "a"});
        bed.run(sent);
        EXPECT_EQ(sent->at.partition, 1);
    }
    producer_bed nowhere{{.linger = 0ms, .rack_aware = true, .client_rack = "north"}};
    nowhere.told = bed.told;
    const auto sent = nowhere.send(record{.topic = "letters", .value = "a"});
    nowhere.run(sent);
    EXPECT_FALSE(*sent->ec) << "better far away than nowhere";
}

TEST(producer_topics, keep_to_the_rack_when_only_leaders_moved)
{
    producer_bed bed{{.linger = 0ms, .adaptive = false, .rack_aware = true, .client_rack = "east"}};
    bool have_moved = false;
    bed.told = [&] {
        return two_brokers().topic("letters", id_of(7),
                                   have_moved ? partitions{{.leader = 2, .epoch = 1}, {.leader = 1, .epoch = 1}}
                                              : partitions{{.leader = 1}, {.leader = 2}});
    };
    const auto before = bed.send(record{.topic = "letters", .value = "a"});
    bed.run(before);
    EXPECT_EQ(before->at.partition, 0);
    have_moved = true;
    bed.answers = [](const seen_batch& b) {
        return b.node == 1 && b.partition == 0 ? batch_answer{.error = broker_errc::not_leader_or_follower}
                                               : batch_answer{};
    };
    bed.run(bed.send(record{.topic = "letters", .value = "b"}));
    const auto after = bed.send(record{.topic = "letters", .value = "c"});
    bed.run(after);
    EXPECT_EQ(after->at.partition, 1);
}

TEST(producer_topics, keep_to_the_rack_when_a_broker_moved_there)
{
    producer_bed bed{{.linger = 0ms, .adaptive = false, .rack_aware = true, .client_rack = "west"}};
    bool is_told = false;
    bed.told = [&] {
        metadata_builder all;
        all.broker(1, "b1", 9092, "east").broker(2, "b2", 9092, is_told ? "west" : "east");
        if (is_told) all.topic("diaries", id_of(8), {{.leader = 1}});
        return all.topic("letters", id_of(7), {{.leader = 1}, {.leader = 2}});
    };
    bed.run(bed.send(record{.topic = "letters", .value = "a"}));
    is_told = true;
    bed.run(bed.send(record{.topic = "diaries", .value = "a"})); // which asks the brokers again
    for (int i = 0; i < 10; ++i) {
        const auto sent = bed.send(record{.topic = "letters", .value = "b"});
        bed.run(sent);
        EXPECT_EQ(sent->at.partition, 1);
    }
}

TEST(producer_topics, let_a_users_own_partitioner_choose)
{
    std::vector<std::vector<std::int32_t>> available;
    std::vector<const std::int32_t*> tables;
    producer_options options = quick();
    options.custom_partitioner = [&](const record& what, const topic_partitions& of) -> std::int32_t {
        available.emplace_back(of.available.begin(), of.available.end());
        tables.push_back(of.available.data());
        if (what.value->text() == "throw") throw std::runtime_error{"no idea"};
        if (what.value->text() == "beyond") return of.count;
        if (what.value->text() == "below") return -2;
        if (what.value->text() == "any") return any_partition;
        return of.count - 1;
    };
    producer_bed bed{options};
    const auto send = [&](std::string_view value) {
        const auto sent = bed.send(record{.topic = "letters", .key = "key", .value = bytes_view{value}});
        bed.run(sent);
        return sent;
    };
    EXPECT_EQ(*send("throw")->ec, errc::partitioner_failed) << "while the topic is not known";
    EXPECT_EQ(send("good")->at.partition, 1);
    for (const char* bad : {"throw", "beyond", "below"}) {
        const auto sent = send(bad);
        EXPECT_EQ(*sent->ec, errc::partitioner_failed);
        EXPECT_TRUE(says(sent, "letters")) << sent->about.to_string();
        EXPECT_EQ(bed->try_send({.topic = "letters", .value = bytes_view{std::string_view{bad}}}),
                  errc::partitioner_failed);
    }
    EXPECT_FALSE(*send("any")->ec);
    EXPECT_EQ(available.back(), (std::vector<std::int32_t>{0, 1}));

    // A leader that goes and comes back: what is available is told, and not kept anew each time.
    const auto move = [&](std::int32_t leader) {
        bed.brokers.leaders[0] = leader;
        ++bed.brokers.leader_epoch;
        bed.answers = [done = false](const seen_batch&) mutable {
            return std::exchange(done, true) ? batch_answer{} : batch_answer{.error = broker_errc::fenced_leader_epoch};
        };
        EXPECT_FALSE(*send("good")->ec);
        EXPECT_FALSE(*send("good")->ec);
    };
    const auto* const both = tables.back();
    move(-1);
    EXPECT_EQ(available.back(), (std::vector<std::int32_t>{1}));
    const auto* const one = tables.back();
    move(2);
    EXPECT_EQ(available.back(), (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(tables.back(), both);
    move(-1);
    EXPECT_EQ(tables.back(), one);
}

TEST(producer_topics, close_a_batch_that_has_as_many_records_as_it_may)
{
    producer_bed bed{{.linger = 10ms, .batch_max_records = 2}};
    bed.run(bed.send("first"));
    const auto a = bed.send("a");
    const auto b = bed.send("b");
    const auto c = bed.send("c");
    bed.run(a, b, c);
    EXPECT_EQ(bed.values(), (std::vector<std::vector<std::string>>{{"first"}, {"a", "b"}, {"c"}}));
}

// --- Topics and partitions that go (B16)

TEST(producer_topics, keep_records_of_a_partition_that_an_answer_omits) // B16
{
    producer_bed bed{quick()};
    partitions all{{}, {}};
    bed.told = [&] { return two_brokers().topic("letters", id_of(7), all); };
    bed.run(bed.send("first", 1));
    all = {{}};
    bed.answers = [n = 0](const seen_batch& b) mutable {
        return b.partition == 1 && n++ < 3 ? batch_answer{.error = broker_errc::not_leader_or_follower}
                                           : batch_answer{};
    };
    const auto sent = bed.send("a", 1);
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    EXPECT_GE(bed.brokers.count(api::metadata), 3u);
}

TEST(producer_topics, keep_records_of_a_topic_that_answers_omit_for_a_while) // B16
{
    producer_bed bed{quick()};
    bool is_there = true;
    bed.told = [&] {
        return is_there ? two_brokers().topic("letters", id_of(7), {{}, {}})
                        : two_brokers().refused_topic("letters", broker_errc::unknown_topic_or_partition);
    };
    bed.run(bed.send("first"));
    is_there = false;
    bed.answers = [n = 0](const seen_batch&) mutable {
        return n++ == 0 ? batch_answer{.error = broker_errc::not_leader_or_follower} : batch_answer{};
    };
    const auto sent = bed.send("a");
    bed.pass(10s);
    EXPECT_FALSE(sent->ec) << sent->about.to_string();
    is_there = true;
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();

    is_there = false;
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::not_leader_or_follower}; };
    const auto lost = bed.send("b");
    bed.run(lost);
    EXPECT_EQ(*lost->ec, errc::unknown_topic) << "it did not come back";
    EXPECT_GE(lost->when - sent->when, 15s);
}

TEST(producer_topics, send_what_waits_to_a_topic_that_was_made_anew) // B16
{
    producer_bed bed{quick()};
    std::uint8_t id = 7;
    bed.told = [&] { return two_brokers().topic("letters", id_of(id), {{}, {}}); };
    bed.run(bed.send("first"));
    id = 8;
    bed.answers = [n = 0](const seen_batch&) mutable {
        return n++ < 2 ? batch_answer{.error = broker_errc::unknown_topic_id} : batch_answer{};
    };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    EXPECT_EQ(bed.values().back(), std::vector<std::string>{"a"});
}

TEST(producer_topics, fail_records_of_a_partition_that_a_topic_made_anew_does_not_have) // B16
{
    producer_bed bed{{.linger = 10ms}};
    std::uint8_t id = 7;
    partitions all{{}, {}, {}};
    bed.told = [&] { return two_brokers().topic("letters", id_of(id), all); };
    bed.run(bed.send("first", 0), bed.send("first", 2));
    id = 8;
    all = {{}};
    bed.answers = [n = 0](const seen_batch&) mutable {
        return n++ == 0 ? batch_answer{.error = broker_errc::unknown_topic_id}
               : n <= 3 ? batch_answer{.error = broker_errc::not_leader_or_follower}
                        : batch_answer{};
    };
    const auto began = bed.brokers.world.time->now();
    const auto stays = bed.send("a", 0);
    const auto goes = bed.send("b", 2);
    bed.run(stays, goes);
    EXPECT_FALSE(*stays->ec) << stays->about.to_string();
    EXPECT_EQ(*goes->ec, errc::unknown_partition) << goes->about.to_string();
    EXPECT_TRUE(says(goes, "letters") && says(goes, "partition 2")) << goes->about.to_string();
    EXPECT_EQ(goes->about.how_far(), delivery::not_delivered);
    EXPECT_GE(goes->when - began, 15s);
    EXPECT_LE(goes->when - began, 18s);

    // Whatever comes later is told at once, and what names no partition finds the one that there is.
    const auto late = bed.send("c", 2);
    const auto free = bed.send(record{.topic = "letters", .value = "d"});
    bed.run(late, free);
    EXPECT_EQ(*late->ec, errc::unknown_partition);
    EXPECT_TRUE(says(late, "only 0 to 0")) << late->about.to_string();
    EXPECT_FALSE(*free->ec) << free->about.to_string();
    EXPECT_EQ(free->at.partition, 0);
}

} // namespace
} // namespace odradek
