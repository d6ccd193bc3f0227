// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/coroutine.hpp>
#include <odradek/client/producer/producer_core.hpp>
#include <odradek/protocol/generated/messages/init_producer_id.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

// Looks for a topic until it is there, its time is over, or something stands in the way.
class topic_search final : public operation {
public:
    // `unknown_since`: brokers have said that they do not know it, and what waits now has come since then.
    topic_search(std::shared_ptr<producer_core> of, topic_queue& topic, const producer_options& how,
                 std::optional<steady_time> unknown_since)
        : of_(std::move(of)), topic_(topic), may_create_(how.allow_auto_topic_creation),
          patience_(how.unknown_topic_timeout), unknown_since_(unknown_since)
    {
        whose = of_.get();
        deadline = deadline_after(of_->client().now(), how.delivery_timeout);
    }

    asio::awaitable<failure> run(client_core& core) override
    {
        const topic_key key{.name = topic_.name};
        bool known = topic_.table.load() != nullptr; // then it is a partition that is missing
        std::uint64_t seen = topic_.seen;
        backoff pace = core.make_pace();
        if (unknown_since_) deadline = std::min(deadline, deadline_after(*unknown_since_, patience_));
        for (;;) {
            const steady_time asked = core.now();
            core.use_topic(key, may_create_);
            failure why;
            if (known)
                why = co_await core.refresh_topic(*this, key, seen);
            else
                why = co_await core.find_topic(*this, key, may_create_);
            if (!why) {
                const topic_info* info = core.snapshot()->find_topic(topic_.name);
                if (info != nullptr && !info->partitions.empty()) break;
                why = {errc::unknown_topic, diagnostics{"topic \"" + topic_.name + "\" has no partitions yet"}};
                known = info != nullptr;
                seen = core.snapshot()->version();
            }
            if (why.ec == errc::unknown_topic && !unknown_since_) { // brokers that say nothing do not count
                unknown_since_ = asked;
                deadline = std::min(deadline, deadline_after(asked, patience_));
            }
            if (unknown_since_ && core.now() >= deadline)
                co_return failure{errc::unknown_topic, diagnostics{"topic \"" + topic_.name + "\" does not exist"}};
            if (why.ec != errc::unknown_topic) co_return why;
            if (auto end = co_await core.pause(*this, pace, why)) co_return end;
        }
        of_->on_topic_found(topic_, {});
        co_return failure{};
    }
    void fail(failure why) override { of_->on_topic_found(topic_, std::move(why)); }
    void on_pause(const failure& last) override { topic_.last = last; }

private:
    std::shared_ptr<producer_core> of_;
    topic_queue& topic_;
    bool may_create_;
    std::chrono::milliseconds patience_;
    std::optional<steady_time> unknown_since_;
};

// Asks for a topic anew, because its leaders are not where they were.
class topic_refresh final : public operation {
public:
    topic_refresh(std::shared_ptr<producer_core> of, topic_queue& topic, std::uint64_t seen)
        : of_(std::move(of)), topic_(topic), seen_(seen)
    {
        whose = of_.get();
        deadline = deadline_after(of_->client().now(), of_->client().options().default_api_timeout);
    }

    asio::awaitable<failure> run(client_core& core) override
    {
        const topic_key key{.name = topic_.name};
        failure why = co_await core.refresh_topic(*this, key, seen_);
        if (!why) of_->on_topic_refreshed(topic_, {});
        co_return why;
    }
    void fail(failure why) override { of_->on_topic_refreshed(topic_, std::move(why)); }

private:
    std::shared_ptr<producer_core> of_;
    topic_queue& topic_;
    std::uint64_t seen_;
};

