// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/protocol/generated/messages/describe_configs.hpp>
#include <odradek/protocol/generated/messages/incremental_alter_configs.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::options_as;
using test::topic_of;
using resource = describe_configs_request::describe_configs_resource;
using entry = describe_configs_response::describe_configs_resource_result;
using altered = incremental_alter_configs_request::alter_configs_resource;
using config = incremental_alter_configs_request::alterable_config;

constexpr std::int8_t topic_type = 2;
constexpr std::int8_t broker_type = 4;
enum : std::int8_t { set, remove, append, subtract };
enum : std::int8_t { of_topic = 1, of_all_brokers = 3, of_brokers_file = 4, of_default = 5 };

answered<describe_configs_response> describe(broker_core& in, const resource& one, std::int16_t version = 4,
                                             bool synonyms = false, std::int32_t node = 1)
{
    describe_configs_request request;
    request.resources = list{&one, 1};
    request.include_synonyms = synonyms;
    const auto on = in.connect(node);
    auto said = in.ask(on, request, version);
    in.core.closed(on);
    return said;
}

answered<incremental_alter_configs_response> alter(broker_core& in, const std::vector<altered>& all,
                                                   bool only_check = false, std::int16_t version = 1)
{
    incremental_alter_configs_request request;
    request.resources = all;
    request.validate_only = only_check;
    return in.ask(request, version);
}

class configs_test : public testing::Test {
protected:
    configs_test() { brokers.create("letters"); }

    /// One setting of the topic as it is shown.
    [[nodiscard]] std::pair<std::string, int> shown(std::string_view name, std::int16_t version = 4)
    {
        const std::string_view keys[] = {name};
        const auto said = describe(
            brokers, {.resource_type = topic_type, .resource_name = "letters", .configuration_keys = keys}, version);
        if (said->results[0].configs.size() != 1) return {"not there", -1};
        const entry& one = said->results[0].configs[0];
        return {std::string(*one.value), one.config_source};
    }
    [[nodiscard]] broker_errc change(const std::vector<config>& configs, bool only_check = false)
    {
        return alter(brokers, {{.resource_type = topic_type, .resource_name = "letters", .configs = configs}},
                     only_check)
            ->responses[0]
            .error_code;
    }

    broker_core brokers;
};

TEST_F(configs_test, are_all_told_when_no_names_or_none_in_a_list_are_given)
{
    const auto count = [this](nullable<list<std::string_view>> keys) {
        return describe(brokers, {.resource_type = topic_type, .resource_name = "letters", .configuration_keys = keys})
            ->results[0]
            .configs.size();
    };
    const std::string_view two[] = {"retention.ms", "segment.bytes"};
    const std::string_view unknown[] = {"no.such.setting"};
    EXPECT_EQ(count(nullptr), known_topic_settings().size());
    EXPECT_EQ(count(list<std::string_view>{}), known_topic_settings().size());
    EXPECT_EQ(count(list<std::string_view>{two}), 2u);
    EXPECT_EQ(count(list<std::string_view>{unknown}), 0u);
}

TEST_F(configs_test, tell_where_a_value_comes_from) // KIP-226
{
    EXPECT_EQ(shown("retention.ms"), (std::pair{std::string("604800000"), int{of_default}}));
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = set, .value = "9"}}), broker_errc::none);
    EXPECT_EQ(shown("retention.ms"), (std::pair{std::string("9"), int{of_topic}}));

    auto how = broker_core::options();
    how.cluster.config["log.retention.ms"] = "77";
    broker_core set_up{std::move(how)};
    set_up.create("letters");
    const std::string_view keys[] = {"retention.ms"};
    const auto said = describe(
        set_up, {.resource_type = topic_type, .resource_name = "letters", .configuration_keys = keys}, 4, true);
    const entry& one = said->results[0].configs[0];
    EXPECT_EQ(*one.value, "77");
    EXPECT_EQ(one.config_source, of_brokers_file);
    ASSERT_EQ(one.synonyms.size(), 2u);
    EXPECT_EQ(one.synonyms[0].name, "log.retention.ms");
    EXPECT_EQ(one.synonyms[0].value, nullable<std::string_view>{"77"});
    EXPECT_EQ(one.synonyms[1].source, of_default);
    EXPECT_EQ(topic_of(set_up).settings.retention_ms, 77);
}

