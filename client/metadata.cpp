// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/metadata.hpp>

#include <algorithm>

namespace odradek {
namespace {

using topic_answer = metadata_response::metadata_response_topic;

bool is_unknown(broker_errc code) noexcept
{
    return code == broker_errc::unknown_topic_or_partition || code == broker_errc::unknown_topic_id;
}

const topic_info* find(const cluster& in, const topic_key& key) noexcept
{
    return key.name.empty() ? in.find_topic(key.id) : in.find_topic(key.name);
}

const topic_answer* find(const metadata_response& response, const topic_key& key) noexcept
{
    for (const topic_answer& t : response.topics)
        if (key.name.empty() ? t.topic_id == key.id : t.name && *t.name == key.name) return &t;
    return nullptr;
}

// Times are added to points in time and compared with nanoseconds: what means "never" must not overflow there.
metadata::options bounded(metadata::options o)
{
    constexpr metadata::duration never = std::chrono::years{50};
    for (metadata::duration* one :
         {&o.max_age, &o.topic_idle, &o.missing_grace, &o.rebootstrap_trigger, &o.retry.initial, &o.retry.maximum})
        *one = std::min(*one, never);
    return o;
}

} // namespace

std::string to_string(const topic_key& key)
{
    return key.name.empty() ? key.id.to_base64url() : key.name;
}

metadata::metadata(options o) : options_(bounded(o)), failures_(options_.retry) {}

template <class Change>
void metadata::change_snapshot(Change change)
{
    auto next = std::make_shared<cluster>(*snapshot_);
    change(*next);
    snapshot_ = std::move(next);
}

void metadata::use(const topic_key& topic, bool allow_creation, time_point now)
{
    auto [place, added] = entries_.try_emplace(topic, entry{.pace = backoff{options_.retry}});
    entry& e = place->second;
    e.used = now;
    e.allow_creation = e.allow_creation || allow_creation;
    if (find(*snapshot_, topic) != nullptr || e.needed) return;
    e.needed = true;
    e.unknown_answers = 0;
    e.due = added ? now : std::max(now, e.due);
}

void metadata::refresh(const topic_key& topic, std::uint64_t seen, time_point now, double random)
{
    auto [place, added] = entries_.try_emplace(topic, entry{.used = now, .pace = backoff{options_.retry}});
    entry& e = place->second;
    e.used = now;
    if (e.needed || e.answered_version > seen) return;
    e.needed = true;
    e.unknown_answers = 0;
    e.due = std::max(now, e.answered_at + (e.pace.failures() == 0 ? duration{0} : e.pace.on_failure(random)));
}

void metadata::refresh_brokers(std::uint64_t seen)
{
    if (answered_version_ <= seen || snapshot_->brokers().empty()) brokers_needed_ = true;
}

void metadata::on_rebootstrap_required(time_point now, double random)
{
    fail(broker_errc::rebootstrap_required, now, random);
    rebootstrap_pending_ = options_.rebootstrap;
    unreachable_since_ = now;
}

void metadata::forget_idle(time_point now)
{
    std::vector<topic_key> idle;
    for (const auto& [key, e] : entries_)
        if (!e.needed && now - e.used >= options_.topic_idle) idle.push_back(key);
    if (idle.empty()) return;
    change_snapshot([&](cluster& c) {
        for (const topic_key& key : idle)
            if (const topic_info* topic = find(c, key)) c.forget_topic(std::string{topic->name});
    });
    for (const topic_key& key : idle) entries_.erase(key);
}

metadata::time_point metadata::next_due() const
{
    time_point due = full_answer_at_ ? *full_answer_at_ + options_.max_age : time_point{};
    if (brokers_needed_) due = time_point{};
    for (const auto& [key, e] : entries_)
        if (e.needed) due = std::min(due, e.due);
    return std::max(due, not_before_);
}

std::optional<metadata::send> metadata::due_request(time_point now)
{
    const bool full = !full_answer_at_ || now - *full_answer_at_ >= options_.max_age;
    // What was answered lately need not be asked again only because it was not part of the last full picture.
    const auto wanted = [&](const entry& e) {
        return e.needed ? e.due <= now : full && now - e.answered_at >= options_.max_age / 2;
    };

    // A request names topics either by name or by id, and has one flag for all: ids first, then those that may be created,
    // then the rest. What is left comes with the next call, once this request is answered.
    const auto group = [](const topic_key& key, const entry& e) {
        if (key.name.empty()) return 0;
        return e.needed && e.allow_creation ? 1 : 2;
    };
    constexpr int none = 3;
    int first = none;
    for (const auto& [key, e] : entries_)
        if (wanted(e)) first = std::min(first, group(key, e));
    if (first == none && !full && !brokers_needed_) return std::nullopt;

    send request{.topics = {}, .allow_auto_topic_creation = first == 1};
    bool all = true;
    for (auto& [key, e] : entries_) {
        if (!wanted(e)) continue;
        if (group(key, e) != first) {
            all = false;
            continue;
        }
        e.asked = true;
        request.topics.push_back(key);
    }
    full_in_flight_ = full && all;
    return request;
}

metadata::action metadata::next(time_point now)
{
    if (in_flight_) return wait{time_point::max()};
    if (rebootstrap_pending_ && now >= not_before_) {
        rebootstrap_pending_ = false;
        brokers_needed_ = true;
        change_snapshot([](cluster& c) { c.forget_brokers(); });
        return rebootstrap{};
    }
    forget_idle(now);
    if (now < not_before_) return wait{not_before_};
    if (auto request = due_request(now)) {
        in_flight_ = true;
        return std::move(*request);
    }
    return wait{next_due()};
}

std::error_code metadata::on_response(const metadata_response& response, time_point now, double random,
                                      api_version version)
{
    if (response.error_code == broker_errc::rebootstrap_required) {
        on_rebootstrap_required(now, random);
        return response.error_code;
    }
    std::error_code whole;
    if (response.error_code != broker_errc::none)
        whole = response.error_code;
    else if (response.brokers.empty())
        whole = errc::invalid_response; // from a broker that is only starting
    if (whole) {
        on_failure(whole, now, random);
        return whole;
    }

    in_flight_ = false;
    brokers_needed_ = false;
    unreachable_since_.reset();
    last_failure_.clear();
    failures_.on_stable();
    not_before_ = {};
    if (full_in_flight_) full_answer_at_ = now;

    const cluster_snapshot before = snapshot_;
    change_snapshot([&](cluster& c) {
        c.apply(response, false, now, options_.missing_grace, version);
        for (const auto& [key, e] : entries_) {
            if (!e.asked || find(response, key) != nullptr) continue;
            if (const topic_info* topic = find(c, key))
                c.omit_topic(std::string{topic->name}, now, options_.missing_grace);
        }
    });
    answered_version_ = snapshot_->version();
    for (auto& [key, e] : entries_)
        if (e.asked) judge(key, e, find(response, key), find(*before, key), now, random);
    return {};
}

// What one topic's part of an answer means for those who need it.
void metadata::judge(const topic_key& key, entry& e, const topic_answer* answer, const topic_info* before,
                     time_point now, double random)
{
    e.asked = false;
    e.answered_at = now;
    if (e.needed) e.used = now; // somebody has been waiting for this, perhaps for long
    const topic_info* after = find(*snapshot_, key);
    const broker_errc code = answer == nullptr ? broker_errc::unknown_topic_or_partition : answer->error_code;
    e.answered = code;

    if (after != nullptr) { // also when this answer omitted it: it is believed in for a while (B16)
        e.needed = false;
        e.error.clear();
        e.unknown_answers = 0;
        e.answered_version = snapshot_->version();
        if (before != nullptr && *before == *after)
            (void)e.pace.on_failure(random);
        else
            e.pace.on_stable();
        return;
    }
    const bool unknown = is_unknown(code);
    if (unknown) ++e.unknown_answers;
    const std::uint32_t limit = e.allow_creation ? options_.unknown_answers_when_created : options_.unknown_answers;
    if (unknown ? e.unknown_answers < limit : is_retriable(code)) { // it may be on its way
        e.needed = true;
        e.due = now + e.pace.on_failure(random);
        return;
    }
    e.needed = false;
    e.pace.on_stable();
    e.answered_version = snapshot_->version();
    if (unknown)
        e.error = key.name.empty() ? errc::unknown_topic_id : errc::unknown_topic;
    else if (code == broker_errc::none)
        e.error = errc::invalid_response;
    else
        e.error = code;
}

void metadata::fail(std::error_code why, time_point now, double random)
{
    in_flight_ = false;
    full_in_flight_ = false;
    for (auto& [key, e] : entries_) e.asked = false;
    last_failure_ = why;
    not_before_ = now + failures_.on_failure(random);
}

void metadata::on_failure(std::error_code why, time_point now, double random)
{
    fail(why, now, random);
    if (why == broker_errc::rebootstrap_required) {
        rebootstrap_pending_ = options_.rebootstrap;
        unreachable_since_ = now;
        return;
    }
    if (!unreachable_since_) unreachable_since_ = now;
    if (!options_.rebootstrap || now - *unreachable_since_ < options_.rebootstrap_trigger) return;
    rebootstrap_pending_ = true;
    unreachable_since_ = now; // one bootstrap, then the trigger has to pass again
}

void metadata::on_ids_unsupported()
{
    in_flight_ = false;
    full_in_flight_ = false;
    for (auto& [key, e] : entries_) {
        if (!e.asked) continue;
        e.asked = false;
        e.needed = false;
        e.answered_version = snapshot_->version() + 1; // newer than what anybody has seen
        e.error = errc::feature_not_available;
    }
}

std::vector<bool> metadata::on_leader_hints(std::span<const leader_hint> hints)
{
    std::vector<bool> news(hints.size(), false);
    // Several answers may say the same; a picture is copied only for what is new.
    if (std::none_of(hints.begin(), hints.end(), [&](const leader_hint& h) { return snapshot_->is_news(h); }))
        return news;
    change_snapshot([&](cluster& c) { news = c.apply_leaders(hints); });
    return news;
}

void metadata::on_broker(const broker_info& broker)
{
    change_snapshot([&](cluster& c) { c.apply_broker(broker); });
}

broker_errc metadata::last_answer(const topic_key& topic) const noexcept
{
    const auto found = entries_.find(topic);
    return found == entries_.end() ? broker_errc::none : found->second.answered;
}

std::optional<std::error_code> metadata::resolved(const topic_key& topic, std::uint64_t seen) const
{
    const auto found = entries_.find(topic);
    if (found == entries_.end()) return std::nullopt;
    const entry& e = found->second;
    if (e.needed || e.answered_version <= seen) return std::nullopt;
    return e.error;
}

} // namespace odradek
