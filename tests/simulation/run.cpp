// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <numeric>
#include <tests/simulation/run.hpp>

namespace odradek::test {
namespace {

// Nothing that was begun takes longer than this after the end.
constexpr std::chrono::minutes hard_end{20};
// No broker takes longer to answer, in spite of delays: what takes longer was dropped.
constexpr std::chrono::seconds longest_answer{20};

std::size_t choose(const std::vector<action>& from, random_source& random)
{
    const auto total = std::accumulate(from.begin(), from.end(), std::uint64_t{0},
                                       [](std::uint64_t sum, const action& one) { return sum + one.weight; });
    std::uint64_t drawn = random.below(total);
    std::size_t at = 0;
    while (drawn >= from[at].weight) drawn -= from[at++].weight;
    return at;
}

std::vector<step> make_plan(const scenario& what, const std::vector<action>& faults, const std::vector<action>& work,
                            random_source& random)
{
    std::vector<step> plan;
    const auto add = [&](bool is_fault, const std::vector<action>& from, std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) {
            step one;
            one.is_fault = is_fault;
            one.action = choose(from, random);
            const action& chosen = from[one.action];
            one.lasts = stage::between(random, chosen.shortest, chosen.longest);
            one.at = stage::between(random, std::chrono::milliseconds{0}, timeline::faults_end - one.lasts);
            one.seed = random.next();
            plan.push_back(one);
        }
    };
    add(true, faults, what.fault_count());
    add(false, work, what.work_count());
    std::ranges::stable_sort(plan, {}, &step::at);
    std::uint32_t number = 0;
    for (step& one : plan) one.number = ++number;
    return plan;
}

std::string hit_name(bool is_fault, std::string_view name)
{
    return (is_fault ? "fault: " : "action: ") + std::string(name);
}

/// One run under way.
class run {
public:
    run(const scenario_info& what, std::uint64_t seed, const run_options& how)
        : how_(how), on_(seed, world_options(what, seed, how)), played_(what.make(on_)), faults_(played_->faults()),
          work_(played_->work())
    {}

    run_result go()
    {
        random_source random{on_.world.seed_for(20)};
        plan_ = make_plan(*played_, faults_, work_, random);
        for (const step& one : plan_) {
            if (how_.only && !how_.only->contains(one.number)) continue;
            result_.steps.push_back(one.number);
            on_.world.at(one.at, [this, &one] { take(one); });
        }
        on_.world.at(timeline::healed, [this] {
            on_.world.note("-- healed");
            on_.world.close_stuck(longest_answer);
            on_.story.on_healed(on_.world.now(), timeline::recovery);
            played_->on_healed();
        });
        bool over = false;
        on_.world.at(timeline::end, [this, &over] {
            over = true;
            on_.world.note("-- end");
            played_->on_finished();
        });
        played_->start();
        const bool quiet_before = !on_.world.run_until([&over] { return over; });
        const bool quiet_after = !on_.world.run_until(
            [this] { return on_.story.pending() == 0 || on_.world.elapsed() > timeline::end + hard_end; });
        const std::size_t hanging = on_.story.pending();
        played_->close();
        on_.world.run_until([this] { return on_.world.elapsed() > timeline::end + 2 * hard_end; });
        conclude(quiet_before || (quiet_after && hanging != 0));
        return std::move(result_);
    }

private:
    static simulated_world_options world_options(const scenario_info& what, std::uint64_t seed, const run_options& how)
    {
        random_source random{seed ^ 0x6f647261646b};
        simulated_world_options made = what.world(random);
        made.keep_log = how.verbose;
        return made;
    }

    void take(const step& one)
    {
        const action& what = (one.is_fault ? faults_ : work_)[one.action];
        if (on_.world.keeps_log())
            on_.world.note("step " + std::to_string(one.number) + ": " + std::string(what.name) + " for " +
                           std::to_string(one.lasts.count()) + " ms");
        on_.world.hit(hit_name(one.is_fault, what.name));
        random_source random{one.seed};
        undo back = what.begin(random);
        if (back)
            on_.world.after(one.lasts, [this, number = one.number, back = std::move(back)] {
                if (on_.world.keeps_log()) on_.world.note("step " + std::to_string(number) + " ends");
                back();
            });
    }

    void conclude(bool deadlock)
    {
        result_.findings = on_.story.check();
        if (deadlock)
            result_.findings.push_back(
                {anomaly::never_completed, "deadlock: operations are pending and nothing is left that could happen"});
        played_->check(result_.findings);
        for (const auto& [name, count] : on_.world.core().faults().hits()) on_.world.hit("struck: " + name, count);
        on_.world.hit("network: closed by the client", on_.world.closed_by_client());
        result_.hits = on_.world.hits();
        result_.log = on_.world.log();
        result_.hash = on_.world.hash();
        result_.requests = on_.world.requests();
        result_.sends = on_.story.sends();
        result_.acknowledged = on_.story.acknowledged();
        result_.events = result_.steps.size() + on_.story.operations();
    }

    run_options how_;
    stage on_;
    std::unique_ptr<scenario> played_;
    std::vector<action> faults_;
    std::vector<action> work_;
    std::vector<step> plan_;
    run_result result_;
};

} // namespace

run_result run_seed(const scenario_info& what, std::uint64_t seed, const run_options& how)
{
    return run(what, seed, how).go();
}

std::vector<std::string> declared_hits(const scenario_info& what)
{
    stage on{1, simulated_world_options{}};
    const auto played = what.make(on);
    std::set<std::string> all{what.declared.begin(), what.declared.end()};
    for (const action& one : played->faults()) all.insert(hit_name(true, one.name));
    for (const action& one : played->work()) all.insert(hit_name(false, one.name));
    // Faults of requests have to strike somebody too.
    static constexpr std::string_view striking[] = {"error answers", "delay",      "throttle",   "drop request",
                                                    "drop response", "cut before", "cut inside", "cut after",
                                                    "garbage",       "rewrite"};
    for (const std::string_view one : striking)
        if (all.contains(hit_name(true, one))) all.insert("struck: " + std::string(one));
    return {all.begin(), all.end()};
}

} // namespace odradek::test