TEST_F(configs_test, tell_synonyms_only_when_asked)
{
    const std::string_view keys[] = {"retention.ms"};
    const resource one{.resource_type = topic_type, .resource_name = "letters", .configuration_keys = keys};
    EXPECT_TRUE(describe(brokers, one, 4, false)->results[0].configs[0].synonyms.empty());
    EXPECT_EQ(describe(brokers, one, 4, true)->results[0].configs[0].synonyms.size(), 1u);
}

TEST_F(configs_test, have_a_type_from_version_3_on) // KIP-569
{
    const auto type = [this](std::string_view name, std::int16_t version) {
        const std::string_view keys[] = {name};
        return int{describe(brokers,
                            {.resource_type = topic_type, .resource_name = "letters", .configuration_keys = keys},
                            version)
                       ->results[0]
                       .configs[0]
                       .config_type};
    };
    EXPECT_EQ(type("retention.ms", 2), 0);
    EXPECT_EQ(type("preallocate", 3), 1);
    EXPECT_EQ(type("compression.type", 3), 2);
    EXPECT_EQ(type("segment.bytes", 3), 3);
    EXPECT_EQ(type("retention.ms", 3), 5);
    EXPECT_EQ(type("min.cleanable.dirty.ratio", 3), 6);
    EXPECT_EQ(type("cleanup.policy", 3), 7);
}

TEST_F(configs_test, say_whether_they_are_defaults_in_version_0)
{
    broker_core old{options_as("1.0")};
    old.create("letters", 1, {.config = {{"retention.ms", "9"}}});
    const std::string_view keys[] = {"retention.ms", "segment.bytes"};
    const auto said =
        describe(old, {.resource_type = topic_type, .resource_name = "letters", .configuration_keys = keys}, 0);
    std::map<std::string, bool> is_default;
    for (const entry& one : said->results[0].configs) is_default[std::string(one.name)] = one.is_default;
    EXPECT_FALSE(is_default.at("retention.ms"));
    EXPECT_TRUE(is_default.at("segment.bytes"));
}

TEST_F(configs_test, of_what_is_not_there_are_an_error)
{
    const auto error = [this](std::int8_t type, std::string_view name) {
        return describe(brokers, {.resource_type = type, .resource_name = name, .configuration_keys = nullptr})
            ->results[0]
            .error_code;
    };
    EXPECT_EQ(error(topic_type, "nowhere"), broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(error(topic_type, "a/b"), broker_errc::invalid_topic_exception);
    EXPECT_EQ(error(broker_type, "2"), broker_errc::invalid_request) << "this is broker 1";
    EXPECT_EQ(error(broker_type, "one"), broker_errc::invalid_request);
    EXPECT_EQ(error(broker_type, "1x"), broker_errc::invalid_request);
    EXPECT_EQ(error(broker_type, "1"), broker_errc::none);
    EXPECT_EQ(error(broker_type, ""), broker_errc::none) << "what all brokers share";
    EXPECT_EQ(error(77, "letters"), broker_errc::invalid_request);
}

TEST_F(configs_test, of_a_broker_are_told_by_that_broker_only)
{
    broker_core two{broker_core::options(2)};
    const resource second{.resource_type = broker_type, .resource_name = "2", .configuration_keys = nullptr};
    EXPECT_EQ(describe(two, second, 4, false, 1)->results[0].error_code, broker_errc::invalid_request);
    EXPECT_EQ(describe(two, second, 4, false, 2)->results[0].error_code, broker_errc::none);
}

TEST_F(configs_test, are_read_only_for_a_broker)
{
    const std::string_view keys[] = {"message.max.bytes"};
    const auto said =
        describe(brokers, {.resource_type = broker_type, .resource_name = "1", .configuration_keys = keys});
    ASSERT_EQ(said->results[0].configs.size(), 1u);
    EXPECT_EQ(*said->results[0].configs[0].value, "1048588");
    EXPECT_TRUE(said->results[0].configs[0].read_only);
}

TEST_F(configs_test, of_a_release_have_its_defaults)
{
    const auto value = [](const char* release, std::string_view name) {
        broker_core old{options_as(release)};
        old.create("letters");
        const std::string_view keys[] = {name};
        const auto said =
            describe(old, {.resource_type = topic_type, .resource_name = "letters", .configuration_keys = keys}, 1);
        const entry& one = said->results[0].configs[0];
        return std::pair{std::string(*one.value), int{one.config_source}};
    };
    EXPECT_EQ(value("4.0", "message.timestamp.after.max.ms").first, "3600000") << "KIP-1030";
    EXPECT_EQ(value("3.9", "message.timestamp.after.max.ms").first, "9223372036854775807");
    EXPECT_EQ(value("4.1", "min.insync.replicas").second, of_all_brokers) << "KIP-966";
    EXPECT_EQ(value("4.0", "min.insync.replicas").second, of_default);
}

TEST_F(configs_test, are_changed_one_by_one)
{
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = set, .value = "9"},
                      {.name = "segment.ms", .config_operation = set, .value = "8"}}),
              broker_errc::none);
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = remove, .value = nullptr}}), broker_errc::none);
    EXPECT_EQ(shown("retention.ms").second, of_default);
    EXPECT_EQ(shown("segment.ms").first, "8") << "the others stay";
    EXPECT_EQ(topic_of(brokers).settings.segment_ms, 8);
}

