// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/core.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace odradek::conformance {

using nlohmann::json;

/// One of the two brokers that are asked the same: how to reach it, and what it calls the things that both have.
///
/// Owned by the comparison, one thread. An answer is JSON as to_json() writes it; nothing where the broker closed the connection or
/// was silent.
class side {
public:
    virtual ~side() = default;

    /// Asks and waits for the answer.
    std::optional<json> ask(api key, std::int16_t version, const json& request);
    /// Which versions of an API it announces.
    [[nodiscard]] version_range range(api key) const;
    /// Asks for them; before anything else.
    void learn_versions();

    std::map<std::string, std::string> topic_ids; ///< Name to id.
    std::map<int, std::int64_t> producer_ids;     ///< By our number.
    std::map<int, std::int32_t> session_ids;      ///< By our number.

protected:
    /// A request frame in, a response frame (both without length) out; nothing if the connection was closed.
    virtual std::optional<std::vector<std::byte>> exchange(bytes_view request) = 0;

private:
    std::map<api, version_range> ranges_;
    std::int32_t correlation_id_ = 0;
};

/// The embedded broker's core, called directly; waiting is skipped, since time is a parameter.
[[nodiscard]] std::unique_ptr<side> make_embedded_side(broker::release as);

/// A real broker behind a blocking socket. Ends the program if it cannot be reached.
[[nodiscard]] std::unique_ptr<side> make_real_side(const std::string& host, std::uint16_t port);

} // namespace odradek::conformance
