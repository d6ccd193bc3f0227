// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/transport.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>

namespace odradek::test {

/// One direction of a connection in memory, with what can go wrong on it.
class memory_pipe {
public:
    std::size_t read_at_most = ~std::size_t{0}; ///< The most that one read gets.
    std::size_t room = ~std::size_t{0};         ///< Bytes that fit in; a write waits for the rest.
    std::size_t cut_at = ~std::size_t{0};       ///< After so many bytes writes fail, and reads find an end.
    std::size_t flip_at = ~std::size_t{0};      ///< The number of a byte that is changed on its way.
    bool holds_writer = false;                  ///< A write outlives the close of its transport, until end_writer().
    bool can_read_now = true;                   ///< Whether transport::read_now works.
    std::error_code end = asio::error::eof;     ///< What a read finds at the end.

    std::size_t total = 0; ///< Bytes that were accepted.
    std::string unread{};  ///< What was accepted and not read yet.
    bool is_ended = false; ///< Nothing more comes.

    void read(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done)
    {
        into_ = into;
        reader_ = std::move(done);
        serve();
    }
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done)
    {
        parts_ = parts;
        offset_ = 0;
        writer_ = std::move(done);
        serve();
    }
    std::size_t take(std::span<std::byte> into)
    {
        const std::size_t size = std::min({unread.size(), into.size(), read_at_most});
        if (size != 0) std::memcpy(into.data(), unread.data(), size);
        unread.erase(0, size);
        return size;
    }
    /// The reader or the writer is gone.
    void drop_reader()
    {
        if (reader_) std::exchange(reader_, {}).fail(asio::error::operation_aborted);
        is_ended = true;
        serve();
    }
    void drop_writer()
    {
        if (!holds_writer) end_writer();
    }
    void end_writer()
    {
        if (writer_) std::exchange(writer_, {}).fail(asio::error::operation_aborted);
        is_ended = true;
        serve();
    }
    /// Goes on after something above was changed.
    void serve()
    {
        for (bool more = true; more;) {
            const bool accepted = accept();
            more = deliver() || accepted;
        }
    }
    [[nodiscard]] bool is_read_pending() const noexcept { return static_cast<bool>(reader_); }
    [[nodiscard]] bool is_write_pending() const noexcept { return static_cast<bool>(writer_); }

private:
    bool accept()
    {
        bool changed = false;
        while (writer_) {
            while (!parts_.empty() && offset_ == parts_.front().size()) {
                parts_ = parts_.subspan(1);
                offset_ = 0;
            }
            if (parts_.empty()) {
                std::exchange(writer_, {}).succeed();
                return true;
            }
            if (is_ended || total >= cut_at) {
                is_ended = true;
                std::exchange(writer_, {}).fail(asio::error::broken_pipe);
                return true;
            }
            const std::size_t free = room - std::min(room, unread.size());
            const bytes_view part = parts_.front().subview(offset_, std::min(free, cut_at - total));
            if (part.empty()) break;
            unread += part.text();
            if (flip_at >= total && flip_at < total + part.size()) {
                char& flipped = unread[unread.size() - part.size() + (flip_at - total)];
                flipped = static_cast<char>(flipped ^ 0x20);
            }
            total += part.size();
            offset_ += part.size();
            if (total >= cut_at) is_ended = true;
            changed = true;
        }
        return changed;
    }
    bool deliver()
    {
        if (!reader_) return false;
        if (const std::size_t size = take(into_); size != 0) {
            std::exchange(reader_, {}).succeed(size);
            return true;
        }
        if (!is_ended) return false;
        std::exchange(reader_, {}).fail(end);
        return true;
    }

    std::span<std::byte> into_;
    completion<void(std::error_code, std::size_t)> reader_;
    std::span<const bytes_view> parts_;
    std::size_t offset_ = 0;
    completion<void(std::error_code)> writer_;
};

/// One end of a connection in memory: reads from one pipe, writes into the other.
class memory_transport final : public transport {
public:
    memory_transport(std::shared_ptr<memory_pipe> in, std::shared_ptr<memory_pipe> out)
        : in_(std::move(in)), out_(std::move(out))
    {}
    ~memory_transport() override { close(); }
    memory_transport(const memory_transport&) = delete;
    memory_transport& operator=(const memory_transport&) = delete;

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override
    {
        if (is_closed_) return done.fail(asio::error::bad_descriptor);
        in_->read(into, std::move(done));
    }
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override
    {
        if (is_closed_) return done.fail(asio::error::bad_descriptor);
        out_->write(parts, std::move(done));
    }
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return out_->total; }
    [[nodiscard]] std::size_t read_now(std::span<std::byte> into) noexcept override
    {
        if (!in_->can_read_now) return 0;
        const std::size_t size = in_->take(into);
        in_->serve(); // there is room again
        return size;
    }
    [[nodiscard]] state probe() noexcept override
    {
        if (is_closed_) return state::closed;
        if (!in_->unread.empty()) return state::readable;
        return in_->is_ended ? state::closed : state::quiet;
    }
    void close() noexcept override
    {
        if (is_closed_) return;
        is_closed_ = true;
        in_->drop_reader();
        out_->drop_writer();
    }
    [[nodiscard]] std::string describe() const override { return "memory"; }

private:
    std::shared_ptr<memory_pipe> in_;
    std::shared_ptr<memory_pipe> out_;
    bool is_closed_ = false;
};

/// Two ends of one connection in memory.
struct transport_pair {
    std::shared_ptr<memory_pipe> to_server = std::make_shared<memory_pipe>();
    std::shared_ptr<memory_pipe> to_client = std::make_shared<memory_pipe>();

    [[nodiscard]] std::unique_ptr<transport> client() const
    {
        return std::make_unique<memory_transport>(to_client, to_server);
    }
    [[nodiscard]] std::unique_ptr<transport> server() const
    {
        return std::make_unique<memory_transport>(to_server, to_client);
    }
};

} // namespace odradek::test
