// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/sasl_options.hpp>
#include <odradek/client/client_options.hpp>
#include <odradek/client/cluster.hpp>
#include <odradek/client/event.hpp>
#include <odradek/client/fetch_options.hpp>
#include <odradek/client/fetched.hpp>
#include <odradek/client/offset.hpp>
#include <odradek/client/placed.hpp>
#include <odradek/client/produce_options.hpp>
#include <odradek/client/record.hpp>
#include <odradek/client/request.hpp>
#include <odradek/client/request_options.hpp>
#include <odradek/client/response.hpp>
#include <odradek/client/target.hpp>
#include <odradek/net/environment.hpp>
#include <odradek/net/error.hpp>
#include <odradek/net/log.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>

#include <chrono>
#include <concepts>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace odradek {

class client;

namespace detail {
class client_core;
/// For what is made from a client and shares its core.
[[nodiscard]] ODRADEK_EXPORT const std::shared_ptr<client_core>& core_of(const client& of) noexcept;
} // namespace detail

/// How metadata is asked for. A plain value, copied when the operation starts.
struct metadata_options {
    /// Whether asking for a topic that does not exist may create it.
    bool allow_auto_topic_creation = false;
    /// How long the whole operation may take; nothing means client_options::default_api_timeout.
    std::optional<std::chrono::milliseconds> timeout{};
};
static_assert(std::is_trivially_destructible_v<metadata_options>);

/// A Kafka client: the handle on the connections, the metadata and everything else that its operations share.
///
/// Owned by the user; movable, not copyable; destroy it before the execution context that it was made on. Starting an
/// operation and stop() are thread-safe; completions run on their own executor, else on the client's. Destroying it cancels
/// what is pending, which still completes (with errc::closed) as long as the executor runs, and returns at once. While
/// nothing is pending it keeps nothing pending on the executor, so `run()` returns. What operations return owns its bytes
/// and may outlive the client.
///
/// Every operation takes a completion token with the signature (std::error_code, result); without one it is awaited in a
/// coroutine and throws odradek::error. A further first argument of diagnostics& instead of that receives what is known about a
/// failure. Views among the arguments are copied when the operation starts.
class ODRADEK_EXPORT client {
public:
    using executor_type = asio::any_io_executor;

    /// Works on `executor`. Nothing is connected before the first operation, which also reports invalid options.
    explicit client(asio::any_io_executor executor, client_options options = {});

    /// Works on the executor of an execution context, as an io_context.
    template <class Context>
        requires std::derived_from<Context, asio::execution_context>
    explicit client(Context& context, client_options options = {})
        : client(asio::any_io_executor(context.get_executor()), std::move(options))
    {}

    /// Works in this world: for simulators and tests.
    client(environment world, client_options options);

    client(client&&) noexcept = default;
    client& operator=(client&& other) noexcept;
    client(const client&) = delete;
    client& operator=(const client&) = delete;
    ~client();

    /// Where completions run that have no executor of their own.
    [[nodiscard]] asio::any_io_executor get_executor() const;

    /// Lines of `threshold` and above go to `sink` from now on. Thread-safe; the sink is called without a lock and may re-enter.
    void on_log(logger::sink sink, log_level threshold = log_level::info);

    /// Tells `listener` from now on of everything that happens on this client's connections, and of throttling and retries of the
    /// client and of its producers: see event_kind. It stays until it is removed, the client has stopped, or the handle is destroyed;
    /// who wants to hear connections close uses stop() or async_close() before. Without a listener nothing is composed.
    /// Thread-safe. Source: KafkaJS's instrumentation events.
    event_remover on_event(event_listener listener);

    /// From now on connections authenticate as this one, in place of client_options::sasl. Live ones stay as they are until their
    /// session has to be renewed (KIP-368); one of another user or mechanism is then closed and made anew. An error means that
    /// nothing was replaced: what is wrong with the credentials, or errc::clear_text_password; the log says more. Thread-safe.
    std::error_code set_credentials(sasl_options who);

    /// Cancels everything that is pending, closes every connection, and returns at once. Thread-safe.
    void stop();

