// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/memory_waiter.hpp>
#include <odradek/client/producer/producer_core.hpp>

#include <asio/error.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

// Where a record was to go that came to nothing.
placed intended(const record& what)
{
    return {.topic = std::string{what.topic}, .partition = what.partition.value_or(-1)};
}

} // namespace

// What one async_send is owed: lies on the heap, so that a cancellation finds it wherever its record has got to.
struct producer_core::owed_send {
    completion<void(std::error_code, placed)> done;
    const void* context = nullptr; // of its delivery
    placed at{};                   // where it is to go, for its cancellation

    void end(std::error_code ec, const placed& at, const diagnostics& about)
    {
        context = nullptr;
        if (!done) return; // cancelled
        if (ec)
            done.fail(ec, about, at);
        else
            done.succeed(at);
    }
    void cancel(bool withdrawn)
    {
        if (!done) return;
        diagnostics about;
        if (withdrawn) {
            about.set_client_message("cancelled; the record was withdrawn");
        } else {
            about.set_client_message("cancelled; the record may be written all the same");
            about.set_how_far(delivery::possibly_delivered);
        }
        about.add_context("topic \"" + at.topic + '"' +
                          (at.partition < 0 ? "" : ", partition " + std::to_string(at.partition)));
        done.fail(asio::error::operation_aborted, std::move(about), at);
    }
};

void producer_core::send(const record& what, const send_options& how, completion<void(std::error_code, placed)> done)
{
    const auto owed = std::make_shared<owed_send>();
    delivery_callback callback{
        [owed](const delivery_callback::outcome& ended) { owed->end(ended.error, ended.at, ended.about); }};
    owed->context = callback.context();
    owed->at = intended(what);
    done.on_cancel([weak_self = weak_from_this(), strand = client_->world().strand, weak = std::weak_ptr(owed)] {
        asio::post(strand, [weak_self, weak] {
            const auto self = weak_self.lock();
            const auto mine = weak.lock();
            if (!self || !mine) return;
            const auto context = [mine] {
                return mine->context == nullptr ? std::vector<const void*>{} : std::vector{mine->context};
            };
            self->cancel({context, [mine](std::size_t withdrawn) { mine->cancel(withdrawn != 0); }});
        });
    });
    owed->done = std::move(done); // before anybody can end it
    const std::error_code ec = append(nullptr, what, &how, callback);
    if (!ec) return;
    if (ec == errc::queue_full && !options_.manual_flush) return wait_for_memory(what, how, std::move(callback));
    asio::post(client_->world().strand,
               [owed, ec, about = refusal(ec, what, how), at = intended(what)] { owed->end(ec, at, about); });
}

std::string producer_core::explain(std::error_code why, const record& what, const send_options& how) const
{
    return invalid_ ? accumulator_.explain({}, what) + ": " + invalid_.about.to_string()
                    : accumulator_.explain(why, what, &how);
}

// Why a record was not taken over.
diagnostics producer_core::refusal(std::error_code why, const record& what, const send_options& how) const
{
    diagnostics about{"send: " + explain(why, what, how)};
    about.set_how_far(delivery::not_delivered);
    return about;
}

void producer_core::wait_for_memory(const record& what, const send_options& how, delivery_callback done)
{
    auto waiter = std::make_unique<memory_waiter>();
    waiter->keep(what);
    if (!what.timestamp)
        waiter->what.timestamp = client_->world().clock->coarse_wall_now(); // of its send, not of the memory
    waiter->how = how;
    waiter->since = client_->now();
    waiter->done = std::move(done);
    waiter->round = accumulator_.round();
    {
        const std::lock_guard lock{waiters_mutex_};
        waiters_.push_back(std::move(waiter));
        waiting_ = waiters_.size();
    }
    wake();
}

