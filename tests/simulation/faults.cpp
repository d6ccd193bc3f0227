// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <tests/simulation/faults.hpp>
#include <utility>

namespace odradek::test {
namespace {

using namespace std::chrono_literals;

/// One broker, or sometimes all of them.
std::optional<std::int32_t> random_nodes(stage& on, random_source& random)
{
    if (stage::chance(random, 0.25)) return {};
    return random_node(on, random);
}

// Codes that a broker may answer any request with, and after which trying again is right.
constexpr std::array temporary_errors{
    broker_errc::not_leader_or_follower, broker_errc::leader_not_available,         broker_errc::kafka_storage_error,
    broker_errc::not_enough_replicas,    broker_errc::coordinator_load_in_progress,
};

/// Adds a fault of the core's and takes it back later.
undo strike(stage& on, std::string name, api key, random_source& random, broker::fault_effect effect)
{
    broker::fault one;
    one.key = key;
    one.name = std::move(name);
    one.effect = std::move(effect);
    one.times = 1 + random.below(3);
    if (stage::chance(random, 0.3)) one.broker = random_node(on, random);
    if (stage::chance(random, 0.2)) {
        one.times = 0;
        one.probability = 0.2;
    }
    const auto id = on.world.core().faults().add(std::move(one));
    return [&on, id] { on.world.core().faults().remove(id); };
}

} // namespace

std::int32_t random_node(stage& on, random_source& random)
{
    const auto& nodes = on.world.core().cluster().nodes();
    return nodes[static_cast<std::size_t>(random.below(nodes.size()))].id;
}

std::vector<action> network_faults(stage& on)
{
    simulated_network& net = on.world.network();
    return {
        {"cut link", 4, 0ms, 0ms,
         [&on, &net](random_source& random) -> undo {
             net.cut(random_nodes(on, random));
             on.world.run_brokers();
             return {};
         }},
        {"partition", 3, 20s, 20s,
         [&on, &net](random_source& random) -> undo {
             // How long it is blocked is decided here; the step only lasts as long as it may.
             const auto span =
                 stage::between(random, 100ms, 20s); // drawn alone: compilers order arguments as they like
             net.block(random_nodes(on, random), span);
             return {};
         }},
        {"silent death", 2, 30s, 30s,
         [&on, &net](random_source& random) -> undo {
             const auto span = stage::between(random, 1s, 30s);
             net.die(random_nodes(on, random), span);
             return {};
         }},
        {"refuse connections", 2, 100ms, 20s,
         [&on](random_source& random) -> undo {
             const std::int32_t node = random_node(on, random);
             on.world.core().faults().refuse_connections(node);
             return [&on, node] { on.world.core().faults().refuse_connections(node, false); };
         }},
        {"silent host", 1, 100ms, 40s,
         [&on, &net](random_source& random) -> undo {
             const std::int32_t node = random_node(on, random);
             std::vector<std::string> hosts;
             for (const auto& [at, id] : net.listeners)
                 if (id == node) hosts.push_back(at.host);
             net.silent_hosts.insert(hosts.begin(), hosts.end());
             net.cut(node);
             on.world.run_brokers();
             return [&net, hosts] {
                 for (const std::string& one : hosts) net.silent_hosts.erase(one);
             };
         }},
        {"names fail", 1, 100ms, 20s,
         [&net](random_source&) -> undo {
             net.names_fail = true;
             return [&net] { net.names_fail = false; };
         }},
        {"slow link", 2, 1s, 60s,
         [&net](random_source& random) -> undo {
             link_quality slow;
             slow.latency = stage::between(random, 5ms, 800ms);
             slow.jitter = stage::between(random, 0ms, 400ms);
             slow.bytes_per_second = 1'000 + random.below(200'000);
             net.set_quality(slow);
             return [&net] { net.set_quality({}); };
         }},
        {"slow reader", 2, 1s, 60s,
         [&net](random_source& random) -> undo {
             link_quality narrow;
             narrow.client_window = 1 + static_cast<std::size_t>(random.below(600));
             narrow.broker_window = 1 + static_cast<std::size_t>(random.below(600));
             net.set_quality(narrow);
             return [&net] { net.set_quality({}); };
         }},
        {"wall clock jumps", 1, 0ms, 0ms,
         [&on](random_source& random) -> undo {
             on.world.time().shift_wall(std::chrono::milliseconds{stage::between(random, -600'000, 600'000)});
             return {};
         }},
    };
}

