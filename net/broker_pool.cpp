// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/broker_pool.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/net/pool_slot.hpp>
#include <odradek/net/search_failure.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>

namespace odradek {
namespace {

using acquire_completion = completion<void(std::error_code, broker_pool::acquired)>;

const endpoint discovery{"(discovery)", 0}; // stands for the discovery function among the addresses that were tried

// What no waiting mends. A broker that asks for bootstrapping again is a broker, and may be well a moment later.
bool is_hopeless(std::error_code ec)
{
    return ec == condition::fatal && ec != errc::operation_timed_out && ec != broker_errc::rebootstrap_required;
}

} // namespace

// Everything here is on the strand, but for next_ticket.
struct broker_pool::implementation : std::enable_shared_from_this<broker_pool::implementation> {
    // One broker in one role; bootstrap servers have ids from -2 downwards, by their place in the list.
    using slot_key = std::pair<std::int32_t, connection_role>;

    // One acquire_any: goes from candidate to candidate, round after round.
    struct search {
        acquire_completion done;
        steady_time deadline{};
        std::uint64_t ticket = 0;
        std::vector<std::shared_ptr<pool_slot>> candidates; // still to be tried in this round, the next one last
        std::map<endpoint, search_failure> tried;           // every address, and why it failed last
        bool awaits_discovery = false;
        std::unique_ptr<timer> pause;
    };

    attempt_failure last_attempt;

    implementation(environment w, broker_pool_options o)
        : world(std::move(w)), options(std::move(o)), reached(world.clock->now()), bootstrap(options.bootstrap)
    {}

    std::shared_ptr<pool_slot> slot(std::int32_t node_id, connection_role role, const endpoint& where);
    void acquire(std::int32_t node_id, connection_role role, steady_time deadline, acquire_completion done,
                 std::uint64_t ticket);
    void begin_search(acquire_completion done, steady_time deadline, std::uint64_t ticket);
    void next_round(const std::shared_ptr<search>& s);
    [[nodiscard]] std::vector<std::shared_ptr<pool_slot>> known_servers();
    [[nodiscard]] std::vector<std::shared_ptr<pool_slot>> bootstrap_servers();
    [[nodiscard]] steady_time retry_at(const endpoint& where) const;
    void collect_candidates(search& s);
    void try_next(const std::shared_ptr<search>& s);
    void end_round(const std::shared_ptr<search>& s);
    [[nodiscard]] std::optional<std::error_code> hopeless_reason(const search& s);
    void discover(const std::shared_ptr<search>& s);
    void on_discovered(std::error_code ec, std::vector<endpoint> servers, const diagnostics& about);
    void set_bootstrap(std::vector<endpoint> servers);
    void wait(const std::shared_ptr<search>& s, steady_time until);
    void end_search(const std::shared_ptr<search>& s, std::error_code ec, acquired found);
    void cancel(std::uint64_t ticket);
    void set_brokers(std::vector<known_broker> brokers);
    void forget_brokers();
    void tidy();
    void shut();

