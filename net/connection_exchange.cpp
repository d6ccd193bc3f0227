// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/connection_implementation.hpp>
#include <odradek/net/connection_observer.hpp>
#include <odradek/net/credentials.hpp>
#include <odradek/protocol/header.hpp>

#include <asio/error.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace odradek {
namespace {

constexpr std::size_t length_size = 4; // in front of every frame

// What a lost stream means to the requests on it: one of our codes where Asio and the systems have several.
std::error_code lost_stream(std::error_code ec)
{
    if (ec == asio::error::eof) return errc::connection_closed;
    if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe || ec == asio::error::connection_aborted)
        return errc::connection_reset;
    return ec;
}

} // namespace

void connection::implementation::submit(outgoing_request request, send_completion done, std::uint64_t ticket)
{
    const bool is_looked_at = request.waits_for_flush;
    if (is_looked_at ? self.state_ != state::ready : !self.is_usable()) {
        diagnostics about("the connection is not open");
        about.set_peer(self.broker_, self.node_id_).set_request(request.key, request.version);
        return done.fail(errc::connection_closed, std::move(about));
    }
    const steady_time now = self.world_.clock->now();
    self.last_used_ = now;
    const std::int32_t id =
        table.add(request.key, request.version, request.deadline, request.expects_response, now, request.held_for);
    requests.emplace(id, waiting{std::move(request), std::move(done), ticket});
    if (is_looked_at) return; // flush() does the rest
    arm_deadline();
    kick();
    tell_queue_size();
}

void connection::implementation::cancel(std::uint64_t ticket)
{
    const auto found = std::find_if(requests.begin(), requests.end(),
                                    [&](const auto& entry) { return entry.second.ticket == ticket; });
    if (found == requests.end()) return;
    const auto left = table.abandon(found->first);
    if (!left) return;
    auto done = take(found->first);
    if (table.empty()) arm_deadline();
    done.fail(asio::error::operation_aborted, describe(diagnostics("cancelled"), *left));
    tell_queue_size();
}

// Posted, not done in place: what is sent in the same turn of the strand goes out in one write.
void connection::implementation::kick()
{
    if (writing) return;
    writing = true;
    asio::post(self.world_.strand, [keep = self.shared_from_this()] { keep->impl_->write_next(); });
}

void connection::implementation::write_next()
{
    writing = false;
    if (self.state_ != state::ready || !table.has_queued()) return;
    const steady_time now = self.world_.clock->now();
    if (muted_until > now) {
        unmute->async_wait_until(self.world_.strand, muted_until, [keep = self.shared_from_this()](std::error_code ec) {
            if (!ec) keep->impl_->kick();
        });
        return;
    }
    if (renew_session()) return;
    frames.clear();
    batch.clear();
    const bool is_watched = watcher() != nullptr;
    for (;;) {
        holds_back = is_behind_the_session();
        if (holds_back) break;
        const auto next = table.begin_writing(now);
        if (!next) break;
        batch.push_back({next->id, frames.size()});
        if (const auto error = add_frame(*next))
            return shut(error.code(), diagnostics(error.message()), next->id, errc::connection_closed);
        if (is_watched) table.set_size(next->id, frames.size() - batch.back().begins);
    }
    if (batch.empty()) return;
    for (const batched& one : batch) requests.at(one.id).is_written = true;
    gather = frames.segments();
    writing = true;
    written_before = stream->bytes_written();
    stream->async_write(self.world_.strand, gather,
                        [keep = self.shared_from_this()](std::error_code ec) { keep->impl_->on_written(ec); });
    if (!reading) read_on();
    tell_queue_size();
}

// Whether what is queued has to wait for the session: until the answers to what is in flight have come, then until the broker
// knows us again.
bool connection::implementation::renew_session()
{
    if (!session->is_due()) return false;
    if (table.awaits_response()) return true;
    writing = true; // nobody else writes until it has ended
    session->start(*stream, self.versions_, self.weak_from_this(),
                   [this](std::error_code ec, const diagnostics& about) { on_renewed(ec, about); });
    if (!reading) read_on();
    return true;
}

// A broker looks at the session when it turns to a request, and holds a fetch as long as it was asked to: behind it the session might
// be over, which would cost the connection. So such a request waits, and the session is renewed before it if need be.
bool connection::implementation::is_behind_the_session() const
{
    return table.awaits_response() && session->may_end_within(table.longest_hold());
}

// What was held back has not been written: it goes out now, or somebody sends it on another connection, whose making fails in so
// many words if the broker knows us no more.
void connection::implementation::on_renewed(std::error_code ec, const diagnostics& about)
{
    writing = false;
    if (ec) return shut(ec, about, {}, errc::connection_closed);
    write_next();
}

