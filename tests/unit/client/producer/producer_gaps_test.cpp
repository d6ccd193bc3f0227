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

TEST(producer_gaps, believes_that_a_topic_is_deleted_after_15_seconds) // B16
{
    moody_bed bed;
    bed.change(moody_bed::two_brokers);
    const steady_time began = bed.brokers.world.time->now();
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::unknown_topic) << sent->about.to_string();
    EXPECT_GE(sent->when - began, 15s);
    EXPECT_LE(sent->when - began, 30s) << "well before the delivery time-out";
    EXPECT_EQ(sent->about.how_far(), delivery::not_delivered);
}

TEST(producer_gaps, surfaces_a_topic_id_that_stays_unknown) // B16
{
    moody_bed bed;
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::unknown_topic_id}; };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::unknown_topic_id);
    EXPECT_EQ(sent->about.how_far(), delivery::not_delivered);
}

} // namespace
} // namespace odradek
