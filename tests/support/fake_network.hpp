// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/transport.hpp>

#include <asio/error.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace odradek::test {

/// One stream in memory, seen from the far side: what the client wrote, and what it is to read.
class fake_stream {
public:
    std::string received;                         ///< Everything that the client wrote.
    std::vector<std::size_t> writes;              ///< The size of each of its writes.
    std::function<void()> on_received;            ///< Called after each write.
    std::size_t read_at_most = ~std::size_t{0};   ///< Largest number of bytes that one read gets.
    std::size_t accept_at_most = ~std::size_t{0}; ///< Bytes until writing fails with connection_reset.
    bool hold_writes = false;                     ///< Writes stay pending, as into a full socket buffer.
    bool close_waits_for_writes = false; ///< A held write outlives close(), until release_writes(), as with TLS.
    bool closed_by_client = false;

    /// Lets the client read this.
    void push(bytes_view bytes)
    {
        unread_ += bytes.text();
        serve_read();
    }
    /// Ends the stream, after what was pushed.
    void end(std::error_code ec = asio::error::eof)
    {
        ended_ = ec;
        serve_read();
    }
    /// Lets held writes go on. Only now their bytes are read, from where the client said that they lie.
    void release_writes()
    {
        hold_writes = false;
        if (!write_) return;
        const std::string bytes = joined(std::exchange(held_, {}));
        if (closed_by_client) return std::exchange(write_, {}).fail(asio::error::operation_aborted);
        finish_write(std::move(write_), bytes);
    }
    [[nodiscard]] bool is_read_pending() const noexcept { return static_cast<bool>(read_); }

private:
    friend class fake_transport;

    void serve_read()
    {
        if (!read_) return;
        if (!unread_.empty()) {
            const std::size_t size = std::min({unread_.size(), into_.size(), read_at_most});
            std::memcpy(into_.data(), unread_.data(), size);
            unread_.erase(0, size);
            auto done = std::move(read_);
            done.succeed(size);
        } else if (ended_) {
            auto done = std::move(read_);
            done.fail(ended_);
        }
    }
    static std::string joined(std::span<const bytes_view> parts)
    {
        std::string bytes;
        for (const bytes_view part : parts) bytes += part.text();
        return bytes;
    }
    void finish_write(completion<void(std::error_code)> done, const std::string& bytes)
    {
        const std::size_t accepted = std::min(bytes.size(), accept_at_most - std::min(accept_at_most, received.size()));
        received += bytes.substr(0, accepted);
        writes.push_back(accepted);
        if (accepted < bytes.size()) return done.fail(asio::error::connection_reset);
        done.succeed();
        if (on_received) on_received();
    }
    void close()
    {
        closed_by_client = true;
        if (read_) std::exchange(read_, {}).fail(asio::error::operation_aborted);
        if (write_ && !close_waits_for_writes) std::exchange(write_, {}).fail(asio::error::operation_aborted);
    }

    std::string unread_;
    std::error_code ended_;
    completion<void(std::error_code, std::size_t)> read_;
    std::span<std::byte> into_;
    completion<void(std::error_code)> write_;
    std::span<const bytes_view> held_;
};

/// The client's end of a fake_stream.
class fake_transport final : public transport {
public:
    explicit fake_transport(std::shared_ptr<fake_stream> stream) : stream_(std::move(stream)) {}
    ~fake_transport() override { close(); }
    fake_transport(const fake_transport&) = delete;
    fake_transport& operator=(const fake_transport&) = delete;

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override
    {
        if (stream_->closed_by_client) return done.fail(asio::error::bad_descriptor);
        stream_->into_ = into;
        stream_->read_ = std::move(done);
        stream_->serve_read();
    }
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override
    {
        if (stream_->closed_by_client) return done.fail(asio::error::bad_descriptor);
        if (!stream_->hold_writes) return stream_->finish_write(std::move(done), fake_stream::joined(parts));
        stream_->held_ = parts;
        stream_->write_ = std::move(done);
    }
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return stream_->received.size(); }
    [[nodiscard]] state probe() noexcept override
    {
        if (!stream_->unread_.empty()) return state::readable;
        return stream_->ended_ || stream_->closed_by_client ? state::closed : state::quiet;
    }
    void close() noexcept override { stream_->close(); }
    [[nodiscard]] std::string describe() const override { return "memory"; }

private:
    std::shared_ptr<fake_stream> stream_;
};

/// A network in memory: addresses where something listens, all others refuse.
class fake_network final : public socket_factory {
public:
    using listener = std::function<void(std::shared_ptr<fake_stream> accepted)>;

    std::map<endpoint, listener> listeners;
    std::map<endpoint, std::error_code> refusals; ///< Instead of connection_refused; operation_aborted: never answers.
    std::vector<transport_request> attempts;      ///< Every connect that was asked for.

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        attempts.push_back(to);
        const auto refusal = refusals.find(to.broker);
        if (refusal != refusals.end() && refusal->second == asio::error::operation_aborted) {
            const auto kept = std::make_shared<completion<void(std::error_code, std::unique_ptr<transport>)>>();
            done.on_cancel([kept] { std::exchange(*kept, {}).fail(asio::error::operation_aborted); });
            *kept = std::move(done);
            return;
        }
        const auto listening = listeners.find(to.broker);
        if (listening == listeners.end() || refusal != refusals.end()) {
            const std::error_code ec = refusal != refusals.end() ? refusal->second : asio::error::connection_refused;
            diagnostics about("cannot connect: " + ec.message());
            about.set_peer(to.broker);
            return done.fail(ec, std::move(about));
        }
        auto stream = std::make_shared<fake_stream>();
        done.succeed(std::make_unique<fake_transport>(stream));
        listening->second(std::move(stream));
    }
};

} // namespace odradek::test
