// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/inflight.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace odradek {
namespace {

// Requests that are answered are numbered from 0, the silent ones from here: the two ranges never meet.
constexpr std::int32_t silent_bit = 0x4000'0000;

} // namespace

std::int32_t inflight::next_id(bool expects_response) noexcept
{
    std::int32_t& next = expects_response ? next_answered_ : next_silent_;
    const std::int32_t id = next;
    next = (next + 1) & (silent_bit - 1); // a billion requests later the first ones are long gone
    return expects_response ? id : id | silent_bit;
}

std::int32_t inflight::add(api key, api_version version, time_point deadline, bool expects_response, time_point now,
                           time_point::duration held_for)
{
    request added;
    added.id = next_id(expects_response);
    added.key = key;
    added.version = version;
    added.deadline = deadline;
    added.created_at = now;
    added.patience = deadline - now;
    added.held_for = held_for;
    added.expects_response = expects_response;
    requests_.push_back(added);
    return added.id;
}

std::optional<inflight::request> inflight::begin_writing(time_point now)
{
    const auto next =
        std::find_if(requests_.begin(), requests_.end(), [](const request& r) { return r.at == stage::queued; });
    if (next == requests_.end()) return std::nullopt;
    next->at = stage::writing;
    next->sent_at = now;
    return *next;
}

void inflight::set_size(std::int32_t id, std::size_t bytes) noexcept
{
    const auto found = std::find_if(requests_.begin(), requests_.end(), [id](const request& r) { return r.id == id; });
    if (found != requests_.end()) found->size = bytes;
}

std::vector<inflight::request> inflight::on_written()
{
    std::vector<request> complete;
    std::erase_if(requests_, [&](request& r) {
        if (r.at != stage::writing) return false;
        r.at = stage::waiting;
        if (r.answered) return true;
        if (r.expects_response) return false;
        complete.push_back(r);
        return true;
    });
    return complete;
}

void inflight::on_not_written(std::int32_t id) noexcept
{
    for (request& r : requests_)
        if (r.id == id && r.at == stage::writing) r.at = stage::queued;
}

inflight::answer inflight::on_response(std::int32_t id, time_point now)
{
    // The silent ones leave the table when they are written, so all that can be checked is that such a number was given out.
    if (id >= silent_bit)
        return {id - silent_bit < next_silent_ ? answer::verdict::drop : answer::verdict::unexpected, {}};

    const auto oldest = std::find_if(requests_.begin(), requests_.end(),
                                     [](const request& r) { return r.expects_response && !r.answered; });
    if (oldest == requests_.end() || oldest->id != id || oldest->at == stage::queued) return {};
    const request found = *oldest;
    if (found.at == stage::writing)
        oldest->answered = true;
    else
        requests_.erase(oldest);
    for (request& r : requests_) {
        if (r.key != api::fetch || r.answered) continue;
        const bool for_ever = r.patience > time_point::max() - now;
        r.deadline = std::max(r.deadline, for_ever ? time_point::max() : now + r.patience);
    }
    return {found.abandoned ? answer::verdict::drop : answer::verdict::deliver, found};
}

std::optional<inflight::request> inflight::abandon(std::int32_t id)
{
    const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const request& r) { return r.id == id; });
    if (found == requests_.end() || found->abandoned || found->answered) return std::nullopt;
    const request before = *found;
    if (before.at == stage::queued)
        requests_.erase(found);
    else
        found->abandoned = true;
    return before;
}

std::vector<inflight::request> inflight::take_expired_queued(time_point now)
{
    std::vector<request> expired;
    std::erase_if(requests_, [&](const request& r) {
        if (r.at != stage::queued || r.deadline > now) return false;
        expired.push_back(r);
        return true;
    });
    return expired;
}

std::optional<inflight::request> inflight::overdue(time_point now) const
{
    const auto found = std::find_if(requests_.begin(), requests_.end(),
                                    [&](const request& r) { return r.at != stage::queued && r.deadline <= now; });
    return found == requests_.end() ? std::nullopt : std::optional(*found);
}

std::optional<inflight::request> inflight::oldest_awaited() const
{
    const auto found = std::find_if(requests_.begin(), requests_.end(), [](const request& r) {
        return r.expects_response && !r.answered && r.at != stage::queued;
    });
    return found == requests_.end() ? std::nullopt : std::optional(*found);
}

std::optional<inflight::time_point> inflight::next_deadline() const
{
    const auto first = std::min_element(requests_.begin(), requests_.end(),
                                        [](const request& a, const request& b) { return a.deadline < b.deadline; });
    return first == requests_.end() ? std::nullopt : std::optional(first->deadline);
}

std::vector<inflight::request> inflight::fail_all()
{
    std::vector<request> all;
    std::copy_if(requests_.begin(), requests_.end(), std::back_inserter(all),
                 [](const request& r) { return !r.answered; });
    requests_.clear();
    return all;
}

std::size_t inflight::queued() const noexcept
{
    return static_cast<std::size_t>(
        std::count_if(requests_.begin(), requests_.end(), [](const request& r) { return r.at == stage::queued; }));
}

bool inflight::has_queued() const noexcept
{
    return !requests_.empty() && requests_.back().at == stage::queued; // the queued ones are behind all others
}

bool inflight::awaits_response() const noexcept
{
    return std::any_of(requests_.begin(), requests_.end(),
                       [](const request& r) { return r.expects_response && !r.answered && r.at != stage::queued; });
}

inflight::time_point::duration inflight::longest_hold() const noexcept
{
    time_point::duration all{};
    for (const request& r : requests_) {
        if (!r.expects_response || r.answered || r.at == stage::queued) continue;
        if (r.held_for > time_point::duration::max() - all) return time_point::duration::max();
        all += r.held_for;
    }
    return all;
}

} // namespace odradek