void producer_core::send_many(std::span<const topic_messages> what, const send_options& how,
                              completion<void(std::error_code, std::vector<sent>)> done)
{
    // On the strand, but for its making.
    struct group {
        std::vector<sent> results;
        std::vector<const void*> contexts; // of the deliveries; null of those that have ended
        std::size_t left = 0;
        completion<void(std::error_code, std::vector<sent>)> done;
        std::error_code first_error;
        diagnostics first_about;
        std::size_t first_index = 0;

        void on_ended(std::size_t i, std::error_code ec, const placed& at, const diagnostics& about)
        {
            contexts[i] = nullptr;
            if (!done) return; // cancelled, and the results are gone with it
            if (ec && (!first_error || i < first_index)) {
                first_error = ec;
                first_about = about;
                first_index = i;
            }
            results[i] = {.error = ec, .at = at, .about = ec ? about : diagnostics{}};
            release();
        }
        void release()
        {
            if (--left != 0 || !done) return;
            if (first_error)
                done.fail(first_error, std::move(first_about), std::move(results));
            else
                done.succeed(std::move(results));
        }
        // Those that have not ended.
        [[nodiscard]] std::vector<const void*> waiting() const
        {
            std::vector<const void*> all;
            std::copy_if(contexts.begin(), contexts.end(), std::back_inserter(all),
                         [](const void* c) { return c != nullptr; });
            return all;
        }
        void cancel(std::size_t withdrawn)
        {
            if (!done) return;
            std::size_t open = 0;
            for (std::size_t i = 0; i < results.size(); ++i) {
                if (contexts[i] == nullptr) continue;
                results[i].error = asio::error::operation_aborted;
                ++open;
            }
            diagnostics about{"cancelled; " + std::to_string(withdrawn) + " of " + std::to_string(open) +
                              " records were withdrawn" +
                              (withdrawn == open ? "" : ", the others may be written all the same")};
            if (withdrawn != open) about.set_how_far(delivery::possibly_delivered);
            // A second signal may come before the handler has run, and what was withdrawn has given its address back.
            std::fill(contexts.begin(), contexts.end(), nullptr);
            done.fail(asio::error::operation_aborted, std::move(about), std::move(results));
        }
    };

    std::size_t count = 0;
    for (const topic_messages& t : what) count += t.messages.size();
    const auto all = std::make_shared<group>();
    all->results.resize(count);
    all->contexts.resize(count);
    all->left = count + 1; // one for ourselves, so that it does not end in here
    done.on_cancel([weak_self = weak_from_this(), strand = client_->world().strand, weak = std::weak_ptr(all)] {
        asio::post(strand, [weak_self, weak] {
            const auto self = weak_self.lock();
            const auto mine = weak.lock();
            if (!self || !mine) return;
            self->cancel(
                {[mine] { return mine->waiting(); }, [mine](std::size_t withdrawn) { mine->cancel(withdrawn); }});
        });
    });
    all->done = std::move(done);

    std::size_t index = 0;
    for (const topic_messages& t : what) {
        for (const record& r : t.messages) {
            record one = r;
            const std::size_t i = index++;
            // On the strand, where the others end, perhaps at this moment.
            const auto end_at_once = [&](std::error_code ec, const diagnostics& about) {
                asio::post(client_->world().strand,
                           [all, i, ec, at = intended(one), about] { all->on_ended(i, ec, at, about); });
            };
            if (!t.topic.empty()) {
                if (!one.topic.empty() && one.topic != t.topic) {
                    end_at_once(errc::invalid_argument,
                                diagnostics{"send: a record for topic \"" + std::string{one.topic} +
                                            "\" among those for \"" + std::string{t.topic} + '"'});
                    continue;
                }
                one.topic = t.topic;
            }
            delivery_callback callback{[all, i](const delivery_callback::outcome& ended) {
                all->on_ended(i, ended.error, ended.at, ended.about);
            }};
            all->contexts[i] = callback.context();
            const std::error_code ec = append(nullptr, one, &how, callback);
            if (ec == errc::queue_full && !options_.manual_flush) {
                wait_for_memory(one, how, std::move(callback));
            } else if (ec) {
                end_at_once(ec, refusal(ec, one, how));
            }
        }
    }
    asio::post(client_->world().strand, [all] { all->release(); });
}

void producer_core::ready(completion<void(std::error_code)> done)
{
    auto waiter = std::make_unique<memory_waiter>();
    waiter->number = watch_cancellation(done);
    waiter->woken = std::move(done);
    {
        const std::lock_guard lock{waiters_mutex_};
        waiters_.push_back(std::move(waiter));
        waiting_ = waiters_.size();
    }
    wake();
}

// Those that are cancelled in one moment are looked for together, since that goes through all that waits.
void producer_core::cancel(cancellation one)
{
    cancelled_.push_back(std::move(one));
    if (cancelled_.size() == 1)
        asio::post(client_->world().strand, [self = shared_from_this()] { self->withdraw_cancelled(); });
}

