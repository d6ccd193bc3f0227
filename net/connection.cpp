// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/connection.hpp>
#include <odradek/net/connection_implementation.hpp>
#include <odradek/net/connection_observer.hpp>
#include <odradek/net/connection_setup.hpp>

#include <asio/dispatch.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <utility>

namespace odradek {

std::shared_ptr<connection> connection::make(environment world, connection_options options, endpoint broker,
                                             std::int32_t node_id, connection_role role)
{
    return std::make_shared<connection>(private_tag{}, std::move(world), std::move(options), std::move(broker), node_id,
                                        role);
}

connection::connection(private_tag, environment world, connection_options options, endpoint broker,
                       std::int32_t node_id, connection_role role)
    : world_(std::move(world)), options_(std::move(options)), broker_(std::move(broker)), node_id_(node_id),
      role_(role), impl_(std::make_unique<implementation>(*this))
{}

connection::~connection() = default;

void connection::open(completion<void(std::error_code)> done)
{
    done.on_cancel([weak = weak_from_this(), strand = world_.strand] {
        asio::post(strand, [weak] {
            if (const auto self = weak.lock()) self->close(asio::error::operation_aborted, diagnostics("cancelled"));
        });
    });
    asio::dispatch(world_.strand, [self = shared_from_this(), done = std::move(done)]() mutable {
        if (self->state_ != state::idle) return done.fail(errc::connection_closed, diagnostics("opened before"));
        self->state_ = state::opening;
        self->impl_->opened = self->world_.clock->now();
        transport_request to{self->broker_, self->node_id_, self->role_,
                             deadline_after(self->impl_->opened, self->options_.setup_timeout), self->world_.strand};
        const auto setup = std::make_shared<connection_setup>(self->world_, self->options_, std::move(to));
        self->impl_->setup = setup;
        const auto found = std::make_shared<diagnostics>();
        auto on_established = [self, found, done = std::move(done)](std::error_code ec, established made) mutable {
            if (self->state_ == state::opening && !ec) {
                self->impl_->stream = std::move(made.stream);
                self->impl_->splitter = std::move(made.splitter);
                self->versions_ = std::move(made.versions);
                self->impl_->session->on_session(made.session_lifetime, made.identity);
                self->state_ = state::ready;
                self->ready_since_ = self->last_used_ = self->world_.clock->now();
                done.succeed();
                if (auto* to = self->impl_->watcher()) to->on_ready(*self, self->impl_->opened, self->ready_since_);
                return;
            }
            if (!ec) { // closed in the very moment of success
                ec = errc::connection_closed;
                found->set_client_message("closed while it was opened").set_peer(self->broker_, self->node_id_);
            }
            if (self->state_ == state::opening) self->impl_->shut(ec, *found, {}, ec);
            done.fail(ec, std::move(*found));
        };
        setup->start({std::move(on_established), self->world_.strand, found.get()});
    });
}

void connection::send(outgoing_request request, completion<void(std::error_code, response_frame)> done)
{
    const std::uint64_t ticket = impl_->next_ticket.fetch_add(1, std::memory_order_relaxed);
    done.on_cancel([weak = weak_from_this(), strand = world_.strand, ticket] {
        asio::post(strand, [weak, ticket] {
            if (const auto self = weak.lock()) self->impl_->cancel(ticket);
        });
    });
    asio::dispatch(world_.strand,
                   [self = shared_from_this(), request = std::move(request), done = std::move(done), ticket]() mutable {
                       self->impl_->submit(std::move(request), std::move(done), ticket);
                   });
}

void connection::flush()
{
    asio::dispatch(world_.strand, [self = shared_from_this()] {
        if (!self->impl_->writing) self->impl_->write_next();
        if (self->state_ != state::ready) return;
        self->impl_->arm_deadline();
        self->impl_->tell_queue_size();
    });
}

void connection::mute_until(steady_time when)
{
    asio::dispatch(world_.strand, [self = shared_from_this(), when] {
        self->impl_->muted_until = std::max(self->impl_->muted_until, when);
    });
}

void connection::close(std::error_code why, diagnostics about)
{
    asio::dispatch(world_.strand, [self = shared_from_this(), why, about = std::move(about)] {
        self->impl_->shut(why, about, {}, why ? why : make_error_code(errc::connection_closed));
    });
}

std::string connection::awaiting() const
{
    const auto setup = impl_->setup.lock();
    return setup ? setup->awaiting() : std::string("a connection");
}

bool connection::is_usable()
{
    if (state_ != state::ready) return false;
    if (impl_->reading || impl_->stream->probe() != transport::state::closed) return true;
    impl_->shut(errc::connection_closed, diagnostics("the peer closed the idle connection"), {},
                errc::connection_closed);
    return false;
}

std::size_t connection::in_flight() const noexcept
{
    return impl_->table.size();
}

} // namespace odradek
