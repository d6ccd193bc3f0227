// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <tests/support/simulated_network.hpp>
#include <utility>

namespace odradek::test {
namespace {

constexpr std::chrono::seconds attempt_timeout{10};

bool is_numeric(std::string_view host)
{
    return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

} // namespace

template <class Do>
void simulated_network::for_each_stream(std::optional<std::int32_t> node, Do what)
{
    std::erase_if(streams_, [](const auto& weak) { return weak.expired(); });
    const auto all = streams_; // what is done may make new ones
    for (const auto& weak : all) {
        const auto one = weak.lock();
        if (one && !one->is_over() && (!node || one->node == *node)) what(one);
    }
}

void simulated_network::block(std::optional<std::int32_t> node, std::chrono::milliseconds span)
{
    const steady_time until = world_->time->now() + span;
    for (const auto& [at, id] : listeners)
        if (!node || id == *node) blocked_[id] = std::max(blocked_[id], until);
    for_each_stream(node, [until](const auto& one) { one->block_until(until); });
}

void simulated_network::cut(std::optional<std::int32_t> node)
{
    for_each_stream(node, [this](const auto& one) {
        ++hits_["network: connection reset"];
        one->cut();
    });
}

void simulated_network::die(std::optional<std::int32_t> node, std::chrono::milliseconds noticed)
{
    for_each_stream(node, [this, noticed](const std::shared_ptr<simulated_stream>& one) {
        ++hits_["network: connection died silently"];
        one->die();
        // What a broker's keep-alive finds out; the client has to find out by itself.
        world_->time->schedule(world_->time->now() + noticed, [weak = std::weak_ptr(one)] {
            if (const auto alive = weak.lock()) alive->cut();
        });
    });
}

void simulated_network::set_quality(link_quality now)
{
    quality = now;
    for_each_stream({}, [&now](const auto& one) { one->set_quality(now); });
}

std::size_t simulated_network::open_connections()
{
    std::size_t count = 0;
    for_each_stream({}, [&count](const auto&) { ++count; });
    return count;
}

void simulated_network::connect(transport_request to,
                                completion<void(std::error_code, std::unique_ptr<transport>)> done)
{
    const auto one = std::make_shared<attempt>();
    done.on_cancel([one, weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->finish(one, asio::error::operation_aborted);
    });
    one->to = std::move(to);
    one->done = std::move(done);
    later(delay(), [this, one] {
        std::error_code ec;
        one->addresses = look_up(one->to.broker, ec);
        if (ec) return finish(one, ec);
        try_next(one);
    });
    world_->time->schedule(one->to.deadline, [this, one] { finish(one, errc::connect_timed_out); });
}

void simulated_network::resolve(const asio::any_io_executor&, endpoint name,
                                completion<void(std::error_code, std::vector<endpoint>)> done)
{
    std::error_code ec;
    auto found = look_up(name, ec);
    if (ec) return done.fail(ec);
    done.succeed(std::move(found));
}

std::vector<endpoint> simulated_network::look_up(const endpoint& name, std::error_code& ec)
{
    if (is_numeric(name.host)) return {name};
    const auto known = names.find(name.host);
    if (names_fail) {
        ++hits_["network: no name server"];
        ec = asio::error::host_not_found_try_again;
        return {};
    }
    if (known == names.end()) {
        ++hits_["network: name not found"];
        ec = errc::host_not_found;
        return {};
    }
    std::vector<endpoint> found;
    for (const std::string& host : known->second) found.push_back({host, name.port});
    return found;
}

steady_time simulated_network::blocked_until(std::int32_t node) const
{
    const auto found = blocked_.find(node);
    return found == blocked_.end() ? steady_time{} : found->second;
}

std::chrono::nanoseconds simulated_network::delay()
{
    const auto jitter = world_->random.below(static_cast<std::uint64_t>(quality.jitter.count()) + 1);
    return quality.latency + std::chrono::nanoseconds{static_cast<std::int64_t>(jitter)};
}

void simulated_network::later(std::chrono::nanoseconds span, std::function<void()> what)
{
    world_->time->schedule(world_->time->now() + span, std::move(what));
}

void simulated_network::try_next(const std::shared_ptr<attempt>& one)
{
    if (!one->done) return;
    if (one->next == one->addresses.size()) return finish(one, one->last);
    const std::size_t number = one->next++;
    const endpoint at = one->addresses[number];
    const steady_time gives_up = std::min(world_->time->now() + attempt_timeout, one->to.deadline);
    world_->time->schedule(gives_up, [this, one, number] {
        if (!one->done || one->next != number + 1) return;
        one->last = errc::connect_timed_out;
        ++hits_["network: connect timed out"];
        try_next(one);
    });
    later(delay(), [this, one, at] { knock(one, at); });
}

void simulated_network::knock(const std::shared_ptr<attempt>& one, const endpoint& at)
{
    if (!one->done || one->next == 0 || one->addresses[one->next - 1] != at) return;
    const steady_time now = world_->time->now();
    if (silent_hosts.contains(at.host)) return;
    const auto listening = listeners.find(at);
    if (listening != listeners.end() && blocked_until(listening->second) > now)
        return world_->time->schedule(blocked_until(listening->second), [this, one, at] { knock(one, at); });
    std::shared_ptr<simulated_stream> stream;
    if (listening != listeners.end()) {
        stream = std::make_shared<simulated_stream>(world_, quality, next_stream_, listening->second);
        if (accept_(stream)) {
            ++next_stream_;
        } else {
            stream.reset();
        }
    }
    if (!stream) {
        ++hits_["network: connection refused"];
        world_->history.note(byte_history::event::refused, now, at.port);
        return later(delay(), [this, one, at] {
            if (!one->done || one->addresses[one->next - 1] != at) return;
            one->last = asio::error::connection_refused;
            try_next(one);
        });
    }
    ++hits_["network: connected"];
    world_->history.note(byte_history::event::connected, now, stream->number);
    if (const auto left = cut_after ? cut_after() : std::nullopt) stream->cut_after(*left);
    streams_.push_back(stream);
    auto end = std::make_unique<simulated_transport>(stream); // closes the stream if nobody waits any more
    later(delay(), [one, end = std::make_shared<std::unique_ptr<simulated_transport>>(std::move(end))] {
        if (one->done) std::exchange(one->done, {}).succeed(std::move(*end));
    });
}

void simulated_network::finish(const std::shared_ptr<attempt>& one, std::error_code ec)
{
    if (!one->done) return;
    diagnostics about("cannot connect: " + ec.message());
    about.set_peer(one->to.broker);
    std::exchange(one->done, {}).fail(ec, std::move(about));
}

} // namespace odradek::test
