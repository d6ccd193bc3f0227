// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster.hpp>
#include <odradek/broker/cluster_settings.hpp>
#include <odradek/broker/server.hpp>
#include <odradek/net/error.hpp>
#include <odradek/net/tcp_listener.hpp>

#include <asio/error.hpp>
#include <asio/strand.hpp>

#include <utility>

namespace odradek::broker {
namespace {

constexpr std::uint16_t last_port = 65'535;

refusal create(server& on, const topic_spec& wanted)
{
    return on.with_core([&](core& in) {
        const std::int16_t usual = in.cluster().how().default_replication_factor;
        return in.cluster().create({.name = wanted.name,
                                    .partitions = wanted.partitions,
                                    .replication_factor = wanted.replicas == -1 ? usual : wanted.replicas,
                                    .assignment = {},
                                    .config = wanted.config});
    });
}

/// Every broker listens, the first one at `at`, the others behind it; `at` is what was tried last.
std::error_code listen(server& on, const cluster_options& how, endpoint& at)
{
    for (std::int32_t id = 1; id <= how.brokers; ++id) {
        std::error_code ec = on.listen(id, at, how.advertised_host);
        while (ec == asio::error::address_in_use && id != 1 && at.port != 0 && at.port != last_port) {
            ++at.port;
            ec = on.listen(id, at, how.advertised_host);
        }
        if (ec) return ec;
        if (at.port == last_port && id != how.brokers) return asio::error::address_in_use;
        if (at.port != 0) ++at.port;
    }
    return {};
}

} // namespace

void cluster_faults::fail_next(api key, broker_errc error, std::uint64_t times)
{
    server_->with_core([&](core& in) { in.faults().fail_next(key, error, times); });
}

void cluster_faults::drop_responses(api key, std::uint64_t times)
{
    server_->with_core([&](core& in) { in.faults().drop_responses(key, times); });
}

void cluster_faults::refuse_connections(std::int32_t broker, bool refused)
{
    server_->with_core([&](core& in) { in.faults().refuse_connections(broker, refused); });
}

faults::id cluster_faults::add(fault one)
{
    return server_->with_core([&](core& in) { return in.faults().add(std::move(one)); });
}

void cluster_faults::remove(faults::id which)
{
    server_->with_core([&](core& in) { in.faults().remove(which); });
}

void cluster_faults::clear()
{
    server_->with_core([](core& in) { in.faults().clear(); });
}

std::uint64_t cluster_faults::hits(std::string_view name) const
{
    return server_->with_core([&](core& in) {
        const auto found = in.faults().hits().find(name);
        return found == in.faults().hits().end() ? 0 : found->second;
    });
}

cluster::cluster(asio::any_io_executor executor, cluster_options options)
{
    cluster_settings settings = make_settings(options);
    server_ = std::make_shared<server>(
        std::move(settings.cluster),
        server::surroundings{.strand = asio::make_strand(executor),
                             .clock = options.clock ? options.clock : make_system_clock(),
                             .listeners = options.listeners ? options.listeners : make_tcp_listener_factory()},
        settings.limits);
    error_text_ = std::move(settings.problem);
    if (!error_text_.empty()) {
        error_ = make_error_code(errc::invalid_option);
    } else {
        begin(options, settings.listen);
    }
    if (error_) stop();
}

void cluster::begin(const cluster_options& options, endpoint at)
{
    for (const topic_spec& wanted : options.topics) {
        const refusal no = create(*server_, wanted);
        if (!no) continue;
        error_ = make_error_code(errc::invalid_option);
        error_text_ = "topics: \"" + wanted.name + "\": " + no.text;
        return;
    }
    error_ = listen(*server_, options, at);
    if (error_) {
        error_text_ = "listen: " + to_string(at) + ": " + error_.message();
        return;
    }
    for (const endpoint& one : server_->listening()) bootstrap_.push_back(to_string(one));
    server_->start();
}

cluster::cluster(cluster&&) noexcept = default;

cluster& cluster::operator=(cluster&& other) noexcept
{
    if (this == &other) return *this;
    stop();
    server_ = std::move(other.server_);
    bootstrap_ = std::move(other.bootstrap_);
    error_ = other.error_;
    error_text_ = std::move(other.error_text_);
    return *this;
}

cluster::~cluster()
{
    stop();
}

void cluster::stop()
{
    if (server_) server_->stop(); // else it was moved away
}

cluster_faults cluster::faults() noexcept
{
    return cluster_faults{*server_};
}

broker_errc cluster::create_topic(const topic_spec& wanted)
{
    return create(*server_, wanted).error;
}

void cluster::move_leader(std::string_view topic, std::int32_t partition, std::int32_t to)
{
    server_->with_core([&](core& in) { in.move_leader(topic, partition, to); });
}

void cluster::set_in_sync_replicas(std::string_view topic, std::int32_t partition, std::vector<std::int32_t> brokers)
{
    server_->with_core([&](core& in) { in.set_isr(topic, partition, std::move(brokers)); });
}

void cluster::truncate(std::string_view topic, std::int32_t partition, std::int64_t offset)
{
    server_->with_core([&](core& in) { in.truncate(topic, partition, offset); });
}

void cluster::take_down(std::int32_t broker)
{
    server_->with_core([&](core& in) { in.set_up(broker, false); });
}

void cluster::bring_up(std::int32_t broker)
{
    server_->with_core([&](core& in) { in.set_up(broker, true); });
}

void cluster::compact(std::string_view topic)
{
    server_->with_core([&](core& in) { in.compact(topic); });
}

std::size_t cluster::bytes_stored() const
{
    return server_->with_core([](core& in) { return in.cluster().bytes_stored(); });
}

} // namespace odradek::broker
