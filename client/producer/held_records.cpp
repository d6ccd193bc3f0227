// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/accumulator.hpp>
#include <odradek/protocol/batch_view.hpp>

#include <algorithm>
#include <utility>

// The accumulator's records whose partition is not known yet.
namespace odradek::detail {

std::optional<std::error_code> accumulator::hold(topic_queue& topic, filling& f)
{
    std::error_code ec;
    {
        const std::lock_guard lock{topic.mutex};
        const partition_table* table = topic.table.load(std::memory_order_acquire);
        const bool now_known =
            table != nullptr && (!f.what.partition || static_cast<std::size_t>(*f.what.partition) < table->all.size());
        if (now_known) return std::nullopt; // in this very moment; a user's partitioner is not called under a lock
        f.wanted = f.what.partition.value_or(-1);
        ec = fill(topic.held, std::min(options_.batch_size, options_.max_request_size), f);
    }
    if (f.fresh || f.closed || f.refused) tell(f);
    return ec;
}

bool accumulator::holds(topic_queue& topic)
{
    const std::lock_guard lock{topic.mutex};
    return topic.held.open || !topic.held.closed.empty();
}

std::vector<std::shared_ptr<produce_batch>> accumulator::take_held(topic_queue& topic, steady_time begun_by)
{
    const std::lock_guard lock{topic.mutex};
    std::vector<std::shared_ptr<produce_batch>> all;
    std::erase_if(topic.held.closed, [&](const auto& batch) {
        if (batch->created > begun_by) return false;
        all.push_back(batch);
        return true;
    });
    if (topic.held.open && topic.held.open->created <= begun_by) all.push_back(std::exchange(topic.held.open, nullptr));
    return all;
}

std::optional<steady_time> accumulator::held_since(topic_queue& topic)
{
    const std::lock_guard lock{topic.mutex};
    std::optional<steady_time> first;
    for (const auto& batch : topic.held.closed) first = std::min(first.value_or(batch->created), batch->created);
    if (topic.held.open) first = std::min(first.value_or(topic.held.open->created), topic.held.open->created);
    return first;
}

// Records come meanwhile, and are held behind those that are being placed; when none is left the partitions are made known.
void accumulator::place_held(topic_queue& topic, const partition_table& table, const batch_function& retire,
                             const batch_function& refuse, bool keep_missing)
{
    batch_line still_unknown;
    for (;;) {
        const auto all = take_held(topic);
        for (const auto& held : all) {
            place_held_batch(topic, table, *held, keep_missing ? &still_unknown : nullptr, refuse);
            retire(held);
        }
        const std::lock_guard lock{topic.mutex};
        if (topic.held.open || !topic.held.closed.empty()) continue;
        topic.held = std::move(still_unknown);
        topic.table.store(&table, std::memory_order_release);
        return;
    }
}

// Without memory there is not even a batch to end it with.
void accumulator::end_alone(filling& f, std::error_code why)
{
    f.done({why, placed{.topic = f.topic->name, .partition = f.wanted}, diagnostics{explain(why, f.what)}});
}

void accumulator::place_held_batch(topic_queue& topic, const partition_table& table, produce_batch& held,
                                   batch_line* still_unknown, const batch_function& refuse)
{
    const codec_set none{};
    sealed_batch whole;
    if (held.builder.seal({}, none, whole)) return; // it cannot fail: nothing is compressed
    (void)for_each_record(whole, none, [&](std::int32_t index, const record_view& r) {
        if (std::binary_search(held.withdrawn.begin(), held.withdrawn.end(), index)) return;
        const std::vector<record_header> headers = headers_of(r);
        const auto optional_of = [](const nullable<bytes_view>& view) {
            return view ? std::optional{*view} : std::nullopt;
        };
        const auto at = static_cast<std::size_t>(index);
        const std::int32_t wanted = held.wanted[at];
        const record again{.topic = topic.name,
                           .partition = wanted < 0 ? std::nullopt : std::optional{wanted},
                           .key = optional_of(r.key()),
                           .value = optional_of(r.value()),
                           .headers = headers};
        delivery_callback nobody;
        delivery_callback& done = at < held.deliveries.size() ? held.deliveries[at] : nobody;
        filling f{.what = again,
                  .settings = held.settings,
                  .timestamp = r.timestamp(),
                  .done = done,
                  .bound = record_bound(again),
                  .topic = &topic,
                  .partition = nullptr,
                  .wanted = wanted,
                  .created = held.created,
                  .flush_round = held.flush_round,
                  .forced = true};
        std::int32_t partition = -1;
        bool sticky = false;
        const bool exists = wanted < 0 || static_cast<std::size_t>(wanted) < table.all.size();
        const std::error_code bad = exists ? place(topic, table, again, partition, sticky) : errc::unknown_partition;
        if (!bad) {
            partition_queue& to = *table.all[static_cast<std::size_t>(partition)];
            f.partition = &to;
            std::error_code failed;
            {
                const std::lock_guard inner{to.mutex};
                failed = fill(to.line, limit_of(to), f);
                if (sticky && !failed) note_sticky(to, f.bound, !to.line.open);
            }
            if (f.fresh || f.closed) tell(f);
            if (failed) end_alone(f, failed);
        } else if (still_unknown != nullptr && bad == errc::unknown_partition) {
            if (const std::error_code failed = fill(*still_unknown, options_.batch_size, f)) end_alone(f, failed);
            if (f.fresh) tell(f);
        } else {
            batch_line alone;
            if (fill(alone, options_.batch_size, f)) end_alone(f, bad);
            if (alone.open) close_open(alone, f);
            for (auto& batch : alone.closed) {
                failure why{bad, {}};
                if (bad == errc::partitioner_failed) why.about.set_client_message(partitioner_words(again));
                batch->last = std::move(why);
                refuse(batch);
            }
        }
    });
}

} // namespace odradek::detail
