// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client.hpp>
#include <odradek/client/placed.hpp>
#include <odradek/client/producer/delivery.hpp>
#include <odradek/client/producer/producer_metrics.hpp>
#include <odradek/client/producer/producer_options.hpp>
#include <odradek/client/producer/sent.hpp>
#include <odradek/client/record.hpp>
#include <odradek/net/error.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

namespace odradek {

namespace detail {
class producer_core;
class topic_queue;

template <class T>
concept delivery_handler =
    std::invocable<T, std::error_code, const placed&> || std::invocable<T, const delivery_callback::outcome&>;

template <class T>
inline constexpr bool is_send_argument = std::is_convertible_v<T&&, const send_options&>;
} // namespace detail

/// A topic that a producer has looked up once, so that sends need not look for its name again.
///
/// A copyable reference; usable from any thread, with the producer that made it, as long as that lives.
class topic_handle {
public:
    topic_handle() noexcept = default; ///< No topic: a send with it ends with errc::invalid_argument.

private:
    friend class producer;
    explicit topic_handle(detail::topic_queue* topic) noexcept : topic_(topic) {}
    explicit topic_handle(const std::string* refused) noexcept : refused_(refused) {}
    detail::topic_queue* topic_ = nullptr;
    const std::string* refused_ = nullptr; // the name, if no topic can be called so
};

/// What purge() throws away.
struct purge_options {
    bool queued = true;     ///< What was not sent yet.
    bool in_flight = false; ///< What was sent and is not answered yet: whether it was written stays unknown.
};

/// Sends records: collects them in batches, each written once in its final form, and delivers every batch once.
///
/// Made from a client, whose connections and metadata it shares; movable, not copyable; may outlive the client handle, whose
/// end ends its sends. try_send() and the start of every operation are thread-safe. Callbacks of try_send() and on_delivery()
/// run on the client's strand, as outcomes become known: those of one partition in the order of its records, but for what is sent
/// again or given up meanwhile. They must not throw and should be short, and may call
/// the producer. Completions of operations run on their own executor, else on the client's. Destroying the producer gives up
/// what was not delivered, with errc::closed, and returns at once; async_close() waits for it.
///
/// With idempotence, which is the default, a record that was acknowledged is in its partition once, in the order of the
/// sends. Where an answer was lost and the delivery timeout has come, a send ends with errc::outcome_unknown.
///
/// Source: KIP-98, KIP-360 (idempotence), KIP-91 (delivery timeout), KIP-480, KIP-794 (sticky partitions), KIP-467 (culprits).
class ODRADEK_EXPORT producer {
public:
    /// Works with the connections of `with`. Nothing is connected before the first send.
    explicit producer(client& with, producer_options options = {});
    producer(producer&&) noexcept = default;
    producer& operator=(producer&& other) noexcept;
    producer(const producer&) = delete;
    producer& operator=(const producer&) = delete;
    ~producer();

    /// Where completions run that have no executor of their own.
    [[nodiscard]] asio::any_io_executor get_executor() const;

    /// The topic of that name, for try_send(), which answers errc::invalid_topic_name if no topic can be called so.
    [[nodiscard]] topic_handle topic(std::string_view name);

    /// Takes a record over without waiting, or says why not: errc::queue_full when the memory is used up, errc::closed, or what is wrong
    /// with the record (see explain()). Any thread. What becomes of it is told by on_delivery() only. A thread of its own may wait for
    /// room with async_ready(asio::use_future).get(), a coroutine with co_await async_ready().
    [[nodiscard]] std::error_code try_send(const record& what) { return try_append(nullptr, what, nullptr, {}); }
    /// The same for a topic that was looked up; the record's own topic is not looked at.
    [[nodiscard]] std::error_code try_send(topic_handle topic, const record& what)
    {
        return try_append_to(topic, what, nullptr, {});
    }
    /// The same with options of its own.
    [[nodiscard]] std::error_code try_send(const record& what, const send_options& how)
    {
        return try_append(nullptr, what, &how, {});
    }
    [[nodiscard]] std::error_code try_send(topic_handle topic, const record& what, const send_options& how)
    {
        return try_append_to(topic, what, &how, {});
    }
    /// The same with a call of `callback(std::error_code, const placed&)`, or of `callback(const delivery_callback::outcome&)`,
    /// which has the diagnostics too, when the record is delivered or given up: exactly once if it was taken over, never
    /// otherwise. It must not throw: that ends the program. What it captures is kept until then; up to a pointer's size
    /// costs no memory of its own.
    template <detail::delivery_handler Callback>
    [[nodiscard]] std::error_code try_send(const record& what, Callback&& callback)
    {
        return try_append(nullptr, what, nullptr, delivery_callback(std::forward<Callback>(callback)));
    }
    template <detail::delivery_handler Callback>
    [[nodiscard]] std::error_code try_send(topic_handle topic, const record& what, Callback&& callback)
    {
        return try_append_to(topic, what, nullptr, delivery_callback(std::forward<Callback>(callback)));
    }
    /// The same with options of its own.
    template <detail::delivery_handler Callback>
    [[nodiscard]] std::error_code try_send(const record& what, const send_options& how, Callback&& callback)
    {
        return try_append(nullptr, what, &how, delivery_callback(std::forward<Callback>(callback)));
    }
    template <detail::delivery_handler Callback>
    [[nodiscard]] std::error_code try_send(topic_handle topic, const record& what, const send_options& how,
                                           Callback&& callback)
    {
        return try_append_to(topic, what, &how, delivery_callback(std::forward<Callback>(callback)));
    }