    /// Waits until what is pending has ended, at most for `longest`, then stops. Operations that are started meanwhile still
    /// run, those that are started later end with errc::closed. Cancelling it stops at once.
    template <class Token = default_token>
    auto async_close(std::chrono::milliseconds longest, Token&& token = Token{})
    {
        return initiate<void(std::error_code)>(get_executor(), nullptr, std::forward<Token>(token),
                                               [core = core_, longest](completion<void(std::error_code)> done) {
                                                   start_close(core, longest, std::move(done));
                                               });
    }

    /// Sends any request to `to`, in the highest version that both sides have, and ends with its answer. Connections that
    /// fail, brokers that moved and answers with a retriable error as a whole are dealt with until the time is over; other
    /// errors inside the answer are the caller's to read. A request that may have been carried out and must not be repeated
    /// ends with errc::outcome_unknown: see is_safe_to_repeat().
    template <class Request, class Token = default_token>
        requires requires { typename Request::response_type; }
    auto async_request(const target& to, const Request& request, const request_options& options = {},
                       Token&& token = Token{})
    {
        return request_with(nullptr, to, request, options, std::forward<Token>(token));
    }

    /// The same with a place for diagnostics, which must outlive the operation.
    template <class Request, class Token = default_token>
        requires requires { typename Request::response_type; }
    auto async_request(diagnostics& about, const target& to, const Request& request,
                       const request_options& options = {}, Token&& token = Token{})
    {
        return request_with(&about, to, request, options, std::forward<Token>(token));
    }

    /// The same to whom the API's definition names, where that needs no further word: any broker, or the controller. Other
    /// APIs end with errc::invalid_argument.
    template <class Request, class Token = default_token>
        requires requires { typename Request::response_type; }
    auto async_request(const Request& request, const request_options& options = {}, Token&& token = Token{})
    {
        return async_request(default_target(Request::api_key), request, options, std::forward<Token>(token));
    }

    /// Writes records, in their order, as one batch to one partition, and ends with where the first of them lies. It is not
    /// idempotent: when the answer is lost it ends with errc::outcome_unknown, unless produce_options says otherwise.
    template <class Token = default_token>
    auto async_produce(const destination& to, std::span<const record> records, const produce_options& options = {},
                       Token&& token = Token{})
    {
        return produce_with(nullptr, to, records, options, std::forward<Token>(token));
    }

    /// The same with a place for diagnostics, which must outlive the operation.
    template <class Token = default_token>
    auto async_produce(diagnostics& about, const destination& to, std::span<const record> records,
                       const produce_options& options = {}, Token&& token = Token{})
    {
        return produce_with(&about, to, records, options, std::forward<Token>(token));
    }

    /// Reads from one partition: ends as soon as there is something, or without batches after fetch_options::max_wait. An
    /// offset that the log does not have ends it with broker_errc::offset_out_of_range, and the diagnostics name the log's bounds.
    template <class Token = default_token>
    auto async_fetch(const fetch_position& from, const fetch_options& options = {}, Token&& token = Token{})
    {
        return fetch_with(nullptr, from, options, std::forward<Token>(token));
    }

    /// The same with a place for diagnostics, which must outlive the operation.
    template <class Token = default_token>
    auto async_fetch(diagnostics& about, const fetch_position& from, const fetch_options& options = {},
                     Token&& token = Token{})
    {
        return fetch_with(&about, from, options, std::forward<Token>(token));
    }

    /// Finds an offset: by time, or one of the special places of offset and offset_query.
    template <class Token = default_token>
    auto async_list_offsets(const timed_position& at, const list_offsets_options& options = {}, Token&& token = Token{})
    {
        return list_offsets_with(nullptr, at, options, std::forward<Token>(token));
    }

    /// The same with a place for diagnostics, which must outlive the operation.
    template <class Token = default_token>
    auto async_list_offsets(diagnostics& about, const timed_position& at, const list_offsets_options& options = {},
                            Token&& token = Token{})
    {
        return list_offsets_with(&about, at, options, std::forward<Token>(token));
    }