TEST_F(configs_test, can_be_taken_back_that_were_never_set)
{
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = remove, .value = nullptr}}), broker_errc::none);
}

TEST_F(configs_test, that_are_lists_take_and_lose_items)
{
    EXPECT_EQ(change({{.name = "cleanup.policy", .config_operation = append, .value = "compact"}}), broker_errc::none);
    EXPECT_EQ(shown("cleanup.policy").first, "delete,compact");
    EXPECT_EQ(change({{.name = "cleanup.policy", .config_operation = append, .value = "compact"}}), broker_errc::none);
    EXPECT_EQ(shown("cleanup.policy").first, "delete,compact") << "no item twice";
    EXPECT_EQ(change({{.name = "cleanup.policy", .config_operation = subtract, .value = "delete"}}), broker_errc::none);
    EXPECT_EQ(shown("cleanup.policy").first, "compact");
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = append, .value = "5"}}), broker_errc::invalid_config)
        << "no list";
    EXPECT_EQ(change({{.name = "cleanup.policy", .config_operation = append, .value = "forget"}}),
              broker_errc::invalid_config);
}

TEST_F(configs_test, change_together_or_not_at_all)
{
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = set, .value = "9"},
                      {.name = "segment.ms", .config_operation = set, .value = "soon"}}),
              broker_errc::invalid_config);
    EXPECT_EQ(shown("retention.ms").second, of_default);
}

TEST_F(configs_test, stay_when_a_change_is_only_to_be_checked)
{
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = set, .value = "9"}}, true), broker_errc::none);
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = set, .value = "-2"}}, true),
              broker_errc::invalid_config);
    EXPECT_EQ(shown("retention.ms").second, of_default);
}

TEST_F(configs_test, refuse_requests_that_cannot_be_meant)
{
    const config retention{.name = "retention.ms", .config_operation = set, .value = "9"};
    EXPECT_EQ(change({retention, retention}), broker_errc::invalid_request) << "the same setting twice";
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = set, .value = nullptr}}),
              broker_errc::invalid_request);
    EXPECT_EQ(change({{.name = "cleanup.policy", .config_operation = append, .value = nullptr}}),
              broker_errc::invalid_request);
    EXPECT_EQ(change({{.name = "retention.ms", .config_operation = 9, .value = "9"}}), broker_errc::invalid_request);
    EXPECT_EQ(change({{.name = "no.such.setting", .config_operation = set, .value = "9"}}),
              broker_errc::invalid_config);
    EXPECT_TRUE(topic_of(brokers).config.empty());
}

