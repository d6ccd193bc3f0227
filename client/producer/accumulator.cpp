// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/accumulator.hpp>
#include <odradek/protocol/batch_view.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace odradek::detail {
namespace {

std::int64_t milliseconds_of(wall_time time) noexcept
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

nullable<bytes_view> nullable_of(const std::optional<bytes_view>& bytes) noexcept
{
    if (!bytes) return nullptr;
    return bytes->data() == nullptr ? bytes_view{""} : *bytes;
}

batch_settings defaults_of(const producer_options& o) noexcept
{
    return {.acks = o.acks,
            .timeout = o.timeout,
            .codec = o.compression,
            .level = o.level.value_or(default_compression_level),
            .numbered = o.idempotence.value_or(o.acks == acks::all && o.retries > 0)};
}

bool is_keyless_sticky(const producer_options& o) noexcept
{
    if (o.custom_partitioner) return false;
    switch (o.partitioner) {
    case partition_strategy::uniform_sticky:
    case partition_strategy::consistent_random:
    case partition_strategy::murmur2_random:
    case partition_strategy::fnv1a_random: return true;
    default: return false;
    }
}

} // namespace

std::uint64_t mixed_bits(std::uint64_t counter) noexcept // splitmix64
{
    std::uint64_t x = counter + 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

accumulator::accumulator(const producer_options& options, std::shared_ptr<clock> time, std::function<void()> wake)
    : options_(options), defaults_(defaults_of(options)), keyless_is_sticky_(is_keyless_sticky(options)),
      clock_(std::move(time)), wake_(std::move(wake)), budget_(std::make_shared<memory_budget>(options.memory))
{}

std::vector<std::pair<std::string_view, topic_queue*>> accumulator::all_topics() const
{
    const std::lock_guard lock{topics_mutex_};
    std::vector<std::pair<std::string_view, topic_queue*>> all;
    for (const auto& [name, topic] : topics_) all.emplace_back(name, topic.get());
    return all;
}

topic_queue* accumulator::topic(std::string_view name)
{
    topic_queue* last = last_topic_.load(std::memory_order_acquire);
    if (last != nullptr && last->name == name) return last;
    const std::lock_guard lock{topics_mutex_};
    auto found = topics_.find(name);
    if (found == topics_.end()) {
        if (!is_topic_name(name)) return nullptr;
        // A switch comes when a batch is full, which it is a little before it has all its bytes.
        const auto enough = static_cast<std::int32_t>(
            std::min<std::size_t>(options_.batch_size - options_.batch_size / 8, std::size_t{1} << 30));
        found =
            topics_.emplace(std::string{name}, std::make_unique<topic_queue>(*this, std::string{name}, enough)).first;
    }
    last_topic_.store(found->second.get(), std::memory_order_release);
    return found->second.get();
}

// Whether it can be taken at all, and the topic by its name if there is no handle.
std::error_code accumulator::admit(topic_queue*& topic, const record& what, const send_options* how, std::size_t bound)
{
    if (const std::error_code bad = check(what, bound)) return bad;
    if (how != nullptr)
        if (const std::error_code bad = check(*how)) return bad;
    if (topic == nullptr) topic = this->topic(what.topic);
    if (topic == nullptr) return errc::invalid_topic_name;
    return topic->owner == this ? std::error_code{} : errc::invalid_argument;
}

std::error_code accumulator::check(topic_queue* topic, const record& what, const send_options* how)
{
    return is_closed() ? errc::closed : admit(topic, what, how, record_bound(what));
}

const std::string* accumulator::refused_name(std::string_view name)
{
    constexpr std::size_t most = 100; // they may come from outside
    constexpr std::size_t longest = 300;
    static const std::string not_kept;
    const std::lock_guard lock{topics_mutex_};
    const std::string_view shown = name.substr(0, longest);
    if (refused_names_.size() >= most && !refused_names_.contains(shown)) return &not_kept;
    return &*refused_names_.emplace(shown).first;
}

batch_settings accumulator::settings_of(const send_options& how) const noexcept
{
    batch_settings s = defaults_;
    if (how.acks) s.acks = *how.acks;
    if (how.timeout) s.timeout = *how.timeout;
    if (how.compression && *how.compression != s.codec) {
        s.codec = *how.compression;
        s.level = default_compression_level;
    }
    if (how.level) s.level = *how.level;
    if (s.acks != acks::all) s.numbered = false;
    return s;
}

std::error_code accumulator::ask_partitioner(const topic_queue& topic, const partition_table& table, const record& what,
                                             std::int32_t& partition)
{
    const auto count = static_cast<std::int32_t>(table.all.size());
    const auto refuse = [&](std::string_view did) {
        partitioner_refusals_.note(what, did);
        return make_error_code(errc::partitioner_failed);
    };
    try {
        partition = options_.custom_partitioner(what, {topic.name, count, table.available});
    } catch (const std::exception& e) {
        return refuse(std::string{"threw: "} + e.what());
    } catch (...) {
        return refuse("threw something that is no std::exception");
    }
    if (partition < any_partition || partition >= count)
        return refuse("answered " + std::to_string(partition) + ", but the topic has " + std::to_string(count) +
                      (count == 1 ? " partition" : " partitions"));
    return {};
}

std::error_code accumulator::place(topic_queue& topic, const partition_table& table, const record& what,
                                   std::int32_t& partition, bool& sticky)
{
    const auto count = static_cast<std::int32_t>(table.all.size());
    sticky = false;
    if (what.partition) {
        partition = *what.partition;
        return {};
    }
    partition = any_partition;
    if (!what.key && keyless_is_sticky_) [[likely]] {
        partition = topic.sticky.current();
        sticky = true;
        if (partition < 0 || partition >= count) partition = 0; // the topic has grown in this very moment
        return {};
    }
    if (options_.custom_partitioner) {
        if (const std::error_code bad = ask_partitioner(topic, table, what, partition)) return bad;
    } else if (!options_.ignore_keys) {
        partition = choose_partition(options_.partitioner, what.key, count);
    }
    if (partition != any_partition) return {};
    if (options_.partitioner == partition_strategy::round_robin ||
        options_.partitioner == partition_strategy::kafkajs_legacy) {
        partition = topic.sticky.next_round_robin();
    } else if (options_.partitioner == partition_strategy::random && what.key && !options_.ignore_keys) {
        partition = topic.sticky.next_random(mixed_bits(topic.draws.fetch_add(1, std::memory_order_relaxed)));
    } else {
        partition = topic.sticky.current();
        sticky = true;
    }
    if (partition < 0 || partition >= count) partition = 0; // the topic has grown in this very moment
    return {};
}

std::size_t accumulator::limit_of(const partition_queue& p) const noexcept
{
    const std::size_t lowered = p.batch_limit.load(std::memory_order_relaxed);
    return std::min(lowered == 0 ? options_.batch_size : lowered, options_.max_request_size);
}

// With the partition's lock held. The bytes are kept there until they are enough to switch, so that a record costs no exchange
// with what all threads share. A draw is used up only when it was needed.
void accumulator::note_sticky(partition_queue& to, std::size_t bytes, bool is_ready)
{
    topic_queue& topic = to.topic;
    to.sticky_bytes += bytes;
    if (!topic.sticky.is_enough(to.index, to.sticky_bytes, is_ready)) return;
    const std::size_t all = std::exchange(to.sticky_bytes, 0);
    if (topic.sticky.on_append(to.index, all, is_ready, mixed_bits(topic.draws.load(std::memory_order_relaxed))))
        topic.draws.fetch_add(1, std::memory_order_relaxed);
}

std::error_code accumulator::append(topic_queue* topic, const record& what, const send_options* how,
                                    delivery_callback& done, std::uint64_t waited_since, steady_time created)
{
    if (is_closed() && waited_since == 0) return errc::closed;
    const std::size_t bound = record_bound(what);
    if (const std::error_code bad = admit(topic, what, how, bound)) return bad;
    batch_settings own;
    if (how != nullptr) own = settings_of(*how);

    const std::int64_t timestamp = milliseconds_of(what.timestamp ? *what.timestamp : clock_->coarse_wall_now());
    filling f{.what = what,
              .settings = how == nullptr || own == defaults_ ? defaults_ : own,
              .timestamp = timestamp,
              .done = done,
              .bound = bound,
              .topic = topic,
              .partition = nullptr,
              .created = created,
              .flush_round = waited_since,
              .waited = waited_since != 0};
    const auto is_known = [&](const partition_table* in) {
        return in != nullptr && (!what.partition || static_cast<std::size_t>(*what.partition) < in->all.size());
    };
    const partition_table* table = topic->table.load(std::memory_order_acquire);
    while (!is_known(table)) {
        if (const auto held = hold(*topic, f)) return *held;
        table = topic->table.load(std::memory_order_acquire); // another one than a moment ago
    }

    std::int32_t partition = -1;
    bool sticky = false;
    if (const std::error_code bad = place(*topic, *table, what, partition, sticky)) return bad;
    partition_queue& to = *table->all[static_cast<std::size_t>(partition)];
    f.partition = &to;
    std::error_code ec;
    {
        const std::lock_guard lock{to.mutex};
        ec = fill(to.line, limit_of(to), f);
        if (sticky && !ec) note_sticky(to, f.bound, !to.line.open);
    }
    if (f.fresh || f.closed || f.refused) tell(f);
    return ec;
}

bool accumulator::charge(produce_batch& batch, std::size_t size, filling& f)
{
    if (f.forced)
        budget_->take(size);
    else
        while (!budget_->try_take(size)) {
            if (give_up_one()) continue;
            f.lacking = size;
            return false;
        }
    batch.charged += size;
    return true;
}

// When the memory is nearly used up: half of what is left, so that it is not taken record by record.
std::size_t accumulator::affordable(std::size_t needed, std::size_t wanted) const noexcept
{
    return std::max(needed, std::min(wanted, budget_->left() / 2));
}

std::shared_ptr<produce_batch> accumulator::begin(batch_line& line, std::size_t limit, filling& f)
{
    const std::size_t needed = batch_layout::records + f.bound;
    const std::size_t wanted = std::max({needed, std::min(line.expected, limit), smallest_batch});
    byte_buffer memory;
    if (wanted >= limit / 8) { // for less, whole batches are too good
        const std::lock_guard lock{pool_mutex_};
        if (!pool_.empty() && pool_.back().capacity() >= needed) {
            memory = std::move(pool_.back());
            pool_.pop_back();
            budget_->give_back(memory.capacity());
        }
    }
    auto batch = std::make_shared<produce_batch>(budget_, next_number(), f.settings,
                                                 record_batch_builder{{.reserve = 0}, std::move(memory)});
    const std::size_t fixed = batch->memory() - batch->builder.memory();
    std::size_t capacity = std::max(batch->builder.memory(), wanted);
    if (!charge(*batch, fixed + capacity, f)) {
        batch->builder = record_batch_builder{{.reserve = 0}}; // a whole block is too much now
        capacity = affordable(needed, wanted);
        if (!charge(*batch, fixed + capacity, f)) return nullptr;
    }
    if (!batch->builder.reserve(capacity)) return nullptr;
    batch->by_default = f.settings == defaults_;
    batch->topic = f.topic;
    batch->partition = f.partition;
    batch->is_backdated = f.created != steady_time{};
    batch->created = batch->is_backdated ? f.created : clock_->now();
    batch->flush_round = f.flush_round == 0 ? round_.load() : f.flush_round;
    return batch;
}

bool accumulator::grow(produce_batch& batch, std::size_t limit, filling& f)
{
    const std::size_t now = batch.builder.memory();
    const std::size_t needed = batch.builder.size() + f.bound;
    std::size_t wanted = std::max(needed, std::min(2 * now, std::max(limit, needed)));
    if (!charge(batch, wanted - now, f)) {
        wanted = now + affordable(needed - now, wanted - now);
        if (!charge(batch, wanted - now, f)) return false;
    }
    return batch.builder.reserve(wanted);
}

bool accumulator::make_room_for_delivery(produce_batch& batch, filling& f)
{
    const auto grow_list = [&](auto& list, std::size_t needed) {
        if (needed <= list.capacity()) [[likely]]
            return true;
        const std::size_t wanted = std::max<std::size_t>({needed, 2 * list.capacity(), 1});
        if (!charge(batch, (wanted - list.capacity()) * sizeof(list[0]), f)) return false;
        list.reserve(wanted);
        return true;
    };
    const auto count = static_cast<std::size_t>(batch.builder.count()) + 1;
    if (f.done && !grow_list(batch.deliveries, count)) return false;
    return f.partition != nullptr || grow_list(batch.wanted, count);
}

void accumulator::close_open(batch_line& line, filling& f)
{
    line.close();
    f.closed = true;
}

// All records of a batch have the time of its first one. Those that waited before they came here have another than those of now.
bool accumulator::is_of_other_age(const produce_batch& batch, const filling& f) const noexcept
{
    if (f.created == steady_time{} && !batch.is_backdated) [[likely]]
        return false; // the strand closes what grows old
    const steady_time created = f.created == steady_time{} ? clock_->now() : f.created;
    const auto apart = created < batch.created ? batch.created - created : created - batch.created;
    return apart > options_.delivery_timeout / 8;
}

std::error_code accumulator::fill(batch_line& line, std::size_t limit, filling& f)
{
    produce_batch* batch = line.open.get();
    const auto has_other_settings = [&] {
        return !(batch->by_default && &f.settings == &defaults_) && batch->settings != f.settings;
    };
    if (batch != nullptr && (has_other_settings() || batch->builder.size() + f.bound > limit ||
                             batch->builder.count() >= options_.batch_max_records || is_of_other_age(*batch, f))) {
        close_open(line, f);
        batch = nullptr;
    }
    std::shared_ptr<produce_batch> begun;
    bool has_room = true;
    if (batch == nullptr) {
        begun = begin(line, limit, f);
        batch = begun.get();
        has_room = begun != nullptr;
    } else if (batch->builder.size() + f.bound > batch->builder.memory()) {
        has_room = grow(*batch, limit, f);
    }
    const auto needs_place = [&] {
        return f.partition == nullptr ||
               (f.done && batch->deliveries.capacity() <= static_cast<std::size_t>(batch->builder.count()));
    };
    if (!has_room || (needs_place() && !make_room_for_delivery(*batch, f))) {
        f.refused = !f.waited;
        if (f.refused) note_lacking(f.lacking);
        return errc::queue_full;
    }
    if (batch->builder.empty())
        batch->same_time = true;
    else if (f.timestamp != batch->builder.base_timestamp())
        batch->same_time = false;
    const errc refused = batch->builder.append(f.timestamp, nullable_of(f.what.key), nullable_of(f.what.value),
                                               list<record_header>{f.what.headers.data(), f.what.headers.size()});
    if (refused != errc{}) return refused;
    if (f.done) {
        const auto before = static_cast<std::size_t>(batch->builder.count()) - 1;
        if (batch->deliveries.size() != before) batch->deliveries.resize(before);
        batch->deliveries.push_back(std::move(f.done));
    }
    if (f.partition == nullptr) batch->wanted.push_back(f.wanted);
    if (begun) {
        enter(begun); // before anybody can take it out of its line
        f.fresh = true;
        line.open = std::move(begun);
    } else if (f.flush_round != 0) {
        join_round(*batch, f.flush_round);
    }
    if (batch->builder.size() + f.bound > limit || batch->builder.count() >= options_.batch_max_records)
        close_open(line, f);
    return {};
}

// A record of an earlier round in a batch of a later one: a flush of the earlier waits for the batch now.
void accumulator::join_round(produce_batch& batch, std::uint64_t round)
{
    const std::lock_guard lock{news_mutex_};
    if (batch.flush_round <= round) return;
    const auto found = rounds_.find(batch.flush_round);
    if (found != rounds_.end() && --found->second == 0) rounds_.erase(found);
    batch.flush_round = round;
    ++rounds_[round];
}

// One lock for all, once a batch.
void accumulator::enter(const std::shared_ptr<produce_batch>& batch)
{
    const std::lock_guard lock{news_mutex_};
    news_.fresh.push_back(batch);
    ++rounds_[batch->flush_round];
}

void accumulator::tell(const filling& f)
{
    bool wakes = f.closed || f.refused || f.partition == nullptr;
    if (f.refused) note_exhausted();
    {
        const std::lock_guard lock{news_mutex_};
        if (f.fresh) wakes = wakes || !watched_.load();
        if (f.partition == nullptr && f.fresh) news_.unknown.push_back(f.topic);
        if (f.partition != nullptr && f.closed) news_.full.push_back(f.partition);
    }
    if (wakes) wake_();
}

void accumulator::close() noexcept
{
    closed_ = true;
}

} // namespace odradek::detail
