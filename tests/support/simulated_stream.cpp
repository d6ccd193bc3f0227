// SPDX-License-Identifier: Apache-2.0
#include <asio/error.hpp>

#include <algorithm>
#include <cstring>
#include <tests/support/simulated_stream.hpp>
#include <utility>

namespace odradek::test {

void simulated_stream::client_read(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done)
{
    if (client_closed_) return done.fail(asio::error::bad_descriptor);
    into_ = into;
    read_ = std::move(done);
    serve_read();
}

void simulated_stream::client_write(std::span<const bytes_view> parts, completion<void(std::error_code)> done)
{
    if (client_closed_) return done.fail(asio::error::bad_descriptor);
    if (reset_) return done.fail(asio::error::connection_reset);
    for (const bytes_view part : parts) to_broker_.waiting += part.text();
    write_ = std::move(done);
    pump(to_broker_);
}

void simulated_stream::client_close()
{
    if (std::exchange(client_closed_, true)) return;
    if (!reset_ && !to_client_.ended) ++world_->closed_by_client;
    to_broker_.waiting.clear(); // what was not handed over stays here
    if (read_) std::exchange(read_, {}).fail(asio::error::operation_aborted);
    if (write_) std::exchange(write_, {}).fail(asio::error::operation_aborted);
    to_client_.arrived.clear();
    to_client_.taken = 0;
    to_broker_.finishing = true;
    if (!reset_) pump(to_broker_);
}

transport::state simulated_stream::client_probe() const noexcept
{
    if (client_closed_ || reset_) return transport::state::closed;
    if (to_client_.arrived.size() > to_client_.taken) return transport::state::readable;
    return to_client_.ended ? transport::state::closed : transport::state::quiet;
}

bytes_view simulated_stream::broker_peek() const noexcept
{
    return bytes_view{to_broker_.arrived}.subview(to_broker_.taken);
}

void simulated_stream::broker_take(std::size_t count)
{
    take(to_broker_, count);
}

void simulated_stream::broker_write(std::span<const bytes_view> parts)
{
    if (reset_ || to_client_.finishing) return;
    for (const bytes_view part : parts) to_client_.waiting += part.text();
    pump(to_client_);
}

void simulated_stream::broker_close()
{
    if (std::exchange(to_client_.finishing, true) || reset_) return;
    pump(to_client_);
}

void simulated_stream::block_until(steady_time when)
{
    blocked_until_ = std::max(blocked_until_, when);
}

void simulated_stream::cut()
{
    if (std::exchange(reset_, true)) return;
    world_->history.note(byte_history::event::cut, world_->time->now(), number);
    for (direction* way : {&to_broker_, &to_client_}) {
        way->waiting.clear();
        way->flight.clear();
        way->arrived.clear();
        way->taken = 0;
        way->ended = true;
    }
    serve_read();
    serve_write();
    tell_broker();
}

void simulated_stream::cut_after(std::uint64_t bytes)
{
    left_until_cut_ = bytes;
}

// What still arrives of these bytes stays in them.
bool simulated_stream::is_last_before_cut(std::string& bytes)
{
    if (!left_until_cut_) return false;
    if (bytes.size() < *left_until_cut_) {
        *left_until_cut_ -= bytes.size();
        return false;
    }
    bytes.resize(static_cast<std::size_t>(*left_until_cut_));
    return true;
}

void simulated_stream::tell_broker()
{
    const auto told = on_broker_readable; // it may be replaced meanwhile
    if (told) told();
}

void simulated_stream::die()
{
    dead_ = true;
    to_broker_.flight.clear();
    to_client_.flight.clear();
}

void simulated_stream::set_quality(link_quality quality)
{
    quality_ = quality;
    to_broker_.window = quality.broker_window;
    to_client_.window = quality.client_window;
    pump(to_broker_);
    pump(to_client_);
}

void simulated_stream::pump(direction& way)
{
    while (!way.waiting.empty() && way.outstanding < way.window) {
        const std::size_t count = std::min(way.waiting.size(), way.window - way.outstanding);
        std::string bytes;
        if (count == way.waiting.size()) {
            bytes = std::exchange(way.waiting, {});
        } else {
            bytes = way.waiting.substr(0, count);
            way.waiting.erase(0, count);
        }
        way.outstanding += count;
        way.sent += count;
        send(way, std::move(bytes), false);
    }
    if (way.waiting.empty() && way.finishing && !std::exchange(way.fin_sent, true)) send(way, {}, true);
    serve_write();
}

void simulated_stream::send(direction& way, std::string bytes, bool last)
{
    if (dead_) return;
    const steady_time now = world_->time->now();
    way.line_free = std::max(now, way.line_free) +
                    std::chrono::nanoseconds{bytes.size() * 1'000'000'000 / quality_.bytes_per_second};
    const std::chrono::nanoseconds jitter{
        static_cast<std::int64_t>(world_->random.below(static_cast<std::uint64_t>(quality_.jitter.count()) + 1))};
    way.last_arrival = std::max(way.last_arrival, way.line_free + quality_.latency + jitter); // no overtaking
    way.flight.push_back({way.last_arrival, std::move(bytes), last});
    world_->time->schedule(way.last_arrival, [self = weak_from_this(), which = &way] {
        if (const auto alive = self.lock()) alive->arrive(*which);
    });
}

void simulated_stream::arrive(direction& way)
{
    const steady_time now = world_->time->now();
    if (way.flight.empty()) return;
    if (now < blocked_until_) {
        world_->time->schedule(blocked_until_, [self = weak_from_this(), which = &way] {
            if (const auto alive = self.lock()) alive->arrive(*which);
        });
        return;
    }
    const bool at_broker = &way == &to_broker_;
    bool is_cut = false;
    while (!is_cut && !way.flight.empty() && way.flight.front().arrives <= now) {
        chunk one = std::move(way.flight.front());
        way.flight.pop_front();
        if (one.last) {
            world_->history.note(byte_history::event::ended, now, number);
            way.ended = true;
        } else {
            is_cut = is_last_before_cut(one.bytes);
            world_->history.note(at_broker ? byte_history::event::to_broker : byte_history::event::to_client, now,
                                 number, bytes_view{one.bytes});
            if (way.arrived.size() == way.taken) {
                way.arrived = std::move(one.bytes);
                way.taken = 0;
            } else {
                way.arrived += one.bytes;
            }
        }
    }
    const auto keep = shared_from_this(); // whoever is told may let go of it
    at_broker ? tell_broker() : serve_read();
    if (is_cut) cut();
}

void simulated_stream::take(direction& way, std::size_t count)
{
    way.taken += count;
    way.outstanding -= std::min(count, way.outstanding);
    pump(way);
}

void simulated_stream::serve_read()
{
    if (!read_) return;
    const bytes_view unread = bytes_view{to_client_.arrived}.subview(to_client_.taken);
    if (reset_) {
        std::exchange(read_, {}).fail(asio::error::connection_reset);
    } else if (!unread.empty()) {
        const std::size_t size = std::min(unread.size(), into_.size());
        std::memcpy(into_.data(), unread.data(), size);
        auto done = std::exchange(read_, {});
        take(to_client_, size);
        done.succeed(size);
    } else if (to_client_.ended) {
        std::exchange(read_, {}).fail(asio::error::eof);
    }
}

void simulated_stream::serve_write()
{
    if (!write_) return;
    if (reset_)
        std::exchange(write_, {}).fail(asio::error::connection_reset);
    else if (to_broker_.waiting.empty())
        std::exchange(write_, {}).succeed();
}

} // namespace odradek::test