    /// A fresh picture of the cluster with these topics; none named means all there are. A topic that does not exist is
    /// there with its error.
    template <class Token = default_token>
    auto async_metadata(std::span<const std::string> topics = {}, const metadata_options& options = {},
                        Token&& token = Token{})
    {
        return metadata_with(nullptr, topics, options, std::forward<Token>(token));
    }

    /// The same with a place for diagnostics, which must outlive the operation.
    template <class Token = default_token>
    auto async_metadata(diagnostics& about, std::span<const std::string> topics = {},
                        const metadata_options& options = {}, Token&& token = Token{})
    {
        return metadata_with(&about, topics, options, std::forward<Token>(token));
    }

private:
    using core_pointer = std::shared_ptr<detail::client_core>;
    friend const core_pointer& detail::core_of(const client& of) noexcept;

    // The operations behind their tokens; `about`, if given, receives what is known about a failure.
    template <class Request, class Token>
    auto request_with(diagnostics* about, const target& to, const Request& request, const request_options& options,
                      Token&& token)
    {
        using answer = response<typename Request::response_type>;
        return initiate<void(std::error_code, answer)>(
            get_executor(), about, std::forward<Token>(token),
            [core = core_, to, request, options](completion<void(std::error_code, answer)> done) {
                start_request(core, to, options,
                              std::make_unique<detail::typed_user_call<Request>>(request, std::move(done)));
            });
    }
    template <class Token>
    auto produce_with(diagnostics* about, const destination& to, std::span<const record> records,
                      const produce_options& options, Token&& token)
    {
        return initiate<void(std::error_code, placed)>(
            get_executor(), about, std::forward<Token>(token),
            [core = core_, to, records, options](completion<void(std::error_code, placed)> done) {
                start_produce(core, to, records, options, std::move(done));
            });
    }
    template <class Token>
    auto fetch_with(diagnostics* about, const fetch_position& from, const fetch_options& options, Token&& token)
    {
        return initiate<void(std::error_code, fetched)>(
            get_executor(), about, std::forward<Token>(token),
            [core = core_, from, options](completion<void(std::error_code, fetched)> done) {
                start_fetch(core, from, options, std::move(done));
            });
    }
    template <class Token>
    auto list_offsets_with(diagnostics* about, const timed_position& at, const list_offsets_options& options,
                           Token&& token)
    {
        return initiate<void(std::error_code, listed_offset)>(
            get_executor(), about, std::forward<Token>(token),
            [core = core_, at, options](completion<void(std::error_code, listed_offset)> done) {
                start_list_offsets(core, at, options, std::move(done));
            });
    }
    template <class Token>
    auto metadata_with(diagnostics* about, std::span<const std::string> topics, const metadata_options& options,
                       Token&& token)
    {
        return initiate<void(std::error_code, cluster_snapshot)>(
            get_executor(), about, std::forward<Token>(token),
            [core = core_, topics, options](completion<void(std::error_code, cluster_snapshot)> done) {
                start_metadata(core, topics, options, std::move(done));
            });
    }

    void give_up() noexcept;
    [[nodiscard]] static target default_target(api key) noexcept;

    static void start_close(const core_pointer& core, std::chrono::milliseconds longest,
                            completion<void(std::error_code)> done);
    static void start_request(const core_pointer& core, const target& to, const request_options& options,
                              std::unique_ptr<detail::user_call> call);
    static void start_produce(const core_pointer& core, const destination& to, std::span<const record> records,
                              const produce_options& options, completion<void(std::error_code, placed)> done);
    static void start_fetch(const core_pointer& core, const fetch_position& from, const fetch_options& options,
                            completion<void(std::error_code, fetched)> done);
    static void start_list_offsets(const core_pointer& core, const timed_position& at,
                                   const list_offsets_options& options,
                                   completion<void(std::error_code, listed_offset)> done);
    static void start_metadata(const core_pointer& core, std::span<const std::string> topics,
                               const metadata_options& options,
                               completion<void(std::error_code, cluster_snapshot)> done);

    core_pointer core_;
};

} // namespace odradek
