// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/completion.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/associator.hpp>
#include <asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace odradek {

/// The exception that the default completion token throws: an error code together with its diagnostics.
///
/// The library itself throws nothing; this is made on the caller's side, from what the operation ended with. It is a
/// std::system_error, so code that knows nothing of diagnostics can catch it too. Copies share the diagnostics, which live
/// as long as the last copy.
class ODRADEK_EXPORT error : public std::system_error {
public:
    error(std::error_code code, class diagnostics about);

    /// describe() of both.
    [[nodiscard]] const char* what() const noexcept override { return known_->text.c_str(); }

    /// What is known besides the code.
    [[nodiscard]] const class diagnostics& diagnostics() const noexcept { return known_->about; }

private:
    struct knowledge {
        class diagnostics about;
        std::string text;
    };
    std::shared_ptr<const knowledge> known_;
};

/// A completion token that turns `(std::error_code, T...)` into `(std::exception_ptr, T...)` for the token inside, where the
/// exception is an odradek::error. Made with with_diagnostics().
template <class Token>
struct with_diagnostics_t {
    Token token{};
};

/// Makes `co_await client.async_x(.., with_diagnostics(asio::use_awaitable))` throw odradek::error. It goes outside of other
/// adapters: with_diagnostics(bind_executor(..)), since it must see the operation's own signature.
template <class Token>
[[nodiscard]] constexpr auto with_diagnostics(Token&& token)
{
    return with_diagnostics_t<std::decay_t<Token>>{std::forward<Token>(token)};
}

/// The token of every async_x that is called without one: for co_await in a coroutine, throwing odradek::error.
using default_token = with_diagnostics_t<asio::use_awaitable_t<>>;

namespace detail {

/// The handler that an operation sees when its token is with_diagnostics.
template <class Handler>
struct with_diagnostics_handler {
    Handler handler;
    std::unique_ptr<diagnostics> about{};

    void take_diagnostics(diagnostics found) { about = std::make_unique<diagnostics>(std::move(found)); }

    template <class... Ts>
    void operator()(std::error_code ec, Ts... values)
    {
        std::exception_ptr thrown;
        if (ec) thrown = std::make_exception_ptr(error(ec, about ? std::move(*about) : diagnostics{}));
        std::move(handler)(std::move(thrown), std::move(values)...);
    }
};

} // namespace detail
} // namespace odradek

template <template <class, class> class Associator, class Handler, class Default>
struct asio::associator<Associator, odradek::detail::with_diagnostics_handler<Handler>, Default>
    : Associator<Handler, Default> {
    static typename Associator<Handler, Default>::type get(const odradek::detail::with_diagnostics_handler<Handler>& h,
                                                           const Default& d = Default()) noexcept
    {
        return Associator<Handler, Default>::get(h.handler, d);
    }
};

template <class Token, class... Ts>
class asio::async_result<odradek::with_diagnostics_t<Token>, void(std::error_code, Ts...)> {
public:
    template <class Initiation, class RawToken, class... Args>
    static auto initiate(Initiation&& initiation, RawToken&& token, Args&&... args)
    {
        return asio::async_initiate<Token, void(std::exception_ptr, Ts...)>(
            [initiation = std::decay_t<Initiation>(std::forward<Initiation>(initiation))](auto handler,
                                                                                          auto&&... more) mutable {
                std::move(initiation)(odradek::detail::with_diagnostics_handler<decltype(handler)>{std::move(handler)},
                                      std::forward<decltype(more)>(more)...);
            },
            token.token, std::forward<Args>(args)...);
    }
};
