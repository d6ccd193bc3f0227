// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster.hpp>
#include <odradek/broker/cluster_settings.hpp>
#include <odradek/broker/server.hpp>
#include <odradek/net/error.hpp>
#include <odradek/net/log.hpp>
#include <odradek/net/tcp_listener.hpp>
#include <odradek/net/tls.hpp>

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

/// Every broker listens by one listener, the first one at `at`, the others behind it; `at` is what was tried last.
std::error_code listen(server& on, server::way_in by, std::int32_t brokers, endpoint& at)
{
    for (by.node = 1; by.node <= brokers; ++by.node) {
        std::error_code ec = on.listen(by, at);
        while (ec == asio::error::address_in_use && by.node != 1 && at.port != 0 && at.port != last_port) {
            ++at.port;
            ec = on.listen(by, at);
        }
        if (ec) return ec;
        if (at.port == last_port && by.node != brokers) return asio::error::address_in_use;
        if (at.port != 0) ++at.port;
    }
    return {};
}

/// Listeners of TLS over those of `below`. What is wrong with its files is in `last_words`, and goes to `log` too if there is one.
std::shared_ptr<listener_factory> with_tls(const std::shared_ptr<listener_factory>& below, const tls_server& how,
                                           std::shared_ptr<clock> time, std::function<void(std::string_view)> log,
                                           const std::shared_ptr<std::string>& last_words)
{
    auto to = std::make_shared<logger>();
    to->set_sink(
        [log = std::move(log), last_words](log_level, std::string_view where, std::string_view text) {
            *last_words = text;
            if (log) log(std::string(where) + ": " + std::string(text));
        },
        log_level::warning);
    return make_tls_listener_factory(below, how, std::move(time), std::move(to));
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
    if (!options.clock) options.clock = make_system_clock();
    if (!options.listeners) options.listeners = make_tcp_listener_factory();
    cluster_settings settings = make_settings(options);
    server_ = std::make_shared<server>(
        std::move(settings.cluster),
        server::surroundings{.strand = asio::make_strand(executor), .clock = options.clock}, settings.limits);
    error_ = settings.error;
    error_text_ = settings.problem;
    if (!error_) begin(options, settings);
    if (error_) stop();
}

void cluster::begin(const cluster_options& options, const cluster_settings& settings)
{
    for (const topic_spec& wanted : options.topics) {
        const refusal no = create(*server_, wanted);
        if (!no) continue;
        error_ = make_error_code(errc::invalid_option);
        error_text_ = "topics: \"" + wanted.name + "\": " + no.text;
        return;
    }
    for (std::size_t i = 0; i < settings.places.size(); ++i) {
        const listener_place& place = settings.places[i];
        const auto last_words = std::make_shared<std::string>();
        const auto from = place.tls ? with_tls(options.listeners, *place.tls, options.clock, options.log, last_words)
                                    : options.listeners;
        endpoint at = place.listen;
        error_ =
            listen(*server_, {.listener = i, .from = *from, .advertised = place.advertised_host}, options.brokers, at);
        if (error_) {
            // TLS reads its files before it listens, and has words of its own.
            error_text_ = last_words->empty() ? place.option + ": " + to_string(at) + ": " + error_.message()
                                              : place.tls_option + ": " + *last_words;
            bootstraps_.clear();
            return;
        }
        auto& known = bootstraps_[place.name];
        for (const endpoint& one : server_->listening(i)) known.push_back(to_string(one));
    }
    bootstrap_ = bootstraps_[settings.places.front().name];
    server_->start();
}

const std::vector<std::string>& cluster::bootstrap(std::string_view listener) const noexcept
{
    static const std::vector<std::string> none;
    const auto found = bootstraps_.find(listener);
    return found == bootstraps_.end() ? none : found->second;
}

cluster::cluster(cluster&&) noexcept = default;

cluster& cluster::operator=(cluster&& other) noexcept
{
    if (this == &other) return *this;
    stop();
    server_ = std::move(other.server_);
    bootstrap_ = std::move(other.bootstrap_);
    bootstraps_ = std::move(other.bootstraps_);
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
