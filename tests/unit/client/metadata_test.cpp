// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/metadata.hpp>

#include <asio/error.hpp>
#include <gtest/gtest.h>

#include <tests/unit/client/metadata_builder.hpp>

namespace odradek {
namespace {

using test::id_of;
using test::metadata_builder;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

constexpr double no_jitter = 0.5;
constexpr metadata::time_point start{1000s};
const topic_key letters{.name = "letters"};
const topic_key diaries{.name = "diaries"};

metadata::options by_default()
{
    return {};
}

// The machine with a clock that the test moves.
struct fixture {
    metadata machine;
    metadata::time_point now = start;

    explicit fixture(metadata::options o = by_default()) : machine(o) {}

    std::optional<metadata::send> next_request()
    {
        auto action = machine.next(now);
        const auto* request = std::get_if<metadata::send>(&action);
        return request != nullptr ? std::optional{*request} : std::nullopt;
    }
    metadata::time_point next_time() { return std::get<metadata::wait>(machine.next(now)).until; }
    bool is_rebootstrap() { return std::holds_alternative<metadata::rebootstrap>(machine.next(now)); }
    std::error_code answer(const metadata_builder& with)
    {
        return machine.on_response(with.response(), now, no_jitter, cluster::first_version_with_sound_epochs);
    }
    void fail() { machine.on_failure(asio::error::connection_refused, now, no_jitter); }
    std::uint64_t version() const { return machine.snapshot()->version(); }

