// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster_state.hpp>
#include <odradek/broker/draw.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace odradek::broker {
namespace {

constexpr std::size_t longest_topic_name = 249;

bool is_topic_character(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

/// Names that differ only in '.' and '_' collide in Kafka's metrics, so brokers refuse the second one.
std::string metric_name(std::string_view name)
{
    std::string same{name};
    std::ranges::replace(same, '.', '_');
    return same;
}

bool has_duplicates(std::vector<std::int32_t> ids)
{
    std::ranges::sort(ids);
    return std::ranges::adjacent_find(ids) != ids.end();
}

} // namespace

std::string check_topic_name(std::string_view name)
{
    if (name.empty()) return "the empty string is not allowed";
    if (name == "." || name == "..") return "it cannot be \".\" or \"..\"";
    if (name.size() > longest_topic_name) return "it is longer than 249 characters";
    if (!std::ranges::all_of(name, is_topic_character))
        return "it contains characters other than ASCII letters and digits, '.', '_' and '-'";
    return {};
}

void apply_size_retention(const topic& of, partition& in)
{
    if (of.settings.remove_old) in.records.apply_retention({.bytes = of.settings.retention_bytes, .ms = -1}, 0);
}

void apply_retention(const topic& of, partition& in, std::int64_t now_ms)
{
    in.records.forget_passed_segments();
    if (of.settings.remove_old)
        in.records.apply_retention({of.settings.retention_bytes, of.settings.retention_ms}, now_ms);
}

cluster_state::cluster_state(options how) : options_(std::move(how)), drawn_(options_.seed)
{
    std::ranges::sort(options_.nodes, {}, &node::id);
}

const node* cluster_state::find_node(std::int32_t id) const noexcept
{
    const auto found = std::ranges::find(options_.nodes, id, &node::id);
    return found == options_.nodes.end() ? nullptr : &*found;
}

std::int32_t cluster_state::controller() const noexcept
{
    const auto found = std::ranges::find(options_.nodes, true, &node::up);
    return found == options_.nodes.end() ? -1 : found->id;
}

void cluster_state::set_address(std::int32_t id, address at, std::size_t listener)
{
    const auto found = std::ranges::find(options_.nodes, id, &node::id);
    if (found == options_.nodes.end()) return;
    if (listener == 0) {
        found->at = std::move(at);
        return;
    }
    if (found->others.size() < listener) found->others.resize(listener, found->at);
    found->others[listener - 1] = std::move(at);
}

topic* cluster_state::find_topic(std::string_view name) noexcept
{
    const auto found = topics_.find(name);
    return found == topics_.end() ? nullptr : &found->second;
}

topic* cluster_state::find_topic(const uuid& id) noexcept
{
    const auto found = names_.find(id);
    return found == names_.end() ? nullptr : find_topic(found->second);
}

refusal cluster_state::create(const new_topic& wanted, bool only_check, uuid* made_id)
{
    if (const std::string wrong = check_topic_name(wanted.name); !wrong.empty())
        return {broker_errc::invalid_topic_exception, "Topic name is invalid: " + wrong};
    if (find_topic(wanted.name))
        return {broker_errc::topic_already_exists, "Topic '" + wanted.name + "' already exists."};
    if (const auto other = metric_names_.find(metric_name(wanted.name)); other != metric_names_.end())
        return {broker_errc::invalid_topic_exception,
                "Topic '" + wanted.name + "' collides with existing topic: " + other->second};

    topic made{bytes_stored_};
    made.name = wanted.name;
    if (refusal no = configure(made, wanted.config, only_check)) return no;
    std::vector<std::vector<std::int32_t>> replicas = wanted.assignment;
    if (!replicas.empty()) {
        if (wanted.partitions != -1 || wanted.replication_factor != -1)
            return {broker_errc::invalid_request,
                    "A manual partition assignment goes without a number of partitions and a replication factor."};
        if (refusal no = check_assignment(replicas)) return no;
        if (refusal no = check_room(replicas.size() * partition::cost)) return no;
    } else {
        const std::int32_t count = wanted.partitions == -1 ? options_.default_partitions : wanted.partitions;
        const std::int16_t copies =
            wanted.replication_factor == -1 ? options_.default_replication_factor : wanted.replication_factor;
        if (copies <= 0) return {broker_errc::invalid_replication_factor, "Replication factor must be larger than 0."};
        if (count <= 0)
            return {broker_errc::invalid_partitions, "Number of partitions was set to an invalid non-positive value."};
        if (static_cast<std::size_t>(copies) > options_.nodes.size())
            return {broker_errc::invalid_replication_factor, "Unable to replicate the partition " +
                                                                 std::to_string(copies) + " time(s): there are only " +
                                                                 std::to_string(options_.nodes.size()) + " brokers."};
        if (refusal no = check_room(static_cast<std::size_t>(count) * partition::cost)) return no;
        for (std::int32_t i = 0; i < count; ++i) replicas.push_back(spread(i, copies));
        if (!only_check) ++next_first_replica_;
    }
    made.id = draw_id();
    if (made_id) *made_id = made.id;
    if (only_check) return {};
    for (auto& each : replicas) add_partition(made, std::move(each));
    names_.emplace(made.id, made.name);
    metric_names_.emplace(metric_name(made.name), made.name);
    topics_.emplace(made.name, std::move(made));
    return {};
}

void cluster_state::remove(std::string_view name)
{
    const auto found = topics_.find(name);
    if (found == topics_.end()) return;
    names_.erase(found->second.id);
    metric_names_.erase(metric_name(name));
    topics_.erase(found);
}

refusal cluster_state::grow(topic& of, std::int32_t count, const std::vector<std::vector<std::int32_t>>& assignment,
                            bool only_check)
{
    const auto now = static_cast<std::int32_t>(of.partitions.size());
    if (count == now)
        return {broker_errc::invalid_partitions, "Topic already has " + std::to_string(now) + " partition(s)."};
    if (count < now)
        return {broker_errc::invalid_partitions, "The topic " + of.name + " currently has " + std::to_string(now) +
                                                     " partition(s); " + std::to_string(count) +
                                                     " would not be an increase."};
    const auto added = static_cast<std::size_t>(count - now);
    if (!assignment.empty() && assignment.size() != added)
        return {broker_errc::invalid_replica_assignment,
                "Attempted to add " + std::to_string(added) + " additional partition(s), but only " +
                    std::to_string(assignment.size()) + " assignment(s) were specified."};
    if (refusal no = check_assignment(assignment)) return no;
    const auto copies = static_cast<std::int16_t>(of.partitions.empty() ? 1 : of.partitions[0]->replicas.size());
    if (!assignment.empty() && assignment.front().size() != static_cast<std::size_t>(copies))
        return {broker_errc::invalid_replica_assignment,
                "The manual partition assignment includes a partition with " +
                    std::to_string(assignment.front().size()) +
                    " replica(s), but this is not consistent with previous partitions, which have " +
                    std::to_string(copies) + " replica(s)."};
    if (refusal no = check_room(added * partition::cost)) return no;
    if (only_check) return {};
    for (std::int32_t i = now; i < count; ++i)
        add_partition(of, assignment.empty() ? spread(i, copies) : assignment[static_cast<std::size_t>(i - now)]);
    return {};
}

refusal cluster_state::configure(topic& of, std::map<std::string, std::string, std::less<>> config, bool only_check)
{
    topic_settings settings = options_.defaults;
    for (const setting_info& known : known_topic_settings()) {
        // The topic's own value, else what the broker's settings say, else the default.
        const auto own = config.find(known.name);
        const auto given = known.broker_name.empty() ? options_.config.end() : options_.config.find(known.broker_name);
        if (own == config.end() && given == options_.config.end()) continue;
        const std::string& value = own != config.end() ? own->second : given->second;
        if (auto wrong = apply(settings, known.name, value)) return {broker_errc::invalid_config, std::move(*wrong)};
    }
    if (const auto own = config.find(internal_segment_bytes); own != config.end())
        if (auto wrong = apply(settings, own->first, own->second))
            return {broker_errc::invalid_config, std::move(*wrong)};
    for (const auto& [name, value] : config)
        if (!find_topic_setting(name) && name != internal_segment_bytes)
            return {broker_errc::invalid_config, "Unknown topic config name: " + name};
    std::size_t size = of.name.size();
    for (const auto& [name, value] : config) size += name.size() + value.size();
    if (size > of.held.bytes())
        if (refusal no = check_room(size - of.held.bytes())) return no;
    if (only_check) return {};
    of.held.set(size);
    of.config = std::move(config);
    of.settings = settings;
    return {};
}

void cluster_state::move_leader(partition& of, std::int32_t to)
{
    of.leader = to;
    ++of.leader_epoch;
    if (to != -1) of.records.begin_epoch(of.leader_epoch);
    if (to != -1 && std::ranges::find(of.isr, to) == of.isr.end()) of.isr.push_back(to);
}

void cluster_state::set_up(std::int32_t id, bool up)
{
    const auto found = std::ranges::find(options_.nodes, id, &node::id);
    if (found == options_.nodes.end() || found->up == up) return;
    found->up = up;
    for (auto& [name, each] : topics_) {
        for (const auto& one : each.partitions) {
            if (std::ranges::find(one->replicas, id) == one->replicas.end()) continue;
            if (up) {
                if (std::ranges::find(one->isr, id) == one->isr.end()) one->isr.push_back(id);
                if (one->leader == -1) elect(*one);
            } else {
                // The last one in sync stays in the list: only it has everything.
                if (one->isr.size() > 1) std::erase(one->isr, id);
                if (one->leader == id) elect(*one);
            }
        }
    }
}

void cluster_state::elect(partition& of)
{
    for (const std::int32_t candidate : of.replicas) {
        const node* const at = find_node(candidate);
        if (at && at->up && std::ranges::find(of.isr, candidate) != of.isr.end()) return move_leader(of, candidate);
    }
    move_leader(of, -1);
}

uuid cluster_state::draw_id()
{
    uuid id;
    for (std::size_t i = 0; i < id.bytes.size(); i += 8) {
        const std::uint64_t bits = next_random(drawn_);
        for (std::size_t j = 0; j < 8; ++j) id.bytes[i + j] = static_cast<std::uint8_t>(bits >> (8 * j));
    }
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40); // a random uuid, version 4
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
    return id;
}

