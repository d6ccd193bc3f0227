// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/secret.hpp>
#include <odradek/client/broker_scheme.hpp>
#include <odradek/client/context_guard.hpp>
#include <odradek/client/core.hpp>
#include <odradek/client/coroutine.hpp>
#include <odradek/client/way_in.hpp>
#include <odradek/net/address_scope.hpp>
#include <odradek/net/credentials.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/net/resolver_canonical.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/strand.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace odradek::detail {

operation::~operation() = default;

void operation::on_pause(const failure&) {}

void operation::cancel()
{
    if (cancelled_) return;
    cancelled_ = true;
    signal_.emit(asio::cancellation_type::terminal);
}

strand_wait::strand_wait(client_core& core, std::vector<strand_wait*>& list) : core_(core), list_(list)
{
    list_.push_back(this);
}

strand_wait::~strand_wait()
{
    std::erase(list_, this);
}

asio::awaitable<bool> strand_wait::until(steady_time when)
{
    if (woken_) {
        woken_ = false;
        co_return true;
    }
    if (!timer_) timer_ = core_.world().clock->make_timer(core_.world().strand);
    auto waiting = timer_->async_wait_until(core_.world().strand, when, use_tuple);
    co_await std::move(waiting);
    const bool woken = woken_;
    woken_ = false;
    co_return woken;
}

void strand_wait::wake()
{
    woken_ = true;
    if (timer_) timer_->cancel();
}

namespace {

metadata::options metadata_options_of(const client_options& o)
{
    return {.max_age = o.metadata_max_age,
            .topic_idle = o.metadata_topic_idle,
            .missing_grace = o.metadata_missing_grace,
            .retry = {.initial = o.metadata_refresh_backoff, .maximum = o.retry_backoff_max},
            .rebootstrap = o.rebootstrap,
            .rebootstrap_trigger = o.rebootstrap_trigger};
}

} // namespace

std::shared_ptr<client_core> client_core::make(environment world, client_options options)
{
    auto core = std::make_shared<client_core>(std::move(world), std::move(options));
    core->pool_ = broker_pool::make(core->world_, core->pool_options());
    core->pool_->on_broker_lost([weak = std::weak_ptr(core)](std::int32_t node_id, std::error_code why,
                                                             const diagnostics& about) {
        const auto self = weak.lock();
        if (!self) return;
        self->coordinators_.evict_node(node_id);
        self->log(log_level::info, "client", "lost broker " + std::to_string(node_id) + ": " + describe(why, about));
        if (why == broker_errc::rebootstrap_required)
            self->metadata_.on_rebootstrap_required(self->now(), self->random());
    });
    watch_context(*core);
    return core;
}

client_core::client_core(environment world, client_options options)
    : world_(std::move(world)), options_(std::move(options)), events_(std::make_shared<event_hub>(options_.client_id)),
      credentials_(std::make_shared<credentials>()), metadata_(metadata_options_of(options_))
{
    world_.sockets = make_way_in(world_, options_);
    // The way in has its own copies.
    if (auto* secured = std::get_if<tls>(&options_.security)) {
        secured->certificate_pem.clear(); // which may hold the key
        secured->key_pem.clear();
        secured->key_password = secret{};
    }
}

client_core::~client_core() = default;

