// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/secret.hpp>
#include <odradek/broker/served_connection.hpp>
#include <odradek/broker/server.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>

#include <span>
#include <utility>

namespace odradek::broker {
namespace {

// A write that is pending shows no progress until its end, so a long answer goes out in pieces.
constexpr std::size_t longest_write = std::size_t{1} << 18; // progress is seen a write at a time

} // namespace

/// Called at the end of a read. A failure of TLS comes with what is known about it.
struct served_connection::reader {
    std::shared_ptr<served_connection> of;
    diagnostics about{};

    void take_diagnostics(diagnostics found) { about = std::move(found); }
    void operator()(std::error_code ec, std::size_t size) { of->on_read(ec, size, std::move(about)); }
};

served_connection::served_connection(std::weak_ptr<server> in, connection_id id, std::unique_ptr<transport> stream,
                                     std::size_t output_cap)
    : in_(std::move(in)), id_(id), stream_(std::move(stream)), output_cap_(output_cap)
{}

void served_connection::follow(const intake& how)
{
    intake_ = how;
    if (splitter_) splitter_->set_limits(how.frames);
}

std::optional<frame> served_connection::take_request()
{
    if (closed_ || ending_ || busy_ || output_.size() >= output_cap_ || !next_) return {};
    busy_ = true;
    std::optional<frame> request = std::exchange(next_, std::nullopt);
    cut_next();
    return request;
}

void served_connection::cut_next()
{
    if (!splitter_ || next_ || reading_ || (busy_ && intake_.in_step)) return;
    if (frame following; splitter_->next(following)) next_ = std::move(following);
}

void served_connection::perform(server& in, action what)
{
    if (closed_ || ending_) return;
    busy_ = false;
    if (what.what == action::kind::close) ending_ = true;
    follow(in.intake_of(*this));
    cut_next();
    const bool begins = output_.empty() && what.bytes.size() != 0;
    output_.push(std::move(what.bytes), std::move(what.holds));
    if (begins) {
        in.grant(*this, patience::stalled);
    } else if (output_.empty()) {
        in.grant(*this, at_end_ ? patience::beginning : patience::idle);
    }
    in.remember(shared_from_this());
}

void served_connection::go_on(server& in)
{
    if (closed_) return;
    if (splitter_ && splitter_->error()) return in.drop(*this, splitter_->error().message());
    write(in);
    if (ending_ ? output_.empty() : at_end_ && is_at_rest()) return in.drop(*this, {});
    read(in);
}

void served_connection::close() noexcept
{
    closed_ = true;
    stream_->close();
    if (!reading_) wipe_tokens(); // else that was done before the read began
}

void served_connection::read(server& in)
{
    // One whole request is read ahead, no more; and the end of the stream is seen while a request is being worked on.
    if (reading_ || next_ || at_end_ || ending_) return;
    if (busy_ && intake_.in_step && splitter_ && splitter_->buffered() != 0) return; // it runs ahead where it must not
    if (splitter_ && !splitter_->is_inside_frame()) {
        wipe_tokens();
        splitter_.reset(); // gives the memory back
    }
    into_splitter_ = splitter_.has_value();
    const std::span<std::byte> room = into_splitter_ ? splitter_->buffer() : std::span{first_bytes_};
    if (room.empty()) return in.drop(*this, splitter_->error().message());
    reading_ = true;
    stream_->async_read_some(in.strand(), room, reader{.of = shared_from_this()});
}

void served_connection::on_read(std::error_code ec, std::size_t size, diagnostics about)
{
    const auto in = in_.lock();
    if (!in) return;
    const auto lock = in->lock();
    reading_ = false;
    if (closed_) return;
    if (!ec) {
        take_in(*in, size);
    } else if (ec == asio::error::eof && !is_at_rest()) {
        // It may only have shut down its side and still wait for the answer, but not for long.
        at_end_ = true;
        if (output_.empty()) in->grant(*this, patience::beginning);
    } else {
        // That of the stream itself is nobody's concern; that of TLS says why a client cannot come in. The client's own words are left
        // out: who does not speak TLS may have sent a password.
        about.set_broker_message({});
        in->drop(*this, ec.category() == odradek_category() ? odradek::describe(ec, about) : std::string{});
    }
    in->settle();
}

// The core wipes the frame of a token once that is judged; these are the places that the token came through.
void served_connection::wipe_tokens()
{
    if (!std::exchange(holds_tokens_, false)) return;
    wipe(std::span{first_bytes_});
    // With everything given out, all the memory that it has is room for more.
    if (splitter_ && !splitter_->is_inside_frame()) wipe(splitter_->buffer());
}

void served_connection::take_in(server& in, std::size_t size)
{
    holds_tokens_ = holds_tokens_ || intake_.in_step;
    if (into_splitter_) {
        splitter_->commit(size);
    } else {
        splitter_.emplace(intake_.frames);
        splitter_->append(bytes_view{first_bytes_.data(), size});
    }
    cut_next();
    // Bytes prove that somebody is there, but the first request has to be whole in time.
    const bool began = patience_ == patience::beginning && !at_end_ && next_.has_value();
    if (began || patience_ == patience::idle) in.grant(*this, patience::idle);
    in.remember(shared_from_this());
}

void served_connection::write(server& in)
{
    if (writing_ || output_.empty()) return;
    writing_ = true;
    parts_ = output_.next(longest_write);
    std::size_t size = 0;
    for (const bytes_view part : parts_) size += part.size();
    stream_->async_write(in.strand(), parts_,
                         [self = shared_from_this(), size](std::error_code ec) { self->on_written(ec, size); });
}

void served_connection::on_written(std::error_code ec, std::size_t size)
{
    const auto in = in_.lock();
    if (!in) return;
    const auto lock = in->lock();
    writing_ = false;
    if (closed_) return;
    if (ec) {
        in->drop(*this, {});
    } else {
        output_.consume(size);
        in->grant(*this, !output_.empty() ? patience::stalled : at_end_ ? patience::beginning : patience::idle);
        in->remember(shared_from_this());
    }
    in->settle();
}

} // namespace odradek::broker
