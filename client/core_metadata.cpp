// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/core.hpp>
#include <odradek/client/coroutine.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>

#include <algorithm>

namespace odradek::detail {
namespace {

constexpr api_version first_version_with_creation_flag{4};
constexpr api_version first_version_by_id{12};

std::string quoted(const topic_key& key)
{
    return key.name.empty() ? "topic id " + to_string(key) : "topic \"" + key.name + '"';
}

std::string words_for(std::error_code ec, const topic_key& key)
{
    if (ec == errc::unknown_topic || ec == errc::unknown_topic_id) return quoted(key) + " does not exist";
    if (ec == errc::feature_not_available) return quoted(key) + ": the broker is too old to be asked by topic id";
    return quoted(key) + ": " + ec.message();
}

} // namespace

void client_core::kick_metadata()
{
    if (invalid_option_) return;
    if (metadata_running_) {
        for (strand_wait* wait : metadata_loop_wait_) wait->wake();
        return;
    }
    if (closed_) return;
    metadata_running_ = true;
    asio::co_spawn(world_.strand, metadata_loop(shared_from_this()), asio::detached);
}

asio::awaitable<void> client_core::metadata_loop(std::shared_ptr<client_core> self)
{
    strand_wait pause{*this, metadata_loop_wait_};
    while (!closed_) {
        const metadata::action action = metadata_.next(now());
        if (const auto* ask = std::get_if<metadata::send>(&action)) {
            co_await ask_metadata(*ask);
            settle_metadata();
        } else if (std::holds_alternative<metadata::rebootstrap>(action)) {
            log(log_level::warning, "metadata", "no known broker is left: beginning again at the bootstrap servers");
            pool_->forget_brokers();
            coordinators_.clear();
        } else {
            if (metadata_waits_.empty()) break; // nothing stays pending on the executor for nobody's sake
            (void)co_await pause.until(std::get<metadata::wait>(action).until);
        }
    }
    metadata_running_ = false;
    settle_metadata(); // whoever came in the meantime looks again
    (void)self;
}

void client_core::settle_metadata()
{
    for (strand_wait* wait : metadata_waits_) wait->wake();
}

asio::awaitable<void> client_core::ask_metadata(const metadata::send& what)
{
    const steady_time deadline = deadline_after(now(), options_.request_timeout);
    const auto failed = [this](failure why) {
        log(log_level::info, "metadata", "no answer: " + describe(why.ec, why.about));
        if (why.ec == condition::fatal && why.ec != broker_errc::rebootstrap_required)
            ++fatal_failures_; // waiting does not help those who wait
        metadata_.on_reached(pool_->last_reached());
        metadata_.on_failure(why.ec, now(), random());
        metadata_failure_ = std::move(why);
    };

    diagnostics about;
    auto start = [this, deadline](completion<void(std::error_code, broker_pool::acquired)> done) {
        pool_->acquire_any(deadline, std::move(done));
    };
    auto acquiring = initiate<void(std::error_code, broker_pool::acquired)>(world_.strand, &about, use_tuple, start);
    auto [ec, connection] = co_await std::move(acquiring);
    if (ec) co_return failed({ec, std::move(about)});
    const peer_reference by{connection};

    failure why;
    const auto version = choose(*connection, api::metadata, {}, why);
    if (!version) co_return failed(std::move(why));

    using topic = metadata_request::metadata_request_topic;
    std::vector<topic> topics;
    topics.reserve(what.topics.size());
    for (const topic_key& key : what.topics) {
        if (!key.name.empty())
            topics.push_back({.topic_id = {}, .name = key.name});
        else if (*version < first_version_by_id)
            co_return metadata_.on_ids_unsupported();
        else
            topics.push_back({.topic_id = key.id, .name = nullptr});
    }
    metadata_request request;
    request.topics = list<topic>{topics};
    request.allow_auto_topic_creation = what.allow_auto_topic_creation || *version < first_version_with_creation_flag;

    outgoing_request out;
    out.key = api::metadata;
    out.version = *version;
    out.deadline = deadline;
    if (const auto error = encode(request, *version, out.body))
        co_return failed({error.code(), diagnostics{error.message()}});
    attempt_result answer = co_await send(std::move(connection), std::move(out));
    if (answer.why) co_return failed(std::move(answer.why));

    arena memory;
    metadata_response response;
    if (const auto error = decode(answer.frame.body, memory, *version, response))
        co_return failed({errc::invalid_response, diagnostics{error.message()}.set_peer(by.where, by.node_id)});
    throttle(by, api::metadata, *version, std::chrono::milliseconds{response.throttle_time_ms});
    if (const auto whole = metadata_.on_response(response, now(), random(), *version)) {
        metadata_failure_ = {
            whole, diagnostics{"metadata could not be used: " + whole.message()}.set_peer(by.where, by.node_id)};
        co_return;
    }
    for (const auto& topic : response.topics) log_ignored(topic);
    publish_brokers();
}

// Once an answer and topic: a broker that says such things may say many.
void client_core::log_ignored(const metadata_response::metadata_response_topic& topic) const
{
    const topic_info* taken = topic.name ? metadata_.snapshot()->find_topic(*topic.name) : nullptr;
    if (taken == nullptr || topic.error_code != broker_errc::none) return;
    const auto first = std::find_if(topic.partitions.begin(), topic.partitions.end(),
                                    [&](const auto& p) { return taken->find_partition(p.partition_index) == nullptr; });
    if (first == topic.partitions.end()) return;
    log(log_level::warning, "metadata",
        "topic \"" + taken->name + "\": partition " + std::to_string(first->partition_index) + " cannot be among " +
            std::to_string(topic.partitions.size()) + " and is ignored");
}

void client_core::publish_brokers()
{
    std::vector<known_broker> known;
    for (const broker_info& b : metadata_.snapshot()->brokers()) {
        // Below zero are the numbers of bootstrap servers, which are the user's own and not filtered.
        if (b.id >= 0 && b.port > 0 && b.port <= 65'535 && is_host(b.host))
            known.push_back({.node_id = b.id, .where = {.host = b.host, .port = static_cast<std::uint16_t>(b.port)}});
        else
            log(log_level::warning, "metadata",
                "broker " + std::to_string(b.id) + " advertises " + b.host + ':' + std::to_string(b.port) +
                    ", which cannot be connected to");
    }
    pool_->set_brokers(std::move(known));
}

// The last failure need not be one of an attempt of our own: somebody else's search may have told of it.
failure client_core::why_no_metadata(std::string missing) const
{
    const std::error_code last = metadata_.last_failure();
    if (!last) return {errc::operation_timed_out, diagnostics{std::move(missing)}};
    if (metadata_failure_.ec == last) return metadata_failure_;
    return {last, diagnostics{std::move(missing) + ": " + last.message()}};
}

failure client_core::last_failure_of(const topic_key& key) const
{
    if (metadata_.last_failure()) return why_no_metadata("no metadata about it");
    if (const auto& attempt = pool_->last_attempt(); attempt.ec) return {attempt.ec, diagnostics{attempt.words}};
    const broker_errc code = metadata_.last_answer(key);
    if (code == broker_errc::none) return {};
    return {code, diagnostics{"metadata about it was refused"}};
}

// The loop waits on behalf of those who wait for it: whoever leaves has it look whether somebody still does.
struct client_core::metadata_interest {
    client_core& core;
    explicit metadata_interest(client_core& of) : core(of) {}
    metadata_interest(const metadata_interest&) = delete;
    metadata_interest& operator=(const metadata_interest&) = delete;
    ~metadata_interest()
    {
        for (strand_wait* wait : core.metadata_loop_wait_) wait->wake();
    }
};

asio::awaitable<failure> client_core::wait_for_topic(operation& op, const topic_key& key, std::uint64_t seen)
{
    const metadata_interest interest{*this}; // goes after the wait
    strand_wait news{*this, metadata_waits_};
    const std::uint64_t fatal_seen = fatal_failures_;
    for (;;) {
        if (op.cancelled()) co_return failure{asio::error::operation_aborted};
        if (const auto outcome = metadata_.resolved(key, seen)) {
            if (!*outcome) co_return failure{};
            co_return failure{*outcome, diagnostics{words_for(*outcome, key)}};
        }
        if (fatal_failures_ != fatal_seen) co_return metadata_failure_;
        if (now() >= op.deadline) {
            co_return why_no_metadata(quoted(key) + ": no metadata about it in time");
        }
        kick_metadata();
        (void)co_await news.until(op.deadline);
    }
}

asio::awaitable<failure> client_core::find_topic(operation& op, const topic_key& key, bool allow_creation)
{
    metadata_.use(key, allow_creation, now());
    const auto known = metadata_.snapshot();
    if ((key.name.empty() ? known->find_topic(key.id) : known->find_topic(key.name)) != nullptr) {
        kick_metadata(); // it may be time for a periodic refresh; nobody waits for that
        co_return failure{};
    }
    co_return co_await wait_for_topic(op, key, known->version());
}

asio::awaitable<failure> client_core::refresh_topic(operation& op, const topic_key& key, std::uint64_t seen)
{
    metadata_.refresh(key, seen, now(), random());
    co_return co_await wait_for_topic(op, key, seen);
}

void client_core::note_stale_topic(const topic_key& key, std::uint64_t seen)
{
    metadata_.refresh(key, seen, now(), random());
    kick_metadata();
}

asio::awaitable<failure> client_core::refresh_brokers(operation& op, std::uint64_t seen)
{
    metadata_.refresh_brokers(seen);
    const metadata_interest interest{*this};
    strand_wait news{*this, metadata_waits_};
    const std::uint64_t fatal_seen = fatal_failures_;
    while (!metadata_.answered_since(seen)) {
        if (op.cancelled()) co_return failure{asio::error::operation_aborted};
        if (fatal_failures_ != fatal_seen) co_return metadata_failure_;
        if (now() >= op.deadline) {
            co_return why_no_metadata("no metadata about the brokers in time");
        }
        kick_metadata();
        (void)co_await news.until(op.deadline);
    }
    co_return failure{};
}

asio::awaitable<leader_place> client_core::find_leader(operation& op, const topic_key& key, std::int32_t partition,
                                                       bool allow_creation)
{
    leader_place place;
    place.partition = partition;
    place.why = co_await find_topic(op, key, allow_creation);
    if (place.why) co_return place;
    for (bool refreshed = false;; refreshed = true) {
        const auto picture = metadata_.snapshot();
        const topic_info* topic = key.name.empty() ? picture->find_topic(key.id) : picture->find_topic(key.name);
        place.seen = picture->version();
        if (topic == nullptr) {
            place.why = {errc::unknown_topic, diagnostics{words_for(errc::unknown_topic, key)}};
            co_return place;
        }
        place.topic = topic->name;
        place.topic_id = topic->id;
        place.partitions = static_cast<std::int32_t>(topic->partitions.size());
        if (const partition_info* found = topic->find_partition(partition)) {
            place.node_id = found->leader;
            place.leader_epoch = found->leader_epoch;
            if (found->leader < 0)
                place.why = {errc::no_leader, diagnostics{quoted(key) + ", partition " + std::to_string(partition) +
                                                          " has no leader now"}};
            co_return place;
        }
        if (refreshed) break;
        place.why = co_await refresh_topic(op, key, place.seen); // it may have been added lately
        if (place.why) co_return place;
    }
    place.why = {errc::unknown_partition, diagnostics{quoted(key) + " has no partition " + std::to_string(partition) +
                                                      ", only 0 to " + std::to_string(place.partitions - 1)}};
    co_return place;
}

std::vector<bool> client_core::take_leader_hints(std::span<const leader_hint> hints)
{
    auto news = metadata_.on_leader_hints(hints);
    if (std::find(news.begin(), news.end(), true) != news.end()) publish_brokers();
    return news;
}

} // namespace odradek::detail
