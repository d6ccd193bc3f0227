// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <tests/support/history.hpp>
#include <tests/support/simulated_world.hpp>
#include <vector>

namespace odradek::test {

/// When things happen in a run, in simulated time from its beginning.
namespace timeline {
using namespace std::chrono_literals;
inline constexpr std::chrono::milliseconds faults_end = 8min + 15s; ///< The last fault has begun and ended.
inline constexpr std::chrono::milliseconds healed = 8min + 45s;     ///< From here on everything must work.
inline constexpr std::chrono::milliseconds end = 10min;             ///< Everything must have ended.
inline constexpr std::chrono::milliseconds recovery = 30s; ///< What begins after the healing takes no longer than this.
} // namespace timeline

/// What a run takes place on: the world and the history that is written of it.
struct stage {
    stage(std::uint64_t seed, const simulated_world_options& how)
        : world(seed, how), random(world.seed_for(10)), draw_options(world.seed_for(11))
    {}

    simulated_world world;
    history story;
    random_source random;       ///< Of the workload while it runs.
    random_source draw_options; ///< Of how the run is set up.
    std::uint64_t next_value = 1;

    /// An operation has ended: counts it, tells of it, and writes it down; an error that is `fine` is what was to be expected.
    void end(history::id operation, std::string_view kind, std::error_code ec, bool fine = false);
    /// What becomes of a send also says where it went.
    void end_send(history::id operation, std::error_code ec, std::int32_t partition, std::int64_t offset);

    /// Uniform in [low, high].
    [[nodiscard]] static std::int64_t between(random_source& from, std::int64_t low, std::int64_t high)
    {
        return low + static_cast<std::int64_t>(from.below(static_cast<std::uint64_t>(high - low + 1)));
    }
    [[nodiscard]] static std::chrono::milliseconds between(random_source& from, std::chrono::milliseconds low,
                                                           std::chrono::milliseconds high)
    {
        return std::chrono::milliseconds{between(from, low.count(), high.count())};
    }
    [[nodiscard]] static bool chance(random_source& from, double of) { return from.uniform() < of; }
};

/// Takes back what an action did; empty if there is nothing to take back.
using undo = std::function<void()>;

/// Something that may be done in a run: a fault, or work. What it does in particular comes from the random numbers of its step, so
/// that leaving out another step changes nothing about it.
struct action {
    std::string_view name;
    std::uint32_t weight = 1; ///< How often it is chosen, in relation to the others of its kind.
    std::chrono::milliseconds shortest{0};
    std::chrono::milliseconds longest{0}; ///< How long it lasts before it is undone.
    std::function<undo(random_source& random)> begin;
};

/// One kind of run: what the client does, what goes wrong meanwhile, and what is wrong in the end.
///
/// Made for one run on its stage, which outlives it.
class scenario {
public:
    virtual ~scenario() = default;

    [[nodiscard]] virtual std::vector<action> faults() = 0;
    [[nodiscard]] virtual std::vector<action> work() = 0;
    [[nodiscard]] virtual std::size_t fault_count() const { return 50; } ///< How many of each a run has.
    [[nodiscard]] virtual std::size_t work_count() const { return 200; }

    virtual void start() = 0;                            ///< At the beginning.
    virtual void on_healed() {}                          ///< All faults are undone.
    virtual void on_finished() {}                        ///< Time is over: stop what goes on by itself.
    virtual void close() = 0;                            ///< Everything has ended: let go of the clients.
    virtual void check(std::vector<finding>& /*out*/) {} ///< What the history does not know.
};

/// A kind of run by its name.
struct scenario_info {
    std::string_view name;
    std::function<simulated_world_options(random_source& random)> world;
    std::function<std::unique_ptr<scenario>(stage& on)> make;
    std::span<const std::string_view> declared; ///< What must be hit when many seeds are run, besides all actions.
};

/// All there are, in the order in which they are run.
[[nodiscard]] std::span<const scenario_info> all_scenarios();
[[nodiscard]] const scenario_info* find_scenario(std::string_view name);

[[nodiscard]] scenario_info connections_scenario();
[[nodiscard]] scenario_info metadata_scenario();
[[nodiscard]] scenario_info straight_scenario();
[[nodiscard]] scenario_info producer_scenario();
[[nodiscard]] scenario_info producer_plain_scenario();
[[nodiscard]] scenario_info auth_scenario();

} // namespace odradek::test
