// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/diagnostics.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/associated_allocator.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/associated_executor.hpp>
#include <asio/async_result.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/execution.hpp>

#include <concepts>
#include <memory>
#include <system_error>
#include <tuple>
#include <type_traits>
#include <utility>

namespace odradek {

template <class Signature>
class completion;

/// What an asynchronous operation of ours owes its caller: one call of the completion handler, with an error or with values.
///
/// Every public `async_x(args, token)` turns its token into one of these and hands it to a function in a .cpp that knows
/// nothing of tokens. The operation owns it and ends it exactly once, with succeed(), fail() or dispatch(). The first two never
/// call the handler in place: they post to the handler's associated executor, whose work count the completion holds up until
/// then, so `run()` does not return while an operation is pending. One that is destroyed without being ended destroys its handler
/// uncalled, which only the shutdown of an execution context may do.
///
/// Move-only, one pointer wide. The node behind it is allocated with the handler's associated allocator and freed before the
/// handler runs. May be ended on any thread; the handler's cancellation slot is touched only by on_cancel(), which belongs
/// into the initiating function, and on the handler's own executor right before the call.
template <class... Ts>
class completion<void(std::error_code, Ts...)> {
public:
    /// Any executor that handlers are associated with, also ones that have no execution context (as use_future's).
    using executor_type =
        asio::execution::any_executor<asio::execution::prefer_only<asio::execution::blocking_t::never_t>,
                                      asio::execution::prefer_only<asio::execution::blocking_t::possibly_t>,
                                      asio::execution::prefer_only<asio::execution::outstanding_work_t::tracked_t>,
                                      asio::execution::prefer_only<asio::execution::outstanding_work_t::untracked_t>,
                                      asio::execution::prefer_only<asio::execution::relationship_t::fork_t>,
                                      asio::execution::prefer_only<asio::execution::relationship_t::continuation_t>>;

    /// Owes nothing.
    completion() noexcept = default;

    /// Owes `handler` a call, on its associated executor, else on `fallback`. Diagnostics of a failure are stored in `*out`
    /// right before the handler is called, when `out` is given; a handler with a member take_diagnostics() gets them too.
    template <class Handler>
        requires std::invocable<Handler&, std::error_code, Ts...>
    completion(Handler handler, const asio::any_io_executor& fallback, diagnostics* out = nullptr)
        : node_(make_node(std::move(handler), fallback, out))
    {}

    /// Whether somebody still waits for a call.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(node_); }

    /// The handler's associated executor, with its work tracked.
    [[nodiscard]] executor_type get_executor() const noexcept { return node_->executor; }

    /// Calls `cancel()` when the caller asks to cancel, with any type of cancellation. Only inside the initiating function:
    /// the caller's thread is where the slot may be touched. `cancel` itself runs on whatever thread emits the signal.
    template <std::invocable Cancel>
    void on_cancel(Cancel cancel)
    {
        if (auto slot = node_->slot(); slot.is_connected())
            slot.assign([cancel = std::move(cancel)](asio::cancellation_type) mutable { cancel(); });
    }

    /// Ends the operation well.
    void succeed(Ts... values) { finish({}, nullptr, std::move(values)...); }

    /// Ends it either way, and calls the handler in place if its executor is the one that runs now, which saves a turn of it. Never
    /// from the initiating function, and the last thing that its caller relies on: whatever it called may have changed everything.
    void dispatch(std::error_code ec, Ts... values)
    {
        auto executor = node_->executor;
        asio::execution::execute(executor, posted{std::move(node_), ec, nullptr, {std::move(values)...}});
    }

    /// Ends the operation with an error; the values are value-initialised.
    void fail(std::error_code ec) { finish(ec, nullptr, Ts()...); }

    /// Ends the operation with an error and what is known about it.
    void fail(std::error_code ec, diagnostics about)
    {
        finish(ec, std::make_unique<diagnostics>(std::move(about)), Ts()...);
    }

    /// The same with values, for an operation of several parts of which some have succeeded.
    void fail(std::error_code ec, diagnostics about, Ts... values)
        requires(sizeof...(Ts) > 0)
    {
        finish(ec, std::make_unique<diagnostics>(std::move(about)), std::move(values)...);
    }

private:
    struct node;
    struct node_deleter {
        void operator()(node* n) const noexcept { n->destroy(); }
    };
    using node_ptr = std::unique_ptr<node, node_deleter>;

    struct node {
        explicit node(executor_type e) : executor(std::move(e)) {}
        node(const node&) = delete;
        node& operator=(const node&) = delete;
        virtual void destroy() noexcept = 0;
        virtual asio::cancellation_slot slot() const noexcept = 0;
        /// Consumes the node: moves the handler out, frees the memory, calls.
        virtual void call(std::error_code ec, std::unique_ptr<diagnostics> about, std::tuple<Ts...> values) = 0;