    environment world;
    broker_pool_options options;
    steady_time reached;
    steady_time tidied{};
    std::vector<endpoint> bootstrap;
    bool discovered = false;
    bool discovering = false;                                    // the function was called and has not ended
    std::shared_ptr<asio::cancellation_signal> stop_discovering; // what it has to heed
    steady_time discover_at{};                                   // not again before
    std::optional<search_failure> discovery_failed;              // the last time
    bool closed = false;
    std::map<std::int32_t, endpoint> known;
    std::map<slot_key, std::shared_ptr<pool_slot>> slots;
    std::vector<std::shared_ptr<pool_slot>> retired; // their brokers are gone or moved; they close when they are free
    std::list<std::shared_ptr<search>> searches;
    lost_handler lost;
    std::atomic<std::uint64_t> next_ticket{0};
};

std::shared_ptr<broker_pool> broker_pool::make(environment world, broker_pool_options options)
{
    return std::make_shared<broker_pool>(private_tag{}, std::move(world), std::move(options));
}

broker_pool::broker_pool(private_tag, environment world, broker_pool_options options)
    : world_(world), impl_(std::make_shared<implementation>(std::move(world), std::move(options)))
{}

broker_pool::~broker_pool()
{
    close();
}

void broker_pool::acquire(std::int32_t node_id, connection_role role, steady_time deadline, acquire_completion done)
{
    const std::uint64_t ticket = impl_->next_ticket.fetch_add(1, std::memory_order_relaxed);
    done.on_cancel([weak = std::weak_ptr(impl_), strand = world_.strand, ticket] {
        asio::post(strand, [weak, ticket] {
            if (const auto impl = weak.lock()) impl->cancel(ticket);
        });
    });
    asio::dispatch(world_.strand, [impl = impl_, node_id, role, deadline, done = std::move(done), ticket]() mutable {
        impl->acquire(node_id, role, deadline, std::move(done), ticket);
    });
}

void broker_pool::acquire_any(steady_time deadline, acquire_completion done)
{
    const std::uint64_t ticket = impl_->next_ticket.fetch_add(1, std::memory_order_relaxed);
    done.on_cancel([weak = std::weak_ptr(impl_), strand = world_.strand, ticket] {
        asio::post(strand, [weak, ticket] {
            if (const auto impl = weak.lock()) impl->cancel(ticket);
        });
    });
    asio::dispatch(world_.strand, [impl = impl_, deadline, done = std::move(done), ticket]() mutable {
        impl->begin_search(std::move(done), deadline, ticket);
    });
}

void broker_pool::set_brokers(std::vector<known_broker> brokers)
{
    impl_->set_brokers(std::move(brokers));
}

const broker_pool::attempt_failure& broker_pool::last_attempt() const noexcept
{
    return impl_->last_attempt;
}

void broker_pool::forget_brokers()
{
    impl_->forget_brokers();
}

std::vector<known_broker> broker_pool::brokers() const
{
    std::vector<known_broker> all;
    for (const auto& [id, where] : impl_->known) all.push_back({id, where});
    return all;
}

steady_time broker_pool::last_reached() const
{
    for (const auto& [key, one] : impl_->slots)
        impl_->reached = std::max(impl_->reached, one->last_reached().value_or(impl_->reached));
    return impl_->reached;
}

void broker_pool::on_broker_lost(lost_handler handler)
{
    impl_->lost = std::move(handler);
}

void broker_pool::close()
{
    asio::post(world_.strand, [impl = impl_] { impl->shut(); });
}

std::shared_ptr<pool_slot> broker_pool::implementation::slot(std::int32_t node_id, connection_role role,
                                                             const endpoint& where)
{
    auto& place = slots[{node_id, role}];
    if (!place) {
        auto on_lost = [weak = weak_from_this()](const pool_slot& at, std::error_code why, const diagnostics& about) {
            const auto impl = weak.lock();
            if (impl && impl->lost) impl->lost(std::max(at.node_id(), std::int32_t{-1}), why, about);
        };
        pool_slot::options o{options.connection, options.reconnect, options.stable_after, options.idle_timeout};
        place = std::make_shared<pool_slot>(world, std::move(o), where, std::max(node_id, std::int32_t{-1}), role,
                                            std::move(on_lost));
    }
    return place;
}

void broker_pool::implementation::acquire(std::int32_t node_id, connection_role role, steady_time deadline,
                                          acquire_completion done, std::uint64_t ticket)
{
    if (closed) return done.fail(errc::closed, diagnostics("the broker pool is closed"));
    tidy();
    const auto found = known.find(node_id);
    if (found == known.end())
        return done.fail(errc::unknown_broker, diagnostics("the cluster has no broker " + std::to_string(node_id)));
    slot(node_id, role, found->second)->acquire(deadline, ticket, std::move(done));
}

void broker_pool::implementation::begin_search(acquire_completion done, steady_time deadline, std::uint64_t ticket)
{
    if (closed) return done.fail(errc::closed, diagnostics("the broker pool is closed"));
    tidy();
    auto s = std::make_shared<search>();
    s->done = std::move(done);
    s->deadline = deadline;
    s->ticket = ticket;
    s->pause = world.clock->make_timer(world.strand);
    searches.push_back(s);
    next_round(s);
}

void broker_pool::implementation::next_round(const std::shared_ptr<search>& s)
{
    if (!s->done) return;
    std::vector<std::shared_ptr<pool_slot>> ready;
    for (const auto& [key, one] : std::map(slots)) // a copy: looking may close connections
        if (key.second == connection_role::general && one->is_ready()) ready.push_back(one);
    if (!ready.empty()) {
        s->candidates = {ready[static_cast<std::size_t>(world.random->below(ready.size()))]};
        return try_next(s);
    }
    if (options.discover && !discovered) return discover(s);
    collect_candidates(*s);
    try_next(s);
}

std::vector<std::shared_ptr<pool_slot>> broker_pool::implementation::known_servers()
{
    std::vector<std::shared_ptr<pool_slot>> all;
    for (const auto& [id, where] : known) all.push_back(slot(id, connection_role::general, where));
    return all;
}

std::vector<std::shared_ptr<pool_slot>> broker_pool::implementation::bootstrap_servers()
{
    std::vector<std::shared_ptr<pool_slot>> all;
    std::int32_t id = -2;
    for (const endpoint& where : bootstrap) all.push_back(slot(id--, connection_role::general, where));
    return all;
}

// An address may be both a known broker's and a bootstrap server's: it rests when either of them has to.
steady_time broker_pool::implementation::retry_at(const endpoint& where) const
{
    steady_time latest{};
    for (const auto& [key, one] : slots)
        if (key.second == connection_role::general && one->where() == where) latest = std::max(latest, one->retry_at());
    return latest;
}

// Known brokers first, then the bootstrap servers, each group in random order; not those that still have to wait.
void broker_pool::implementation::collect_candidates(search& s)
{
    const steady_time now = world.clock->now();
    const auto add = [&](std::vector<std::shared_ptr<pool_slot>> group) {
        std::erase_if(group, [&](const auto& one) { return retry_at(one->where()) > now; });
        world.random->shuffle(std::span(group));
        for (const auto& one : group) {
            const bool twice = std::any_of(s.candidates.begin(), s.candidates.end(),
                                           [&](const auto& other) { return other->where() == one->where(); });
            if (!twice) s.candidates.push_back(one);
        }
    };
    s.candidates.clear();
    const auto last_resort = bootstrap_servers(); // before retry_at() looks at all of them
    add(known_servers());
    add(last_resort);
    std::reverse(s.candidates.begin(), s.candidates.end());
}

void broker_pool::implementation::try_next(const std::shared_ptr<search>& s)
{
    if (!s->done) return;
    // The cluster may have forgotten some meanwhile: nobody owns those any more, so who waits there waits for ever.
    std::erase_if(s->candidates, [this](const std::shared_ptr<pool_slot>& one) {
        return std::none_of(slots.begin(), slots.end(), [&](const auto& entry) { return entry.second == one; });
    });
    if (s->candidates.empty()) return end_round(s);
    // Each gets its share of the time that is left, so that one that swallows everything does not spoil the search.
    const auto share = (s->deadline - world.clock->now()) / static_cast<std::int64_t>(s->candidates.size());
    const auto candidate = std::move(s->candidates.back());
    s->candidates.pop_back();
    // Slots own those who wait for them, so a waiter owns neither slots nor the pool.
    const auto about = std::make_shared<diagnostics>();
    auto tried = [weak = weak_from_this(), waiting = std::weak_ptr(s), where = candidate->where(),
                  about](std::error_code ec, acquired made) {
        const auto impl = weak.lock();
        const auto s = waiting.lock();
        if (!impl || !s || !s->done) return;
        if (!ec) return impl->end_search(s, {}, std::move(made));
        // That the time is over says less than what went wrong before.
        if (ec != errc::operation_timed_out || !s->tried.contains(where)) {
            const auto failed = search_failure::of(ec, *about);
            s->tried.insert_or_assign(where, failed);
            impl->last_attempt = {ec, about->client_message().empty() ? to_string(where) + ": " + failed.words
                                                                      : failed.words};
        }
        impl->try_next(s);
    };
    candidate->acquire(world.clock->now() + share, s->ticket, {std::move(tried), world.strand, about.get()});
}

// The reason why no server can ever work, if this search has seen it of each of them. One that was not tried, because it rests
// after a failure that another search met, may be well by then.
std::optional<std::error_code> broker_pool::implementation::hopeless_reason(const search& s)
{
    std::optional<std::error_code> reason;
    for (const auto& group : {known_servers(), bootstrap_servers()}) {
        for (const auto& one : group) {
            const auto failed = s.tried.find(one->where());
            if (failed == s.tried.end() || !is_hopeless(failed->second.ec)) return std::nullopt;
            if (!reason) reason = failed->second.ec;
        }
    }
    return reason;
}

void broker_pool::implementation::end_round(const std::shared_ptr<search>& s)
{
    const steady_time now = world.clock->now();
    if (const auto reason = hopeless_reason(*s)) return end_search(s, *reason, nullptr);
    if (now >= s->deadline) return end_search(s, errc::no_broker_available, nullptr);
    if (known.empty() && bootstrap.empty()) return end_search(s, errc::no_broker_available, nullptr);
    steady_time next = s->deadline;
    for (const auto& group : {known_servers(), bootstrap_servers()})
        for (const auto& one : group) next = std::min(next, retry_at(one->where()));
    wait(s, std::max(next, now));
}

void broker_pool::implementation::wait(const std::shared_ptr<search>& s, steady_time until)
{
    s->pause->async_wait_until(world.strand, std::min(until, s->deadline),
                               [impl = shared_from_this(), s](std::error_code ec) {
                                   if (ec || !s->done) return;
                                   if (impl->world.clock->now() >= s->deadline) return impl->end_round(s);
                                   impl->next_round(s);
                               });
}

// The function is the user's: it may hang, and is called once at a time. Everybody who searches meanwhile waits for the same
// call, each until its own deadline.
void broker_pool::implementation::discover(const std::shared_ptr<search>& s)
{
    if (!discovering && discover_at > world.clock->now()) {
        s->tried.insert_or_assign(discovery, *discovery_failed);
        return wait(s, discover_at);
    }
    s->awaits_discovery = true;
    s->tried.insert_or_assign(discovery, search_failure{errc::discovery_failed, "did not end before the deadline"});
    wait(s, s->deadline);
    if (std::exchange(discovering, true)) return;
    const auto about = std::make_shared<diagnostics>();
    const auto stop = stop_discovering = std::make_shared<asio::cancellation_signal>();
    auto found = [weak = weak_from_this(), about, stop](std::error_code ec, std::vector<endpoint> servers) {
        if (const auto impl = weak.lock()) impl->on_discovered(ec, std::move(servers), *about);
    };
    options.discover({asio::bind_cancellation_slot(stop->slot(), std::move(found)), world.strand, about.get()});
}

void broker_pool::implementation::on_discovered(std::error_code ec, std::vector<endpoint> servers,
                                                const diagnostics& about)
{
    discovering = false;
    if (closed) return;
    if (!ec && servers.empty()) ec = errc::discovery_failed;
    if (ec) {
        discovery_failed = search_failure::of(ec, about);
        discover_at = deadline_after(world.clock->now(), options.reconnect.maximum);
    } else {
        set_bootstrap(std::move(servers));
        discovered = true;
    }
    for (const auto& s : std::list(searches)) {
        if (!std::exchange(s->awaits_discovery, false)) continue;
        s->pause->cancel();
        s->tried.erase(discovery);
        next_round(s); // which looks at the failure, too
    }
}

// Slots of bootstrap servers are found by their place in the list, so they move with their addresses. What the list does not
// name any more goes when it is free.
void broker_pool::implementation::set_bootstrap(std::vector<endpoint> servers)
{
    std::map<endpoint, std::shared_ptr<pool_slot>> before;
    for (auto it = slots.begin(); it != slots.end();) {
        if (it->first.first >= 0) {
            ++it;
            continue;
        }
        if (!before.emplace(it->second->where(), it->second).second) retired.push_back(it->second);
        it = slots.erase(it);
    }
    bootstrap = std::move(servers);
    std::int32_t id = -2;
    for (const endpoint& where : bootstrap) {
        if (auto same = before.extract(where); !same.empty())
            slots.insert_or_assign({id, connection_role::general}, std::move(same.mapped()));
        --id;
    }
    for (const auto& [where, one] : before)
        if (!one->close_when_free()) retired.push_back(one);
}

void broker_pool::implementation::end_search(const std::shared_ptr<search>& s, std::error_code ec, acquired found)
{
    if (!s->done) return;
    s->pause->cancel();
    searches.remove(s);
    auto done = std::move(s->done);
    if (!ec) {
        last_attempt = {};
        return done.succeed(std::move(found));
    }
    // Those that nobody could try, since they rest after what went wrong before.
    for (const auto& group : {known_servers(), bootstrap_servers()})
        for (const auto& one : group)
            if (const auto& [why, about] = one->last_failure(); why)
                s->tried.try_emplace(one->where(), search_failure::of(why, about));
    done.fail(ec, describe(s->tried));
}

void broker_pool::implementation::cancel(std::uint64_t ticket)
{
    for (const auto& s : std::list(searches))
        if (s->ticket == ticket) end_search(s, asio::error::operation_aborted, nullptr);
    for (const auto& [key, one] : std::map(slots)) one->cancel(ticket);
    for (const auto& one : std::vector(retired)) one->cancel(ticket); // their waiters are still served
}

void broker_pool::implementation::set_brokers(std::vector<known_broker> brokers)
{
    if (closed) return;
    known.clear();
    for (known_broker& one : brokers) known.insert_or_assign(one.node_id, std::move(one.where));
    for (auto it = slots.begin(); it != slots.end();) {
        const std::int32_t id = it->first.first;
        const auto now_at = known.find(id);
        if (id < 0 || (now_at != known.end() && now_at->second == it->second->where())) {
            ++it;
            continue;
        }
        if (!it->second->close_when_free()) retired.push_back(it->second);
        it = slots.erase(it);
    }
}

void broker_pool::implementation::forget_brokers()
{
    known.clear();
    discovered = false;
    std::vector<std::shared_ptr<pool_slot>> gone = std::exchange(retired, {});
    for (auto it = slots.begin(); it != slots.end();) {
        // A discovery function may name others next time; listed servers keep their connections.
        if (it->first.first < 0 && !options.discover) {
            ++it;
            continue;
        }
        gone.push_back(it->second);
        it = slots.erase(it);
    }
    for (const auto& one : gone) one->close(errc::connection_closed);
}

// Instead of a timer, which would keep an idle client's run() from returning: whenever somebody needs a connection, those
// that nobody needs are looked through, once a second at most.
void broker_pool::implementation::tidy()
{
    const steady_time now = world.clock->now();
    if (now - tidied < std::chrono::seconds{1}) return;
    tidied = now;
    for (const auto& [key, one] : std::map(slots)) one->close_when_idle(now);
    std::erase_if(retired, [](const auto& one) { return one->close_when_free(); });
}

void broker_pool::implementation::shut()
{
    if (closed) return;
    closed = true;
    lost = nullptr;
    if (discovering) stop_discovering->emit(asio::cancellation_type::terminal);
    for (const auto& s : std::list(searches)) end_search(s, errc::closed, nullptr);
    for (const auto& [key, one] : std::exchange(slots, {})) one->close(errc::closed);
    for (const auto& one : std::exchange(retired, {})) one->close(errc::closed);
}

} // namespace odradek