// Small bodies are copied behind their header, long segments stay where they are: one list for the gather write.
encode_error connection::implementation::add_frame(const inflight::request& next)
{
    open_frame opened{};
    if (auto error = begin_request(frames, next.key, next.version, next.id, self.options_.client_id, opened))
        return error;
    for (const bytes_view part : requests.at(next.id).what.body.segments()) frames.external(part);
    return end_frame(frames, opened);
}

void connection::implementation::on_written(std::error_code ec)
{
    for (const batched& one : batch) {
        const auto found = requests.find(one.id);
        if (found == requests.end()) continue;
        found->second.is_written = false;
        found->second.what = outgoing_request{}; // the bytes are the peer's now
        if (!found->second.done) requests.erase(found);
    }
    if (self.state_ != state::ready) return;
    if (ec) {
        const std::uint64_t written = stream->bytes_written() - written_before;
        for (const batched& one : batch)
            if (one.begins >= written) table.on_not_written(one.id);
        return shut(lost_stream(ec), diagnostics("writing failed: " + ec.message()), {}, lost_stream(ec));
    }
    for (const inflight::request& silent : table.on_written()) {
        if (auto done = take(silent.id))
            done.succeed({.key = silent.key, .version = silent.version, .correlation_id = silent.id});
        if (auto* to = watcher()) to->on_answered(self, silent, 0, self.world_.clock->now());
    }
    arm_deadline();
    if (!reading) read_on();
    if (self.state_ == state::ready) write_next();
}

void connection::implementation::read_on()
{
    reading = false;
    if (self.state_ != state::ready) return;
    if (!table.awaits_response() && !session->is_running()) {
        // Nothing is pending on an idle connection. What came unasked (answers to acks 0) is still read.
        const transport::state seen = stream->probe();
        if (seen == transport::state::closed)
            return shut(errc::connection_closed, diagnostics("the peer closed the connection"), {},
                        errc::connection_closed);
        if (seen == transport::state::quiet) return;
    }
    reading = true;
    stream->async_read_some(
        self.world_.strand, splitter.buffer(),
        [keep = self.shared_from_this()](std::error_code ec, std::size_t size) { keep->impl_->on_read(ec, size); });
}

void connection::implementation::on_read(std::error_code ec, std::size_t size)
{
    if (self.state_ != state::ready) return;
    if (ec) {
        reading = false;
        std::string words =
            ec == asio::error::eof ? "the peer closed the connection" : "reading failed: " + ec.message();
        const bool is_anonymous = !self.options_.credentials || !self.options_.credentials->any();
        is_unwelcome = ec == asio::error::eof && !was_answered && is_anonymous;
        if (is_unwelcome) words += " at its first request, as brokers do that want authentication";
        return shut(lost_stream(ec), diagnostics(words), {}, lost_stream(ec));
    }
    splitter.commit(size);
    for (frame received; self.state_ == state::ready && splitter.next(received);) on_frame(std::move(received));
    if (self.state_ != state::ready) return;
    if (splitter.error()) return on_broken_protocol(splitter.error().code(), splitter.error().message());
    read_on();
    // What was held back until this answer, so that the session can be renewed.
    if (!writing && self.state_ == state::ready && (session->is_due() || holds_back)) write_next();
}

void connection::implementation::on_frame(frame received)
{
    const auto id = correlation_id_of(received.bytes());
    if (!id) return on_broken_protocol(errc::unexpected_response, "a response without a correlation id");
    if (session->expects(*id)) return session->on_frame(received.bytes());
    const steady_time now = self.world_.clock->now();
    const inflight::answer answer = table.on_response(*id, now);
    if (answer.what == inflight::answer::verdict::unexpected)
        return on_broken_protocol(errc::unexpected_response,
                                  "a response with correlation id " + std::to_string(*id) + ", which is not its turn");
    self.last_used_ = now;
    was_answered = true;
    if (table.empty()) arm_deadline();
    const std::size_t size = length_size + received.bytes().size();
    const auto tell = [&] {
        if (auto* to = watcher()) to->on_answered(self, answer.to, size, self.last_used_);
    };
    if (answer.what == inflight::answer::verdict::drop) // of a silent one nothing is known any more
        return answer.to.abandoned ? tell() : void();
    send_completion done = take(*id);
    if (!done) return;

    bytes_view body;
    arena memory;
    response_header header;
    if (const auto error =
            read_response_header(received.bytes(), answer.to.key, answer.to.version, memory, header, body)) {
        done.fail(errc::invalid_response, describe(diagnostics(error.message()), answer.to));
        return shut(errc::invalid_response, diagnostics(error.message()), {}, errc::connection_closed);
    }
    tell();
    done.dispatch({}, {std::move(received), body, answer.to.key, answer.to.version, answer.to.id});
}