TEST_F(configs_test, refuse_a_topic_that_is_named_twice)
{
    const std::vector<config> one{{.name = "retention.ms", .config_operation = set, .value = "9"}};
    const altered letters{.resource_type = topic_type, .resource_name = "letters", .configs = one};
    const auto said = alter(brokers, {letters, letters});
    ASSERT_EQ(said->responses.size(), 2u);
    EXPECT_EQ(said->responses[0].error_code, broker_errc::invalid_request);
    EXPECT_EQ(said->responses[1].error_code, broker_errc::invalid_request);
    EXPECT_TRUE(topic_of(brokers).config.empty());
}

TEST_F(configs_test, take_the_last_of_two_changes_of_a_topic_with_zookeeper)
{
    broker_core old{options_as("2.8")};
    old.create("letters");
    const std::vector<config> one{{.name = "retention.ms", .config_operation = set, .value = "9"}};
    const std::vector<config> other{{.name = "segment.ms", .config_operation = set, .value = "8"}};
    const auto said = alter(old, {{.resource_type = topic_type, .resource_name = "letters", .configs = one},
                                  {.resource_type = topic_type, .resource_name = "letters", .configs = other}});
    ASSERT_EQ(said->responses.size(), 1u);
    EXPECT_EQ(said->responses[0].error_code, broker_errc::none);
    EXPECT_EQ(topic_of(old).config, (std::map<std::string, std::string, std::less<>>{{"segment.ms", "8"}}));
}

TEST_F(configs_test, of_a_topic_that_is_not_there_are_not_changed)
{
    const std::vector<config> good{{.name = "retention.ms", .config_operation = set, .value = "9"}};
    const std::vector<config> null{{.name = "retention.ms", .config_operation = set, .value = nullptr}};
    const std::vector<config> bad{{.name = "retention.ms", .config_operation = set, .value = "soon"}};
    const std::vector<config> strange{{.name = "no.such.setting", .config_operation = set, .value = "1"}};
    broker_core old{options_as("2.8")};
    const auto error = [this](const std::vector<config>& configs, broker_core* asked = nullptr) {
        return alter(asked ? *asked : brokers,
                     {{.resource_type = topic_type, .resource_name = "nowhere", .configs = configs}})
            ->responses[0]
            .error_code;
    };
    EXPECT_EQ(error(good), broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(error(null), broker_errc::invalid_request) << "seen before anybody looks for the topic";
    EXPECT_EQ(error(bad), broker_errc::invalid_config) << "since KRaft the same is true of values";
    EXPECT_EQ(error(strange), broker_errc::invalid_config);
    EXPECT_EQ(error(bad, &old), broker_errc::unknown_topic_or_partition);
}

TEST_F(configs_test, that_are_no_value_are_a_bad_request_with_zookeeper)
{
    broker_core old{options_as("2.8")};
    old.create("letters");
    const auto error = [&old](std::string_view name, std::string_view value) {
        const std::vector<config> one{{.name = name, .config_operation = set, .value = value}};
        return alter(old, {{.resource_type = topic_type, .resource_name = "letters", .configs = one}})
            ->responses[0]
            .error_code;
    };
    EXPECT_EQ(error("retention.ms", "soon"), broker_errc::invalid_request);
    EXPECT_EQ(error("no.such.setting", "1"), broker_errc::invalid_config);
}

TEST(error_text, fits_into_an_answer_however_long_what_it_repeats)
{
    EXPECT_EQ(error_text("short"), "short");
    const std::string long_text = error_text(std::string(40'000, 'x'));
    EXPECT_EQ(long_text, std::string(1000, 'x') + "...");
    EXPECT_EQ(error_text(std::string(999, 'x') + "\u00e4" + std::string(100, 'y')), std::string(999, 'x') + "...")
        << "no letter is cut in two";
}

} // namespace
} // namespace odradek::broker
