// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/delete_topics.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_asking.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::fetch_order;
using test::options_as;
using test::topic_of;
using wanted = delete_topics_request::delete_topic_state;

wanted identified(const uuid& id)
{
    return {.name = nullptr, .topic_id = id};
}

class delete_topics_test : public testing::Test {
protected:
    delete_topics_test()
    {
        brokers.create("letters");
        brokers.create("diaries");
    }

    [[nodiscard]] answered<delete_topics_response> ask(const std::vector<wanted>& topics)
    {
        delete_topics_request request;
        request.topics = topics;
        return brokers.ask(request, 6);
    }
    [[nodiscard]] bool is_there(std::string_view name) { return brokers.core.cluster().find_topic(name) != nullptr; }

    broker_core brokers;
};

TEST_F(delete_topics_test, goes_by_names_alone_before_version_6)
{
    for (std::int16_t version = 1; version <= 5; ++version) {
        broker_core fresh;
        fresh.create("letters");
        const std::string_view names[] = {"letters", "nowhere"};
        delete_topics_request request;
        request.topic_names = names;
        const auto said = fresh.ask(request, version);
        ASSERT_EQ(said->responses.size(), 2u) << version;
        EXPECT_EQ(said->responses[0].name, nullable<std::string_view>{"letters"}) << version;
        EXPECT_EQ(said->responses[0].error_code, broker_errc::none) << version;
        EXPECT_EQ(said->responses[1].error_code, broker_errc::unknown_topic_or_partition) << version;
        EXPECT_EQ(said->responses[1].error_message.has_value(), version == 5) << version;
        EXPECT_TRUE(fresh.core.cluster().topics().empty()) << version;
    }
}

TEST_F(delete_topics_test, tells_name_and_id_of_what_is_gone)
{
    const uuid letters = topic_of(brokers, "letters").id;
    const uuid diaries = topic_of(brokers, "diaries").id;
    const auto said = ask({{.name = "letters"}, identified(diaries)});
    EXPECT_EQ(said->responses[0].topic_id, letters);
    EXPECT_EQ(said->responses[1].name, nullable<std::string_view>{"diaries"});
    EXPECT_FALSE(is_there("letters"));
    EXPECT_FALSE(is_there("diaries"));
}

TEST_F(delete_topics_test, names_no_topic_for_an_id_that_is_unknown)
{
    const auto said = ask({identified(uuid{{9}})});
    EXPECT_EQ(said->responses[0].error_code, broker_errc::unknown_topic_id);
    EXPECT_FALSE(said->responses[0].name);
    EXPECT_EQ(said->responses[0].topic_id, uuid{{9}});
}

TEST_F(delete_topics_test, wants_a_name_or_an_id_but_not_both)
{
    const uuid id = topic_of(brokers, "letters").id;
    const auto said = ask({{.name = "letters", .topic_id = id}, {.name = nullptr}});
    EXPECT_EQ(said->responses[0].error_code, broker_errc::invalid_request);
    EXPECT_EQ(said->responses[1].error_code, broker_errc::invalid_request);
    EXPECT_TRUE(is_there("letters"));
}

TEST_F(delete_topics_test, leaves_alone_what_is_named_twice)
{
    const uuid id = topic_of(brokers, "diaries").id;
    const auto said = ask({{.name = "letters"}, {.name = "letters"}, identified(id), identified(id)});
    ASSERT_EQ(said->responses.size(), 2u) << "each is answered once";
    EXPECT_EQ(said->responses[0].error_code, broker_errc::invalid_request);
    EXPECT_EQ(said->responses[1].error_code, broker_errc::invalid_request);
    EXPECT_TRUE(is_there("letters"));
    EXPECT_TRUE(is_there("diaries"));
}

TEST_F(delete_topics_test, says_twice_that_it_deleted_what_is_named_twice_with_zookeeper)
{
    broker_core old{options_as("2.8")};
    old.create("letters");
    const std::string_view names[] = {"letters", "letters"};
    delete_topics_request request;
    request.topic_names = names;
    const auto said = old.ask(request, 4);
    ASSERT_EQ(said->responses.size(), 2u);
    EXPECT_EQ(said->responses[0].error_code, broker_errc::none);
    EXPECT_EQ(said->responses[1].error_code, broker_errc::none);
    EXPECT_TRUE(old.core.cluster().topics().empty());
}

TEST_F(delete_topics_test, goes_to_the_controller_with_zookeeper)
{
    broker_core old{options_as("2.8", 2)};
    old.create("letters");
    const std::string_view names[] = {"letters"};
    delete_topics_request request;
    request.topic_names = names;
    EXPECT_EQ(old.ask(old.connect(2), request, 4)->responses[0].error_code, broker_errc::not_controller);
    EXPECT_EQ(old.ask(old.connect(1), request, 4)->responses[0].error_code, broker_errc::none);
}

TEST_F(delete_topics_test, gives_back_the_memory)
{
    test::store(brokers, 10, "letters");
    (void)ask({{.name = "letters"}, {.name = "diaries"}});
    EXPECT_EQ(brokers.core.cluster().bytes_stored(), 0u);
}

TEST_F(delete_topics_test, tells_readers_that_wait)
{
    const auto on = brokers.connect();
    fetch_order order;
    order.request.max_wait_ms = 500;
    brokers.send(on, order.request, api_version{12});
    ASSERT_FALSE(brokers.is_answered());
    brokers.core.cluster().remove("letters");
    brokers.core.notify();
    const auto said = brokers.receive<fetch_response>(api_version{12});
    EXPECT_EQ(said->responses[0].partitions[0].error_code, broker_errc::unknown_topic_or_partition);
}

TEST_F(delete_topics_test, makes_room_for_a_name_that_collided)
{
    brokers.create("a.b");
    EXPECT_EQ(brokers.core.cluster().create({.name = "a_b"}).error, broker_errc::invalid_topic_exception);
    (void)ask({{.name = "a.b"}});
    EXPECT_FALSE(brokers.core.cluster().create({.name = "a_b"}));
}

} // namespace
} // namespace odradek::broker
