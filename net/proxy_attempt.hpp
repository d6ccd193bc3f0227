// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/proxy_options.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/net/tls.hpp>
#include <odradek/net/transport.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace odradek {

/// What the connections of a factory of proxies share; see make_proxy_factory().
struct proxy_parts {
    std::shared_ptr<socket_factory> inner{};
    tls_surroundings in{};
    std::shared_ptr<resolver> names{};
    bool allow_link_local = true; // of brokers that the cluster names
};

/// A factory that connects nothing but hands over transports that are there, so that make_tls_factory() can be put on them.
///
/// Shared by the connections through one https proxy, used on their strand. What is kept is asked for by its number, in place of a
/// node id.
class handover_factory final : public socket_factory {
public:
    /// Keeps the transport; returns its number.
    [[nodiscard]] std::int32_t keep(std::unique_ptr<transport> one);
    /// Closes what nobody has asked for, if it is still there.
    void drop(std::int32_t number) noexcept { kept_.erase(number); }

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override;

private:
    std::map<std::int32_t, std::unique_ptr<transport>> kept_;
    std::int32_t last_ = 0;
};

/// TLS to one https proxy: one context, made anew when its files change, for all connections through it.
struct proxy_tls {
    std::shared_ptr<handover_factory> handover{};
    std::shared_ptr<socket_factory> tls{};
};

/// A chain that has been checked, and TLS to those of its proxies that want it (empty for the others).
struct proxy_way {
    proxy_chain chain{};
    std::vector<proxy_tls> secured{};
};

/// Of a chain that has been checked.
[[nodiscard]] std::shared_ptr<const proxy_way> make_proxy_way(proxy_chain chain, const tls_surroundings& in);

/// Goes the way, which has at least one proxy, to `to.broker`, and ends with the transport that leads there.
void start_proxy_attempt(std::shared_ptr<const proxy_parts> parts, std::shared_ptr<const proxy_way> way,
                         transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done);

} // namespace odradek