std::vector<std::int32_t> cluster_state::spread(std::int32_t index, std::int16_t replicas)
{
    std::vector<std::int32_t> ids;
    const std::size_t nodes = options_.nodes.size();
    const auto first = static_cast<std::size_t>(next_first_replica_) + static_cast<std::size_t>(index);
    for (std::size_t i = 0; i < static_cast<std::size_t>(replicas) && i < nodes; ++i)
        ids.push_back(options_.nodes[(first + i) % nodes].id);
    return ids;
}

refusal cluster_state::check_assignment(const std::vector<std::vector<std::int32_t>>& assignment) const
{
    for (const auto& replicas : assignment) {
        if (replicas.empty())
            return {broker_errc::invalid_replica_assignment, "A partition was assigned an empty list of replicas."};
        if (has_duplicates(replicas))
            return {broker_errc::invalid_replica_assignment, "A partition was assigned the same broker twice."};
        for (const std::int32_t id : replicas)
            if (!find_node(id))
                return {broker_errc::invalid_replica_assignment, "The manual partition assignment includes broker " +
                                                                     std::to_string(id) +
                                                                     ", but no such broker is registered."};
        if (replicas.size() != assignment.front().size())
            return {broker_errc::invalid_replica_assignment,
                    "The manual partition assignment includes partitions with different numbers of replicas."};
    }
    return {};
}

