// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <array>
#include <tests/simulation/faults.hpp>
#include <tests/simulation/workload.hpp>

namespace odradek::test {
namespace {

using namespace std::chrono_literals;

constexpr std::array declared{
    std::string_view{"metadata ended: well"},      std::string_view{"produce ended: well"},
    std::string_view{"request ended: well"},       std::string_view{"saw: leader changed"},
    std::string_view{"saw: topic gone"},           std::string_view{"saw: topic made anew"},
    std::string_view{"saw: topic appeared"},       std::string_view{"saw: partitions added"},
    std::string_view{"saw: controller changed"},   std::string_view{"saw: broker gone"},
    std::string_view{"saw: broker back"},          std::string_view{"network: connection refused"},
    std::string_view{"network: connection reset"},
};

/// Leaders move, brokers come and go, topics are made, deleted, made anew and grown: what the client believes has to follow.
class metadata_changes final : public scenario {
public:
    explicit metadata_changes(stage& on) : on_(on)
    {
        on_.story.on_vanishing(); // topics and brokers
        for (std::size_t i = 0; i < names.size() - 2; ++i) create(names[i], 1 + static_cast<std::int32_t>(i));
    }

    std::vector<action> faults() override
    {
        std::vector<action> all = network_faults(on_);
        append(all, request_faults(on_, {api::metadata, api::metadata, api::produce, api::api_versions}));
        append(all, cluster_faults(on_));
        append(all, cluster_faults(on_)); // twice as often
        for (action& one : all)
            if (one.name == "move leader") one.weight = 12;
        all.push_back({"create topic", 3, 0ms, 0ms, [this](random_source& random) {
                           const std::string name = random_name(random);
                           create(name, static_cast<std::int32_t>(stage::between(random, 1, 4)));
                           return undo{};
                       }});
        all.push_back({"delete topic", 3, 0ms, 0ms, [this](random_source& random) {
                           remove(random_name(random));
                           return undo{};
                       }});
        all.push_back({"make topic anew", 4, 0ms, 0ms, [this](random_source& random) {
                           const std::string name = random_name(random);
                           remove(name);
                           create(name, static_cast<std::int32_t>(stage::between(random, 1, 4)));
                           return undo{};
                       }});
        all.push_back({"grow topic", 4, 0ms, 0ms, [this](random_source& random) {
                           broker::topic* const of = state().find_topic(random_name(random));
                           if (of && of->partitions.size() < 8)
                               (void)state().grow(*of, static_cast<std::int32_t>(of->partitions.size()) + 1, {});
                           return undo{};
                       }});
        all.push_back({"move all addresses", 2, 0ms, 0ms, [this](random_source&) {
                           on_.world.move_addresses();
                           return undo{};
                       }});
        all.push_back({"rebootstrap required", 1, 100ms, 10s, [this](random_source& random) {
                           broker::fault one{.key = api::metadata, .times = 1 + random.below(3)};
                           one.effect.error = broker_errc::rebootstrap_required;
                           one.name = "rebootstrap required";
                           const auto id = on_.world.core().faults().add(std::move(one));
                           return undo{[this, id] { on_.world.core().faults().remove(id); }};
                       }});
        return all;
    }

    std::vector<action> work() override
    {
        return {
            {"ask for topics", 8, 0ms, 0ms,
             [this](random_source& random) {
                 std::vector<std::string> wanted;
                 for (std::uint64_t left = 1 + random.below(3); left > 0; --left) wanted.push_back(random_name(random));
                 ask(wanted);
                 return undo{};
             }},
            {"ask for everything", 4, 0ms, 0ms,
             [this](random_source&) {
                 ask({});
                 return undo{};
             }},
            {"produce", 8, 0ms, 0ms,
             [this](random_source& random) {
                 const bool may_create = stage::chance(random, 0.3);
                 produce(random_name(random), {}, may_create);
                 return undo{};
             }},
            {"ask the leader", 3, 0ms, 0ms,
             [this](random_source& random) {
                 const std::string name = random_name(random);
                 request(leader_of{name, 0}, "leader");
                 return undo{};
             }},
            {"ask the controller", 2, 0ms, 0ms,
             [this](random_source&) {
                 request(controller, "controller");
                 return undo{};
             }},
        };
    }

    void start() override { ask({}); }

    void on_healed() override
    {
        // Twice: the first answers may come from connections and pictures of before.
        for (const auto later : {1s, 35s})
            on_.world.after(later, [this] {
                ask({});
                for (const auto& [name, of] : state().topics())
                    for (const auto& one : of.partitions) produce(name, one->index, false);
                request(controller, "controller");
            });
        // The client's own refresh makes topics anew that were deleted, if whoever produced to them wanted that: look again.
        on_.world.after(70s, [this] { ask({}); });
    }

    void close() override { client_->stop(); }

