// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/sasl_options.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/random.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace odradek {

/// Who a client is to its brokers, which may be replaced while it lives.
///
/// Shared by all connections of a client through connection_options; used on the strand. A live connection learns of a replacement when
/// its session has to be renewed.
class ODRADEK_EXPORT credentials {
public:
    /// Nobody: connections do not authenticate.
    credentials() = default;
    /// This one, from the first connection on.
    explicit credentials(sasl_options who) : who_(std::move(who)) {}

    /// From now on whoever authenticates does it as this one.
    void replace(sasl_options who);

    /// Whether there is anything to authenticate with.
    [[nodiscard]] bool any() const noexcept { return who_.has_value(); }

    /// The client's side of one conversation with this broker; null if !any(). What is wrong with the options its first next() says.
    [[nodiscard]] std::unique_ptr<client_mechanism> begin(random_source& random, const endpoint& with) const;

    /// Another number whenever a replacement is another mechanism or user, as which a session cannot be renewed.
    [[nodiscard]] std::uint64_t identity() const noexcept { return identity_; }

private:
    std::optional<sasl_options> who_;
    std::uint64_t identity_ = 0;
    std::shared_ptr<scram_key_cache> keys_ = std::make_shared<scram_key_cache>();
};

} // namespace odradek