    // Brokers and "letters" are known, led by broker 1 in epoch 5.
    void learn_letters()
    {
        machine.use(letters, false, now);
        ASSERT_TRUE(next_request());
        answer(known());
    }
    static metadata_builder known(std::int32_t leader = 1, std::int32_t epoch = 5)
    {
        return metadata_builder{}.broker(1).broker(2).topic("letters", id_of(1), {{leader, epoch}});
    }
    static metadata_builder unknown()
    {
        return metadata_builder{}.broker(1).refused_topic("letters", broker_errc::unknown_topic_or_partition);
    }
};

TEST(metadata, asks_once_for_a_topic_that_a_hundred_callers_need) // R32
{
    fixture f;
    for (int i = 0; i < 100; ++i) f.machine.use(letters, false, f.now);
    const std::uint64_t seen = f.version();
    EXPECT_EQ(f.next_request(), (metadata::send{.topics = {letters}}));
    for (int i = 0; i < 100; ++i) f.machine.use(letters, false, f.now);
    EXPECT_FALSE(f.next_request()) << "one is under way";
    EXPECT_FALSE(f.machine.resolved(letters, seen));
    f.answer(fixture::known());
    EXPECT_EQ(f.machine.resolved(letters, seen), std::error_code{});
    EXPECT_FALSE(f.next_request());
}

TEST(metadata, asks_only_for_the_topics_that_somebody_needs_anew)
{
    fixture f;
    f.learn_letters();
    f.machine.use(diaries, false, f.now);
    EXPECT_EQ(f.next_request(), (metadata::send{.topics = {diaries}}));
}

TEST(metadata, asks_for_all_topics_in_use_when_the_picture_is_too_old)
{
    fixture f;
    f.learn_letters();
    f.machine.use(diaries, false, f.now);
    (void)f.next_request();
    f.answer(metadata_builder{}.broker(1).topic("diaries", id_of(2), {{}}));
    EXPECT_EQ(f.next_time(), start + 300s);
    f.now = start + 299s;
    f.machine.use(letters, false, f.now);
    f.machine.use(diaries, false, f.now);
    f.now = start + 300s;
    EXPECT_EQ(f.next_request(), (metadata::send{.topics = {diaries, letters}}));
}

TEST(metadata, forgets_a_topic_that_was_not_used_for_long)
{
    fixture f;
    f.learn_letters();
    f.now = start + 300s;
    EXPECT_EQ(f.next_request(), (metadata::send{}));
    f.answer(metadata_builder{}.broker(1));
    EXPECT_EQ(f.machine.snapshot()->find_topic("letters"), nullptr);
}

TEST(metadata, asks_separately_for_topics_that_may_be_created)
{
    fixture f;
    f.machine.use(letters, true, f.now);
    f.machine.use(diaries, false, f.now);
    EXPECT_EQ(f.next_request(), (metadata::send{.topics = {letters}, .allow_auto_topic_creation = true}));
    f.answer(fixture::known());
    EXPECT_EQ(f.next_request(), (metadata::send{.topics = {diaries}}));
}

TEST(metadata, asks_separately_for_topics_by_id)
{
    fixture f;
    const topic_key by_id{.name = {}, .id = id_of(1)};
    f.machine.use(by_id, false, f.now);
    f.machine.use(diaries, false, f.now);
    const std::uint64_t seen = f.version();
    EXPECT_EQ(f.next_request(), (metadata::send{.topics = {by_id}}));
    f.answer(fixture::known());
    EXPECT_EQ(f.machine.resolved(by_id, seen), std::error_code{});
    EXPECT_EQ(f.next_request(), (metadata::send{.topics = {diaries}}));
}

TEST(metadata, says_so_when_the_broker_cannot_be_asked_by_id)
{
    fixture f;
    const topic_key by_id{.name = {}, .id = id_of(1)};
    f.machine.use(by_id, false, f.now);
    const std::uint64_t seen = f.version();
    ASSERT_TRUE(f.next_request());
    f.machine.on_ids_unsupported();
    EXPECT_EQ(f.machine.resolved(by_id, seen), errc::feature_not_available);
}

TEST(metadata, believes_that_a_topic_is_unknown_after_four_answers)
{
    fixture f;
    f.machine.use(letters, false, f.now);
    const std::uint64_t seen = f.version();
    for (const auto pause : {100ms, 200ms, 400ms}) {
        ASSERT_TRUE(f.next_request());
        f.answer(fixture::unknown());
        EXPECT_FALSE(f.machine.resolved(letters, seen));
        EXPECT_EQ(f.next_time(), f.now + pause);
        f.now += pause;
    }
    ASSERT_TRUE(f.next_request());
    f.answer(fixture::unknown());
    EXPECT_EQ(f.machine.resolved(letters, seen), errc::unknown_topic);
}

TEST(metadata, waits_between_the_answers_about_a_topic_that_is_being_created)
{
    fixture f;
    f.machine.use(letters, true, f.now);
    const std::uint64_t seen = f.version();
    int answers = 0;
    for (; !f.machine.resolved(letters, seen); ++answers) {
        ASSERT_LT(answers, 20);
        const auto request = f.next_request();
        if (request && request->topics.empty()) { // what was left of the first, full picture
            f.answer(metadata_builder{}.broker(1));
            continue;
        }
        ASSERT_TRUE(request);
        EXPECT_TRUE(request->allow_auto_topic_creation);
        f.answer(fixture::unknown());
        if (f.machine.resolved(letters, seen)) break;
        EXPECT_GT(f.next_time(), f.now);
        f.now = f.next_time();
    }
    EXPECT_EQ(f.machine.resolved(letters, seen), errc::unknown_topic);
    EXPECT_GT(f.now - start, 4s);
}

TEST(metadata, waits_for_a_topic_whose_leader_is_still_being_elected)
{
    fixture f;
    f.machine.use(letters, true, f.now);
    const std::uint64_t seen = f.version();
    for (int i = 0; i < 30; ++i) {
        ASSERT_TRUE(f.next_request());
        f.answer(metadata_builder{}.broker(1).refused_topic("letters", broker_errc::leader_not_available));
        ASSERT_FALSE(f.machine.resolved(letters, seen));
        f.now = f.next_time();
    }
    ASSERT_TRUE(f.next_request());
    f.answer(fixture::known());
    EXPECT_EQ(f.machine.resolved(letters, seen), std::error_code{});
}

TEST(metadata, reports_a_topic_that_must_not_be_seen_at_once)
{
    fixture f;
    f.machine.use(letters, false, f.now);
    const std::uint64_t seen = f.version();
    ASSERT_TRUE(f.next_request());
    f.answer(metadata_builder{}.broker(1).refused_topic("letters", broker_errc::topic_authorization_failed));
    EXPECT_EQ(f.machine.resolved(letters, seen), broker_errc::topic_authorization_failed);
}

TEST(metadata, goes_on_believing_in_a_topic_that_one_answer_calls_unknown) // B16
{
    fixture f;
    f.learn_letters();
    const std::uint64_t seen = f.version();
    f.machine.refresh(letters, seen, f.now, no_jitter);
    ASSERT_TRUE(f.next_request());
    f.answer(fixture::unknown());
    EXPECT_EQ(f.machine.resolved(letters, seen), std::error_code{});
    EXPECT_NE(f.machine.snapshot()->find_topic("letters"), nullptr);
}

TEST(metadata, refreshes_at_once_when_a_leader_is_lost_and_slower_while_nothing_changes) // R32
{
    fixture f;
    f.learn_letters();
    f.machine.refresh(letters, f.version(), f.now, no_jitter);
    ASSERT_TRUE(f.next_request()) << "the first refresh is immediate";
    f.answer(fixture::known()); // nothing new

    f.machine.refresh(letters, f.version(), f.now, no_jitter);
    const auto second = f.next_time() - f.now;
    EXPECT_GE(second, 100ms);
    f.now = f.next_time();
    ASSERT_TRUE(f.next_request());
    f.answer(fixture::known());

    f.machine.refresh(letters, f.version(), f.now, no_jitter);
    EXPECT_GT(f.next_time() - f.now, second);
    f.now = f.next_time();
    ASSERT_TRUE(f.next_request());
    f.answer(fixture::known(2, 6)); // a new leader

    f.machine.refresh(letters, f.version(), f.now, no_jitter);
    EXPECT_TRUE(f.next_request()) << "news make the next refresh immediate again";
}

TEST(metadata, ignores_a_complaint_about_a_picture_that_was_replaced_since) // R32
{
    fixture f;
    f.learn_letters();
    const std::uint64_t old = f.version();
    f.machine.refresh(letters, old, f.now, no_jitter);
    ASSERT_TRUE(f.next_request());
    f.answer(fixture::known(2, 6));
    f.machine.refresh(letters, old, f.now, no_jitter);
    EXPECT_FALSE(f.next_request());
}

TEST(metadata, asks_again_after_a_growing_wait_when_no_broker_answers)
{
    fixture f;
    f.machine.use(letters, false, f.now);
    for (const auto pause : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
        ASSERT_TRUE(f.next_request());
        f.fail();
        EXPECT_EQ(f.next_time(), f.now + pause);
        EXPECT_EQ(f.machine.last_failure(), asio::error::connection_refused);
        f.now += pause;
    }
    ASSERT_TRUE(f.next_request());
    f.answer(fixture::known());
    EXPECT_FALSE(f.machine.last_failure());
}

TEST(metadata, takes_an_answer_without_brokers_for_a_failure)
{
    fixture f;
    f.machine.use(letters, false, f.now);
    ASSERT_TRUE(f.next_request());
    EXPECT_EQ(f.answer(metadata_builder{}), errc::invalid_response);
    EXPECT_EQ(f.next_time(), f.now + 100ms);
}

TEST(metadata, begins_anew_after_five_minutes_without_an_answer_and_not_again_before_five_more) // B32
{
    fixture f;
    f.learn_letters();
    f.machine.refresh(letters, f.version(), f.now, no_jitter);
    const auto begin = f.now;
    std::vector<metadata::time_point> bootstraps;
    while (f.now < begin + 700s) {
        const auto action = f.machine.next(f.now);
        if (std::holds_alternative<metadata::send>(action))
            f.fail();
        else if (std::holds_alternative<metadata::rebootstrap>(action))
            bootstraps.push_back(f.now);
        else
            f.now = std::get<metadata::wait>(action).until;
    }
    ASSERT_EQ(bootstraps.size(), 2u);
    EXPECT_GE(bootstraps[0] - begin, 300s);
    EXPECT_LT(bootstraps[0] - begin, 303s);
    EXPECT_GE(bootstraps[1] - bootstraps[0], 299s);
    EXPECT_TRUE(f.machine.snapshot()->brokers().empty());
    EXPECT_NE(f.machine.snapshot()->find_topic("letters"), nullptr) << "it may be the same cluster that answers next";
}

TEST(metadata, does_not_begin_anew_while_somebody_reaches_a_broker) // B32
{
    fixture f;
    f.learn_letters();
    f.machine.refresh(letters, f.version(), f.now, no_jitter);
    ASSERT_TRUE(f.next_request());
    f.fail();
    f.now += 299s;
    f.machine.on_reached(f.now);
    f.now += 2s;
    ASSERT_TRUE(f.next_request());
    f.fail();
    EXPECT_FALSE(f.machine.wants_rebootstrap(f.now + 10s));
    f.machine.on_reached(start); // that was long ago: it changes nothing
    f.now += 299s;
    ASSERT_TRUE(f.next_request());
    f.fail();
    EXPECT_TRUE(f.machine.wants_rebootstrap(f.now + 10s));
}

TEST(metadata, begins_anew_when_a_broker_asks_for_it_but_only_after_a_growing_wait) // B32, error 129
{
    fixture f;
    f.machine.use(letters, false, f.now);
    metadata::duration last{0};
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(f.next_request());
        EXPECT_EQ(f.answer(metadata_builder{}.broker(1).error(broker_errc::rebootstrap_required)),
                  broker_errc::rebootstrap_required);
        const auto wait = std::chrono::duration_cast<metadata::duration>(f.next_time() - f.now);
        EXPECT_GT(wait, last) << "no loop";
        last = wait;
        f.now += wait;
        EXPECT_TRUE(f.is_rebootstrap());
    }
    ASSERT_TRUE(f.next_request());
    EXPECT_FALSE(f.answer(fixture::known()));
    EXPECT_FALSE(f.is_rebootstrap());
}

TEST(metadata, never_begins_anew_when_that_is_switched_off)
{
    metadata::options o;
    o.rebootstrap = false;
    fixture f{o};
    f.machine.use(letters, false, f.now);
    for (int i = 0; i < 1000; ++i) {
        ASSERT_FALSE(f.is_rebootstrap());
        if (!f.machine.last_failure() || f.now >= start) f.fail();
        f.now += 1s;
    }
}

TEST(metadata, follows_a_leader_that_another_answer_names) // R11
{
    fixture f;
    f.learn_letters();
    const leader_hint to_seven{.topic = "letters",
                               .partition = 0,
                               .leader = 7,
                               .epoch = 6,
                               .broker = broker_info{.id = 7, .host = "seven", .port = 9092}};
    EXPECT_EQ(f.machine.on_leader_hints({&to_seven, 1}), std::vector<bool>{true});
    EXPECT_EQ(f.machine.snapshot()->find_topic("letters")->find_partition(0)->leader, 7);
    EXPECT_EQ(f.machine.snapshot()->find_broker(7)->host, "seven");
    const auto before = f.machine.snapshot();
    const leader_hint to_eight{.topic = "letters", .partition = 0, .leader = 8, .epoch = 6};
    EXPECT_EQ(f.machine.on_leader_hints({&to_eight, 1}), std::vector<bool>{false});
    EXPECT_EQ(f.machine.snapshot(), before) << "what is no news costs no copy";
}

} // namespace
} // namespace odradek
