// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/draw.hpp>
#include <odradek/compression/codec.hpp>

#include <tests/support/simulated_world.hpp>
#include <utility>

namespace odradek::test {
namespace {

constexpr std::uint16_t first_port = 9092;
// 2026-01-01: a plausible time of day.
constexpr std::chrono::milliseconds first_wall_time{1'767'225'600'000};

broker::core::options core_options(const simulated_world_options& how, std::uint64_t seed,
                                   std::function<void(std::string_view)> log)
{
    broker::core::options core;
    core.as = how.as;
    core.log = std::move(log);
    if (!how.sasl_mechanisms.empty())
        core.listeners.push_back({.name = "SASL_PLAINTEXT", .mechanisms = how.sasl_mechanisms});
    core.authentication = how.authentication;
    core.cluster.cluster_id = "simulated";
    core.cluster.seed = seed;
    core.cluster.auto_create_topics = how.auto_create_topics;
    core.cluster.producer_expiration_ms = how.producer_expiration_ms;
    core.cluster.default_partitions = how.default_partitions;
    core.cluster.default_replication_factor = how.default_replication_factor;
    core.cluster.codecs = &default_codecs();
    for (std::int32_t id = 1; id <= how.brokers; ++id) core.cluster.nodes.push_back({.id = id, .rack = {}});
    return core;
}

} // namespace

simulated_world::simulated_world(std::uint64_t seed, simulated_world_options how) : how_(std::move(how)), seed_(seed)
{
    time_->shift_wall(first_wall_time);
    streams_ = std::make_shared<stream_world>(stream_world{.time = time_, .random = random_source{seed_for(1)}});
    std::function<void(std::string_view)> log;
    if (how_.keep_log) log = [this](std::string_view line) { note("broker: " + std::string(line)); };
    cluster_ = std::make_unique<simulated_cluster>(streams_, core_options(how_, seed_for(2), std::move(log)));
    network_ = std::make_shared<simulated_network>(
        streams_, hits_, [this](const std::shared_ptr<simulated_stream>& stream) { return cluster_->accept(stream); });
    listen();
}

simulated_world::~simulated_world()
{
    time_->drop_scheduled(); // calls that refer to what goes now
}

environment simulated_world::make_environment()
{
    environment made;
    made.executor = io_.get_executor();
    made.strand = io_.get_executor();
    made.clock = time_;
    made.resolver = network_;
    made.sockets = network_;
    made.random = std::make_shared<random_source>(seed_for(1000 + environments_++));
    made.blocking = make_blocking_executor(io_.get_executor());
    made.log = std::make_shared<logger>();
    if (how_.keep_log)
        made.log->set_sink(
            [this](log_level, std::string_view where, std::string_view text) {
                note("client " + std::string(where) + ": " + std::string(text));
            },
            log_level::debug);
    return made;
}

std::uint64_t simulated_world::seed_for(std::uint64_t purpose) const noexcept
{
    std::uint64_t state = seed_ * 0x9e3779b97f4a7c15 + purpose;
    (void)broker::next_random(state);
    return broker::next_random(state);
}

std::chrono::milliseconds simulated_world::elapsed() const
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(now() - start_);
}

void simulated_world::at(std::chrono::milliseconds since_start, std::function<void()> what)
{
    time_->schedule(start_ + since_start, std::move(what));
}

void simulated_world::after(std::chrono::milliseconds span, std::function<void()> what)
{
    time_->schedule(now() + span, std::move(what));
}

void simulated_world::listen()
{
    network_->listeners.clear();
    network_->names.clear();
    for (const broker::node& one : core().cluster().nodes()) {
        const std::string number = std::to_string(one.id);
        const std::string host = "10." + std::to_string(generation_) + ".0." + number;
        const std::string name =
            "broker-" + number + (generation_ == 0 ? "" : "-" + std::to_string(generation_)) + ".sim";
        network_->listeners[{host, first_port}] = one.id;
        network_->names[name] = {host};
        network_->names["bootstrap.sim"].push_back(host);
        core().cluster().set_address(one.id, {name, first_port});
    }
}

void simulated_world::move_addresses()
{
    ++generation_;
    listen();
    network_->cut({});
    run_brokers();
}

void simulated_world::close_idle()
{
    hit("network: closed by the broker", cluster_->close_idle());
}

void simulated_world::hit(std::string_view what, std::uint64_t times)
{
    const auto found = hits_.find(what);
    if (found == hits_.end())
        hits_.emplace(what, times);
    else
        found->second += times;
}

void simulated_world::note(std::string_view line)
{
    if (how_.keep_log) log_.push_back(std::to_string(elapsed().count()) + " ms  " + std::string(line));
}

} // namespace odradek::test
