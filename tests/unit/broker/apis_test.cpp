// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/generated/messages/find_coordinator.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::options_as;

constexpr const char* all_releases[] = {"0.11", "1.0", "1.1", "2.0", "2.1", "2.2", "2.3", "2.4",
                                        "2.8",  "3.9", "4.0", "4.1", "4.2", "4.3", "4.4"};

std::vector<const api_info*> served_apis()
{
    std::vector<const api_info*> all;
    for (const api_info& one : all_apis())
        if (!announced(newest_release(), one.key).empty()) all.push_back(&one);
    return all;
}

/// Every API that is served, in every version of every release: whatever is asked, the answer can be read.
class every_api : public testing::TestWithParam<const api_info*> {
protected:
    [[nodiscard]] static api key() { return GetParam()->key; }
    [[nodiscard]] static const message_descriptor& request_type()
    {
        return *find_message(key(), message_kind::request);
    }
    [[nodiscard]] static const message_descriptor& response_type()
    {
        return *find_message(key(), message_kind::response);
    }

    /// The bytes of a request, its length left out.
    static std::vector<std::byte> frame_of(const void* request, api_version version)
    {
        writer out;
        const auto error = write_request_frame(out, request_type(), request, version, 11, "test");
        EXPECT_FALSE(error) << error.message();
        std::vector<std::byte> bytes = out.flatten();
        bytes.erase(bytes.begin(), bytes.begin() + 4);
        return bytes;
    }

    /// A request that says nothing but what every client must say.
    static void* plain_request(arena& memory, api_version version)
    {
        void* const request = request_type().create(memory);
        const char* const named = R"({"clientSoftwareName": "odradek", "clientSoftwareVersion": "1"})";
        if (key() == api::api_versions && version >= api_version{3} &&
            request_type().from_json(named, memory, version, request))
            ADD_FAILURE() << "that is no ApiVersions request";
        return request;
    }

    static void expect_readable(const action& said, api_version version)
    {
        ASSERT_EQ(said.what, action::kind::reply);
        const auto bytes = said.bytes.flatten();
        arena memory;
        response_header header;
        bytes_view body;
        const auto bad = read_response_header(bytes_view{bytes}.subview(4), key(), version, memory, header, body);
        ASSERT_FALSE(bad) << bad.message();
        EXPECT_EQ(header.correlation_id, 11);
        const auto error = response_type().decode(body, memory, version, response_type().create(memory));
        EXPECT_FALSE(error) << error.message();
    }

    /// Has a request answered, however long it would like to wait.
    static std::vector<action> answer(broker_core& brokers, connection_id on, const std::vector<std::byte>& frame)
    {
        brokers.hand_in(on, bytes_view{frame});
        if (!brokers.is_answered()) brokers.pass(std::chrono::milliseconds{INT32_MAX});
        return brokers.take();
    }
};

TEST_P(every_api, is_answered_in_each_version_of_each_release)
{
    for (const char* const release : all_releases) {
        broker_core brokers{options_as(release)};
        brokers.create("letters");
        const version_range range = served(brokers.core.as(), key());
        for (std::int16_t version = range.first; version <= range.last; ++version) {
            SCOPED_TRACE(std::string(release) + ", version " + std::to_string(version));
            arena memory;
            const auto on = brokers.connect();
            const auto said =
                answer(brokers, on, frame_of(plain_request(memory, api_version{version}), api_version{version}));
            brokers.core.closed(on);
            if (key() == api::produce) continue; // acks 0, which has no answer
            ASSERT_EQ(said.size(), 1u);
            expect_readable(said[0], api_version{version});
        }
    }
}

TEST_P(every_api, answers_whatever_it_is_asked_with_what_can_be_read)
{
    broker_core brokers{broker_core::options(2)};
    brokers.create("letters", 2, {.replication_factor = 2});
    const version_range range = served(newest_release(), key());
    for (std::int16_t version = range.first; version <= range.last; ++version) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            SCOPED_TRACE("version " + std::to_string(version) + ", seed " + std::to_string(seed));
            arena memory;
            void* const request = request_type().create(memory);
            ASSERT_FALSE(request_type().fill_randomly(request, memory, api_version{version}, seed));
            const auto on = brokers.connect();
            const auto said = answer(brokers, on, frame_of(request, api_version{version}));
            brokers.core.closed(on);
            ASSERT_EQ(said.size(), 1u);
            const bool silent = key() == api::produce && static_cast<const produce_request*>(request)->acks == 0;
            if (!silent) expect_readable(said[0], api_version{version});
        }
    }
}