void producer_core::withdraw_cancelled()
{
    const auto all = std::exchange(cancelled_, {});
    std::vector<std::vector<const void*>> of_each;
    std::vector<const void*> contexts;
    for (const cancellation& one : all) {
        of_each.push_back(one.contexts());
        contexts.insert(contexts.end(), of_each.back().begin(), of_each.back().end());
    }
    const std::less<const void*> before;
    std::sort(contexts.begin(), contexts.end(), before);
    const std::vector<const void*> withdrawn = withdraw(contexts);
    for (std::size_t i = 0; i < all.size(); ++i)
        all[i].end(static_cast<std::size_t>(std::count_if(of_each[i].begin(), of_each[i].end(), [&](const void* c) {
            return std::binary_search(withdrawn.begin(), withdrawn.end(), c, before);
        })));
    step();
}

// Records that are not in a request yet leave without a trace. Takes and gives contexts in ascending order.
std::vector<const void*> producer_core::withdraw(std::span<const void* const> contexts)
{
    const std::less<const void*> before;
    std::vector<const void*> withdrawn;
    std::deque<std::unique_ptr<memory_waiter>> gone; // what they own may own us
    {
        const std::lock_guard lock{waiters_mutex_};
        std::erase_if(waiters_, [&](auto& w) {
            const void* const context = w->is_record ? w->done.context() : nullptr;
            if (context == nullptr || !std::binary_search(contexts.begin(), contexts.end(), context, before))
                return false;
            withdrawn.push_back(context);
            gone.push_back(std::move(w));
            return true;
        });
        waiting_ = waiters_.size();
    }
    take_news();
    std::vector<delivery_callback> dropped; // what they own may call us: not under a lock
    for (const batch_pointer& batch : all_)
        if (!batch->taken) accumulator_.withdraw(*batch, contexts, dropped);
    for (const delivery_callback& one : dropped) withdrawn.push_back(one.context());
    std::sort(withdrawn.begin(), withdrawn.end(), before);
    return withdrawn;
}

// Of records; who only wants to know of memory does, or waits on.
void producer_core::drop_waiters(const failure& why)
{
    std::deque<std::unique_ptr<memory_waiter>> gone;
    {
        const std::lock_guard lock{waiters_mutex_};
        gone.swap(waiters_);
        waiting_ = 0;
    }
    for (const auto& waiter : gone) {
        if (waiter->is_record)
            end_waiter(*waiter, why);
        else if (why.ec == errc::purged)
            waiter->woken.succeed();
        else
            waiter->woken.fail(why.ec, why.about);
    }
}

void producer_core::end_waiter(memory_waiter& one, failure why)
{
    why.about.set_how_far(delivery::not_delivered);
    why.about.add_context("send: " + accumulator_.explain(errc::queue_full, one.what));
    one.done({why.ec, intended(one.what), why.about});
}

// They wait in the order in which they came, all equally long.
void producer_core::expire_waiters(steady_time now)
{
    std::deque<std::unique_ptr<memory_waiter>> over;
    {
        const std::lock_guard lock{waiters_mutex_};
        const auto is_over = [&](const auto& w) {
            return w->is_record && deadline_after(w->since, options_.delivery_timeout) <= now;
        };
        const auto first = std::find_if(waiters_.begin(), waiters_.end(), [](const auto& w) { return w->is_record; });
        if (first == waiters_.end() || !is_over(*first)) return;
        std::erase_if(waiters_, [&](auto& w) {
            if (!is_over(w)) return false;
            over.push_back(std::move(w));
            return true;
        });
        waiting_ = waiters_.size();
    }
    const std::string words =
        "waited for memory for all of its " + std::to_string(options_.delivery_timeout.count()) + " ms";
    for (const auto& waiter : over) end_waiter(*waiter, {errc::delivery_timed_out, diagnostics{words}});
}

