// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <span>
#include <string>

namespace odradek::cli {

/// One line of what a broker says that it speaks.
struct api_range {
    api key{};           ///< Which API; may be a number that we do not know.
    version_range range; ///< Its versions, at the broker.
};

/// Which release of Apache Kafka a list of APIs looks like: "Kafka 4.3", "Kafka 3.3 to 3.4" where releases are alike, "newer than
/// Kafka 4.4, ..." or "no release ...".
///
/// It compares the highest versions of a few APIs, each of which some release raised, and which ZooKeeper and KRaft brokers
/// offer alike; a broker that has only some of the steps up to its newest one is something else, or something in between. A
/// look-alike of course can claim anything. A free function without state.
///
/// Source: the definitions inside the releases' own jars.
[[nodiscard]] std::string release_of(std::span<const api_range> apis);

} // namespace odradek::cli