    void check(std::vector<finding>& out) override
    {
        const auto wrong = [&out](std::string text) { out.push_back({anomaly::not_recovered, std::move(text)}); };
        if (!seen_) return wrong("there is no picture of the cluster in the end");
        if (seen_->topics().size() != state().topics().size())
            wrong("the client sees " + std::to_string(seen_->topics().size()) + " topics, there are " +
                  std::to_string(state().topics().size()));
        for (const auto& [name, of] : state().topics()) {
            const topic_info* const known = seen_->find_topic(name);
            if (!known || known->id != of.id || known->partitions.size() != of.partitions.size()) {
                wrong("the client's picture of " + name + " is not what it is");
                continue;
            }
            for (const auto& one : of.partitions)
                if (known->partitions[static_cast<std::size_t>(one->index)].leader != one->leader)
                    wrong("the client sees another leader of " + name + '-' + std::to_string(one->index));
        }
    }

private:
    static constexpr std::array names{"amalia", "barnabas", "frieda", "klamm", "olga"};

    [[nodiscard]] broker::cluster_state& state() { return on_.world.core().cluster(); }
    [[nodiscard]] static std::string random_name(random_source& random)
    {
        return names[static_cast<std::size_t>(random.below(names.size()))];
    }

    void create(const std::string& name, std::int32_t partitions)
    {
        (void)state().create({.name = name, .partitions = partitions, .replication_factor = 2});
    }
    void remove(const std::string& name)
    {
        state().remove(name);
        on_.world.core().notify();
        on_.world.run_brokers();
    }

    void ask(std::vector<std::string> topics)
    {
        const bool all = topics.empty();
        metadata_options how;
        how.timeout = 30s;
        const auto operation = on_.story.begin("metadata", on_.world.now(), on_.world.now() + *how.timeout);
        client_->async_metadata(topics, how, [this, operation, all](std::error_code ec, const cluster_snapshot& found) {
            on_.end(operation, "metadata", ec);
            if (ec) return;
            if (!all) return;
            if (seen_) compare(*seen_, *found);
            seen_ = found;
        });
    }

    /// Counts what became different between two pictures of everything.
    void compare(const cluster& before, const cluster& now)
    {
        for (const topic_info* const was : before.topics()) {
            const topic_info* const is = now.find_topic(was->name);
            if (!is) {
                on_.world.hit("saw: topic gone");
                continue;
            }
            if (is->id != was->id) {
                on_.world.hit("saw: topic made anew");
                continue;
            }
            if (is->partitions.size() > was->partitions.size()) on_.world.hit("saw: partitions added");
            for (const partition_info& one : was->partitions) {
                const partition_info* const same = is->find_partition(one.index);
                if (same && same->leader != one.leader) on_.world.hit("saw: leader changed");
            }
        }
        for (const topic_info* const is : now.topics())
            if (!before.find_topic(is->name)) on_.world.hit("saw: topic appeared");
        if (now.controller() != before.controller()) on_.world.hit("saw: controller changed");
        for (const broker_info& one : before.brokers())
            if (!now.find_broker(one.id)) on_.world.hit("saw: broker gone");
        for (const broker_info& one : now.brokers())
            if (!before.find_broker(one.id)) on_.world.hit("saw: broker back");
    }

    void produce(const std::string& topic, std::optional<std::int32_t> partition, bool may_create)
    {
        produce_options how;
        how.timeout = 5s;
        how.delivery_timeout = 60s;
        how.allow_auto_topic_creation = may_create;
        const record records[] = {{.value = "x"}};
        const auto operation =
            on_.story.begin("produce to " + topic, on_.world.now(), on_.world.now() + how.delivery_timeout);
        client_->async_produce(
            {.topic = topic, .partition = partition}, records, how,
            [this, operation](std::error_code ec, const placed&) { on_.end(operation, "produce", ec); });
    }

    void request(const target& to, std::string_view whom)
    {
        request_options how;
        how.timeout = 30s;
        metadata_request wanted;
        wanted.topics = list<metadata_request::metadata_request_topic>{};
        wanted.allow_auto_topic_creation = false;
        const auto operation =
            on_.story.begin("request to the " + std::string(whom), on_.world.now(), on_.world.now() + *how.timeout);
        client_->async_request(to, wanted, how,
                               [this, operation](std::error_code ec, const response<metadata_response>&) {
                                   on_.end(operation, "request", ec);
                               });
    }

    stage& on_;
    simulated_client client_{on_, "watcher"};
    cluster_snapshot seen_;
};

} // namespace

scenario_info metadata_scenario()
{
    return {"metadata",
            [](random_source& random) {
                simulated_world_options how;
                how.brokers = static_cast<std::int32_t>(stage::between(random, 2, 4));
                how.auto_create_topics = stage::chance(random, 0.5);
                return how;
            },
            [](stage& on) { return std::make_unique<metadata_changes>(on); }, declared};
}

} // namespace odradek::test
