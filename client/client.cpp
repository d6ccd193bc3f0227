// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>
#include <odradek/client/core.hpp>
#include <odradek/client/fetch_operation.hpp>
#include <odradek/client/produce_operation.hpp>
#include <odradek/client/request_operation.hpp>
#include <odradek/net/tcp.hpp>
#include <odradek/protocol/api.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>

#include <atomic>
#include <memory>

namespace odradek {
namespace {

environment make_world(asio::any_io_executor executor, const client_options& options)
{
    environment world = make_environment(std::move(executor), {.seed = options.seed,
                                                               .blocking = options.blocking_executor,
                                                               .sockets = options.socket_factory,
                                                               .log = nullptr});
    if (!options.socket_factory)
        world.sockets = make_tcp_factory(world.resolver, world.clock,
                                         {.attempt_timeout = options.connect_timeout,
                                          .keep_alive = options.tcp_keep_alive,
                                          .send_buffer = options.send_buffer,
                                          .receive_buffer = options.receive_buffer});
    return world;
}

// The operation with what its caller's cancellation does: it is carried to the strand, where the operation lives.
template <class Operation>
void launch(const std::shared_ptr<detail::client_core>& core, std::shared_ptr<Operation> op)
{
    op->on_cancel([strand = core->world().strand, weak = std::weak_ptr<detail::operation>(op)] {
        asio::post(strand, [weak] {
            if (const auto alive = weak.lock()) alive->cancel();
        });
    });
    core->start(std::move(op));
}

asio::awaitable<void> close_and_end(std::shared_ptr<detail::client_core> core, steady_time deadline,
                                    std::shared_ptr<const std::atomic<bool>> cancelled,
                                    completion<void(std::error_code)> done)
{
    co_await core->close(deadline);
    if (*cancelled)
        done.fail(asio::error::operation_aborted);
    else
        done.succeed();
}

} // namespace

const std::shared_ptr<detail::client_core>& detail::core_of(const client& of) noexcept
{
    return of.core_;
}

client::client(asio::any_io_executor executor, client_options options)
    : client(make_world(std::move(executor), options), client_options{options})
{}

client::client(environment world, client_options options)
    : core_(detail::client_core::make(std::move(world), std::move(options)))
{}

client& client::operator=(client&& other) noexcept
{
    if (this != &other) {
        give_up();
        core_ = std::move(other.core_);
    }
    return *this;
}

client::~client()
{
    give_up();
}

// What the listeners refer to may be gone when the connections close.
void client::give_up() noexcept
{
    if (!core_) return;
    core_->events().remove_all_of(nullptr);
    core_->stop();
}

asio::any_io_executor client::get_executor() const
{
    return core_->world().executor;
}

void client::on_log(logger::sink sink, log_level threshold)
{
    core_->world().log->set_sink(std::move(sink), threshold);
}

event_remover client::on_event(event_listener listener)
{
    return core_->events().add(std::move(listener), nullptr);
}

std::error_code client::set_credentials(sasl_options who)
{
    return core_->replace_credentials(std::move(who));
}

void client::stop()
{
    core_->stop();
}

target client::default_target(api key) noexcept
{
    const api_info* info = find_api(key);
    if (info != nullptr && info->target == api_target::any) return any_broker;
    if (info != nullptr && info->target == api_target::controller) return controller;
    return broker_id{-1}; // refused by the operation
}

void client::start_close(const core_pointer& core, std::chrono::milliseconds longest,
                         completion<void(std::error_code)> done)
{
    const auto cancelled = std::make_shared<std::atomic<bool>>(false);
    done.on_cancel([weak = std::weak_ptr<detail::client_core>(core), cancelled] {
        *cancelled = true;
        if (const auto alive = weak.lock()) alive->stop();
    });
    // Posted, since co_spawn would begin at once on the strand: what calls from in there (a listener, a delivery callback) is in the
    // middle of something that must not be closed under it.
    asio::post(core->world().strand, [core, deadline = deadline_after(core->now(), longest), cancelled,
                                      done = std::move(done)]() mutable {
        asio::co_spawn(core->world().strand, close_and_end(core, deadline, cancelled, std::move(done)), asio::detached);
    });
}

void client::start_request(const core_pointer& core, const target& to, const request_options& options,
                           std::unique_ptr<detail::user_call> call)
{
    launch(core, std::make_shared<detail::request_operation>(*core, to, options, std::move(call)));
}

void client::start_produce(const core_pointer& core, const destination& to, std::span<const record> records,
                           const produce_options& options, completion<void(std::error_code, placed)> done)
{
    launch(core, std::make_shared<detail::produce_operation>(*core, to, records, options, std::move(done)));
}

void client::start_fetch(const core_pointer& core, const fetch_position& from, const fetch_options& options,
                         completion<void(std::error_code, fetched)> done)
{
    launch(core, std::make_shared<detail::fetch_operation>(*core, from, options, std::move(done)));
}

void client::start_list_offsets(const core_pointer& core, const timed_position& at, const list_offsets_options& options,
                                completion<void(std::error_code, listed_offset)> done)
{
    launch(core, std::make_shared<detail::list_offsets_operation>(*core, at, options, std::move(done)));
}

void client::start_metadata(const core_pointer& core, std::span<const std::string> topics,
                            const metadata_options& options, completion<void(std::error_code, cluster_snapshot)> done)
{
    launch(core, std::make_shared<detail::metadata_operation>(*core, topics, options, std::move(done)));
}

} // namespace odradek
