// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/coroutine.hpp>
#include <odradek/client/producer/producer_core.hpp>
#include <odradek/client/producer/producer_options_check.hpp>

#include <asio/error.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

constexpr std::chrono::seconds topic_use_interval{1};
constexpr std::chrono::milliseconds weigh_interval{50}; // how often the queues count anew

failure check_options(const producer_options& o)
{
    std::string words = wrong_option(o);
    if (words.empty()) return {};
    return {errc::invalid_option, diagnostics{std::move(words)}};
}

// "For ever" is spelled milliseconds::max(), which is more than can be counted in nanoseconds.
producer_options bounded(producer_options o)
{
    constexpr std::chrono::years longest{50};
    o.delivery_timeout = std::min<std::chrono::milliseconds>(o.delivery_timeout, longest);
    o.unknown_topic_timeout = std::min<std::chrono::milliseconds>(o.unknown_topic_timeout, longest);
    o.linger = std::min<decltype(o.linger)>(o.linger, longest);
    return o;
}

} // namespace

std::shared_ptr<producer_core> producer_core::make(std::shared_ptr<client_core> client, producer_options options)
{
    auto made = std::make_shared<producer_core>(std::move(client), std::move(options));
    asio::post(made->client_->world().strand, [made] { made->client_->attach(made); });
    return made;
}

producer_core::producer_core(std::shared_ptr<client_core> client, producer_options options)
    : client_(std::move(client)), options_(bounded(std::move(options))), invalid_(check_options(options_)),
      accumulator_(options_, client_->world().clock, [this] { wake(); }),
      timer_(client_->world().clock->make_timer(client_->world().strand))
{}

producer_core::~producer_core() = default;

// --- Any thread

std::error_code producer_core::append(topic_queue* topic, const record& what, const send_options* how,
                                      delivery_callback& done)
{
    if (invalid_) [[unlikely]]
        return invalid_.ec;
    if (waiting_.load(std::memory_order_relaxed) != 0) [[unlikely]] { // not before those who wait
        if (const std::error_code refused = accumulator_.check(topic, what, how)) return refused;
        accumulator_.note_lacking(record_bound(what));
        return errc::queue_full;
    }
    return accumulator_.append(topic, what, how, done);
}

void producer_core::wake()
{
    if (wake_pending_.exchange(true)) return;
    const auto self = weak_from_this().lock();
    if (!self || client_->abandoned()) return;
    asio::post(client_->world().strand, [self] {
        self->wake_pending_ = false;
        self->step();
    });
}

void producer_core::purge(purge_options what)
{
    asio::post(client_->world().strand, [self = shared_from_this(), what] {
        self->take_news();
        const failure why{errc::purged, diagnostics{"purged"}};
        std::vector<batch_pointer> gone;
        for (const batch_pointer& batch : self->all_) {
            const bool under_way =
                batch->partition != nullptr && batch->partition->order.may_be_appended(batch->number);
            if (under_way ? what.in_flight : what.queued) gone.push_back(batch);
        }
        for (const batch_pointer& batch : gone) self->give_up(batch, why);
        if (what.queued) self->drop_waiters(why);
        self->step();
    });
}

void producer_core::stop()
{
    client_->events().remove_all_of(this); // what they refer to may be gone when the rest ends
    accumulator_.close();
    if (client_->abandoned()) return;
    asio::post(client_->world().strand, [self = shared_from_this()] { self->on_client_stopped(); });
}

producer_metrics producer_core::metrics() const
{
    const std::lock_guard lock{metrics_mutex_};
    producer_metrics now = metrics_;
    now.queue_bytes = accumulator_.budget().used();
    return now;
}

// --- On the strand

bool producer_core::is_busy() const
{
    return !accumulator_.is_idle() || (!stopped_ && (waiting_.load() != 0 || !ended_.empty()));
}

void producer_core::on_client_stopped()
{
    accumulator_.close();
    if (stopped_) return;
    accumulator_.set_watched(false); // what somebody is just taking over wakes us
    take_news();
    stopped_ = true;
    gave_up_ = !all_.empty() || waiting_.load() != 0;
    client_->cancel_those_of(this);
    fail_everything({errc::closed, diagnostics{"the producer was closed"}});
    timer_->cancel();
    armed_.reset();
    run_callbacks();
    drop_waiters({errc::closed, diagnostics{"the producer was closed"}});
    finish_flushes(); // all has ended, though not well, but for what the compression executor still has
    if (!is_busy()) client_->note_idle();
}

