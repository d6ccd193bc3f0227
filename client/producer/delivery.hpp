// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/placed.hpp>
#include <odradek/net/diagnostics.hpp>

#include <concepts>
#include <cstring>
#include <memory>
#include <system_error>
#include <type_traits>
#include <utility>

namespace odradek {

/// What one record is owed: a callable, called once with what became of the record.
///
/// Sixteen bytes, move-only, kept beside the records of a batch. What fits into a pointer and is trivial lies in it; anything
/// else has its own memory. One thread at a time. Destroying it drops the callable uncalled, which only the shutdown of an
/// execution context does.
class delivery_callback {
public:
    /// What became of a record.
    struct outcome {
        std::error_code error{};
        const placed& at;
        const diagnostics& about; ///< How far it got, also after success.
    };

    delivery_callback() noexcept = default; ///< Owes nothing.

    /// Owes `callable(std::error_code, const placed&)` or `callable(const outcome&)`, which must not throw.
    template <class Callable>
        requires(!std::same_as<std::remove_cvref_t<Callable>, delivery_callback>)
    explicit delivery_callback(Callable&& callable)
    {
        using kept = std::remove_cvref_t<Callable>;
        if constexpr (fits<kept>) {
            ::new (static_cast<void*>(&context_)) kept(std::forward<Callable>(callable));
            run_ = [](void* context, const outcome* how) noexcept {
                if (how == nullptr) return;
                alignas(kept) std::byte bytes[sizeof(kept)];
                std::memcpy(bytes, static_cast<const void*>(&context), sizeof(kept));
                call(*std::launder(reinterpret_cast<kept*>(bytes)), *how);
            };
        } else {
            context_ = new kept(std::forward<Callable>(callable));
            run_ = [](void* context, const outcome* how) noexcept {
                const std::unique_ptr<kept> mine{static_cast<kept*>(context)};
                if (how != nullptr) call(*mine, *how);
            };
        }
    }

    delivery_callback(delivery_callback&& other) noexcept
        : run_(std::exchange(other.run_, nullptr)), context_(other.context_)
    {}
    delivery_callback& operator=(delivery_callback&& other) noexcept
    {
        if (this != &other) {
            drop();
            run_ = std::exchange(other.run_, nullptr);
            context_ = other.context_;
        }
        return *this;
    }
    ~delivery_callback() { drop(); }

    /// Whether somebody is owed a call.
    [[nodiscard]] explicit operator bool() const noexcept { return run_ != nullptr; }

    /// What tells it from every other one that has memory of its own.
    [[nodiscard]] const void* context() const noexcept { return context_; }

    /// Calls, if somebody is owed a call; nobody is afterwards.
    void operator()(const outcome& how) noexcept
    {
        if (const auto run = std::exchange(run_, nullptr)) run(context_, &how);
    }

private:
    using runner = void (*)(void* context, const outcome* how) noexcept; // without an outcome: only lets go

    template <class Kept>
    static constexpr bool fits = sizeof(Kept) <= sizeof(void*) && alignof(Kept) <= alignof(void*) &&
                                 std::is_trivially_copyable_v<Kept> && std::is_trivially_destructible_v<Kept>;

    template <class Callable>
    static void call(Callable& callable, const outcome& how) noexcept
    {
        if constexpr (std::invocable<Callable&, const outcome&>)
            callable(how);
        else
            callable(how.error, how.at);
    }

    void drop() noexcept
    {
        if (const auto run = std::exchange(run_, nullptr)) run(context_, nullptr);
    }

    runner run_ = nullptr;
    void* context_ = nullptr;
};
static_assert(sizeof(delivery_callback) == 2 * sizeof(void*));

} // namespace odradek