void producer_core::serve_waiters()
{
    while (waiting_.load() != 0) {
        std::unique_ptr<memory_waiter> first;
        {
            const std::lock_guard lock{waiters_mutex_};
            if (waiters_.empty()) break;
            first = std::move(waiters_.front());
            waiters_.pop_front();
        }
        bool served = true;
        if (first->is_record) {
            const std::error_code ec =
                accumulator_.append(nullptr, first->what, &first->how, first->done, first->round, first->since);
            if (ec == errc::queue_full) {
                served = false;
            } else if (ec) {
                first->done({ec, intended(first->what), refusal(ec, first->what, first->how)});
            }
        } else {
            // For a whole batch with what is kept for each of its records, or it would be sent half full; and for what was refused.
            const std::size_t enough = std::min(options_.memory / 4, 2 * options_.batch_size);
            served = accumulator_.make_room(std::min(options_.memory, std::max(enough, accumulator_.lacking())));
            if (served) {
                accumulator_.forget_lacking();
                first->woken.succeed();
            } else if (options_.manual_flush && flushes_.empty()) { // nothing will be sent, and so nothing be freed
                served = true;
                first->woken.fail(errc::queue_full, diagnostics{"ready: with producer_options::manual_flush only "
                                                                "async_flush() makes room"});
            }
        }
        const std::lock_guard lock{waiters_mutex_};
        if (!served) waiters_.push_front(std::move(first));
        waiting_ = waiters_.size();
        if (!served) break;
    }
}

// The caller's cancellation of a flush, a close or a wait for memory; only inside the initiating function.
std::uint64_t producer_core::watch_cancellation(completion<void(std::error_code)>& done)
{
    const std::uint64_t number = operations_.fetch_add(1, std::memory_order_relaxed);
    done.on_cancel([weak = weak_from_this(), strand = client_->world().strand, number] {
        asio::post(strand, [weak, number] {
            if (const auto self = weak.lock()) self->cancel_operation(number);
        });
    });
    return number;
}

void producer_core::flush(completion<void(std::error_code)> done)
{
    const std::uint64_t number = watch_cancellation(done);
    asio::post(client_->world().strand, [self = shared_from_this(), number, done = std::move(done)]() mutable {
        if (self->stopped_) return done.succeed(); // everything has ended
        self->flushes_.push_back({self->accumulator_.next_round(), number, std::move(done)});
        self->step();
    });
}

void producer_core::close(std::chrono::milliseconds longest, completion<void(std::error_code)> done)
{
    const std::uint64_t number = watch_cancellation(done); // which gives up the rest at once
    asio::post(client_->world().strand, [self = shared_from_this(), longest, number, done = std::move(done)]() mutable {
        self->accumulator_.close();
        if (self->stopped_) {
            if (!self->gave_up_) return done.succeed();
            return done.fail(errc::closed, diagnostics{"close: it ended before, and not everything was delivered"});
        }
        // At the deadline the rest is given up; an alarm of its own, which the end of the flush puts off.
        const asio::any_io_executor& strand = self->client_->world().strand;
        const auto alarm = std::shared_ptr<timer>(self->client_->world().clock->make_timer(strand));
        const auto on_alarm = [self, alarm](std::error_code ec) {
            if (!ec) self->on_client_stopped();
        };
        alarm->async_wait_until(strand, deadline_after(self->client_->now(), longest), on_alarm);
        auto owed = std::make_shared<completion<void(std::error_code)>>(std::move(done));
        const auto on_flushed = [self, alarm, owed](std::error_code ec) {
            alarm->cancel();
            self->on_client_stopped();
            if (ec)
                owed->fail(ec);
            else if (self->gave_up_)
                owed->fail(errc::operation_timed_out, diagnostics{"close: not everything was delivered in time"});
            else
                owed->succeed();
        };
        self->flushes_.push_back({self->accumulator_.next_round(), number, {on_flushed, strand}});
        self->step();
    });
}

void producer_core::cancel_operation(std::uint64_t number)
{
    const auto flush =
        std::find_if(flushes_.begin(), flushes_.end(), [&](const auto& one) { return one.number == number; });
    if (flush != flushes_.end()) {
        auto done = std::move(flush->done);
        flushes_.erase(flush);
        return done.fail(asio::error::operation_aborted);
    }
    std::unique_ptr<memory_waiter> gone;
    {
        const std::lock_guard lock{waiters_mutex_};
        const auto found = std::find_if(waiters_.begin(), waiters_.end(),
                                        [&](const auto& w) { return !w->is_record && w->number == number; });
        if (found == waiters_.end()) return;
        gone = std::move(*found);
        waiters_.erase(found);
        waiting_ = waiters_.size();
    }
    gone->woken.fail(asio::error::operation_aborted);
}

} // namespace odradek::detail