refusal cluster_state::check_room(std::size_t bytes) const
{
    if (bytes_stored_ <= options_.memory_limit && bytes <= options_.memory_limit - bytes_stored_) return {};
    return {broker_errc::policy_violation, "The memory that this cluster may hold is full."};
}

std::vector<std::int32_t> cluster_state::offline_replicas(const partition& of) const
{
    std::vector<std::int32_t> offline;
    for (const std::int32_t id : of.replicas) {
        const node* const at = find_node(id);
        if (!at || !at->up) offline.push_back(id);
    }
    return offline;
}

void cluster_state::add_partition(topic& to, std::vector<std::int32_t> replicas)
{
    auto made = std::make_unique<partition>(*options_.codecs, bytes_stored_);
    made->index = static_cast<std::int32_t>(to.partitions.size());
    made->replicas = std::move(replicas);
    for (const std::int32_t id : made->replicas) {
        const node* const at = find_node(id);
        if (at && at->up) made->isr.push_back(id);
    }
    if (made->isr.empty()) made->isr.push_back(made->replicas.front());
    const node* const first = find_node(made->isr.front());
    made->leader = first && first->up ? first->id : -1;
    if (made->leader != -1) made->records.begin_epoch(made->leader_epoch);
    to.partitions.push_back(std::move(made));
}

} // namespace odradek::broker
