// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <tests/support/history.hpp>

namespace odradek::test {
namespace {

constexpr std::chrono::milliseconds clock_slack{1};
// The last pause before a deadline may be cut off with what is left of it.
constexpr std::chrono::seconds giving_up_early{3};

template <class Key>
std::string spoken(const Key& partition)
{
    return partition.first + '-' + std::to_string(partition.second);
}

std::string milliseconds_between(steady_time from, steady_time to)
{
    return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count()) + " ms";
}

} // namespace

std::string_view name(anomaly what) noexcept
{
    switch (what) {
    case anomaly::inconsistent_offsets: return "inconsistent offsets";
    case anomaly::duplicate: return "duplicate";
    case anomaly::lost: return "lost";
    case anomaly::unseen: return "unseen";
    case anomaly::phantom: return "phantom";
    case anomaly::reordered: return "reordered";
    case anomaly::skipped: return "skipped";
    case anomaly::went_back: return "went back";
    case anomaly::completed_twice: return "completed twice";
    case anomaly::never_completed: return "never completed";
    case anomaly::late: return "late";
    case anomaly::gave_up: return "gave up";
    case anomaly::not_recovered: return "not recovered";
    }
    return "unknown";
}

history::id history::begin(std::string what, steady_time now, steady_time deadline)
{
    operations_.push_back({.what = std::move(what), .began = now, .deadline = deadline});
    ++pending_;
    return operations_.size() - 1;
}

void history::end(id which, std::error_code ec, steady_time now)
{
    operation& one = operations_[which];
    if (one.ended) return find(anomaly::completed_twice, one.what + " ended a second time");
    one.ended = true;
    one.ended_at = now;
    one.ec = ec;
    --pending_;
}

history::id history::begin_send(std::string_view topic, std::int32_t partition, std::vector<std::uint64_t> values,
                                send_rules rules, steady_time now, steady_time deadline)
{
    const id which = begin("send of " + std::to_string(values.front()) + " to " + std::string(topic) + '-' +
                               std::to_string(partition),
                           now, deadline);
    for (const std::uint64_t value : values) sender_[value] = sends_.size();
    send_of_[which] = sends_.size();
    sends_.push_back(
        {.operation = which, .to = {std::string(topic), partition}, .values = std::move(values), .rules = rules});
    return which;
}

void history::end_send(id which, send_end how, std::error_code ec, std::int32_t partition, std::int64_t base,
                       steady_time now)
{
    const bool again = operations_[which].ended;
    end(which, ec, now);
    if (again) return;
    send& one = sends_[send_of_.at(which)];
    if (how == send_end::acknowledged && base < 0 && one.rules.has_offset)
        find(anomaly::lost, operations_[which].what + " was acknowledged without an offset");
    one.how = how;
    one.base = base;
    if (one.to.second == -1)
        one.to.second = partition;
    else if (how == send_end::acknowledged && partition != one.to.second)
        find(anomaly::phantom, operations_[which].what + " ended in partition " + std::to_string(partition));
}

void history::on_read(std::uint64_t reader, std::string_view topic, std::int32_t partition, std::int64_t from,
                      std::span<const seen_record> seen, std::int64_t next, std::int64_t log_start)
{
    const partition_key where{std::string(topic), partition};
    const std::string who = "reader " + std::to_string(reader) + " of " + spoken(where);
    auto [at, fresh] = positions_.try_emplace({reader, where}, from);
    if (!fresh && from < at->second)
        find(anomaly::went_back,
             who + " read from " + std::to_string(from) + " after it had been at " + std::to_string(at->second));
    if (!fresh && from > at->second)
        find(anomaly::skipped,
             who + " read from " + std::to_string(from) + " after it had been at " + std::to_string(at->second));
    partition_view& view = read_[where];
    std::int64_t expected = std::max(from, log_start);
    for (const seen_record& one : seen) {
        if (one.offset != expected)
            find(one.offset > expected ? anomaly::skipped : anomaly::went_back,
                 who + " saw offset " + std::to_string(one.offset) + " where " + std::to_string(expected) +
                     " comes next");
        expected = one.offset + 1;
        const auto [kept, is_new] = view.values.try_emplace(place{one.offset, one.epoch}, one.value);
        if (!is_new && kept->second != one.value)
            find(anomaly::inconsistent_offsets, who + " saw " + std::to_string(one.value) + " at " +
                                                    std::to_string(one.offset) + ", where " +
                                                    std::to_string(kept->second) + " was before");
        view.highest = std::max(view.highest, one.offset);
    }
    if (next != expected)
        find(next > expected ? anomaly::skipped : anomaly::went_back,
             who + " is to read on at " + std::to_string(next) + ", where " + std::to_string(expected) + " comes next");
    at->second = next;
}

void history::on_seek(std::uint64_t reader, std::string_view topic, std::int32_t partition)
{
    positions_.erase({reader, {std::string(topic), partition}});
}