void connection::implementation::on_broken_protocol(std::error_code ec, const std::string& words)
{
    // The request whose turn it was gets the reason; the others did nothing wrong and may be sent again.
    const auto oldest = table.oldest_awaited();
    shut(ec, diagnostics(words), oldest ? std::optional(oldest->id) : std::nullopt, errc::connection_closed);
}

void connection::implementation::arm_deadline()
{
    const auto next = table.next_deadline();
    if (!next) {
        if (armed) deadline->cancel();
        armed.reset();
        return;
    }
    if (armed && *armed <= *next) return; // it comes too early at worst, and then looks again
    armed = next;
    deadline->async_wait_until(self.world_.strand, *next, [keep = self.shared_from_this()](std::error_code ec) {
        if (!ec) keep->impl_->on_deadline();
    });
}

void connection::implementation::on_deadline()
{
    armed.reset();
    if (self.state_ != state::ready) return;
    const steady_time now = self.world_.clock->now();
    for (const inflight::request& expired : table.take_expired_queued(now)) {
        end(expired, errc::request_timed_out, diagnostics("the request waited too long for its turn"));
        if (auto* to = watcher()) to->on_timed_out(self, expired, now);
    }
    tell_queue_size();
    if (const auto late = table.overdue(now)) {
        diagnostics about(late->answered ? "the peer did not read the request in time"
                                         : "the answer did not come in time");
        about.set_request(late->key, late->version, late->id).set_how_far(late->how_far());
        if (auto* to = late->answered ? nullptr : watcher()) to->on_timed_out(self, *late, now);
        return shut(errc::request_timed_out, about, late->id, errc::connection_closed);
    }
    arm_deadline();
}

diagnostics connection::implementation::describe(diagnostics about, const inflight::request& request) const
{
    about.set_peer(self.broker_, self.node_id_);
    about.set_request(request.key, request.version, request.id).set_how_far(request.how_far());
    return about;
}

// Whoever waits for this request, or nobody. The request itself goes too, unless the transport still reads it: an answer, a
// cancellation or the end of the connection may all come before the end of the write.
connection::implementation::send_completion connection::implementation::take(std::int32_t id)
{
    const auto found = requests.find(id);
    if (found == requests.end()) return {};
    auto done = std::move(found->second.done);
    if (!found->second.is_written) requests.erase(found);
    return done;
}

void connection::implementation::end(const inflight::request& request, std::error_code ec, const diagnostics& about)
{
    if (auto done = take(request.id)) done.fail(ec, describe(about, request));
}

// Whom to tell what happens here, if anybody.
connection_observer* connection::implementation::watcher() const noexcept
{
    connection_observer* const to = self.options_.observer.get();
    return to != nullptr && to->is_watching() ? to : nullptr;
}

void connection::implementation::tell_queue_size()
{
    auto* const to = watcher();
    if (to == nullptr) return;
    const std::size_t queued = table.queued();
    if (std::exchange(told_queued, queued) != queued) to->on_queue_size(self, queued, self.world_.clock->now());
}

void connection::implementation::shut(std::error_code why, const diagnostics& about,
                                      std::optional<std::int32_t> culprit, std::error_code others)
{
    if (self.state_ == state::closed) return;
    const bool was_ready = self.state_ == state::ready;
    const bool was_opening = self.state_ == state::opening;
    self.state_ = state::closed;
    const auto keep = self.weak_from_this().lock();
    if (const auto opening = setup.lock()) opening->stop(others, about);
    if (stream) stream->close();
    deadline->cancel();
    unmute->cancel();
    session->stop();

    diagnostics told = about;
    told.set_peer(self.broker_, self.node_id_);
    const auto all = table.fail_all();
    self.was_closed_idle_ =
        was_ready && all.empty() && (why == errc::connection_closed || why == errc::connection_reset);
    const log_level level = is_unwelcome ? log_level::warning : all.empty() ? log_level::debug : log_level::info;
    self.world_.log->write(level, "connection",
                           why && why != errc::closed ? "closed: " + odradek::describe(why, told) : told.to_string());
    for (const inflight::request& one : all) end(one, one.id == culprit ? why : others, about);
    if (auto* to = watcher()) {
        const steady_time now = self.world_.clock->now();
        tell_queue_size();
        if (was_ready) to->on_closed(self, why, told, now);
        if (was_opening) to->on_failed(self, why ? why : others, told, opened, now);
    }
    if (auto handler = std::move(self.close_handler_)) handler(why, told);
}

} // namespace odradek
