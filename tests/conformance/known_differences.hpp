// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <tests/conformance/sequence.hpp>
#include <tests/conformance/side.hpp>

namespace odradek::conformance {

/// Whether this difference between two answers is one that we know of and mean to keep: known_differences.cpp lists them, each with
/// its reason.
[[nodiscard]] bool is_known_difference(const step& asked, const json& theirs, const json& ours);

} // namespace odradek::conformance
