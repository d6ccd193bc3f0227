// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <vector>

// What becomes of records when metadata changes its mind about their topic.

namespace odradek {
namespace {

using namespace test;
using namespace std::chrono_literals;

/// Brokers whose metadata a test can change.
class moody_bed : public producer_bed {
public:
    std::function<metadata_builder()> picture; ///< Instead of the usual one, when set.

    moody_bed() : producer_bed{{.linger = 0ms}}
    {
        brokers.instead = [this, usual = brokers.instead](int node, fake_session& session,
                                                          const fake_cluster::request& r) {
            if (r.key != api::metadata || !picture) return usual(node, session, r);
            const metadata_builder told = picture();
            session.answer(r, told.response());
            return true;
        };
        run(send("first", 0), send("first", 1));
        batches.clear();
    }

    /// As they are from now on; the next batch makes the producer ask.
    void change(std::function<metadata_builder()> to)
    {
        picture = std::move(to);
        answers = [n = 0](const seen_batch&) mutable {
            return n++ == 0 ? batch_answer{.error = broker_errc::not_leader_or_follower} : batch_answer{};
        };
    }
    std::size_t asked() const { return brokers.count(api::metadata); }

    static metadata_builder two_brokers() { return metadata_builder{}.broker(1, "b1").broker(2, "b2"); }
};

TEST(producer_topics, waits_for_a_topic_that_metadata_omits_for_a_moment) // B16
{
    for (const bool is_error : {false, true}) {
        moody_bed bed;
        bed.change([is_error] {
            auto without = moody_bed::two_brokers();
            return is_error ? without.refused_topic("letters", broker_errc::unknown_topic_or_partition) : without;
        });
        const std::size_t before = bed.asked();
        const auto a = bed.send("a", 0);
        bed.brokers.world.time->run_for(bed.brokers.world.io, 2s);
        EXPECT_GE(bed.asked(), before + 2);
        const auto b = bed.send("b", 1); // while it is missing
        const auto c = bed.send(record{.topic = "letters", .value = "c"});
        bed.brokers.world.time->run_for(bed.brokers.world.io, 12s);
        for (const auto& one : {a, b, c}) EXPECT_FALSE(one->ec) << one->ec->message();
        bed.picture = nullptr;
        bed.run(a, b, c);
        for (const auto& one : {a, b, c}) EXPECT_FALSE(*one->ec) << one->about.to_string();
    }
}

TEST(producer_topics, keeps_records_of_a_partition_that_metadata_omits_for_a_moment) // B16
{
    moody_bed bed;
    bed.change([] { return moody_bed::two_brokers().topic("letters", id_of(7), {{.leader = 2, .epoch = 9}}); });
    const auto a = bed.send("a", 1);
    const auto b = bed.send("b", 0);
    bed.run(a, b);
    EXPECT_FALSE(*a->ec) << a->about.to_string();
    EXPECT_FALSE(*b->ec) << b->about.to_string();
}

TEST(producer_topics, believes_that_a_topic_is_deleted_after_15_seconds) // B16
{
    moody_bed bed;
    bed.change(moody_bed::two_brokers);
    const steady_time began = bed.brokers.world.time->now();
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::unknown_topic) << sent->about.to_string();
    EXPECT_GE(sent->when - began, 15s);
    EXPECT_LE(sent->when - began, 30s) << "well before the delivery time-out";
    EXPECT_EQ(sent->about.how_far(), delivery::not_written);
}

TEST(producer_topics, goes_on_in_a_topic_that_was_made_anew) // B16
{
    moody_bed bed;
    bed.picture = [] {
        return moody_bed::two_brokers().topic("letters", id_of(8),
                                              {{.leader = 2, .epoch = 0}, {.leader = 2, .epoch = 0}});
    };
    bed.answers = [](const seen_batch& b) {
        return b.topic_id == id_of(7) ? batch_answer{.error = broker_errc::unknown_topic_id} : batch_answer{};
    };
    const auto a = bed.send("a", 0);
    const auto b = bed.send("b", 1);
    bed.run(a, b);
    EXPECT_FALSE(*a->ec) << a->about.to_string();
    EXPECT_FALSE(*b->ec) << b->about.to_string();
    ASSERT_FALSE(bed.batches.empty());
    EXPECT_EQ(bed.batches.front().topic_id, id_of(7));
    EXPECT_EQ(bed.batches.back().topic_id, id_of(8));
    EXPECT_EQ(bed.batches.back().node, 2) << "the lower epoch of the new topic counts";
}

TEST(producer_topics, surfaces_a_topic_id_that_stays_unknown) // B16
{
    moody_bed bed;
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::unknown_topic_id}; };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::unknown_topic_id);
    EXPECT_EQ(sent->about.how_far(), delivery::not_written);
}

} // namespace
} // namespace odradek
