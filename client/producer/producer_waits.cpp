// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/memory_waiter.hpp>
#include <odradek/client/producer/producer_core.hpp>

#include <asio/error.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {

// What one async_send is owed: lies on the heap, so that a cancellation finds it wherever its record has got to.
struct producer_core::owed_send {
    completion<void(std::error_code, placed)> done;
    const void* context = nullptr; // of its delivery

    void end(std::error_code ec, const placed& at, const diagnostics& about)
    {
        if (!done) return; // cancelled
        if (ec)
            done.fail(ec, about);
        else
            done.succeed(at);
    }
};

void producer_core::send(const record& what, const send_options& how, completion<void(std::error_code, placed)> done)
{
    const auto owed = std::make_shared<owed_send>();
    delivery_callback callback{
        [owed](const delivery_callback::outcome& ended) { owed->end(ended.error, ended.at, ended.about); }};
    owed->context = callback.context();
    done.on_cancel([weak_self = weak_from_this(), strand = client_->world().strand, weak = std::weak_ptr(owed)] {
        asio::post(strand, [weak_self, weak] {
            const auto self = weak_self.lock();
            const auto mine = weak.lock();
            if (self && mine) self->cancel(*mine);
        });
    });
    owed->done = std::move(done); // before anybody can end it
    const std::error_code ec = append(nullptr, what, how, callback);
    if (!ec) return;
    if (ec == errc::queue_full && !options_.manual_flush) return wait_for_memory(what, how, std::move(callback));
    diagnostics about = invalid_ ? invalid_.about : diagnostics{"send: " + accumulator_.explain(ec, what)};
    asio::post(client_->world().strand, [owed, ec, about = std::move(about)] { owed->end(ec, {}, about); });
}

void producer_core::cancel(owed_send& one)
{
    if (!one.done) return;
    diagnostics about;
    if (withdraw(one.context)) {
        about.set_client_message("cancelled; the record was withdrawn");
    } else {
        about.set_client_message("cancelled; the record may be written all the same");
        about.set_how_far(delivery::possibly_written);
    }
    one.done.fail(asio::error::operation_aborted, std::move(about));
}

void producer_core::wait_for_memory(const record& what, const send_options& how, delivery_callback done)
{
    auto waiter = std::make_unique<memory_waiter>();
    waiter->keep(what);
    waiter->how = how;
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
        std::size_t left = 0;
        completion<void(std::error_code, std::vector<sent>)> done;
        std::error_code first_error;
        diagnostics first_about;
        std::size_t first_index = 0;

        void on_ended(std::size_t i, std::error_code ec, const placed& at, const diagnostics& about)
        {
            if (ec && (!first_error || i < first_index)) {
                first_error = ec;
                first_about = about;
                first_index = i;
            }
            results[i] = {.error = ec, .at = at};
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
        void cancel()
        {
            if (!done) return;
            diagnostics about{"cancelled; the records may be written all the same"};
            about.set_how_far(delivery::possibly_written);
            done.fail(asio::error::operation_aborted, std::move(about), results);
        }
    };

    std::size_t count = 0;
    for (const topic_messages& t : what) count += t.messages.size();
    const auto all = std::make_shared<group>();
    all->results.resize(count);
    all->left = count + 1; // one for ourselves, so that it does not end in here
    done.on_cancel([strand = client_->world().strand, weak = std::weak_ptr(all)] {
        asio::post(strand, [weak] {
            if (const auto alive = weak.lock()) alive->cancel();
        });
    });
    all->done = std::move(done);

    std::size_t index = 0;
    for (const topic_messages& t : what) {
        for (const record& r : t.messages) {
            record one = r;
            const std::size_t i = index++;
            // On the strand, where the others end, perhaps at this moment.
            const auto end_at_once = [&](std::error_code ec, std::string words) {
                asio::post(client_->world().strand,
                           [all, i, ec, topic = std::string{one.topic}, words = std::move(words)]() mutable {
                               all->on_ended(i, ec, {.topic = std::move(topic)}, diagnostics{std::move(words)});
                           });
            };
            if (!t.topic.empty()) {
                if (!one.topic.empty() && one.topic != t.topic) {
                    end_at_once(errc::invalid_argument, "send: a record for topic \"" + std::string{one.topic} +
                                                            "\" among those for \"" + std::string{t.topic} + '"');
                    continue;
                }
                one.topic = t.topic;
            }
            delivery_callback callback{[all, i](const delivery_callback::outcome& ended) {
                all->on_ended(i, ended.error, ended.at, ended.about);
            }};
            const std::error_code ec = append(nullptr, one, how, callback);
            if (ec == errc::queue_full && !options_.manual_flush) {
                wait_for_memory(one, how, std::move(callback));
            } else if (ec) {
                end_at_once(ec, invalid_ ? invalid_.about.to_string() : "send: " + accumulator_.explain(ec, one));
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

// A record that is not in a request yet leaves without a trace.
bool producer_core::withdraw(const void* context)
{
    {
        const std::lock_guard lock{waiters_mutex_};
        const auto found = std::find_if(waiters_.begin(), waiters_.end(),
                                        [&](const auto& w) { return w->is_record && w->done.context() == context; });
        if (found != waiters_.end()) {
            waiters_.erase(found);
            waiting_ = waiters_.size();
            return true;
        }
    }
    take_news();
    return std::any_of(all_.begin(), all_.end(), [&](const batch_pointer& batch) {
        return !batch->taken && accumulator_.withdraw(*batch, context);
    });
}

void producer_core::drop_waiters(std::error_code why)
{
    std::deque<std::unique_ptr<memory_waiter>> gone;
    {
        const std::lock_guard lock{waiters_mutex_};
        gone.swap(waiters_);
        waiting_ = 0;
    }
    for (const auto& waiter : gone) {
        const placed nowhere{.topic = std::string{waiter->what.topic}};
        const diagnostics about{"send: the producer was closed while the record waited for memory"};
        if (waiter->is_record)
            waiter->done({why, nowhere, about});
        else
            waiter->woken.fail(why);
    }
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
            const std::error_code ec = accumulator_.append(nullptr, first->what, first->how, first->done, first->round);
            if (ec == errc::queue_full) {
                served = false;
            } else if (ec) {
                const placed nowhere{.topic = std::string{first->what.topic}};
                const diagnostics about{"send: " + accumulator_.explain(ec, first->what)};
                first->done({ec, nowhere, about});
            }
        } else {
            served = accumulator_.budget().left() >= std::min(options_.memory / 4, options_.batch_size);
            if (served)
                first->woken.succeed();
            else
                accumulator_.trim();
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
        if (self->stopped_) return done.succeed();
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
