// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/export.hpp>

#include <span>
#include <string>
#include <string_view>

namespace odradek {

/// Which brokers are gone to without a proxy. Free functions without state, for any thread; see proxy_options::no_proxy for the forms.

/// Whether the entry has one of the forms. One that is empty has none.
[[nodiscard]] ODRADEK_EXPORT bool is_bypass_entry(std::string_view entry);

/// Whether one of the entries stands for the broker. Entries of no known form stand for nobody.
[[nodiscard]] ODRADEK_EXPORT bool is_bypassed(std::span<const std::string> entries, const endpoint& broker);

} // namespace odradek
