// SPDX-License-Identifier: Apache-2.0
//
// Kafka without any socket: a client and an embedded cluster in one process, whose connections are memory. All of them live on one
// execution context, which any number of threads may run.
//
//     09_in_memory
#include <odradek/broker/cluster.hpp>
#include <odradek/net/listener.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/odradek.hpp>

#include <asio/error.hpp>
#include <asio/steady_timer.hpp>

#include <algorithm>
#include <cstring>
#include <deque>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace kafka = odradek;

using kafka::transport;
using read_done = kafka::completion<void(std::error_code, std::size_t)>;
using write_done = kafka::completion<void(std::error_code)>;
using connect_done = kafka::completion<void(std::error_code, std::unique_ptr<transport>)>;

// Where somebody waits for a change: a timer that never expires, whose cancellation wakes. So what is pending belongs to the
// execution context, and is destroyed with it, where an object that kept completions itself would keep itself alive.
class waiting_room {
public:
    explicit waiting_room(const asio::any_io_executor& executor)
        : timer_(executor, asio::steady_timer::time_point::max())
    {}
    template <class Again>
    void wait(Again again)
    {
        timer_.async_wait([again = std::move(again)](std::error_code) mutable { again(); });
    }
    void wake() noexcept { timer_.cancel(); }

private:
    asio::steady_timer timer_;
};

// One direction of a connection: what was written and not read yet. Its two ends are on strands of their own, so it has a lock;
// completions may be ended while it is held, as that never calls anybody in place.
class one_way : public std::enable_shared_from_this<one_way> {
public:
    explicit one_way(const asio::any_io_executor& executor) : reader_(executor), writer_(executor) {}

    void read(std::span<std::byte> into, read_done done)
    {
        const std::lock_guard lock(mutex_);
        if (reader_left_) return done.fail(asio::error::operation_aborted);
        if (bytes_.empty() && writer_left_) return done.fail(asio::error::eof);
        if (!bytes_.empty()) return done.succeed(take(into));
        reader_.wait(
            [self = shared_from_this(), into, done = std::move(done)]() mutable { self->read(into, std::move(done)); });
    }

    void write(std::span<const kafka::bytes_view> parts, write_done done)
    {
        const std::lock_guard lock(mutex_);
        if (writer_left_) return done.fail(asio::error::operation_aborted);
        if (reader_left_) return done.fail(asio::error::broken_pipe);
        if (bytes_.size() < full) {
            const std::size_t before = bytes_.size();
            for (const kafka::bytes_view part : parts)
                bytes_.append(reinterpret_cast<const char*>(part.data()), part.size());
            written_ += bytes_.size() - before;
            reader_.wake();
            return done.succeed();
        }
        writer_.wait([self = shared_from_this(), parts, done = std::move(done)]() mutable {
            self->write(parts, std::move(done));
        });
    }

    std::size_t read_now(std::span<std::byte> into)
    {
        const std::lock_guard lock(mutex_);
        return take(into);
    }

    transport::state look()
    {
        const std::lock_guard lock(mutex_);
        if (reader_left_) return transport::state::closed;
        if (!bytes_.empty()) return transport::state::readable;
        return writer_left_ ? transport::state::closed : transport::state::quiet;
    }

    std::uint64_t written()
    {
        const std::lock_guard lock(mutex_);
        return written_;
    }

    void leave(bool as_reader)
    {
        const std::lock_guard lock(mutex_);
        (as_reader ? reader_left_ : writer_left_) = true;
        reader_.wake();
        writer_.wake();
    }

private:
    static constexpr std::size_t full = std::size_t{1} << 20; // a write waits while so much is unread

    std::size_t take(std::span<std::byte> into)
    {
        const std::size_t size = std::min(into.size(), bytes_.size());
        std::memcpy(into.data(), bytes_.data(), size);
        bytes_.erase(0, size);
        writer_.wake();
        return size;
    }

    std::mutex mutex_;
    std::string bytes_;
    std::uint64_t written_ = 0;
    bool reader_left_ = false;
    bool writer_left_ = false;
    waiting_room reader_;
    waiting_room writer_;
};

// One end of a connection.
class memory_transport final : public transport {
public:
    memory_transport(std::shared_ptr<one_way> in, std::shared_ptr<one_way> out)
        : in_(std::move(in)), out_(std::move(out))
    {}
    ~memory_transport() override { memory_transport::close(); }
    memory_transport(const memory_transport&) = delete;
    memory_transport& operator=(const memory_transport&) = delete;

