// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/exchange.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/generated/api_keys.hpp>

namespace odradek::broker {

class core;

/// One API that is served: its handlers behind decoding.
struct service {
    api key;
    void (*answer)(core& in, const exchange_ptr& x);
    void (*refuse)(core& in, const exchange_ptr& x, broker_errc why);
};

/// The API with this key; null if it is not served.
[[nodiscard]] const service* find_service(api key) noexcept;

/// Answers a request of an API or version that is not served: UNSUPPORTED_VERSION, never silence. ApiVersions is answered in the
/// format of version 0 with what there is; another API in the format of its highest version that we know, where its bytes can be
/// understood at all, else the connection is closed as Kafka does.
void refuse_version(core& in, exchange& x);

} // namespace odradek::broker
