// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>

#include <array>
#include <string>
#include <tests/simulation/faults.hpp>
#include <tests/simulation/workload.hpp>

namespace odradek::test {
namespace {

using namespace std::chrono_literals;

constexpr std::array declared{
    std::string_view{"send ended: well"},
    std::string_view{"send ended: The answer was lost"},
    std::string_view{"flush ended: well"},
    std::string_view{"fetch ended: well"},
    std::string_view{"producer: retried"},
    std::string_view{"producer: split"},
    std::string_view{"producer: waited for memory"},
    std::string_view{"network: connected"},
    std::string_view{"network: connection died silently"},
};
constexpr std::array declared_with_numbers{
    std::string_view{"producer: raised its epoch"},
};

producer_options random_options(random_source& random, bool idempotent)
{
    producer_options made;
    made.linger = std::chrono::milliseconds{stage::chance(random, 0.3) ? 0 : stage::between(random, 1, 200)};
    made.batch_size = static_cast<std::size_t>(stage::between(random, 500, 20'000));
    made.max_request_size = static_cast<std::size_t>(stage::between(random, 25'000, 100'000));
    made.memory = static_cast<std::size_t>(stage::chance(random, 0.3) ? 40'000 : 400'000);
    // Short ones end with batches of the same partition under way.
    const bool in_a_hurry = stage::chance(random, 0.4);
    made.delivery_timeout = in_a_hurry ? stage::between(random, 4s, 20s) : stage::between(random, 45s, 90s);
    made.timeout = stage::between(random, 500ms, 5s);
    made.max_in_flight = static_cast<std::int32_t>(stage::between(random, 1, 5));
    if (stage::chance(random, 0.2)) made.compression = compression::gzip;
    if (!idempotent) made.idempotence = false;
    return made;
}

/// One producer, its records spread over a few partitions, under every fault. With idempotence nothing that was acknowledged may be
/// lost, there twice, or out of order; without, nothing may be lost.
class producing final : public scenario {
public:
    producing(stage& on, bool idempotent)
        : on_(on), idempotent_(idempotent), options_(random_options(on.draw_options, idempotent))
    {
        partitions_ = static_cast<std::int32_t>(stage::between(on_.draw_options, 1, 3));
        const bool careful = stage::chance(on_.draw_options, 0.5);
        broker::new_topic made{.name = "letters",
                               .partitions = partitions_,
                               .replication_factor = 3,
                               .config = {{"min.insync.replicas", careful ? "2" : "1"}}};
        if (stage::chance(on_.draw_options, 0.4)) made.config["max.message.bytes"] = "3000";
        if (stage::chance(on_.draw_options, 0.2)) made.config["message.timestamp.type"] = "LogAppendTime";
        made.config["message.timestamp.after.max.ms"] = "9223372036854775807";
        made.config["retention.ms"] = "-1";
        (void)on_.world.core().cluster().create(made);
        producer_ = std::make_unique<producer>(*sender_, options_);
    }

    std::vector<action> faults() override
    {
        std::vector<action> all = network_faults(on_);
        append(all, request_faults(on_, {api::produce, api::produce, api::produce, api::metadata, api::init_producer_id,
                                         api::api_versions}));
        append(all, cluster_faults(on_));
        if (!idempotent_) return all;
        all.push_back({"lose an answer and refuse", 3, 6s, 6s,
                       [this](random_source& random) { return lose_an_answer_and_refuse(random); }});
        all.push_back({"truncate", 1, 0ms, 0ms, [this](random_source& random) {
                           truncated_ = true;
                           truncate(on_, "letters", partition(random), random);
                           return undo{};
                       }});
        return all;
    }

    std::vector<action> work() override
    {
        return {
            {"send", 20, 0ms, 0ms,
             [this](random_source& random) {
                 send(random, 1);
                 return undo{};
             }},
            {"send many", 10, 0ms, 0ms,
             [this](random_source& random) {
                 send(random, 2 + static_cast<std::size_t>(random.below(40)));
                 return undo{};
             }},
            {"cancel a send", 2, 0ms, 0ms,
             [this](random_source& random) {
                 cancel(random);
                 return undo{};
             }},
            {"purge a burst", 1, 5s, 5s,
             [this](random_source& random) -> undo {
                 purge_a_burst(random);
                 return [this] { on_.world.network().set_quality({}); };
             }},
            {"flush", 2, 0ms, 0ms,
             [this](random_source&) {
                 flush();
                 return undo{};
             }},
        };
    }
    [[nodiscard]] std::size_t fault_count() const override { return 42; }

    void start() override
    {
        for (std::int32_t p = 0; p < partitions_; ++p) read(consumer_, p, false);
    }

    void on_healed() override
    {
        for (std::int32_t p = 0; p < partitions_; ++p)
            for (const auto later : {1s, 5s, 20s}) on_.world.after(later, [this, p] { send_one(p, {}, 0); });
        on_.world.after(30s, [this] {
            for (const auto& one : readers_) one->stop();
            for (std::int32_t p = 0; p < partitions_; ++p) read(last_, p, true);
        });
    }

    void on_finished() override
    {
        for (const auto& one : readers_) one->stop();
    }

    void close() override
    {
        metrics_ = producer_->metrics();
        producer_.reset();
        sender_->stop();
        consumer_->stop();
        last_->stop();
    }

    void check(std::vector<finding>& out) override
    {
        for (const auto& one : readers_)
            if (!one->is_finished()) out.push_back({anomaly::not_recovered, "a reader does not get to the end"});
        out.insert(out.end(), early_.begin(), early_.end());
        if (metrics_.retries != 0) on_.world.hit("producer: retried");
        if (metrics_.splits != 0) on_.world.hit("producer: split");
        if (metrics_.epochs != 0) on_.world.hit("producer: raised its epoch");
        if (waited_) on_.world.hit("producer: waited for memory");
    }

private:
    std::int32_t partition(random_source& random) const
    {
        return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(partitions_)));
    }

    void send(random_source& random, std::size_t count)
    {
        const bool named = stage::chance(random, 0.7);
        for (std::size_t i = 0; i < count; ++i) {
            const std::int32_t to = partition(random);
            const auto padding = static_cast<std::size_t>(random.below(stage::chance(random, 0.1) ? 2'500 : 200));
            send_one(named ? std::optional{to} : std::nullopt, {}, padding);
        }
    }

    // Waiting for memory comes on top of the delivery timeout, for as long as what is before it takes.
    steady_time deadline() const { return on_.world.now() + 3 * options_.delivery_timeout; }

    history::id begin(std::optional<std::int32_t> to, std::uint64_t value)
    {
        return on_.story.begin_send("letters", to.value_or(-1), {value},
                                    {.may_duplicate = !idempotent_, .process = idempotent_ ? 1u : 0u}, on_.world.now(),
                                    deadline());
    }

    template <class Token>
    void send_with(std::optional<std::int32_t> to, std::uint64_t value, std::size_t padding, Token token)
    {
        const std::string text = std::to_string(value);
        const std::string filler(padding, 'x');
        const record_header header{.key = "value", .value = bytes_view{text}};
        const record what{.topic = "letters",
                          .partition = to,
                          .key = bytes_view{filler},
                          .value = bytes_view{text},
                          .headers = std::span{&header, 1},
                          .timestamp = std::chrono::system_clock::time_point{std::chrono::milliseconds{value}}};
        waited_ = waited_ || producer_->metrics().queue_bytes + padding + 500 > options_.memory;
        producer_->async_send(what, send_options{}, std::move(token));
    }

    void send_one(std::optional<std::int32_t> to, const send_options&, std::size_t padding)
    {
        if (!producer_) return;
        const std::uint64_t value = on_.next_value++;
        const auto operation = begin(to, value);
        send_with(to, value, padding,
                  [this, operation, to, began = on_.world.now()](std::error_code ec, const placed& at) {
                      if (ec == errc::outcome_unknown) note_unknown(operation, on_.world.now() - began);
                      // What was thrown away may be there or not.
                      on_.end_send(operation, ec == errc::purged ? errc::outcome_unknown : ec,
                                   ec ? to.value_or(-1) : at.partition, at.offset);
                  });
    }

    // With idempotence a lost answer is asked for again until the time is over, which a record may share with one of its batch that is
    // older by an eighth of it. What is given up then, cancelled or thrown away, leaves a gap, and those that were sent behind it cannot be
    // asked for any more; and a broker may have lost records itself.
    void note_unknown(history::id operation, steady_time::duration after)
    {
        const steady_time now = on_.world.now();
        const bool in_time = after >= options_.delivery_timeout * 3 / 4;
        const bool behind_a_gap = gap_ && now - after <= *gap_ + options_.delivery_timeout; // it began soon enough
        if (in_time) gap_ = now;
        if (!idempotent_ || truncated_ || in_time || behind_a_gap) return;
        early_.push_back({anomaly::gave_up, "outcome unknown long before the delivery timeout: " +
                                                std::string(on_.story.describe(operation))});
    }

    void cancel(random_source& random)
    {
        const std::uint64_t value = on_.next_value++;
        const std::int32_t to = partition(random);
        const auto operation = begin(to, value);
        const auto signal = std::make_shared<asio::cancellation_signal>();
        const auto about = std::make_shared<diagnostics>();
        const auto later = stage::between(random, 0ms, 2s);
        auto done = [this, operation, to, signal](std::error_code ec, const placed& at) {
            if (ec) gap_ = on_.world.now(); // one that was under way is not asked for again
            // What was cancelled may be there or not.
            on_.end_send(operation,
                         ec == asio::error::operation_aborted || ec == errc::purged ? errc::outcome_unknown : ec,
                         ec ? to : at.partition, at.offset);
        };
        send_with(to, value, 10, asio::bind_cancellation_slot(signal->slot(), std::move(done)));
        on_.world.after(later, [signal] { signal->emit(asio::cancellation_type::terminal); });
    }

    // Several batches are under way on a slow link when some of them are thrown away, and then the answers of the others are lost.
    void purge_a_burst(random_source& random)
    {
        if (on_.world.elapsed() > timeline::faults_end - 10s) return; // it is a fault, too
        link_quality slow;
        slow.latency = stage::between(random, 20ms, 200ms);
        on_.world.network().set_quality(slow);
        const std::int32_t to = partition(random);
        for (int i = 0; i < 12; ++i) {
            const auto later = stage::between(random, 0ms, 1500ms);
            on_.world.after(later, [this, to] { send_one(to, {}, 1'500); });
        }
        const bool queued = stage::chance(random, 0.3);
        const auto purged = stage::between(random, 100ms, 2s);
        const auto cut = purged + stage::between(random, 0ms, 300ms);
        on_.world.after(purged, [this, queued] {
            if (producer_) producer_->purge({.queued = queued, .in_flight = true});
            gap_ = on_.world.now();
        });
        on_.world.after(cut, [this] {
            on_.world.network().cut({});
            on_.world.run_brokers();
        });
    }

    // An answer is lost in a burst, and what repeats it is refused now and then, while others of the burst are taken.
    undo lose_an_answer_and_refuse(random_source& random)
    {
        if (options_.delivery_timeout < 45s) return {}; // too short to show anything
        if (on_.world.elapsed() > timeline::faults_end - 10s) return {};
        link_quality slow; // so that several batches are under way
        slow.latency = stage::between(random, 30ms, 150ms);
        on_.world.network().set_quality(slow);
        broker::faults& faults = on_.world.core().faults();
        broker::fault first;
        first.key = api::produce;
        first.effect.drop_response = true;
        first.name = "lose an answer";
        const auto lost = faults.add(std::move(first));
        broker::fault then;
        then.key = api::produce;
        then.times = 0;
        then.probability = 0.5;
        then.effect.error = broker_errc::not_enough_replicas;
        then.name = "refuse what was lost";
        const auto refused = faults.add(std::move(then));
        const std::int32_t to = partition(random);
        for (int i = 0; i < 60; ++i) {
            const auto later = stage::between(random, 0ms, 5s);
            on_.world.after(later, [this, to] { send_one(to, {}, 1'000); });
        }
        return [this, &faults, lost, refused] {
            faults.remove(lost);
            faults.remove(refused);
            on_.world.network().set_quality({});
        };
    }

    void flush()
    {
        const auto operation = on_.story.begin("flush", on_.world.now(), deadline());
        producer_->async_flush([this, operation](std::error_code ec) { on_.end(operation, "flush", ec); });
    }

    void read(simulated_client& by, std::int32_t p, bool until_end)
    {
        const std::uint64_t number = readers_.size() + 1;
        readers_.push_back(
            std::make_shared<partition_reader>(on_, by, number, "letters", p, on_.world.seed_for(5000 + number)));
        readers_.back()->start(until_end);
    }

    stage& on_;
    bool idempotent_;
    producer_options options_;
    std::int32_t partitions_ = 1;
    simulated_client sender_{on_, "producer"};
    simulated_client consumer_{on_, "consumer"};
    simulated_client last_{on_, "last"};
    std::unique_ptr<producer> producer_;
    producer_metrics metrics_;
    bool waited_ = false;
    bool truncated_ = false;         // a broker has lost something of its log
    std::optional<steady_time> gap_; // when something was given up last
    std::vector<finding> early_;
    std::vector<std::shared_ptr<partition_reader>> readers_;
};

} // namespace

scenario_info producer_scenario()
{
    static constexpr auto all = [] {
        std::array<std::string_view, declared.size() + declared_with_numbers.size()> joined{};
        std::copy(declared.begin(), declared.end(), joined.begin());
        std::copy(declared_with_numbers.begin(), declared_with_numbers.end(), joined.begin() + declared.size());
        return joined;
    }();
    return {"producer", [](random_source&) { return simulated_world_options{}; },
            [](stage& on) { return std::make_unique<producing>(on, true); }, all};
}

scenario_info producer_plain_scenario()
{
    return {"producer_plain", [](random_source&) { return simulated_world_options{}; },
            [](stage& on) { return std::make_unique<producing>(on, false); }, declared};
}

} // namespace odradek::test