broker_pool_options client_core::pool_options()
{
    broker_pool_options o;
    o.connection.client_id = options_.client_id;
    o.connection.setup_timeout = options_.setup_timeout;
    o.connection.frame_limit = options_.max_response_bytes;
    o.connection.observer = events_;
    o.connection.credentials = credentials_;
    o.reconnect = {.initial = options_.reconnect_backoff, .maximum = options_.reconnect_backoff_max};
    o.idle_timeout = options_.connections_max_idle;
    const auto refuse_as = [this](std::error_code ec, std::string text) {
        if (invalid_option_) return;
        invalid_option_ = ec;
        invalid_option_text_ = std::move(text);
    };
    const auto refuse = [&](std::string text) { refuse_as(errc::invalid_option, std::move(text)); };
    const auto too_short = [](const char* option, std::chrono::milliseconds value) {
        return std::string{"client_options::"} + option + " must be above 0, not " + std::to_string(value.count()) +
               " ms";
    };
    if (!options_.problem.empty()) refuse(options_.problem);
    if (options_.brokers.empty()) refuse("client_options::brokers is empty: at least one host:port is needed");
    const std::string_view protocol =
        protocol_name(std::holds_alternative<tls>(options_.security), options_.sasl.has_value());
    for (const std::string& address : options_.brokers.addresses()) {
        if (std::string wrong = wrong_scheme(address, protocol); !wrong.empty())
            refuse(std::move(wrong));
        else if (auto parsed = parse_endpoint(address))
            o.bootstrap.push_back(std::move(*parsed));
        else
            refuse("client_options::brokers: \"" + address + "\" is not host:port");
    }
    if (options_.request_timeout.count() <= 0) refuse(too_short("request_timeout", options_.request_timeout));
    if (options_.default_api_timeout.count() <= 0)
        refuse(too_short("default_api_timeout", options_.default_api_timeout));
    if (options_.setup_timeout.count() <= 0) refuse(too_short("setup_timeout", options_.setup_timeout));
    if (!options_.bind_address.empty() && !is_numeric_address(options_.bind_address))
        refuse("client_options::bind_address " + quoted_line(options_.bind_address) + " is no numeric address");
    if (auto wrong = check(options_.proxy)) refuse_as(wrong.ec, "client_options::" + wrong.words);
    if (options_.sasl) {
        if (auto wrong = check_credentials(options_.security, *options_.sasl); wrong.ec)
            refuse_as(wrong.ec, std::move(wrong.words));
        else
            credentials_->replace(std::move(*options_.sasl));
        options_.sasl.reset();
    }
    if (options_.brokers.find() || options_.canonical_bootstrap_names) {
        o.discover = [weak = weak_from_this()](completion<void(std::error_code, std::vector<endpoint>)> done) {
            if (const auto self = weak.lock())
                self->discover(std::move(done));
            else
                done.fail(errc::closed);
        };
    }
    return o;
}

std::error_code client_core::replace_credentials(sasl_options who)
{
    if (const auto wrong = check_credentials(options_.security, who); wrong.ec) {
        log(log_level::error, "client", wrong.words);
        return wrong.ec;
    }
    asio::post(world_.strand,
               [known = credentials_, who = std::move(who)]() mutable { known->replace(std::move(who)); });
    return {};
}

// Runs the user's function on the user's executor; what it throws becomes words. Names become canonical ones, if that is wanted.
void client_core::discover(completion<void(std::error_code, std::vector<endpoint>)> done)
{
    if (!options_.brokers.find()) {
        std::vector<endpoint> listed;
        for (const std::string& address : options_.brokers.addresses())
            if (auto parsed = parse_endpoint(address)) listed.push_back(std::move(*parsed));
        return find_canonical_names(world_.resolver, world_.strand, std::move(listed), std::move(done));
    }
    // A strand, since whoever closes the client may stop the coroutine on any thread of the executor.
    const auto where = asio::make_strand(world_.executor);
    const auto stop = std::make_shared<asio::cancellation_signal>();
    const auto is_stopped = std::make_shared<bool>(false); // on the client's strand
    done.on_cancel([where, stop, is_stopped] {
        *is_stopped = true;
        asio::post(where, [stop] { stop->emit(asio::cancellation_type::terminal); });
    });
    auto owed = std::make_shared<completion<void(std::error_code, std::vector<endpoint>)>>(std::move(done));
    const bool canonical = options_.canonical_bootstrap_names;
    const auto finish = [owed, canonical, is_stopped, names = world_.resolver, strand = world_.strand,
                         stop](std::exception_ptr thrown, std::vector<endpoint> found) {
        if (!thrown && !found.empty()) {
            if (!canonical) return owed->succeed(std::move(found));
            return asio::post(strand, [owed, is_stopped, names, strand, found = std::move(found)]() mutable {
                if (*is_stopped) return owed->fail(asio::error::operation_aborted);
                find_canonical_names(names, strand, std::move(found), std::move(*owed));
            });
        }
        std::string words = "the function of client_options::brokers found no broker";
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const std::exception& e) {
            words = std::string{"the function of client_options::brokers threw: "} + e.what();
        } catch (...) {
            words = "the function of client_options::brokers threw";
        }
        owed->fail(errc::discovery_failed, diagnostics{std::move(words)});
    };
    // Called within the coroutine, so that what it throws before it gives an awaitable becomes words as well.
    const discovery which{.round = ++discoveries_};
    auto find = [function = options_.brokers.find(), which]() -> asio::awaitable<std::vector<endpoint>> {
        co_return co_await function(which);
    };
    asio::co_spawn(where, std::move(find), asio::bind_cancellation_slot(stop->slot(), finish));
}