std::vector<action> request_faults(stage& on, std::vector<api> keys)
{
    const auto any_of = [keys = std::move(keys)](random_source& random) {
        return keys[static_cast<std::size_t>(random.below(keys.size()))];
    };
    const auto simple = [&on, any_of](std::string_view name, std::uint32_t weight, broker::fault_effect effect) {
        return action{name, weight, 100ms, 20s,
                      [&on, any_of, name = std::string(name), effect = std::move(effect)](random_source& random) {
                          const api key = any_of(random);
                          return strike(on, name, key, random, effect);
                      }};
    };
    return {
        {"error answers", 4, 100ms, 20s,
         [&on, any_of](random_source& random) {
             const api key = any_of(random);
             const auto code = temporary_errors[static_cast<std::size_t>(random.below(temporary_errors.size()))];
             return strike(on, "error answers", key, random, {.error = code});
         }},
        {"delay", 3, 100ms, 20s,
         [&on, any_of](random_source& random) {
             const api key = any_of(random);
             const auto span = stage::between(random, 1ms, 12s);
             return strike(on, "delay", key, random, {.delay = span});
         }},
        {"throttle", 1, 100ms, 20s,
         [&on, any_of](random_source& random) {
             const api key = any_of(random);
             const auto span = stage::between(random, 1ms, 3s);
             return strike(on, "throttle", key, random, {.throttle = span});
         }},
        simple("drop request", 1, {.drop_request = true}),
        simple("drop response", 1, {.drop_response = true}),
        simple("cut before", 1, {.where = broker::cut::before}),
        simple("cut inside", 1, {.where = broker::cut::inside}),
        simple("cut after", 1, {.where = broker::cut::after}),
        simple("garbage", 1, {.garbage = true}),
        {"rewrite", 1, 100ms, 20s,
         [&on, any_of](random_source& random) {
             const api key = any_of(random);
             const bool shorten = stage::chance(random, 0.5);
             broker::fault_effect effect;
             effect.rewrite = [shorten](api, api_version, std::vector<std::byte>& frame) {
                 if (frame.size() < 4) return; // a token of SASL, without a header
                 if (shorten)
                     frame.resize(frame.size() - (frame.size() - 4) / 2); // the correlation id stays
                 else
                     frame[3] ^= std::byte{1}; // of the correlation id
             };
             return strike(on, "rewrite", key, random, std::move(effect));
         }},
    };
}

std::vector<action> cluster_faults(stage& on)
{
    broker::core& core = on.world.core();
    const auto any_partition = [&core](random_source& random) {
        auto& topics = core.cluster().topics();
        std::pair<std::string, broker::partition*> found;
        if (topics.empty()) return found;
        auto at = std::next(topics.begin(), static_cast<std::ptrdiff_t>(random.below(topics.size())));
        auto& partitions = at->second.partitions;
        found = {at->first, partitions[static_cast<std::size_t>(random.below(partitions.size()))].get()};
        return found;
    };
    return {
        {"move leader", 5, 0ms, 0ms,
         [&on, &core, any_partition](random_source& random) -> undo {
             const auto [topic, one] = any_partition(random);
             if (!one) return {};
             const std::int32_t to = one->replicas[static_cast<std::size_t>(random.below(one->replicas.size()))];
             const broker::node* const at = core.cluster().find_node(to);
             if (at && at->up && to != one->leader) core.move_leader(topic, one->index, to);
             on.world.run_brokers();
             return {};
         }},
        {"no leader", 1, 100ms, 10s,
         [&on, &core, any_partition](random_source& random) -> undo {
             const auto [topic, one] = any_partition(random);
             if (!one) return {};
             core.move_leader(topic, one->index, -1);
             on.world.run_brokers();
             return [&on, &core, topic = topic, index = one->index] {
                 broker::topic* const of = core.cluster().find_topic(topic);
                 broker::partition* const still = of ? of->find(index) : nullptr;
                 if (!still || still->leader != -1) return;
                 for (const std::int32_t id : still->replicas) {
                     const broker::node* const at = core.cluster().find_node(id);
                     if (!at || !at->up) continue;
                     core.move_leader(topic, index, id);
                     break;
                 }
                 on.world.run_brokers();
             };
         }},
        {"broker down", 2, 100ms, 30s,
         [&on, &core](random_source& random) -> undo {
             const std::int32_t node = random_node(on, random);
             core.set_up(node, false);
             on.world.run_brokers();
             return [&on, &core, node] {
                 core.set_up(node, true);
                 on.world.run_brokers();
             };
         }},
        {"controller down", 1, 100ms, 20s,
         [&on, &core](random_source&) -> undo {
             const std::int32_t node = core.cluster().controller();
             if (node < 0) return {};
             core.set_up(node, false);
             on.world.run_brokers();
             return [&on, &core, node] {
                 core.set_up(node, true);
                 on.world.run_brokers();
             };
         }},
        {"shrink ISR", 2, 100ms, 10s,
         [&on, &core, any_partition](random_source& random) -> undo {
             const auto [topic, one] = any_partition(random);
             if (!one || one->leader < 0) return {};
             core.set_isr(topic, one->index, {one->leader});
             on.world.run_brokers();
             return [&on, &core, topic = topic, index = one->index] {
                 broker::topic* const of = core.cluster().find_topic(topic);
                 broker::partition* const still = of ? of->find(index) : nullptr;
                 if (!still) return;
                 std::vector<std::int32_t> all;
                 for (const std::int32_t id : still->replicas) {
                     const broker::node* const at = core.cluster().find_node(id);
                     if (at && at->up) all.push_back(id);
                 }
                 if (!all.empty()) core.set_isr(topic, index, std::move(all));
                 on.world.run_brokers();
             };
         }},
    };
}

void truncate(stage& on, std::string_view topic, std::int32_t partition, random_source& random)
{
    broker::partition* const one = on.world.core().cluster().find_topic(topic)->find(partition);
    if (one->leader < 0 || one->isr.size() < 2) return;
    const std::int64_t end = one->records.end_offset();
    const std::int64_t offset = std::max<std::int64_t>(0, end - stage::between(random, 0, 8));
    on.world.core().truncate(topic, partition, offset);
    // Batches go as a whole, so the end may lie before.
    on.story.on_truncated(topic, partition, one->records.end_offset(), on.world.now());
    on.world.run_brokers();
}

} // namespace odradek::test
