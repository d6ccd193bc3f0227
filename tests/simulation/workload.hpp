// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tests/simulation/scenario.hpp>

namespace odradek::test {

/// Options of a client in a simulation: timeouts from the random numbers, bootstrap from the world.
[[nodiscard]] client_options random_client_options(random_source& random);

/// A client in its own environment, and the sends that it makes.
class simulated_client {
public:
    /// `adjust`, if given, changes the options first.
    simulated_client(stage& on, const std::string& id, const std::function<void(client_options&)>& adjust = {});

    [[nodiscard]] client& operator*() noexcept { return client_; }
    [[nodiscard]] client* operator->() noexcept { return &client_; }

    /// Sends some records with options from `random` and writes down what becomes of it.
    void send(std::string topic, std::optional<std::int32_t> partition, random_source& random);
    /// The same with plain options, for checks after the healing. `on_end` may be empty.
    void send_plainly(std::string topic, std::int32_t partition);

private:
    void send(std::string topic, std::optional<std::int32_t> partition, const produce_options& how, std::size_t count,
              std::size_t padding);

    stage& on_;
    client client_;
};

/// Reads one partition from one offset on, again and again, and writes down what it sees.
class partition_reader : public std::enable_shared_from_this<partition_reader> {
public:
    partition_reader(stage& on, simulated_client& by, std::uint64_t number, std::string topic, std::int32_t partition,
                     std::uint64_t seed)
        : on_(on), by_(by), number_(number), topic_(std::move(topic)), partition_(partition), random_(seed)
    {}

    /// Goes on until stop(), or until everything was read if it is so asked.
    void start(bool until_end = false);
    /// Where to begin; 0 otherwise. `end` is where the log ends now.
    void begin_at(std::int64_t offset, std::int64_t end) noexcept
    {
        position_ = offset;
        behind_end_ = offset > end;
    }
    void stop() noexcept { stopped_ = true; }
    [[nodiscard]] bool is_finished() const noexcept { return finished_; }
    [[nodiscard]] std::int64_t position() const noexcept { return position_; }

private:
    void fetch();
    void on_fetched(history::id operation, std::error_code ec, const fetched& what);
    void ask_offset();
    void again();

    stage& on_;
    simulated_client& by_;
    std::uint64_t number_;
    std::string topic_;
    std::int32_t partition_;
    random_source random_;
    std::int64_t position_ = 0;
    bool behind_end_ = false; // it began there, and the log may not have come that far
    bool until_end_ = false;
    bool stopped_ = false;
    bool finished_ = false;
};

} // namespace odradek::test