    /// What try_send() said about a record, on one line for people: what the code means, the record's topic and partition, and
    /// what exactly does not fit. Any thread.
    [[nodiscard]] std::string explain(std::error_code why, const record& what, const send_options& how = {}) const;
    /// The same for a record that was sent with a topic_handle.
    [[nodiscard]] std::string explain(std::error_code why, topic_handle topic, const record& what,
                                      const send_options& how = {}) const;

    /// Sends a record and ends with where it lies. While the memory is used up it waits, in the order of the calls, in memory of its
    /// own, which nothing limits: whoever starts many sends at once waits for async_ready() or for earlier ones. The
    /// delivery timeout counts that wait too. Cancelling it withdraws the record as long as it is not in a request; later it
    /// may be written all the same.
    template <class Token = default_token>
        requires(!detail::is_send_argument<Token>)
    auto async_send(const record& what, Token&& token = Token{})
    {
        return send_one_with(nullptr, what, {}, std::forward<Token>(token));
    }
    template <class Token = default_token>
    auto async_send(const record& what, const send_options& how, Token&& token = Token{})
    {
        return send_one_with(nullptr, what, how, std::forward<Token>(token));
    }
    /// The same with a place for diagnostics, which must outlive the operation.
    template <class Token = default_token>
    auto async_send(diagnostics& about, const record& what, const send_options& how = {}, Token&& token = Token{})
    {
        return send_one_with(&about, what, how, std::forward<Token>(token));
    }

    /// Sends records, and ends when all have ended, with one `sent` for each in their order; its own error is the first of
    /// theirs. Cancelling it withdraws those that are not in a request, and the diagnostics say how many.
    template <class Token = default_token>
    auto async_send(std::span<const record> what, const send_options& how = {}, Token&& token = Token{})
    {
        const topic_messages all{.messages = what};
        return send_many_with(nullptr, all, how, std::forward<Token>(token));
    }
    template <class Token = default_token>
    auto async_send(diagnostics& about, std::span<const record> what, const send_options& how = {},
                    Token&& token = Token{})
    {
        const topic_messages all{.messages = what};
        return send_many_with(&about, all, how, std::forward<Token>(token));
    }
    /// The same for the records of one topic.
    template <class Token = default_token>
    auto async_send(const topic_messages& what, const send_options& how = {}, Token&& token = Token{})
    {
        return send_many_with(nullptr, what, how, std::forward<Token>(token));
    }
    template <class Token = default_token>
    auto async_send(diagnostics& about, const topic_messages& what, const send_options& how = {},
                    Token&& token = Token{})
    {
        return send_many_with(&about, what, how, std::forward<Token>(token));
    }
    /// The same for several topics: one `sent` a record, topic after topic.
    template <class Token = default_token>
    auto async_send_batch(std::span<const topic_messages> what, const send_options& how = {}, Token&& token = Token{})
    {
        return send_batch_with(nullptr, what, how, std::forward<Token>(token));
    }
    template <class Token = default_token>
    auto async_send_batch(diagnostics& about, std::span<const topic_messages> what, const send_options& how = {},
                          Token&& token = Token{})
    {
        return send_batch_with(&about, what, how, std::forward<Token>(token));
    }

