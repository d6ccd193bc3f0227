// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/generated/api_keys.hpp>

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <tests/conformance/side.hpp>

namespace odradek::conformance {

/// An answer without what two brokers may well say differently: ids under names that both share, records as what is in them,
/// nothing about addresses, words for people, and the time of day.
///
/// `append_time` names the topics whose timestamps are the broker's own.
[[nodiscard]] json normal_form(const side& of, api key, json answer, const std::set<std::string>& append_time);

/// Where two normal forms first differ, as "path: theirs, ours"; empty if they are alike.
[[nodiscard]] std::string first_difference(const json& theirs, const json& ours, const std::string& path = {});

} // namespace odradek::conformance