void history::on_truncated(std::string_view topic, std::int32_t partition, std::int64_t offset, steady_time now)
{
    truncations_[{std::string(topic), partition}].push_back({offset, now});
}

bool history::was_cut_off(std::string_view topic, std::int32_t partition, std::int64_t position) const
{
    const auto found = truncations_.find({std::string(topic), partition});
    return found != truncations_.end() &&
           std::ranges::any_of(found->second, [position](const truncation& t) { return t.offset < position; });
}

void history::on_vanishing()
{
    things_vanish_ = true;
}

void history::on_healed(steady_time now, std::chrono::milliseconds recovery)
{
    healed_ = now;
    recovery_ = recovery;
}

std::size_t history::acknowledged() const noexcept
{
    return static_cast<std::size_t>(std::ranges::count(sends_, send_end::acknowledged, &send::how));
}

std::vector<finding> history::check(bool drained) const
{
    std::vector<finding> all = found_;
    check_operations(all);
    check_places(all);
    check_acknowledged(all, drained);
    check_order(all);
    check_processes(all);
    return all;
}

void history::check_operations(std::vector<finding>& out) const
{
    for (const operation& one : operations_) {
        if (!one.ended) {
            out.push_back({anomaly::never_completed, one.what + " never ended"});
            continue;
        }
        if (one.ended_at > one.deadline + clock_slack)
            out.push_back({anomaly::late, one.what + " ended " + milliseconds_between(one.deadline, one.ended_at) +
                                              " after its deadline: " + one.ec.message()});
        if (healed_ && one.began >= *healed_ && (one.ec || one.ended_at > one.began + recovery_))
            out.push_back({anomaly::not_recovered, one.what + " took " + milliseconds_between(one.began, one.ended_at) +
                                                       " though nothing went wrong any more: " + one.ec.message()});
    }
    for (const operation& as : operations_) {
        const bool gone = as.ec == errc::unknown_topic || as.ec == errc::unknown_broker ||
                          as.ec == broker_errc::unknown_topic_id || as.ec == broker_errc::unknown_topic_or_partition;
        const bool answered = things_vanish_ && gone;
        const bool worth_retrying = as.ec == condition::retriable && as.ec != condition::outcome_unknown && !answered;
        if (as.ended && worth_retrying && as.ended_at + giving_up_early < as.deadline)
            out.push_back({anomaly::gave_up, as.what + " ended " + milliseconds_between(as.ended_at, as.deadline) +
                                                 " before its deadline: " + as.ec.message()});
    }
}

// One value a place, one place a value; what was acknowledged counts as seen.
void history::check_places(std::vector<finding>& out) const
{
    std::map<std::uint64_t, std::pair<const partition_key*, place>> places;
    for (const auto& [where, view] : read_) {
        const bool truncated = truncations_.contains(where);
        const std::pair<const place, std::uint64_t>* before = nullptr;
        for (const auto& one : view.values) {
            const auto& [at, value] = one;
            if (!truncated && before && before->first.offset == at.offset && before->second != value)
                out.push_back({anomaly::inconsistent_offsets,
                               spoken(where) + " has both " + std::to_string(before->second) + " and " +
                                   std::to_string(value) + " at " + std::to_string(at.offset)});
            before = &one;
            const auto sent = sender_.find(value);
            if (sent == sender_.end()) {
                out.push_back({anomaly::phantom, spoken(where) + " has " + std::to_string(value) + " at " +
                                                     std::to_string(at.offset) + ", which nobody sent"});
                continue;
            }
            const send& by = sends_[sent->second];
            if (operations_[by.operation].ended && by.how == send_end::failed)
                out.push_back({anomaly::phantom, spoken(where) + " has " + std::to_string(value) + " at " +
                                                     std::to_string(at.offset) +
                                                     ", whose send failed: " + operations_[by.operation].ec.message()});
            if (by.to.first != where.first || (by.to.second >= 0 && by.to.second != where.second))
                out.push_back({anomaly::phantom, spoken(where) + " has " + std::to_string(value) +
                                                     ", which was sent to " + spoken(by.to)});
            const auto [kept, is_new] = places.try_emplace(value, &where, at);
            if (!is_new && !by.rules.may_duplicate && !was_cut_off(*kept->second.first, kept->second.second.offset) &&
                !was_cut_off(where, at.offset))
                out.push_back({anomaly::duplicate, std::to_string(value) + " lies at " +
                                                       std::to_string(kept->second.second.offset) + " of " +
                                                       spoken(*kept->second.first) + " and at " +
                                                       std::to_string(at.offset) + " of " + spoken(where)});
        }
    }
}

// Whether everything from some offset up to this one, or further, was lost on purpose at some time.
bool history::was_cut_off(const partition_key& in, std::int64_t offset) const
{
    const auto found = truncations_.find(in);
    return found != truncations_.end() &&
           std::ranges::any_of(found->second, [&](const truncation& t) { return offset >= t.offset; });
}

