// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/answer_errors.hpp>
#include <odradek/client/message_copy.hpp>
#include <odradek/client/request_options.hpp>
#include <odradek/client/response.hpp>
#include <odradek/client/target.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/protocol/codec.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace odradek::detail {

/// A request on its way and the place for its answer, without their types: what the path in request.cpp works with.
///
/// Owned by the operation; made on the caller's thread, where everything that the request refers to is copied, then used on
/// the client's strand only.
class ODRADEK_EXPORT request_call {
public:
    request_call(api key, std::string_view name) noexcept : key_(key), name_(name) {}
    request_call(const request_call&) = delete;
    request_call& operator=(const request_call&) = delete;
    virtual ~request_call();

    [[nodiscard]] api key() const noexcept { return key_; }
    [[nodiscard]] std::string_view name() const noexcept { return name_; }

    /// Writes the request; after an error the writer holds a part of it.
    [[nodiscard]] virtual encode_error encode(api_version version, writer& out) const = 0;
    /// How long it asks the broker to wait.
    [[nodiscard]] virtual std::chrono::milliseconds held_for() const noexcept = 0;
    /// Takes an answer over; a former one is forgotten.
    [[nodiscard]] virtual decode_error decode(response_frame bytes, std::int32_t node_id) = 0;
    /// The error that the answer carries as a whole; none if its type has no such field.
    [[nodiscard]] virtual broker_errc error() const noexcept = 0;
    /// Every error inside the answer, the one of the whole among them.
    [[nodiscard]] virtual std::set<broker_errc> all_errors() const = 0;
    /// How long the answer asks to be left alone.
    [[nodiscard]] virtual std::chrono::milliseconds throttle() const noexcept = 0;

private:
    api key_;
    std::string_view name_;
};

/// A request of one type.
template <class Request>
class typed_call : public request_call {
public:
    using response_type = typename Request::response_type;

    /// Copies what `request` refers to; a failure shows at the first encode().
    explicit typed_call(const Request& request)
        : request_call(Request::api_key, Request::message_name), request_(request)
    {
        copy_failure_ = own_views(request_, request_memory_);
    }

    encode_error encode(api_version version, writer& out) const override
    {
        if (copy_failure_) return {copy_failure_, std::string{name()}, 0, "the request is too large to be copied"};
        return odradek::encode(request_, version, out);
    }

    std::chrono::milliseconds held_for() const noexcept override
    {
        if constexpr (requires { request_.max_wait_ms; })
            return std::chrono::milliseconds{std::max(request_.max_wait_ms, std::int32_t{0})};
        else
            return std::chrono::milliseconds{0};
    }

    decode_error decode(response_frame bytes, std::int32_t node_id) override
    {
        frame_ = std::move(bytes);
        node_id_ = node_id;
        response_memory_.reset();
        return odradek::decode(frame_.body, response_memory_, frame_.version, response_);
    }

    broker_errc error() const noexcept override
    {
        if constexpr (requires {
                          { response_.error_code } -> std::convertible_to<broker_errc>;
                      })
            return response_.error_code;
        else
            return broker_errc::none;
    }

    std::set<broker_errc> all_errors() const override
    {
        return errors_in(object_type<response_type>, &response_, frame_.version);
    }

    std::chrono::milliseconds throttle() const noexcept override
    {
        if constexpr (requires { response_.throttle_time_ms; })
            return std::chrono::milliseconds{response_.throttle_time_ms};
        else
            return std::chrono::milliseconds{0};
    }

    /// The answer that was decoded last.
    [[nodiscard]] const response_type& answer() const noexcept { return response_; }
    /// The version that it came in.
    [[nodiscard]] api_version version() const noexcept { return frame_.version; }

    /// Hands the answer over.
    [[nodiscard]] response<response_type> take()
    {
        return {response_, std::move(frame_), std::move(response_memory_), node_id_};
    }

private:
    Request request_;
    arena request_memory_;
    std::error_code copy_failure_;
    response_type response_{};
    response_frame frame_;
    arena response_memory_;
    std::int32_t node_id_ = -1;
};

/// A request of the user's, with whom it is owed to.
class ODRADEK_EXPORT user_call {
public:
    virtual ~user_call();
    [[nodiscard]] virtual request_call& call() noexcept = 0;
    virtual void succeed() = 0;
    virtual void fail(std::error_code ec, diagnostics about) = 0;
    /// The caller's cancellation; only inside the initiating function.
    virtual void on_cancel(std::function<void()> cancel) = 0;
};

template <class Request>
class typed_user_call final : public user_call {
public:
    using response_type = typename Request::response_type;
    using completion_type = completion<void(std::error_code, response<response_type>)>;

    typed_user_call(const Request& request, completion_type done) : call_(request), done_(std::move(done)) {}

    request_call& call() noexcept override { return call_; }
    void succeed() override { done_.succeed(call_.take()); }
    void fail(std::error_code ec, diagnostics about) override { done_.fail(ec, std::move(about)); }
    void on_cancel(std::function<void()> cancel) override { done_.on_cancel(std::move(cancel)); }

private:
    typed_call<Request> call_;
    completion_type done_;
};

} // namespace odradek::detail
