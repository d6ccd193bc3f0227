// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client.hpp>
#include <odradek/client/properties.hpp>
#include <odradek/tools/cli/arguments.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace odradek::cli {

/// Kafka's properties from everything that the command line names. What is wrong with one is a usage failure that says where it
/// came from; secrets are not repeated.
[[nodiscard]] properties read_properties(const connection_arguments& arguments);

/// A line for each property that was accepted and does nothing: of those that should secure something always, since somebody may rely on
/// them, of the others only where `all` are wanted.
[[nodiscard]] std::vector<std::string> ignored_words(const properties& settings, bool all);

/// What a command with a broker runs in: one thread, one client, the signals.
///
/// Owned by main for the whole run; the command's objects refer to it. Everything runs on the one thread that called run().
class session {
public:
    /// Reads the properties and makes the client; nothing is connected yet.
    explicit session(const connection_arguments& arguments);
    /// The same with properties that somebody else has read.
    session(properties settings, const client_options& options, std::chrono::milliseconds timeout, int verbosity);

    /// Runs the command until it ends, and gives its exit code; what it throws comes out. The command starts in here.
    int run(const std::function<asio::awaitable<int>()>& command);

    [[nodiscard]] odradek::client& client() noexcept { return client_; }                  ///< The client.
    [[nodiscard]] const properties& settings() const noexcept { return settings_; }       ///< What was set.
    [[nodiscard]] asio::io_context& context() noexcept { return context_; }               ///< Where all runs.
    [[nodiscard]] int verbosity() const noexcept { return verbosity_; }                   ///< How often -v was given.
    [[nodiscard]] std::chrono::milliseconds timeout() const noexcept { return timeout_; } ///< Of the first contact.

    /// The signal that asked the program to end; 0 if none did. A second one ends it at once, after its last words.
    [[nodiscard]] int signal() const noexcept { return signal_; }
    /// Called when a signal comes; the last one set counts.
    void on_signal(std::function<void()> callback) { on_signal_ = std::move(callback); }

    /// Called when a second signal comes, right before the program ends: to tell what is known. It must not start anything.
    void on_last_words(std::function<void()> callback) { on_last_words_ = std::move(callback); }

    /// The first contact with the cluster: metadata of these topics (none: of all), within the timeout. A failure in one line
    /// if there is no answer.
    asio::awaitable<cluster_snapshot> contact(std::vector<std::string> topics, bool may_create = false);

    /// One topic, by contact(). A topic that does not exist is a failure, after a while in which the broker may create it if
    /// `may_create`. If a partition is named it must exist.
    asio::awaitable<topic_info> find_topic(std::string name, std::optional<std::int32_t> partition,
                                           bool may_create = false);

private:
    session(const properties& settings, const connection_arguments& arguments);
    void wait_for_signal();
    asio::awaitable<cluster_snapshot> ask(const std::vector<std::string>& topics, bool may_create,
                                          std::chrono::milliseconds timeout);

    asio::io_context context_{1};
    properties settings_;
    asio::signal_set signals_;
    odradek::client client_;
    std::chrono::milliseconds timeout_;
    int verbosity_;
    int signal_ = 0;
    std::string last_warning_; // of the client, while nobody asked to hear them
    std::function<void()> on_signal_;
    std::function<void()> on_last_words_;
};

} // namespace odradek::cli