// Asks any broker for a producer id.
class identity_request final : public operation {
public:
    explicit identity_request(std::shared_ptr<producer_core> of)
        : of_(std::move(of)),
          call_(init_producer_id_request{.transactional_id = nullptr, .transaction_timeout_ms = 60'000})
    {
        whose = of_.get();
        deadline = deadline_after(of_->client().now(), of_->client().options().default_api_timeout);
    }

    asio::awaitable<failure> run(client_core& core) override
    {
        failure why = co_await core.exchange(*this, call_, any_broker, {});
        if (why) co_return why;
        const init_producer_id_response& answer = call_.answer();
        if (answer.error_code != broker_errc::none)
            co_return failure{answer.error_code, diagnostics{"no producer id was given"}};
        of_->on_identity({.id = answer.producer_id, .epoch = answer.producer_epoch});
        co_return failure{};
    }
    void fail(failure why) override { of_->on_no_identity(std::move(why)); }
    void on_pause(const failure& last) override { of_->note_identity_failure(last); }

private:
    std::shared_ptr<producer_core> of_;
    typed_call<init_producer_id_request> call_;
};

bool is_gone(const failure& why)
{
    return why.ec == errc::unknown_topic || why.ec == errc::unknown_topic_id;
}

// Whether it settles what becomes of records that there is a way for in principle: the cluster says so, or refuses us. That nobody could be
// asked, or gave an answer of sense, may be otherwise a moment later; records have a time of their own.
bool is_final(const failure& why)
{
    if (!why) return false;
    if (is_gone(why)) return true;
    if (why.ec == condition::retriable) return false;
    static constexpr errc refusals[] = {
        errc::closed,
        errc::tls_handshake_failed,
        errc::tls_certificate_refused,
        errc::tls_material_invalid,
        errc::proxy_refused,
        errc::proxy_authentication_failed,
        errc::authentication_failed,
        errc::mechanism_not_offered,
        errc::server_not_authentic,
        errc::credentials_missing,
        errc::clear_text_password,
        errc::unsupported_api,
        errc::no_common_version,
    };
    return why.ec.category() == kafka_category() ||
           std::any_of(std::begin(refusals), std::end(refusals), [&](errc one) { return why.ec == one; });
}

} // namespace

void producer_core::search(topic_queue& topic, std::optional<steady_time> unknown_since)
{
    if (topic.searching || stopped_) return;
    topic.searching = true;
    client_->start(std::make_shared<topic_search>(shared_from_this(), topic, options_, unknown_since));
}

void producer_core::on_topic_found(topic_queue& topic, failure why)
{
    topic.searching = false;
    if (stopped_) return;
    take_news();
    if (!why) {
        topic.last = {};
        follow_pictures();
        const topic_info* info = picture_->find_topic(topic.name);
        if (info != nullptr && !info->partitions.empty()) {
            take_picture(topic, *info, *picture_);
            place_held(topic, false);
        }
    } else if ((why.ec == condition::retriable || why.ec == errc::operation_timed_out) && !is_gone(why)) {
        // Nobody told: what waits has a deadline of its own, and came perhaps long after the search began.
        if (why.ec != errc::operation_timed_out) topic.last = std::move(why); // which says nothing
        if (accumulator_.holds(topic)) search(topic);
    } else {
        if (is_gone(why))
            why.about.add_context("it did not appear within " + std::to_string(options_.unknown_topic_timeout.count()) +
                                  " ms");
        // Some may have come long after the search began.
        const steady_time by = is_gone(why) ? client_->now() - options_.unknown_topic_timeout : steady_time::max();
        for (const batch_pointer& batch : accumulator_.take_held(topic, by)) end(batch, why);
        if (const auto since = accumulator_.held_since(topic)) search(topic, since);
    }
    step();
}

// `keep_missing`: a partition that does not exist may be there soon.
void producer_core::place_held(topic_queue& topic, bool keep_missing)
{
    const auto retiring = [this](const batch_pointer& batch) { retire(batch); };
    const auto refuse = [&](const batch_pointer& batch) {
        take_news();
        failure why = batch->last.get();
        if (why.ec == errc::unknown_partition)
            why.about.set_client_message(
                "partition " + std::to_string(batch->wanted.empty() ? -1 : batch->wanted.front()) +
                " does not exist, only 0 to " + std::to_string(topic.tables.back()->all.size() - 1));
        end(batch, std::move(why));
    };
    accumulator_.place_held(topic, *topic.tables.back(), retiring, refuse, keep_missing);
}

void producer_core::refresh(topic_queue& topic)
{
    if (topic.refreshing || stopped_) return;
    topic.refreshing = true;
    client_->start(std::make_shared<topic_refresh>(shared_from_this(), topic, topic.seen));
}

void producer_core::on_topic_refreshed(topic_queue& topic, failure why)
{
    topic.refreshing = false;
    if (stopped_) return;
    if (!topic.searching && is_final(why)) fail_topic(topic, why);
    if (!topic.last || why.ec != errc::operation_timed_out) topic.last = why; // which says nothing
    topic.seen = std::max(topic.seen, client_->snapshot()->version());
    follow_pictures();
    for (const auto& p : topic.partitions) {
        if (!std::exchange(p->wants_picture, false)) continue;
        if (p->order.empty() && !accumulator::has_batch(*p, true)) continue;
        if (!why && is_lost(*p))
            fail_partition(*p);
        else
            mark_ready(*p);
    }
    step();
}

void producer_core::follow_pictures()
{
    const auto picture = client_->snapshot();
    if (picture == picture_) return;
    const auto before = std::exchange(picture_, picture);
    // A broker may be told before its rack is, and move to another one.
    const bool racks_count = options_.rack_aware && before && before->brokers() != picture->brokers();
    for (const auto& [name, topic] : accumulator_.all_topics()) {
        if (topic->table.load() == nullptr) continue; // whoever searches it will tell
        const topic_info* info = picture->find_topic(name);
        // `before` is held until here, so another topic cannot have its address.
        if (info != std::exchange(topic->info, info) && info != nullptr) take_picture(*topic, *info, *picture);
        if (racks_count && !topic->tables.empty()) weigh(*topic);
    }
}

void producer_core::take_picture(topic_queue& topic, const topic_info& info, const cluster& picture)
{
    topic.info = &info;
    if (info.partitions.empty()) return; // nothing is known, or not any more
    const bool is_other_topic = !topic.id.is_zero() && !info.id.is_zero() && topic.id != info.id;
    topic.id = info.id;
    topic.seen = picture.version();
    if (topic.partitions.empty()) topic.draws = client_->world().random->next();
    auto table = std::make_unique<partition_table>();
    const bool is_missing = info.missing_since != steady_time{};
    const auto count = static_cast<std::size_t>(info.partitions.back().index) + 1; // bounded by the cluster
    while (topic.partitions.size() < count)
        topic.partitions.push_back(std::make_unique<partition_queue>(topic,
                                                                     static_cast<std::int32_t>(topic.partitions.size()),
                                                                     static_cast<std::size_t>(options_.max_in_flight)));
    bool is_led_elsewhere = topic.tables.empty(); // any of them
    for (const auto& p : topic.partitions) {
        const partition_info* known = info.find_partition(p->index);
        const std::int32_t leader = known == nullptr || is_missing ? -1 : known->leader;
        if (static_cast<std::size_t>(p->index) < count) table->all.push_back(p.get());
        if (leader >= 0 && options_.custom_partitioner) table->available.push_back(p->index); // nobody else asks
        if (known == nullptr)
            p->missing_since = p->missing_since.value_or(client_->now());
        else if (known->missing_since != steady_time{})
            p->missing_since = known->missing_since;
        else
            p->missing_since.reset();
        if (is_other_topic) { // nobody knows us there
            p->order.forget_acknowledgements();
            p->unknown_answers = 0;
        }
        if (leader == p->leader) continue;
        is_led_elsewhere = true;
        p->leader = leader;
        if (!p->wants_picture && (!p->order.empty() || accumulator::has_batch(*p, true))) mark_ready(*p);
    }
    const bool is_other_table = use_table(topic, std::move(table));
    if (is_led_elsewhere || is_other_table) weigh(topic);
    if (is_other_table) place_held(topic, true);
}

// Makes it the newest one; false if that says the same. Sending threads may still be reading any that there ever was, so none is
// freed, and one that says what a former one said does not become another.
bool producer_core::use_table(topic_queue& topic, std::unique_ptr<partition_table> table)
{
    auto& all = topic.tables;
    const auto same = std::find_if(all.begin(), all.end(), [&](const auto& one) { return *one == *table; });
    if (same == all.end()) {
        all.push_back(std::move(table));
        return true;
    }
    if (std::next(same) == all.end()) return false;
    std::rotate(same, std::next(same), all.end());
    return true;
}

// Where records without a key go rather.
void producer_core::weigh(topic_queue& topic)
{
    std::vector<sticky_choice::load> loads;
    const partition_table& table = *topic.tables.back();
    loads.reserve(table.all.size());
    for (partition_queue* p : table.all) {
        const broker_info* leader = picture_ && p->leader >= 0 ? picture_->find_broker(p->leader) : nullptr;
        loads.push_back({.partition = p->index,
                         .queue = static_cast<std::int32_t>(p->order.size() + accumulator::waiting_in(*p)),
                         .available = p->leader >= 0,
                         .same_rack = leader != nullptr && leader->rack && *leader->rack == options_.client_rack});
    }
    topic.sticky.set_partitions(loads, {.adaptive = options_.adaptive, .rack_aware = options_.rack_aware},
                                client_->world().random->next());
}

void producer_core::want_picture(partition_queue& p)
{
    p.wants_picture = true;
    refresh(p.topic);
}

void producer_core::want_identity()
{
    if (identity_ || asking_identity_ || stopped_ || client_->now() < identity_not_before_) return;
    asking_identity_ = true;
    client_->start(std::make_shared<identity_request>(shared_from_this()));
}

void producer_core::wait_for_identity(partition_queue& p)
{
    if (!std::exchange(p.waits_for_identity, true)) identity_waiters_.push_back(&p);
    want_identity();
}

void producer_core::release_identity_waiters()
{
    for (partition_queue* p : std::exchange(identity_waiters_, {})) {
        p->waits_for_identity = false;
        mark_ready(*p);
    }
}

void producer_core::on_identity(producer_id id)
{
    asking_identity_ = false;
    identity_ = id;
    identity_failure_ = {};
    release_identity_waiters();
    step();
}

void producer_core::on_no_identity(failure why)
{
    asking_identity_ = false;
    if (stopped_) return;
    if (!is_final(why)) {
        const bool says_nothing = why.ec == errc::operation_timed_out;
        if (!says_nothing || !identity_failure_) identity_failure_ = std::move(why);
        identity_not_before_ = client_->now() + client_->options().retry_backoff_max;
        release_identity_waiters();
        return step();
    }
    // Without an id nothing that needs one can be sent: it ends, and what comes later asks again.
    why.about.add_context("idempotence needs a producer id");
    take_news();
    std::vector<batch_pointer> gone;
    for (const batch_pointer& batch : all_)
        if (batch->settings.numbered && batch->partition != nullptr) gone.push_back(batch);
    release_identity_waiters();
    for (const batch_pointer& batch : gone) give_up(batch, why);
    step();
}

// Locally, as long as there are epochs (KIP-360); every partition begins at 0 when it takes the new one up.
void producer_core::raise_epoch()
{
    constexpr std::int16_t last_epoch = std::numeric_limits<std::int16_t>::max() - 1;
    {
        const std::lock_guard lock{metrics_mutex_};
        ++metrics_.epochs;
    }
    if (identity_.epoch < last_epoch) {
        ++identity_.epoch;
        client_->log(log_level::info, "producer",
                     "producer " + std::to_string(identity_.id) + " goes on with epoch " +
                         std::to_string(identity_.epoch));
        return;
    }
    identity_ = {};
    want_identity();
}

} // namespace odradek::detail