void producer_core::abandon() noexcept
{
    accumulator_.close();
    stopped_ = true;
    const auto all = std::exchange(all_, {});
    // Callables may own what owns us.
    const auto drop = [](const batch_pointer& batch) { // one that is being sealed belongs to another thread
        if (!batch->sealing) batch->deliveries = std::vector<delivery_callback>{};
    };
    for (const batch_pointer& batch : accumulator_.take_all()) drop(batch);
    for (const batch_pointer& batch : all) drop(batch);
    const auto flushes = std::exchange(flushes_, {});
    const auto ended = std::exchange(ended_, {});
    const auto cancelled = std::exchange(cancelled_, {});
    lingering_.clear();
    brokers_.clear();
    timer_.reset();
    const std::lock_guard lock{waiters_mutex_};
    waiters_.clear();
}

void producer_core::take_news()
{
    accumulator_news news = accumulator_.take_news();
    for (const batch_pointer& batch : news.fresh) {
        if (batch->finished || batch->listed) continue;
        enlist(batch);
        if (batch->partition == nullptr || batch->taken) continue;
        lingering_.push_back(batch);
    }
    for (topic_queue* topic : news.unknown) search(*topic);
    for (partition_queue* p : news.full) mark_ready(*p);
}

// Nearly all come in the order of their time.
void producer_core::enlist(const batch_pointer& batch)
{
    auto at = all_.end();
    while (at != all_.begin() && (*std::prev(at))->created > batch->created) --at;
    batch->place = all_.insert(at, batch);
    batch->listed = true;
}

void producer_core::step()
{
    if (stopped_) { // what came in the last moment
        take_news();
        if (!all_.empty()) fail_everything({errc::closed, diagnostics{"the producer was closed"}});
        run_callbacks();
        drop_waiters({errc::closed, diagnostics{"the producer was closed"}});
        finish_flushes();
        if (!is_busy()) client_->note_idle();
        return;
    }
    if (stepping_) return wake();
    stepping_ = true;
    const steady_time now = client_->now();
    if (auto why = client_->invalid_option(); why.ec) {
        take_news();
        fail_everything(why);
    }
    accumulator_.set_watched(false);
    take_news();
    follow_pictures();
    const bool is_short = (accumulator_.was_exhausted() || waiting_.load() != 0) && !options_.manual_flush;
    hurried_ = !flushes_.empty() || is_short;
    release_lingering(now);
    release_retries(now);
    expire(now);
    if (waiting_.load() != 0) expire_waiters(now);
    if (!identity_waiters_.empty()) want_identity();
    pump();
    close_aged(now);
    if (now - topics_used_at_ >= topic_use_interval && !all_.empty()) {
        topics_used_at_ = now;
        std::map<std::string_view, const topic_queue*> used; // by name: the order of pointers is no order
        for (const batch_pointer& batch : all_) used.emplace(batch->topic->name, batch->topic);
        for (const auto& [name, topic] : used)
            if (!topic->searching) client_->use_topic({.name = topic->name}, options_.allow_auto_topic_creation);
    }
    if (options_.adaptive && now - weighed_at_ >= weigh_interval && !all_.empty()) {
        weighed_at_ = now;
        for (const auto& [name, topic] : accumulator_.all_topics())
            if (!topic->tables.empty()) weigh(*topic);
    }
    run_callbacks();
    serve_waiters();
    finish_flushes();
    if (all_.empty() && ended_.empty()) {
        accumulator_.trim();
        if (!is_busy()) client_->note_idle();
    }
    arm(now);
    stepping_ = false;
}

// Those that a flush waits for; what was begun later waits for another one.
void producer_core::release_flushed()
{
    std::uint64_t newest = 0;
    for (const pending_flush& one : flushes_) newest = std::max(newest, one.round);
    std::erase_if(lingering_, [&](const std::weak_ptr<produce_batch>& one) {
        const batch_pointer batch = one.lock();
        if (!batch || batch->finished || batch->taken) return true;
        if (!accumulator_.is_of_round(*batch, newest)) return false;
        batch->partition->hurry_up_to = std::max(batch->partition->hurry_up_to, batch->number);
        mark_ready(*batch->partition);
        return true;
    });
}

// Those whose time has come, or all when there is a hurry: each is looked at once.
void producer_core::release_lingering(steady_time now)
{
    if (options_.manual_flush) {
        if (hurried_) release_flushed();
        return;
    }
    while (!lingering_.empty()) {
        const batch_pointer first = lingering_.front().lock();
        const bool gone = !first || first->finished || first->taken;
        const bool is_due = hurried_ || (!gone && first->created + options_.linger <= now);
        if (!gone && !is_due) break;
        lingering_.pop_front();
        if (gone) continue;
        if (hurried_) first->partition->hurry_up_to = std::max(first->partition->hurry_up_to, first->number);
        mark_ready(*first->partition);
    }
}

