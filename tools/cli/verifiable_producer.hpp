// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/producer.hpp>
#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/output.hpp>
#include <odradek/tools/cli/room.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/wakeup.hpp>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

namespace odradek::cli {

/// The properties that Kafka's own VerifiableProducer would have with these arguments: those of the file win, also over the
/// arguments. What Java's client would not make a producer with is a usage failure.
[[nodiscard]] properties read_verifiable_properties(const verifiable_producer_arguments& arguments);

/// What the client beside that producer is made with.
[[nodiscard]] client_options verifiable_client(const properties& settings);

/// The command `verifiable-producer`: numbered records, and one JSON object a line for what became of each, so that Kafka's
/// system tests can use this client in the place of Java's.
///
/// Lives for one run on the session's thread. On standard output are events and nothing else, each record's own exactly once, after
/// `startup_complete` and before `shutdown_complete`, which `tool_data` follows.
///
/// Source: VerifiableProducer.java and kafkatest/services/verifiable_producer.py of Kafka 4.
class verifiable_producer {
public:
    /// Works with the session's client and properties, and writes to the descriptor `out`.
    verifiable_producer(session& in, verifiable_producer_arguments arguments, int out);

    /// Runs until all was sent, or to a signal, and delivers what was sent; gives the exit code.
    asio::awaitable<int> run();

private:
    struct told;

    [[nodiscard]] bool ending() const noexcept { return session_.signal() != 0 || out_.broken(); }
    asio::awaitable<void> send_all();
    asio::awaitable<void> sleep_until(std::chrono::steady_clock::time_point when);
    [[nodiscard]] std::error_code send(std::int64_t number);
    void on_ended(std::int64_t number, std::error_code ec, const placed& at, const diagnostics& about);
    void begin_event(std::string_view name);
    void end_event();
    void add_record(std::int64_t number);
    void write_events();
    void say_last_words();
    [[nodiscard]] std::string key_of(std::int64_t number) const;
    [[nodiscard]] std::string value_of(std::int64_t number) const;

    session& session_;
    verifiable_producer_arguments arguments_;
    producer_options options_;
    producer producer_;
    output out_;
    wakeup changed_;
    room room_{producer_, changed_};
    asio::steady_timer pause_;
    std::chrono::steady_clock::time_point start_{};
    std::string events_; // not written yet
    bool write_posted_ = false;
    std::int64_t sent_ = 0;
    std::int64_t acked_ = 0;
    std::int64_t failed_ = 0;
    std::string refusal_; // what explain() said of a record that was not taken over
};

} // namespace odradek::cli
