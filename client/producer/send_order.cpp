// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/send_order.hpp>

#include <algorithm>
#include <utility>

namespace odradek {

send_order::entry* send_order::find(batch_number batch) noexcept
{
    const auto found =
        std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return e.number == batch; });
    return found == entries_.end() ? nullptr : &*found;
}

const send_order::entry* send_order::find(batch_number batch) const noexcept
{
    return const_cast<send_order*>(this)->find(batch);
}

void send_order::erase(const entry* e) noexcept
{
    entries_.erase(entries_.begin() + (e - entries_.data()));
}

std::size_t send_order::window(bool numbered) const noexcept
{
    if (!numbered) return max_in_flight_;
    return established_ ? std::min(max_in_flight_, remembered) : 1;
}

std::size_t send_order::in_flight() const noexcept
{
    return static_cast<std::size_t>(
        std::count_if(entries_.begin(), entries_.end(), [](const entry& e) { return e.in_flight; }));
}

bool send_order::may_be_appended(batch_number batch) const noexcept
{
    const entry* e = find(batch);
    return e != nullptr && (e->may_be_appended || e->in_flight);
}

void send_order::add(batch_number batch, std::int32_t records, bool numbered)
{
    entries_.push_back({.number = batch, .records = records, .numbered = numbered});
}

bool send_order::may_add(const producer_id& now) const noexcept
{
    if (broken_ && !(has_drained() && by_ != now)) return false;
    const bool all_under_way =
        std::all_of(entries_.begin(), entries_.end(), [](const entry& e) { return e.in_flight; });
    return all_under_way && entries_.size() < window(now.id >= 0) && !is_unresolved_before(entries_.end());
}

// A broker remembers the newest batches only. So while it has to be found out what became of one, no more are numbered behind it
// than it was sent with, or it could be asked for after it was forgotten.
bool send_order::is_unresolved_before(std::vector<entry>::const_iterator end) const noexcept
{
    return std::any_of(entries_.begin(), end, [](const entry& e) { return e.stamp && e.may_be_appended; });
}

// Nothing of the old numbering can come to anything any more.
bool send_order::has_drained() const noexcept
{
    return std::none_of(entries_.begin(), entries_.end(),
                        [](const entry& e) { return e.in_flight || (e.stamp && e.may_be_appended); });
}

bool send_order::wants_new_epoch(const producer_id& now) const noexcept
{
    return broken_ && by_ == now && has_drained();
}

// Takes up a newer identity, as soon as nothing depends on the old one.
void send_order::settle(const producer_id& now) noexcept
{
    if (!now || by_ == now) return;
    if (!broken_ && std::any_of(entries_.begin(), entries_.end(), [](const entry& e) { return e.stamp.has_value(); }))
        return;
    if (!has_drained()) return;
    for (entry& e : entries_) e.stamp.reset();
    by_ = now;
    next_sequence_ = 0;
    established_ = false;
    broken_ = false;
}

std::optional<send_order::batch_number> send_order::next(const producer_id& now) noexcept
{
    settle(now);
    const std::size_t under_way = in_flight();
    if (broken_) {
        // One after the other, and only what has to be found out.
        if (under_way != 0) return std::nullopt;
        for (const entry& e : entries_)
            if (!e.numbered || (e.stamp && e.may_be_appended)) return e.number;
        return std::nullopt;
    }
    const auto waiting = std::find_if(entries_.begin(), entries_.end(), [](const entry& e) { return !e.in_flight; });
    if (waiting == entries_.end()) return std::nullopt;
    const bool others_behind = std::any_of(waiting, entries_.end(), [](const entry& e) { return e.in_flight; });
    if (others_behind || under_way >= window(waiting->numbered)) return std::nullopt;
    if (waiting->numbered && !waiting->stamp && (!now || is_unresolved_before(waiting))) return std::nullopt;
    return waiting->number;
}

batch_stamp send_order::begin(batch_number batch, const producer_id& now)
{
    settle(now);
    entry* e = find(batch);
    if (e == nullptr) return {};
    e->in_flight = true;
    if (!e->numbered) return {};
    if (!e->stamp) {
        e->stamp = batch_stamp{.by = by_, .base_sequence = next_sequence_};
        next_sequence_ = sequence_after(next_sequence_, e->records);
    }
    return *e->stamp;
}

bool send_order::on_acknowledged(batch_number batch) noexcept
{
    const entry* e = find(batch);
    if (e == nullptr) return false;
    const bool known = !e->left;
    if (e->numbered) established_ = true;
    erase(e);
    return known;
}

bool send_order::is_first_numbered(const entry& e) const noexcept
{
    for (const entry& other : entries_)
        if (other.numbered) return &other == &e;
    return false;
}

send_order::next_step send_order::on_failed(batch_number batch, result how) noexcept
{
    entry* e = find(batch);
    if (e == nullptr) return next_step::nothing;
    e->in_flight = false;
    if (e->left) {
        erase(e);
        return next_step::nothing;
    }
    if (how == result::unknown) e->may_be_appended = true;
    if (!e->stamp) return next_step::again;

    // A sequence that the broker does not take although everything before it was acknowledged, or gave up: it is lost.
    const bool lost_its_place =
        how == result::producer_unknown || (how == result::out_of_order && is_first_numbered(*e));
    if (lost_its_place) broken_ = true;
    const bool refused = how == result::producer_unknown || how == result::out_of_order;
    if (broken_ && refused && e->may_be_appended) {
        erase(e);
        return next_step::give_up;
    }
    return next_step::again;
}

// Its sequences will not be used. If they are the newest ones and the broker cannot have taken them, the next batch gets them;
// else there is a gap that no broker lets pass.
void send_order::give_back_sequences(const entry& e) noexcept
{
    if (!e.stamp) return;
    const bool is_newest = e.stamp->by == by_ && sequence_after(e.stamp->base_sequence, e.records) == next_sequence_;
    if (is_newest && !e.may_be_appended && !e.in_flight && !broken_)
        next_sequence_ = e.stamp->base_sequence;
    else
        broken_ = true;
}

bool send_order::remove(batch_number batch) noexcept
{
    entry* e = find(batch);
    if (e == nullptr) return false;
    const bool may_be = e->may_be_appended || e->in_flight;
    give_back_sequences(*e);
    if (e->in_flight)
        e->left = true;
    else
        erase(e);
    return may_be;
}

void send_order::split(batch_number batch, std::span<const std::pair<batch_number, std::int32_t>> parts)
{
    const entry* found = find(batch);
    if (found == nullptr) return;
    const entry whole = *found;
    std::vector<entry> made;
    std::int32_t sequence = whole.stamp ? whole.stamp->base_sequence : -1;
    for (const auto& [number, records] : parts) {
        entry part = whole;
        part.number = number;
        part.records = records;
        if (whole.stamp) {
            part.stamp->base_sequence = sequence;
            sequence = sequence_after(sequence, records);
        }
        made.push_back(part);
    }
    const auto at = entries_.begin() + (found - entries_.data());
    entries_.insert(entries_.erase(at), made.begin(), made.end());
}

void send_order::replace(batch_number batch, batch_number by, std::int32_t records)
{
    entry* e = find(batch);
    if (e == nullptr) return;
    give_back_sequences(*e);
    e->number = by;
    e->records = records;
    e->stamp.reset();
}

} // namespace odradek