TEST_P(every_api, cuts_the_connection_when_bytes_are_missing)
{
    broker_core brokers;
    const version_range range = served(newest_release(), key());
    for (std::int16_t version = range.first; version <= range.last; ++version) {
        arena memory;
        auto frame = frame_of(plain_request(memory, api_version{version}), api_version{version});
        frame.pop_back();
        const auto on = brokers.connect();
        const auto said = answer(brokers, on, frame);
        brokers.core.closed(on);
        ASSERT_EQ(said.size(), 1u) << version;
        EXPECT_EQ(said[0].what, action::kind::close) << version;
        EXPECT_EQ(said[0].bytes.size(), 0u) << version;
    }
}

TEST_P(every_api, refuses_with_the_error_of_a_fault_in_each_version)
{
    broker_core brokers;
    brokers.create("letters");
    fault down;
    down.key = key();
    down.times = 0;
    down.effect.error = broker_errc::unknown_server_error;
    down.name = "down";
    brokers.core.faults().add(std::move(down));
    const version_range range = served(newest_release(), key());
    for (std::int16_t version = range.first; version <= range.last; ++version) {
        SCOPED_TRACE(version);
        arena memory;
        void* const request = request_type().create(memory);
        ASSERT_FALSE(request_type().fill_randomly(request, memory, api_version{version}, 3));
        if (key() == api::produce) static_cast<produce_request*>(request)->acks = -1;
        const auto on = brokers.connect();
        const auto said = answer(brokers, on, frame_of(request, api_version{version}));
        brokers.core.closed(on);
        ASSERT_EQ(said.size(), 1u);
        expect_readable(said[0], api_version{version});
    }
    EXPECT_EQ(brokers.core.faults().hits().at("down"),
              static_cast<std::uint64_t>(range.last) - static_cast<std::uint64_t>(range.first) + 1);
}

INSTANTIATE_TEST_SUITE_P(broker, every_api, testing::ValuesIn(served_apis()),
                         [](const auto& one) { return std::string(one.param->name); });

TEST(unserved_apis, are_refused_where_the_answer_has_room_for_an_error)
{
    broker_core brokers;
    heartbeat_request beat;
    beat.group_id = "readers";
    for (std::int16_t version = 0; version <= 4; ++version)
        EXPECT_EQ(brokers.ask(beat, version)->error_code, broker_errc::unsupported_version) << version;
    find_coordinator_request find;
    find.key = "readers";
    EXPECT_EQ(brokers.ask(find, 2)->error_code, broker_errc::unsupported_version);
}

TEST(unserved_apis, that_nobody_knows_cut_the_connection)
{
    broker_core brokers;
    for (const std::int16_t key : {std::int16_t{999}, std::int16_t{-1}}) {
        const auto on = brokers.connect();
        writer out;
        out.int16(key);
        out.int16(0);
        out.int32(1);
        out.int16(-1);
        brokers.hand_in(on, bytes_view{out.flatten()});
        const auto said = brokers.take();
        ASSERT_EQ(said.size(), 1u) << key;
        EXPECT_EQ(said[0].what, action::kind::close) << key;
        brokers.core.closed(on);
    }
}

TEST(unserved_apis, in_a_version_that_nobody_knows_cut_the_connection)
{
    broker_core brokers;
    const auto on = brokers.connect();
    writer out;
    out.int16(static_cast<std::int16_t>(api::metadata));
    out.int16(99);
    out.int32(1);
    out.int16(-1);
    brokers.hand_in(on, bytes_view{out.flatten()});
    const auto said = brokers.take();
    ASSERT_EQ(said.size(), 1u);
    EXPECT_EQ(said[0].what, action::kind::close);
}

TEST(unserved_apis, leave_the_connection_as_it_was)
{
    broker_core brokers;
    const auto on = brokers.connect();
    heartbeat_request beat;
    beat.group_id = "readers";
    EXPECT_EQ(brokers.ask(on, beat, 4)->error_code, broker_errc::unsupported_version);
    EXPECT_EQ(brokers.ask(on, metadata_request{}, 12)->error_code, broker_errc::none);
}

TEST(releases, refuse_the_version_behind_their_newest)
{
    for (const char* const release : {"2.4", "2.8", "3.9", "4.0"}) {
        broker_core brokers{options_as(release)};
        const version_range range = announced(brokers.core.as(), api::metadata);
        EXPECT_EQ(brokers.ask(metadata_request{}, range.last)->error_code, broker_errc::none) << release;
        if (range.last == metadata_response::versions.last) continue;
        const auto on = brokers.connect();
        brokers.send(on, metadata_request{}, api_version{static_cast<std::int16_t>(range.last + 1)});
        const auto said = brokers.take();
        ASSERT_EQ(said.size(), 1u) << release;
        EXPECT_EQ(said[0].what, action::kind::reply) << release;
        EXPECT_LT(said[0].bytes.size(), 60u) << "no brokers and no topics are told: " << release;
    }
}

} // namespace
} // namespace odradek::broker
