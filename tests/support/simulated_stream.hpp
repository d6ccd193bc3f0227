// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/random.hpp>
#include <odradek/net/transport.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <tests/support/byte_history.hpp>
#include <tests/support/virtual_clock.hpp>

namespace odradek::test {

/// How bytes travel between a client and a broker.
struct link_quality {
    std::chrono::nanoseconds latency{std::chrono::microseconds{500}}; ///< One way, at least.
    std::chrono::nanoseconds jitter{std::chrono::microseconds{100}};  ///< Up to so much more.
    std::uint64_t bytes_per_second = 1'000'000'000;
    std::size_t client_window = std::size_t{1} << 20; ///< What the client's side takes in before somebody reads it.
    std::size_t broker_window = std::size_t{1} << 20; ///< The same of the broker's side.
};

/// What all streams of a world share.
struct stream_world {
    std::shared_ptr<virtual_clock> time;
    random_source random; ///< Of the network: jitter.
    byte_history history{};
    std::uint64_t closed_by_client = 0; ///< How many streams.
};

/// One connection in memory: two directions with latency, bandwidth and a window, that can be blocked, cut, or die silently.
///
/// Shared by the client's transport, the broker's host and the bytes on their way. Single-threaded.
class simulated_stream : public std::enable_shared_from_this<simulated_stream> {
public:
    simulated_stream(std::shared_ptr<stream_world> world, link_quality quality, std::uint64_t number, std::int32_t node)
        : number(number), node(node), world_(std::move(world)), quality_(quality)
    {
        to_broker_.window = quality.broker_window;
        to_client_.window = quality.client_window;
    }

    const std::uint64_t number;               ///< Of this connection, in the order in which they were made.
    const std::int32_t node;                  ///< The broker at the other end.
    std::function<void()> on_broker_readable; ///< There are bytes for the broker, or the end.

    // The client's side

    void client_read(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done);
    void client_write(std::span<const bytes_view> parts, completion<void(std::error_code)> done);
    void client_close();
    [[nodiscard]] transport::state client_probe() const noexcept;
    [[nodiscard]] std::uint64_t client_bytes_written() const noexcept { return to_broker_.sent; }

    // The broker's side

    [[nodiscard]] bytes_view broker_peek() const noexcept;
    void broker_take(std::size_t count);
    [[nodiscard]] bool broker_sees_end() const noexcept { return to_broker_.ended; }
    void broker_write(std::span<const bytes_view> parts);
    void broker_close(); ///< After what was written.

    // What goes wrong

    void block_until(steady_time when);  ///< Nothing arrives before.
    void cut();                          ///< Both ends see a reset, what is under way is lost.
    void cut_after(std::uint64_t bytes); ///< It is cut once so many have arrived, in both directions together.
    void die();                          ///< Nothing arrives any more, and nobody is told.
    void set_quality(link_quality quality);
    [[nodiscard]] bool is_over() const noexcept { return reset_ || client_closed_ || to_client_.finishing; }

private:
    struct chunk {
        steady_time arrives;
        std::string bytes;
        bool last = false;
    };
    struct direction {
        std::string waiting; // written, and no room in the window
        bool finishing = false;
        std::deque<chunk> flight;
        std::string arrived;
        std::size_t taken = 0;  // of `arrived`
        std::size_t window = 0; // most bytes in flight and in `arrived`
        std::size_t outstanding = 0;
        std::uint64_t sent = 0; // bytes that left `waiting`
        bool ended = false;
        bool fin_sent = false;
        steady_time line_free{};
        steady_time last_arrival{};
    };

    void pump(direction& way);
    void send(direction& way, std::string bytes, bool last);
    void arrive(direction& way);
    [[nodiscard]] bool is_last_before_cut(std::string& bytes);
    void take(direction& way, std::size_t count);
    void serve_read();
    void serve_write();
    void tell_broker();

    std::shared_ptr<stream_world> world_;
    link_quality quality_;
    direction to_broker_;
    direction to_client_;
    steady_time blocked_until_{};
    std::optional<std::uint64_t> left_until_cut_;
    bool dead_ = false;
    bool reset_ = false;
    bool client_closed_ = false;
    completion<void(std::error_code, std::size_t)> read_;
    std::span<std::byte> into_;
    completion<void(std::error_code)> write_;
};

/// The client's end of a simulated_stream.
class simulated_transport final : public transport {
public:
    explicit simulated_transport(std::shared_ptr<simulated_stream> stream) : stream_(std::move(stream)) {}
    ~simulated_transport() override { stream_->client_close(); }
    simulated_transport(const simulated_transport&) = delete;
    simulated_transport& operator=(const simulated_transport&) = delete;

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override
    {
        stream_->client_read(into, std::move(done));
    }
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override
    {
        stream_->client_write(parts, std::move(done));
    }
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return stream_->client_bytes_written(); }
    [[nodiscard]] state probe() noexcept override { return stream_->client_probe(); }
    void close() noexcept override { stream_->client_close(); }
    [[nodiscard]] std::string describe() const override { return "simulated " + std::to_string(stream_->number); }

private:
    std::shared_ptr<simulated_stream> stream_;
};

} // namespace odradek::test
