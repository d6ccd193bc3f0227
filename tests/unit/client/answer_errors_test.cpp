// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/answer_errors.hpp>
#include <odradek/protocol/generated/messages/find_coordinator.hpp>
#include <odradek/protocol/generated/messages/offset_commit.hpp>
#include <odradek/protocol/generated/messages/offset_fetch.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <gtest/gtest.h>

#include <set>

namespace odradek {
namespace {

using detail::errors_in;
using errors = std::set<broker_errc>;

template <class Response>
errors found(const Response& response, std::int16_t version)
{
    return errors_in(detail::object_type<Response>, &response, api_version{version});
}

TEST(answer_errors, finds_nothing_in_an_answer_that_is_well)
{
    offset_commit_response::offset_commit_response_partition partition;
    offset_commit_response::offset_commit_response_topic topic;
    topic.partitions = list{&partition, 1};
    offset_commit_response answer;
    answer.topics = list{&topic, 1};
    EXPECT_EQ(found(answer, 8), errors{});
    EXPECT_EQ(found(offset_commit_response{}, 8), errors{});
}

TEST(answer_errors, finds_each_error_of_partitions_once)
{
    offset_commit_response::offset_commit_response_partition partitions[3];
    partitions[0].error_code = broker_errc::not_coordinator;
    partitions[1].error_code = broker_errc::topic_authorization_failed;
    partitions[2].error_code = broker_errc::not_coordinator;
    offset_commit_response::offset_commit_response_topic topics[2];
    topics[1].partitions = partitions;
    offset_commit_response answer;
    answer.topics = topics;
    EXPECT_EQ(found(answer, 8), (errors{broker_errc::not_coordinator, broker_errc::topic_authorization_failed}));
}

TEST(answer_errors, looks_where_the_version_has_the_error)
{
    offset_fetch_response::offset_fetch_response_group group;
    group.error_code = broker_errc::not_coordinator;
    offset_fetch_response answer;
    answer.error_code = broker_errc::coordinator_load_in_progress;
    answer.groups = list{&group, 1};
    EXPECT_EQ(found(answer, 8), errors{broker_errc::not_coordinator}) << "a group's own from version 8 on";
    EXPECT_EQ(found(answer, 7), errors{broker_errc::coordinator_load_in_progress}) << "before, of the whole";
}

TEST(answer_errors, keeps_an_error_that_it_does_not_know)
{
    find_coordinator_response::coordinator one;
    one.error_code = static_cast<broker_errc>(3210);
    find_coordinator_response answer;
    answer.coordinators = list{&one, 1};
    EXPECT_EQ(found(answer, 4), errors{static_cast<broker_errc>(3210)});
}

TEST(answer_errors, goes_through_tagged_fields)
{
    produce_response::partition_produce_response partition;
    partition.error_code = broker_errc::not_leader_or_follower;
    partition.current_leader = {.leader_id = 2, .leader_epoch = 7};
    produce_response::topic_produce_response topic;
    topic.partition_responses = list{&partition, 1};
    produce_response answer;
    answer.responses = list{&topic, 1};
    EXPECT_EQ(found(answer, 10), errors{broker_errc::not_leader_or_follower});
}

} // namespace
} // namespace odradek