bool history::is_excused(const send& one, std::int64_t offset) const
{
    const auto found = truncations_.find(one.to);
    if (found == truncations_.end()) return false;
    return std::ranges::any_of(found->second, [&](const truncation& t) {
        return offset >= t.offset && operations_[one.operation].began <= t.when;
    });
}

void history::check_acknowledged(std::vector<finding>& out, bool drained) const
{
    for (const send& one : sends_) {
        if (one.how != send_end::acknowledged || one.base < 0) continue;
        const auto view = read_.find(one.to);
        for (std::size_t i = 0; i < one.values.size(); ++i) {
            const std::int64_t offset = one.base + static_cast<std::int64_t>(i);
            const std::string what = std::to_string(one.values[i]) + ", acknowledged at " + std::to_string(offset) +
                                     " of " + spoken(one.to) + ',';
            bool found = false;
            std::optional<std::uint64_t> other;
            if (view != read_.end())
                for (auto at = view->second.values.lower_bound(place{offset, -1});
                     at != view->second.values.end() && at->first.offset == offset; ++at) {
                    if (at->second == one.values[i])
                        found = true;
                    else
                        other = at->second;
                }
            if (found || is_excused(one, offset)) continue;
            if (other)
                out.push_back({anomaly::inconsistent_offsets, what + " was read as " + std::to_string(*other)});
            else if (view != read_.end() && offset < view->second.highest)
                out.push_back({anomaly::lost, what + " was never read"});
            else if (drained)
                out.push_back({anomaly::unseen, what + " lies behind everything that was read"});
        }
    }
}

// Between which truncations of its partition a send lies as a whole; nothing if one falls into it.
std::optional<std::size_t> history::interval_of(const send& one) const
{
    const auto found = truncations_.find(one.to);
    if (found == truncations_.end()) return 0;
    const operation& as = operations_[one.operation];
    std::size_t before = 0;
    for (const truncation& t : found->second) {
        if (t.when < as.began)
            ++before;
        else if (t.when <= as.ended_at)
            return {};
    }
    return before;
}

// What one process sent to a partition lies there in the order in which it was sent, acknowledged or not.
void history::check_processes(std::vector<finding>& out) const
{
    for (const auto& [where, view] : read_) {
        if (truncations_.contains(where)) continue;
        std::map<std::uint64_t, std::size_t> last; // by process, the last send that was seen
        for (const auto& [at, value] : view.values) {
            const auto sent = sender_.find(value);
            if (sent == sender_.end() || sends_[sent->second].rules.process == 0) continue;
            const auto [before, is_first] = last.try_emplace(sends_[sent->second].rules.process, sent->second);
            if (!is_first && before->second > sent->second)
                out.push_back({anomaly::reordered, spoken(where) + " has " + std::to_string(value) + " at " +
                                                       std::to_string(at.offset) + ", behind " +
                                                       std::to_string(sends_[before->second].values.back()) +
                                                       ", which was sent after it"});
            before->second = std::max(before->second, sent->second);
        }
    }
}

// What was acknowledged before another send began lies before it.
void history::check_order(std::vector<finding>& out) const
{
    struct event {
        steady_time when;
        bool begins;
        std::size_t send;
    };
    using lane = std::pair<partition_key, std::size_t>;
    std::map<lane, std::vector<event>> lanes;
    for (std::size_t i = 0; i < sends_.size(); ++i) {
        const send& one = sends_[i];
        if (one.how != send_end::acknowledged || one.base < 0 || one.rules.may_duplicate) continue;
        const auto interval = interval_of(one);
        if (!interval) continue;
        auto& events = lanes[{one.to, *interval}];
        events.push_back({operations_[one.operation].began, true, i});
        events.push_back({operations_[one.operation].ended_at, false, i});
    }
    for (auto& [where, events] : lanes) {
        // At the same moment nothing is known about the order: beginnings first.
        std::ranges::stable_sort(events, [](const event& a, const event& b) {
            return a.when != b.when ? a.when < b.when : a.begins > b.begins;
        });
        std::optional<std::size_t> furthest;
        std::map<std::size_t, std::optional<std::size_t>> known;
        for (const event& one : events) {
            const send& of = sends_[one.send];
            if (one.begins) {
                known[one.send] = furthest;
                continue;
            }
            if (const auto earlier = known[one.send]; earlier && sends_[*earlier].base >= of.base)
                out.push_back({anomaly::reordered, spoken(of.to) + " has " + std::to_string(of.values.front()) +
                                                       " at " + std::to_string(of.base) + ", before " +
                                                       std::to_string(sends_[*earlier].values.front()) + " at " +
                                                       std::to_string(sends_[*earlier].base) +
                                                       ", which had been acknowledged when it was sent"});
            if (!furthest || sends_[*furthest].base < of.base) furthest = one.send;
        }
    }
}

} // namespace odradek::test