void producer_core::release_retries(steady_time now)
{
    while (!retries_.empty() && retries_.begin()->first <= now) {
        partition_queue* p = retries_.begin()->second;
        retries_.erase(retries_.begin());
        mark_ready(*p);
    }
}

// Backoff, with jitter, for a partition whose batch failed. What several batches meet with at once is one failure.
void producer_core::retry_later(partition_queue& p, const produce_batch* failed)
{
    backoff pace{{.initial = client_->options().retry_backoff, .maximum = client_->options().retry_backoff_max}};
    std::chrono::milliseconds wait{0};
    const bool is_first = failed == nullptr || (!p.batches.empty() && p.batches.front().get() == failed);
    if (is_first || p.failures == 0) ++p.failures;
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(p.failures, 16); ++i)
        wait = pace.on_failure(i + 1 == std::min<std::uint32_t>(p.failures, 16) ? client_->random() : 0.5);
    p.not_before = client_->now() + wait;
    retries_.emplace(p.not_before, &p);
}

// A batch ends without an acknowledgement.
void producer_core::give_up(const batch_pointer& batch, failure why)
{
    if (!why) why.ec = errc::out_of_memory; // no error would say that it was delivered
    if (batch->sealing) {                   // another thread reads it
        if (batch->listed) all_.erase(batch->place);
        batch->listed = false;
        batch->doomed = true;
        batch->last = std::move(why);
        return;
    }
    partition_queue* p = batch->partition;
    bool may_be_appended = false;
    if (p != nullptr && std::find(p->batches.begin(), p->batches.end(), batch) != p->batches.end()) {
        may_be_appended = p->order.remove(batch->number);
        std::erase(p->batches, batch);
        mark_ready(*p);
    } else if (p != nullptr) {
        const std::lock_guard lock{p->mutex};
        if (p->line.open == batch) p->line.open = nullptr;
        std::erase(p->line.closed, batch);
    } else {
        const std::lock_guard lock{batch->topic->mutex};
        if (batch->topic->held.open == batch) batch->topic->held.open = nullptr;
        std::erase(batch->topic->held.closed, batch);
    }
    if (may_be_appended) {
        why.about.set_how_far(delivery::possibly_delivered);
        if (why.ec != errc::closed && why.ec != errc::purged) {
            const bool is_late = why.ec == errc::delivery_timed_out; // its words are of what was never sent
            why.about.add_context("an attempt may have been written" + (is_late ? "" : ": " + why.ec.message()));
            why.ec = errc::outcome_unknown;
        }
    } else {
        why.about.set_how_far(delivery::not_delivered);
    }
    end(batch, std::move(why));
}

void producer_core::end(const batch_pointer& batch, failure why, std::int64_t base_offset, std::int64_t append_time)
{
    if (batch->listed) all_.erase(batch->place);
    batch->listed = false;
    if (std::exchange(batch->finished, true)) return;
    ended_.push_back({batch, std::move(why), base_offset, append_time});
}

void producer_core::run_callbacks()
{
    while (!ended_.empty()) {
        auto some = std::exchange(ended_, {});
        for (ended_batch& one : some) {
            call_deliveries(one);
            produce_batch& batch = *one.batch;
            batch.deliveries = std::vector<delivery_callback>{};
            batch.times = {};
            batch.wanted = {};
            batch.builder = record_batch_builder{{.reserve = 0}};
            // A request that is still being written refers to the bytes.
            byte_buffer memory;
            const bool unused = batch.being_written.expired();
            if (unused && batch.is_sealed()) memory = batch.sealed.release();
            batch.recharge();
            if (memory.capacity() != 0) accumulator_.recycle(std::move(memory));
            accumulator_.note_ended(batch);
        }
    }
}