        executor_type executor; ///< Where call() is posted.

    protected:
        ~node() = default;
    };

    template <class Handler>
    struct handler_node;

    template <class Handler>
    static node_ptr make_node(Handler handler, const asio::any_io_executor& fallback, diagnostics* out)
    {
        using own = handler_node<Handler>;
        auto allocator = asio::get_associated_allocator(handler);
        using traits = typename std::allocator_traits<decltype(allocator)>::template rebind_traits<own>;
        typename traits::allocator_type rebound(allocator);
        auto* place = traits::allocate(rebound, 1);
        return node_ptr(::new (static_cast<void*>(place)) own(std::move(handler), fallback, out));
    }

    void finish(std::error_code ec, std::unique_ptr<diagnostics> about, Ts... values)
    {
        // The executor is copied first: the node may be gone, on another thread, before execute() returns.
        auto executor = asio::prefer(node_->executor, asio::execution::blocking.never);
        asio::execution::execute(executor, posted{std::move(node_), ec, std::move(about), {std::move(values)...}});
    }

    struct posted {
        node_ptr waiting;
        std::error_code ec;
        std::unique_ptr<diagnostics> about;
        std::tuple<Ts...> values;
        void operator()() { waiting.release()->call(ec, std::move(about), std::move(values)); }
    };

    node_ptr node_;
};

template <class... Ts>
template <class Handler>
struct completion<void(std::error_code, Ts...)>::handler_node final : node {
    using associated = asio::associated_executor_t<Handler, asio::any_io_executor>;
    // use_future's executor has no context and no thread: handlers on it are reached by way of the operation's own
    // executor, since posting to it would start Asio's system threads.
    static constexpr bool has_context = asio::can_query_v<const associated&, asio::execution::context_t>;

    handler_node(Handler h, const asio::any_io_executor& fallback, diagnostics* o)
        : node(post_executor(h, fallback)), handler(std::move(h)), out(o)
    {}

    static executor_type post_executor(const Handler& h, const asio::any_io_executor& fallback)
    {
        if constexpr (has_context)
            return asio::prefer(asio::get_associated_executor(h, fallback), asio::execution::outstanding_work.tracked);
        else
            return asio::prefer(fallback, asio::execution::outstanding_work.tracked);
    }

    void destroy() noexcept override
    {
        auto allocator = asio::get_associated_allocator(handler);
        using traits = typename std::allocator_traits<decltype(allocator)>::template rebind_traits<handler_node>;
        typename traits::allocator_type rebound(allocator);
        this->~handler_node();
        traits::deallocate(rebound, this, 1);
    }

    asio::cancellation_slot slot() const noexcept override
    {
        using slot_type = asio::associated_cancellation_slot_t<Handler>;
        if constexpr (std::is_convertible_v<slot_type, asio::cancellation_slot>)
            return asio::get_associated_cancellation_slot(handler);
        else
            return {};
    }

    void call(std::error_code ec, std::unique_ptr<diagnostics> about, std::tuple<Ts...> values) override
    {
        if (auto s = slot(); s.is_connected()) s.clear();
        Handler moved(std::move(handler));
        const auto work = this->executor; // until the handler has returned
        diagnostics* const store = out;
        {
            // The node goes as soon as possible, so that an operation that the handler starts can use its memory again.
            auto allocator = asio::get_associated_allocator(moved);
            using traits = typename std::allocator_traits<decltype(allocator)>::template rebind_traits<handler_node>;
            typename traits::allocator_type rebound(allocator);
            this->~handler_node();
            traits::deallocate(rebound, this, 1);
        }
        if (about) {
            if (store != nullptr) *store = *about;
            if constexpr (requires { moved.take_diagnostics(std::move(*about)); })
                moved.take_diagnostics(std::move(*about));
        } else if (store != nullptr) {
            *store = diagnostics{};
        }
        std::apply([&](Ts&... v) { std::move(moved)(ec, std::move(v)...); }, values);
    }

    Handler handler;
    diagnostics* out;
};

/// Makes `token` into a completion and starts the operation with it: `start(completion<Signature>)`. With lazy tokens
/// (coroutines, deferred) `start` runs when the result is awaited or called. The body of every `async_x`.
template <class Signature, class Token, class Start>
auto initiate(const asio::any_io_executor& fallback, diagnostics* out, Token&& token, Start start)
{
    return asio::async_initiate<Token, Signature>(
        [fallback, out, start = std::move(start)](auto handler) mutable {
            std::move(start)(completion<Signature>(std::move(handler), fallback, out));
        },
        token);
}

} // namespace odradek
