// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer_core.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

// What ends because its time is over, or because where it belongs is no more; and what to say about that.
namespace odradek::detail {

void producer_core::expire(steady_time now)
{
    while (!all_.empty() && deadline_after(all_.front()->created, options_.delivery_timeout) <= now) {
        const batch_pointer batch = all_.front();
        const failure cause = cause_of_delay(*batch);
        failure why{errc::delivery_timed_out, cause.about};
        std::string words = "was not delivered within " + std::to_string(options_.delivery_timeout.count()) + " ms";
        const partition_queue* p = batch->partition;
        if (cause)
            words += ", the last attempt failed: " + cause.ec.message();
        else if (p != nullptr && p->order.in_flight() != 0)
            words += ", broker " + std::to_string(p->sent_to) + " has not answered yet";
        else if (options_.manual_flush && !batch->taken)
            words += ", with producer_options::manual_flush only async_flush() sends it";
        why.about.add_context(words);
        give_up(batch, std::move(why));
    }
}

// All records of a batch have the time of its first one, so one that cannot be sent is not filled for long: those that come later
// go into another.
void producer_core::close_aged(steady_time now)
{
    if (all_.empty() || now - aged_at_ < age_interval()) return;
    aged_at_ = now;
    const steady_time by = now - options_.delivery_timeout / 8;
    for (const batch_pointer& batch : all_) {
        if (batch->created > by) break;
        if (!batch->taken) accumulator_.close(*batch);
    }
}

std::chrono::milliseconds producer_core::age_interval() const noexcept
{
    return std::max(options_.delivery_timeout / 32, std::chrono::milliseconds{1});
}

// Most batches that are late were never attempted themselves: then what stood in the way of all in their place counts.
failure producer_core::cause_of_delay(const produce_batch& batch) const
{
    if (batch.last) return batch.last.get();
    const partition_queue* p = batch.partition;
    const bool has_leader = p != nullptr && p->leader >= 0;
    if (has_leader && p->last) return p->last.get();
    if (!has_leader || p->wants_picture) {
        if (batch.topic->last) return batch.topic->last;
        if (failure why = client_->last_failure_of({.name = batch.topic->name})) return why;
    }
    if (p == nullptr) return {};
    if (!has_leader) return {errc::no_leader, diagnostics{"no broker leads the partition now"}};
    if (batch.settings.numbered && !identity_) return identity_failure_;
    return {};
}

// A partition that metadata has omitted for as long as one is believed in all the same: the topic was made anew with fewer.
bool producer_core::is_lost(const partition_queue& p) const
{
    return p.leader < 0 && p.missing_since &&
           client_->now() - *p.missing_since >= client_->options().metadata_missing_grace;
}

void producer_core::fail_partition(partition_queue& p)
{
    fail_those([&](const produce_batch& batch) { return batch.partition == &p; },
               {errc::unknown_partition,
                diagnostics{"the partition is no more, metadata has omitted it for " +
                            std::to_string(client_->options().metadata_missing_grace.count()) + " ms or longer"}});
}

void producer_core::fail_topic(topic_queue& topic, const failure& why)
{
    fail_those([&](const produce_batch& batch) { return batch.topic == &topic; }, why);
}

void producer_core::fail_those(const std::function<bool(const produce_batch&)>& which, const failure& why)
{
    take_news();
    std::vector<batch_pointer> gone;
    for (const batch_pointer& batch : all_)
        if (which(*batch)) gone.push_back(batch);
    for (const batch_pointer& batch : gone) give_up(batch, why);
}

} // namespace odradek::detail
