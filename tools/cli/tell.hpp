// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <cstdio>
#include <utility>

namespace odradek::cli {

/// Says something on standard error. That nobody can hear it (a full disk, a closed pipe) is no reason to fail.
template <class... Values>
void tell(fmt::format_string<Values...> text, Values&&... values) noexcept
{
    try {
        fmt::print(stderr, text, std::forward<Values>(values)...);
    } catch (...) {
        std::clearerr(stderr);
    }
}

} // namespace odradek::cli