    void read_some(std::span<std::byte> into, read_done done) override { in_->read(into, std::move(done)); }
    void write(std::span<const kafka::bytes_view> parts, write_done done) override
    {
        out_->write(parts, std::move(done));
    }
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return out_->written(); }
    [[nodiscard]] std::size_t read_now(std::span<std::byte> into) noexcept override { return in_->read_now(into); }
    [[nodiscard]] state probe() noexcept override { return in_->look(); }
    void close() noexcept override
    {
        in_->leave(true);
        out_->leave(false);
    }
    [[nodiscard]] std::string describe() const override { return "memory"; }

private:
    std::shared_ptr<one_way> in_;
    std::shared_ptr<one_way> out_;
};

// Where one broker takes connections.
class door : public std::enable_shared_from_this<door> {
public:
    explicit door(const asio::any_io_executor& executor) : acceptor_(executor) {}

    // The client's end; none if nobody listens any more.
    std::unique_ptr<transport> connect(const asio::any_io_executor& executor)
    {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return nullptr;
        const auto out = std::make_shared<one_way>(executor);
        const auto in = std::make_shared<one_way>(executor);
        waiting_.push_back(std::make_unique<memory_transport>(out, in));
        acceptor_.wake();
        return std::make_unique<memory_transport>(in, out);
    }

    void accept(connect_done done)
    {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return done.fail(asio::error::operation_aborted);
        if (waiting_.empty())
            return acceptor_.wait(
                [self = shared_from_this(), done = std::move(done)]() mutable { self->accept(std::move(done)); });
        done.succeed(std::move(waiting_.front()));
        waiting_.pop_front();
    }

    void close()
    {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        waiting_.clear();
        acceptor_.wake();
    }

private:
    std::mutex mutex_;
    std::deque<std::unique_ptr<transport>> waiting_;
    bool is_closed_ = false;
    waiting_room acceptor_;
};

class memory_listener final : public kafka::listener {
public:
    memory_listener(kafka::endpoint where, std::shared_ptr<door> at) : where_(std::move(where)), door_(std::move(at)) {}
    ~memory_listener() override { memory_listener::stop(); }
    memory_listener(const memory_listener&) = delete;
    memory_listener& operator=(const memory_listener&) = delete;

    [[nodiscard]] kafka::endpoint where() const override { return where_; }
    void accept(connect_done done) override { door_->accept(std::move(done)); }
    void stop() noexcept override { door_->close(); }

private:
    kafka::endpoint where_;
    std::shared_ptr<door> door_;
};

// Both sides' factory: addresses are no more than names here.
class memory_network final : public kafka::socket_factory, public kafka::listener_factory {
public:
    [[nodiscard]] std::unique_ptr<kafka::listener> listen(const kafka::listen_request& request,
                                                          std::error_code& error) override
    {
        const std::lock_guard lock(mutex_);
        std::weak_ptr<door>& place = doors_[request.at];
        if (!place.expired()) {
            error = asio::error::address_in_use;
            return nullptr;
        }
        const auto made = std::make_shared<door>(request.executor);
        place = made;
        return std::make_unique<memory_listener>(request.at, made);
    }

    // It ends as soon as it began, so there is nothing that a cancellation could stop.
    void connect(kafka::transport_request to, connect_done done) override
    {
        const std::lock_guard lock(mutex_);
        const auto at = doors_[to.broker].lock();
        auto made = at ? at->connect(to.executor) : nullptr;
        if (!made) return done.fail(asio::error::connection_refused);
        done.succeed(std::move(made));
    }

private:
    std::mutex mutex_;
    std::map<kafka::endpoint, std::weak_ptr<door>> doors_;
};

asio::awaitable<void> run(kafka::broker::cluster& cluster, kafka::client& client)
{
    kafka::producer producer{client};
    kafka::placed at = co_await producer.async_send({.topic = "letters", .key = "milena", .value = "Dear M."});
    std::cout << "at offset " << at.offset << ", without a socket\n";
    co_await producer.async_close(std::chrono::seconds{5});
    co_await client.async_close(std::chrono::seconds{5});
    cluster.stop();
}

int main()
{
    asio::io_context io;
    const auto network = std::make_shared<memory_network>();
    kafka::broker::cluster_options how{.brokers = 3, .topics = {{"letters", 3}}, .listen = "127.0.0.1:9092"};
    how.listeners = network;
    kafka::broker::cluster cluster{io, how};
    if (cluster.error()) {
        std::cerr << cluster.error_text() << '\n';
        return 1;
    }
    kafka::client_options options{.brokers = cluster.bootstrap()};
    options.socket_factory = network;
    kafka::client client{io, options};
    int status = 0;
    asio::co_spawn(io, run(cluster, client), [&](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const kafka::error& e) {
            std::cerr << e.what() << '\n';
            status = 1;
            cluster.stop();
        }
    });
    io.run();
    return status;
}
