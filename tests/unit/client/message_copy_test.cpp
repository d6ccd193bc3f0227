// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/message_copy.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/consumer_group_heartbeat.hpp>
#include <odradek/protocol/generated/messages/create_topics.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/join_group.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/streams_group_heartbeat.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

template <class T>
class message_copy : public ::testing::Test {};

using requests = ::testing::Types<metadata_request, create_topics_request, fetch_request, join_group_request,
                                  consumer_group_heartbeat_request, streams_group_heartbeat_request>;
TYPED_TEST_SUITE(message_copy, requests);

TYPED_TEST(message_copy, says_the_same_in_every_version_once_the_original_is_gone)
{
    for (std::int16_t v = TypeParam::negotiated.first; v <= TypeParam::negotiated.last; ++v) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            const api_version version{v};
            arena kept;
            TypeParam copy;
            TypeParam expected;
            arena expected_memory;
            ASSERT_FALSE(fill_randomly(expected, expected_memory, version, seed));
            {
                arena original_memory; // gone, and overwritten under a sanitizer, before the copy is looked at
                TypeParam original;
                ASSERT_FALSE(fill_randomly(original, original_memory, version, seed));
                copy = original;
                ASSERT_FALSE(detail::own_views(copy, kept));
            }
            const std::string difference = compare(copy, expected, version);
            ASSERT_EQ(difference, "") << "version " << v << ", seed " << seed;
        }
    }
}

TEST(message_copy_limits, reports_that_the_copy_does_not_fit)
{
    const std::string name(100'000, 'x');
    const metadata_request::metadata_request_topic topics[] = {{.name = name}};
    metadata_request request;
    request.topics = list<metadata_request::metadata_request_topic>{topics};
    arena small{1000};
    EXPECT_EQ(detail::own_views(request, small), errc::arena_exhausted);
}

} // namespace
} // namespace odradek
