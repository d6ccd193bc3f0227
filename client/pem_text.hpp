// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace odradek::detail {

/// A text in PEM with the line ends that OpenSSL needs. Java's client reads one that has spaces in their place, and such texts stand
/// on one line in many property files. A block with headers ("Proc-Type: ...") stays as it is, for it cannot be without its lines, and
/// so does what is no block. The result is for the caller to wipe; nothing else is left of it in memory.
///
/// A pure function. Source: RFC 7468; KIP-651.
[[nodiscard]] std::string pem_with_lines(std::string_view text);

} // namespace odradek::detail
