// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/core.hpp>

#include <memory>
#include <utility>

namespace odradek::detail {

/// What the last attempt came to, in a word of memory as long as all is well: there may be ten thousand partitions, and more
/// batches.
class kept_failure {
public:
    kept_failure() = default;
    kept_failure(failure why) { *this = std::move(why); } // NOLINT(google-explicit-constructor): a failure that is kept

    kept_failure& operator=(failure why)
    {
        what_ = why ? std::make_unique<failure>(std::move(why)) : nullptr;
        return *this;
    }

    /// Whether there is one.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(what_); }
    /// It, or none.
    [[nodiscard]] const failure& get() const noexcept
    {
        static const failure none{};
        return what_ ? *what_ : none;
    }

private:
    std::unique_ptr<failure> what_;
};

} // namespace odradek::detail