    /// Sends without further linger what was taken over so far, and ends when all of it has ended.
    template <class Token = default_token>
    auto async_flush(Token&& token = Token{})
    {
        return initiate<void(std::error_code)>(
            get_executor(), nullptr, std::forward<Token>(token),
            [core = core_](completion<void(std::error_code)> done) { start_flush(core, std::move(done)); });
    }

    /// Ends once a send may succeed again after errc::queue_full, in order with waiting sends.
    template <class Token = default_token>
    auto async_ready(Token&& token = Token{})
    {
        return initiate<void(std::error_code)>(
            get_executor(), nullptr, std::forward<Token>(token),
            [core = core_](completion<void(std::error_code)> done) { start_ready(core, std::move(done)); });
    }

    /// Takes nothing more, delivers what it has for at most `longest`, then gives up the rest with errc::closed, and ends with
    /// errc::operation_timed_out if there was a rest.
    template <class Token = default_token>
    auto async_close(std::chrono::milliseconds longest, Token&& token = Token{})
    {
        return initiate<void(std::error_code)>(get_executor(), nullptr, std::forward<Token>(token),
                                               [core = core_, longest](completion<void(std::error_code)> done) {
                                                   start_close(core, longest, std::move(done));
                                               });
    }

    /// Gives up what was not delivered, with errc::purged. Any thread.
    void purge(purge_options what = {});

    /// Calls `handler` once a batch, after the callbacks of its records. Before the first send.
    void on_delivery(std::function<void(const delivered_batch&)> handler);

    /// Tells `listener` from now on of what happens on the client's connections, which all its users share (connect,
    /// connect_failed, disconnect, request, request_timeout, request_queue_size, of whichever API), and of throttle and retry as far as
    /// they are this producer's own: its Produce requests, and its search for topics and for a producer id. It stays until it is
    /// removed, the producer is destroyed or the client has stopped. Without a listener nothing is composed. Any thread.
    /// Source: KafkaJS's producer.events.
    event_remover on_event(event_listener listener);

    /// What it has done so far. Any thread.
    [[nodiscard]] producer_metrics metrics() const;

private:
    using core_pointer = std::shared_ptr<detail::producer_core>;
    using one_completion = completion<void(std::error_code, placed)>;
    using many_completion = completion<void(std::error_code, std::vector<sent>)>;

    template <class Token>
    auto send_one_with(diagnostics* about, const record& what, const send_options& how, Token&& token)
    {
        return initiate<void(std::error_code, placed)>(
            get_executor(), about, std::forward<Token>(token),
            [core = core_, what, how](one_completion done) { start_send(core, what, how, std::move(done)); });
    }
    template <class Token>
    auto send_many_with(diagnostics* about, const topic_messages& what, const send_options& how, Token&& token)
    {
        return initiate<void(std::error_code, std::vector<sent>)>(
            get_executor(), about, std::forward<Token>(token), [core = core_, what, how](many_completion done) {
                start_send_many(core, std::span{&what, 1}, how, std::move(done));
            });
    }

    template <class Token>
    auto send_batch_with(diagnostics* about, std::span<const topic_messages> what, const send_options& how,
                         Token&& token)
    {
        return initiate<void(std::error_code, std::vector<sent>)>(
            get_executor(), about, std::forward<Token>(token),
            [core = core_, what, how](many_completion done) { start_send_many(core, what, how, std::move(done)); });
    }

    std::error_code try_append_to(topic_handle to, const record& what, const send_options* how, delivery_callback done)
    {
        if (to.topic_ != nullptr) return try_append(to.topic_, what, how, std::move(done));
        return to.refused_ != nullptr ? errc::invalid_topic_name : errc::invalid_argument;
    }
    std::error_code try_append(detail::topic_queue* topic, const record& what, const send_options* how,
                               delivery_callback done);

    static void start_send(const core_pointer& core, const record& what, const send_options& how, one_completion done);
    static void start_send_many(const core_pointer& core, std::span<const topic_messages> what, const send_options& how,
                                many_completion done);
    static void start_flush(const core_pointer& core, completion<void(std::error_code)> done);
    static void start_ready(const core_pointer& core, completion<void(std::error_code)> done);
    static void start_close(const core_pointer& core, std::chrono::milliseconds longest,
                            completion<void(std::error_code)> done);

    core_pointer core_;
};

} // namespace odradek
