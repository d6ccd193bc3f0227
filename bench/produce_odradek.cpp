// SPDX-License-Identifier: Apache-2.0
//
// Odradek's side of `bench/compare produce`: sends records as run_options say and prints as JSON what that cost.
//
//     bench_produce_odradek [--one-thread] --brokers HOST:PORT --topics NAME... [run_options]
//
// The main thread sends and a second one runs the io_context, as librdkafka has its threads; with --one-thread a coroutine
// on the only thread does both.
#include "payloads.hpp"
#include "produce_run.hpp"
#include <odradek/client/client.hpp>
#include <odradek/client/producer/producer.hpp>
#include <odradek/client/properties.hpp>

#include <asio/co_spawn.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>

namespace bench {
namespace {

constexpr std::chrono::minutes patience{2};

[[noreturn]] void die(const std::string& what)
{
    std::cerr << "bench_produce_odradek: " << what << '\n';
    std::exit(1);
}

/// "a,b" as a list.
std::vector<std::string> split(const std::string& text)
{
    std::vector<std::string> all;
    std::istringstream in(text);
    for (std::string one; std::getline(in, one, ',');) all.push_back(one);
    return all;
}

odradek::producer_options options_of(const run_options& how)
{
    odradek::producer_options options;
    if (how.defaults) return options;
    options.acks = static_cast<odradek::acks>(how.acks);
    options.idempotence = how.idempotent;
    options.linger = std::chrono::microseconds{how.linger_us};
    options.batch_size = how.batch;
    options.memory = how.memory;
    const std::optional<odradek::compression> codec = odradek::compression_from_name(how.codec);
    if (!codec) die("unknown codec " + how.codec);
    options.compression = *codec;
    options.level = how.level;
    return options;
}

odradek::client_options client_options_of(const run_options& how)
{
    odradek::properties known;
    for (const std::string& one : how.properties) {
        const std::size_t equals = std::min(one.find('='), one.size() - 1);
        if (const auto wrong = known.set(one.substr(0, equals), one.substr(equals + 1))) die(wrong.message);
    }
    odradek::client_options options = known.client();
    options.brokers = split(how.brokers);
    return options;
}

class run;
// One run a process, so that a callback captures only its record's number, as librdkafka's opaque is only that.
run* current = nullptr;

class run {
public:
    explicit run(const run_options& how) : how_(how), records_(how.pool, how.size), tally_(how) { current = this; }

    void go(bool one_thread)
    {
        cost spent;
        asio::io_context io{1};
        {
            odradek::client client{io, client_options_of(how_)};
            producer_ = std::make_unique<odradek::producer>(client, options_of(how_));
            for (const std::string& topic : how_.topics) topics_.push_back(producer_->topic(topic));
            if (one_thread) {
                run_alone(io, client, spent);
            } else {
                run_beside(io, client, spent);
            }
            metrics_ = producer_->metrics();
            producer_.reset();
        }
        nlohmann::ordered_json out{{"client", "odradek"}, {"version", "this commit"}, {"records", how_.records}};
        spent.describe(out);
        out["full"] = full_;
        out["batches"] = metrics_.batches;
        out["batch_bytes"] = metrics_.batch_bytes;
        out["wire_bytes"] = metrics_.batch_wire_bytes;
        out["requests"] = metrics_.requests;
        tally_.describe(out);
        std::cout << out.dump() << '\n';
    }

private:
    void run_beside(asio::io_context& io, odradek::client& client, cost& spent)
    {
        auto work = asio::make_work_guard(io);
        std::thread network([&io] { io.run(); });
        send_ahead();
        producer_->async_flush(asio::use_future).get();
        spent.ready();
        begin_schedule();
        for (std::uint64_t i = how_.ahead(); i < how_.records; ++i) {
            if (how_.rate > 0) when_.wait_for(i);
            std::error_code error = send(i);
            while (error == odradek::errc::queue_full) {
                ++full_;
                producer_->async_ready(asio::use_future).get();
                error = send(i);
            }
            if (error) die(error.message());
        }
        producer_->async_flush(asio::use_future).get();
        spent.delivered();
        producer_->async_close(patience, asio::use_future).get();
        client.async_close(patience, asio::use_future).get();
        work.reset();
        network.join();
    }

    void run_alone(asio::io_context& io, odradek::client& client, cost& spent)
    {
        std::exception_ptr thrown;
        asio::co_spawn(io, send_all(client, spent), [&thrown](std::exception_ptr e) { thrown = std::move(e); });
        io.run();
        if (thrown) std::rethrow_exception(thrown);
    }

    asio::awaitable<void> send_all(odradek::client& client, cost& spent)
    {
        send_ahead();
        co_await producer_->async_flush();
        spent.ready();
        for (std::uint64_t i = how_.ahead(); i < how_.records; ++i) {
            std::error_code error = send(i);
            while (error == odradek::errc::queue_full) {
                ++full_;
                co_await producer_->async_ready();
                error = send(i);
            }
            if (error) die(error.message());
        }
        co_await producer_->async_flush();
        spent.delivered();
        co_await producer_->async_close(patience);
        co_await client.async_close(patience);
    }

    void send_ahead()
    {
        for (std::uint64_t i = 0; i < how_.ahead(); ++i) {
            if (const std::error_code error = send(i, how_.partition_ahead(i))) die(error.message());
        }
    }

    void begin_schedule()
    {
        if (how_.rate <= 0) return;
        when_ = schedule(how_.rate, how_.ahead());
        tally_.begin(when_);
    }

    std::error_code send(std::uint64_t number, std::optional<std::int32_t> partition = {})
    {
        const odradek::topic_handle topic = topics_.size() == 1 ? topics_[0] : topics_[number % topics_.size()];
        odradek::record what;
        what.partition = partition;
        what.value = records_.value(number);
        if (!how_.keyed) return hand_over(topic, what, number);
        const std::array<odradek::record_header, 2> headers{
            odradek::record_header{.key = "trace", .value = odradek::bytes_view{records_.trace(number)}},
            odradek::record_header{.key = "source", .value = odradek::bytes_view{payloads::source(number)}}};
        what.key = records_.key(number);
        what.headers = headers;
        return hand_over(topic, what, number);
    }

    std::error_code hand_over(odradek::topic_handle topic, const odradek::record& what, std::uint64_t number)
    {
        if (!how_.reports) return producer_->try_send(topic, what);
        return producer_->try_send(topic, what, [number](std::error_code error, const odradek::placed& at) {
            if (error) return current->tally_.failed(error.message());
            current->tally_.delivered(number, at.partition, at.offset);
        });
    }

    const run_options& how_;
    payloads records_;
    tally tally_;
    schedule when_;
    std::unique_ptr<odradek::producer> producer_;
    std::vector<odradek::topic_handle> topics_;
    odradek::producer_metrics metrics_;
    std::uint64_t full_ = 0;
};

} // namespace
} // namespace bench

int main(int argc, char** argv)
{
    CLI::App app{"Sends records with Odradek's producer and prints what that cost"};
    bench::run_options how;
    how.add_to(app);
    bool one_thread = false;
    app.add_flag("--one-thread", one_thread, "send from a coroutine on the thread of the io_context");
    CLI11_PARSE(app, argc, argv);
    if (one_thread && how.rate > 0) bench::die("a schedule needs a thread of its own");
    try {
        bench::run(how).go(one_thread);
    } catch (const std::exception& e) {
        bench::die(e.what());
    }
}
