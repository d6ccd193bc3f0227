// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <tests/simulation/faults.hpp>
#include <tests/simulation/workload.hpp>

namespace odradek::test {
namespace {

using namespace std::chrono_literals;

constexpr std::array declared{
    std::string_view{"send ended: well"},
    std::string_view{"send ended: The answer was lost"},
    std::string_view{"fetch ended: well"},
    std::string_view{"fetch ended: OFFSET_OUT_OF_RANGE"},
    std::string_view{"list offsets ended: well"},
    std::string_view{"network: connected"},
    std::string_view{"network: connection refused"},
    std::string_view{"network: connection reset"},
    std::string_view{"network: connection died silently"},
};

/// async_produce and async_fetch with retries, under every fault. One topic, a producer, a reader a partition.
class straight final : public scenario {
public:
    explicit straight(stage& on) : on_(on)
    {
        partitions_ = static_cast<std::int32_t>(stage::between(on_.draw_options, 1, 3));
        const bool careful = stage::chance(on_.draw_options, 0.5);
        broker::new_topic made{.name = "letters",
                               .partitions = partitions_,
                               .replication_factor = 3,
                               .config = {{"min.insync.replicas", careful ? "2" : "1"}}};
        if (stage::chance(on_.draw_options, 0.2)) made.config["message.timestamp.type"] = "LogAppendTime";
        // The time of day jumps, and then no record is too old or too young to be taken.
        made.config["message.timestamp.after.max.ms"] = "9223372036854775807";
        made.config["retention.ms"] = "-1";
        (void)on_.world.core().cluster().create(made);
    }

    std::vector<action> faults() override
    {
        std::vector<action> all = network_faults(on_);
        append(all, request_faults(on_, {api::produce, api::produce, api::fetch, api::metadata, api::list_offsets,
                                         api::api_versions}));
        append(all, cluster_faults(on_));
        all.push_back({"truncate", 1, 0ms, 0ms, [this](random_source& random) {
                           truncate(on_, "letters", partition(random), random);
                           return undo{};
                       }});
        return all;
    }

    std::vector<action> work() override
    {
        return {
            {"send", 20, 0ms, 0ms,
             [this](random_source& random) {
                 producer_.send("letters", partition(random), random);
                 return undo{};
             }},
            {"send several at once", 3, 0ms, 0ms,
             [this](random_source& random) {
                 for (std::uint64_t left = 2 + random.below(4); left > 0; --left)
                     producer_.send("letters", partition(random), random);
                 return undo{};
             }},
            {"send anywhere", 2, 0ms, 0ms,
             [this](random_source& random) {
                 producer_.send("letters", {}, random);
                 return undo{};
             }},
            {"seek", 1, 0ms, 0ms,
             [this](random_source& random) {
                 seek(random);
                 return undo{};
             }},
        };
    }
    [[nodiscard]] std::size_t fault_count() const override { return 45; }

    void start() override
    {
        for (std::int32_t p = 0; p < partitions_; ++p) read(consumer_, p, false);
    }

    void on_healed() override
    {
        for (std::int32_t p = 0; p < partitions_; ++p)
            for (const auto later : {1s, 5s, 20s})
                on_.world.after(later, [this, p] { producer_.send_plainly("letters", p); });
        on_.world.after(30s, [this] {
            for (const auto& one : readers_) one->stop();
            for (std::int32_t p = 0; p < partitions_; ++p) read(last_, p, true);
        });
    }

    void on_finished() override
    {
        for (const auto& one : readers_) one->stop();
    }

    void close() override
    {
        producer_->stop();
        consumer_->stop();
        last_->stop();
    }

    void check(std::vector<finding>& out) override
    {
        for (const auto& one : readers_)
            if (!one->is_finished()) out.push_back({anomaly::not_recovered, "a reader does not get to the end"});
    }

private:
    std::int32_t partition(random_source& random) const
    {
        return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(partitions_)));
    }

    void read(simulated_client& by, std::int32_t p, bool until_end)
    {
        const std::uint64_t number = readers_.size() + 1;
        readers_.push_back(
            std::make_shared<partition_reader>(on_, by, number, "letters", p, on_.world.seed_for(5000 + number)));
        readers_.back()->start(until_end);
    }

    /// Another reader begins somewhere in the middle, or behind the end.
    void seek(random_source& random)
    {
        const std::int32_t p = partition(random);
        broker::topic* const of = on_.world.core().cluster().find_topic("letters");
        const std::int64_t end = of->find(p)->records.end_offset();
        const std::uint64_t number = readers_.size() + 1;
        const auto one =
            std::make_shared<partition_reader>(on_, consumer_, number, "letters", p, on_.world.seed_for(5000 + number));
        one->begin_at(stage::between(random, 0, end + 3), end);
        readers_.push_back(one);
        one->start(true);
    }

    stage& on_;
    std::int32_t partitions_ = 1;
    simulated_client producer_{on_, "producer"};
    simulated_client consumer_{on_, "consumer"};
    simulated_client last_{on_, "last"};
    std::vector<std::shared_ptr<partition_reader>> readers_;
};

} // namespace

scenario_info straight_scenario()
{
    return {"straight", [](random_source&) { return simulated_world_options{}; },
            [](stage& on) { return std::make_unique<straight>(on); }, declared};
}

} // namespace odradek::test