backoff client_core::make_pace() const
{
    return backoff{{.initial = options_.retry_backoff, .maximum = options_.retry_backoff_max}};
}

void client_core::start(std::shared_ptr<operation> op)
{
    asio::post(world_.strand, [self = shared_from_this(), op = std::move(op)] { self->launch(op); });
}

void client_core::launch(const std::shared_ptr<operation>& op)
{
    if (closed_) return op->fail({errc::closed, diagnostics{"the client is closed"}});
    if (invalid_option_) return op->fail({invalid_option_, diagnostics{invalid_option_text_}});
    const std::uint64_t id = next_operation_++;
    operations_.emplace(id, op);
    asio::co_spawn(world_.strand, supervise(shared_from_this(), op, id),
                   asio::bind_cancellation_slot(op->signal_.slot(), asio::detached));
}

asio::awaitable<void> client_core::supervise(std::shared_ptr<client_core> self, std::shared_ptr<operation> op,
                                             std::uint64_t id)
{
    co_await asio::this_coro::throw_if_cancelled(false);
    failure why;
    if (op->cancelled())
        why.ec = asio::error::operation_aborted;
    else
        why = co_await op->run(*self);
    operations_.erase(id);
    if (why) {
        if (closed_ && why.ec == asio::error::operation_aborted)
            why = {errc::closed, diagnostics{"the client was closed"}};
        op->fail(std::move(why));
    }
    if (operations_.empty())
        for (strand_wait* wait : close_waits_) wait->wake();
}

void client_core::stop()
{
    if (abandoned_) return;
    asio::post(world_.strand, [self = shared_from_this()] { self->stop_now(); });
}

void client_core::attach(const std::shared_ptr<client_user>& user)
{
    if (closed_) return user->on_client_stopped();
    std::erase_if(users_, [](const auto& known) { return known.expired(); });
    users_.push_back(user);
}

void client_core::note_idle()
{
    for (strand_wait* wait : close_waits_) wait->wake();
}

void client_core::cancel_those_of(const client_user* user)
{
    const auto pending = operations_; // cancelling one may end it in here
    for (const auto& [id, op] : pending)
        if (op->whose == user) op->cancel();
}

void client_core::acquire(std::int32_t node_id, connection_role role, steady_time deadline,
                          completion<void(std::error_code, std::shared_ptr<connection>)> done)
{
    if (metadata_.wants_rebootstrap(now())) kick_metadata();
    pool_->acquire(node_id, role, deadline, std::move(done));
}

void client_core::use_topic(const topic_key& key, bool allow_creation)
{
    metadata_.use(key, allow_creation, now());
    kick_metadata(); // it may be time for a periodic refresh; nobody waits for that
}

void client_core::stop_now()
{
    if (closed_) return;
    closed_ = true;
    for (const auto& user : std::exchange(users_, {}))
        if (const auto alive = user.lock()) alive->on_client_stopped();
    const auto pending = operations_; // cancelling one may end it in here
    for (const auto& [id, op] : pending) op->cancel();
    for (strand_wait* wait : metadata_loop_wait_) wait->wake();
    if (pool_) pool_->close();
    // After the connections, which close one turn later. Listeners may own what owns us.
    asio::post(world_.strand, [events = events_] { events->close(); });
}

asio::awaitable<void> client_core::close(steady_time deadline)
{
    strand_wait idle{*this, close_waits_};
    const auto is_busy = [this] {
        // What works for a user is of no use without him, and his to say.
        const bool owes = std::any_of(operations_.begin(), operations_.end(),
                                      [](const auto& entry) { return entry.second->whose == nullptr; });
        return owes || std::any_of(users_.begin(), users_.end(), [](const auto& user) {
                   const auto alive = user.lock();
                   return alive && alive->is_busy();
               });
    };
    while (is_busy() && now() < deadline) (void)co_await idle.until(deadline);
    stop_now();
}

void client_core::abandon() noexcept
{
    abandoned_ = true;
    closed_ = true;
    for (const auto& user : std::exchange(users_, {}))
        if (const auto alive = user.lock()) alive->abandon();
    auto operations = std::move(operations_);
    auto pool = std::move(pool_);
    events_->close();
    operations.clear();
    pool.reset();
}

void client_core::log(log_level level, std::string_view where, const std::string& text) const
{
    if (world_.log->enabled(level)) world_.log->write(level, where, text);
}

} // namespace odradek::detail