void producer_core::call_deliveries(ended_batch& one)
{
    produce_batch& batch = *one.batch;
    const std::int32_t all = batch.records() - static_cast<std::int32_t>(batch.withdrawn.size());
    const std::int32_t count = one.records < 0 ? all : one.records;
    {
        const std::lock_guard lock{metrics_mutex_};
        (one.why.ec ? metrics_.records_failed : metrics_.records_acknowledged) += static_cast<std::uint64_t>(count);
    }
    placed at;
    at.topic = batch.topic->name;
    // While it was held, each record may have named another one.
    const std::vector<std::int32_t>& wanted = batch.wanted;
    const bool all_want_one = !wanted.empty() && std::count(wanted.begin(), wanted.end(), wanted.front()) ==
                                                     static_cast<std::ptrdiff_t>(wanted.size());
    at.partition = batch.partition != nullptr ? batch.partition->index : all_want_one ? wanted.front() : -1;
    at.timestamp = one.append_time >= 0 ? one.append_time : batch.same_time ? batch.first_time : -1;
    if (one.why.ec) {
        std::string where = "topic \"" + at.topic + '"';
        if (at.partition >= 0) where += ", partition " + std::to_string(at.partition);
        one.why.about.add_context(where);
    } else { // written is all that can be known without acks
        const bool is_answered = batch.settings.acks != acks::none;
        one.why.about.set_how_far(is_answered ? delivery::persisted : delivery::possibly_delivered);
    }
    const bool each_time = !one.why.ec && one.append_time < 0 && !batch.same_time && batch.is_sealed();
    const bool from_bytes = each_time && batch.sealed.codec() == compression::none;
    record_times walk{from_bytes ? bytes_view{batch.sealed.bytes().data() + batch_layout::records,
                                              batch.sealed.size() - batch_layout::records}
                                 : bytes_view{},
                      batch.first_time};
    for (std::size_t i = 0; i < batch.deliveries.size(); ++i) {
        if (from_bytes) at.timestamp = walk.next();
        if (!from_bytes && each_time && i < batch.times.size()) at.timestamp = batch.times[i];
        if (batch.partition == nullptr && i < wanted.size()) at.partition = wanted[i];
        at.offset = one.base_offset < 0 ? -1 : one.base_offset + static_cast<std::int64_t>(i);
        if (batch.deliveries[i]) batch.deliveries[i]({one.why.ec, at, one.why.about});
    }
    if (batch.partition == nullptr) at.partition = all_want_one ? wanted.front() : -1;
    if (delivery_handler_ && count > 0)
        delivery_handler_({.error = one.why.ec,
                           .topic = at.topic,
                           .partition = at.partition,
                           .base_offset = one.base_offset,
                           .records = count,
                           .bytes = batch.raw_size != 0 ? batch.raw_size : batch.builder.size(),
                           .about = &one.why.about});
}

void producer_core::fail_everything(const failure& why)
{
    while (!all_.empty()) give_up(batch_pointer{all_.front()}, why);
}

void producer_core::finish_flushes()
{
    if (flushes_.empty()) return;
    std::optional<std::uint64_t> waits_since; // the record that has waited longest for memory
    {
        const std::lock_guard lock{waiters_mutex_};
        for (const auto& waiter : waiters_)
            if (waiter->is_record) waits_since = std::min(waits_since.value_or(waiter->round), waiter->round);
    }
    std::vector<completion<void(std::error_code)>> done;
    std::erase_if(flushes_, [&](pending_flush& one) {
        if ((waits_since && *waits_since <= one.round) || !accumulator_.has_ended(one.round)) return false;
        done.push_back(std::move(one.done));
        return true;
    });
    for (auto& one : done) one.succeed();
}

void producer_core::arm(steady_time now)
{
    std::optional<steady_time> next;
    const auto consider = [&](steady_time when) { next = next ? std::min(*next, when) : when; };
    if (!lingering_.empty() && !options_.manual_flush) {
        // One that has gone is looked at early, no harm done.
        if (const auto first = lingering_.front().lock())
            consider(first->created + options_.linger);
        else
            consider(now + options_.linger);
        accumulator_.set_watched(true);
    }
    if (!all_.empty()) consider(std::max(now, aged_at_) + age_interval());
    if (!retries_.empty()) consider(retries_.begin()->first);
    if (!all_.empty()) consider(deadline_after(all_.front()->created, options_.delivery_timeout));
    for (const auto& [id, line] : brokers_)
        if (line.muted_until > now && !line.ready.empty()) consider(line.muted_until);
    if (!identity_waiters_.empty() && !asking_identity_) consider(identity_not_before_);
    // Memory may come back without an event of ours, when a connection lets go of bytes late.
    if (waiting_.load() != 0) consider(now + std::chrono::milliseconds{100});
    if (!next) {
        if (armed_) timer_->cancel();
        armed_.reset();
        return;
    }
    if (armed_ && *armed_ <= *next && *armed_ > now) return; // it comes too early at worst, and then looks again
    armed_ = next;
    timer_->async_wait_until(client_->world().strand, *next, [self = shared_from_this()](std::error_code ec) {
        if (ec || self->stopped_) return;
        self->armed_.reset();
        self->step();
    });
}

} // namespace odradek::detail
