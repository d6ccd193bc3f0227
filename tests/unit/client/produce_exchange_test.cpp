// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/produce_exchange.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace odradek {
namespace {

using step = produce_exchange::step;

TEST(produce_exchange, tries_a_new_topic_again_at_once_and_believes_the_fourth_answer) // B12
{
    produce_exchange exchange{false};
    EXPECT_EQ(exchange.on_answer(broker_errc::unknown_topic_or_partition), step::again);
    EXPECT_EQ(exchange.on_answer(broker_errc::unknown_topic_or_partition), step::follow_or_wait);
    EXPECT_EQ(exchange.on_answer(broker_errc::unknown_topic_id), step::follow_or_wait);
    EXPECT_EQ(exchange.on_answer(broker_errc::unknown_topic_or_partition), step::refused);
}

TEST(produce_exchange, counts_unknown_answers_on_over_other_errors) // B12
{
    produce_exchange exchange{false};
    (void)exchange.on_answer(broker_errc::unknown_topic_or_partition);
    (void)exchange.on_answer(broker_errc::not_leader_or_follower);
    (void)exchange.on_answer(broker_errc::unknown_topic_or_partition);
    (void)exchange.on_answer(broker_errc::not_enough_replicas);
    (void)exchange.on_answer(broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(exchange.on_answer(broker_errc::unknown_topic_or_partition), step::refused);
}

TEST(produce_exchange, sends_nothing_twice_that_may_have_been_appended) // B2
{
    for (const broker_errc code : {broker_errc::request_timed_out, broker_errc::not_enough_replicas_after_append,
                                   broker_errc::network_exception, broker_errc::unknown_server_error}) {
        EXPECT_EQ(produce_exchange{false}.on_answer(code), step::outcome_unknown) << name(code);
        EXPECT_EQ(produce_exchange{true}.on_answer(code), step::wait) << name(code);
    }
}

TEST(produce_exchange, sends_nothing_twice_that_was_appended_before_the_leader_resigned) // B2
{
    constexpr std::int64_t appended_at = 17;
    for (const broker_errc code : {broker_errc::not_leader_or_follower, broker_errc::unknown_topic_or_partition,
                                   broker_errc::kafka_storage_error}) {
        EXPECT_EQ(produce_exchange{false}.on_answer(code, appended_at), step::outcome_unknown) << name(code);
        EXPECT_NE(produce_exchange{true}.on_answer(code, appended_at), step::outcome_unknown) << name(code);
    }
    EXPECT_EQ(produce_exchange{false}.on_answer(broker_errc::none, appended_at), step::done);
}

TEST(produce_exchange, sends_again_what_was_not_appended)
{
    EXPECT_EQ(produce_exchange{false}.on_answer(broker_errc::not_enough_replicas), step::wait);
    EXPECT_EQ(produce_exchange{false}.on_answer(broker_errc::corrupt_message), step::wait);
    EXPECT_EQ(produce_exchange{false}.on_answer(broker_errc::not_leader_or_follower), step::follow_or_wait);
}

TEST(produce_exchange, gives_up_on_what_no_retry_mends) // B14
{
    for (const broker_errc code : {broker_errc::message_too_large, broker_errc::topic_authorization_failed,
                                   broker_errc::invalid_record, broker_errc::invalid_required_acks})
        EXPECT_EQ(produce_exchange{true}.on_answer(code), step::refused) << name(code);
}

TEST(produce_exchange, names_the_records_that_the_broker_blames)
{
    using blamed = produce_response::batch_index_and_error_message;
    const std::vector<blamed> two{{.batch_index = 3, .batch_index_error_message = "no key"}, {.batch_index = 7}};
    produce_response::partition_produce_response answer;
    EXPECT_EQ(blamed_records(answer), "");
    answer.record_errors = two;
    EXPECT_EQ(blamed_records(answer), "record 3: \"no key\"; record 7");
    const std::vector<blamed> many(15);
    answer.record_errors = many;
    EXPECT_TRUE(blamed_records(answer).ends_with("and 5 more"));
}

TEST(produce_exchange, finds_the_partitions_answer_by_id_or_by_name)
{
    uuid id;
    id.bytes[0] = 9;
    std::vector<produce_response::partition_produce_response> partitions(2);
    partitions[0].index = 4;
    partitions[1].index = 5;
    std::vector<produce_response::topic_produce_response> topics(2);
    topics[0].name = "letters";
    topics[0].partition_responses = partitions;
    topics[1].topic_id = id;
    topics[1].partition_responses = partitions;
    produce_response response;
    response.responses = topics;
    EXPECT_EQ(find_partition(response, "letters", uuid{}, 5), &partitions[1]);
    EXPECT_EQ(find_partition(response, "diaries", id, 4), &partitions[0]);
    EXPECT_EQ(find_partition(response, "diaries", uuid{}, 4), nullptr);
    EXPECT_EQ(find_partition(response, "letters", uuid{}, 6), nullptr);
}

} // namespace
} // namespace odradek
