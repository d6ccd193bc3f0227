// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/completion.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <memory>
#include <system_error>
#include <vector>

namespace odradek {

/// Ends with the canonical names of all these, in their order and each once: what
/// client.dns.lookup=resolve_canonical_bootstrap_servers_only makes of bootstrap servers. What cannot be looked up is left out, unless that
/// leaves nothing: then it ends with the error and words of the last failure.
///
/// A free function; `executor` is the strand that waits, and what calls this. May be cancelled.
ODRADEK_EXPORT void find_canonical_names(const std::shared_ptr<resolver>& names, const asio::any_io_executor& executor,
                                         std::vector<endpoint> servers,
                                         completion<void(std::error_code, std::vector<endpoint>)> done);

} // namespace odradek
