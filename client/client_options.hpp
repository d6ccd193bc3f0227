// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/sasl_options.hpp>
#include <odradek/client/broker_list.hpp>
#include <odradek/net/address_map.hpp>
#include <odradek/net/blocking.hpp>
#include <odradek/net/endpoint_filter.hpp>
#include <odradek/net/proxy_options.hpp>
#include <odradek/net/tls_options.hpp>
#include <odradek/net/transport.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace odradek {

/// Connections in clear, as if that had been left out, and said in so many words: only then a mechanism may send a password over them.
struct plaintext {};

/// How connections are secured: nothing said (in clear, but no password goes over them), plaintext{} or tls{}.
using security_options = std::variant<std::monostate, plaintext, tls>;

/// Everything that a client may be told when it is made. A value that its user owns; the client copies it.
///
/// Nothing is checked here: the first operation ends with errc::invalid_option when something cannot be.
///
/// Source: the defaults are those of the Java client where nothing speaks against them.
struct client_options {
    /// Where to begin: `{"localhost:9092"}`, or a function.
    broker_list brokers{};
    /// Told to brokers with every request; it shows in their logs, metrics and quotas.
    std::string client_id = "odradek";

    /// TLS or not: `security = tls{.ca_file = "ca.pem"}`.
    security_options security{};
    /// Who we are: `sasl = scram_sha_512{.username = "alice", .password = secret}`. Without it no authentication is tried. A mechanism
    /// that sends a password in clear needs TLS, or an explicit `security = plaintext{}`: else errc::clear_text_password.
    std::optional<sasl_options> sasl{};
    /// Proxies on the way to brokers: `proxy = socks5{"proxy.example:1080"}`, http_connect{..}, a chain, a function, or
    /// proxy_from_environment(). TLS to brokers goes through them unchanged. None by default; variables of the environment count only
    /// where they are asked for.
    proxy_options proxy{};

    /// For one address of a broker.
    std::chrono::milliseconds connect_timeout{10'000};
    /// After so long without an answer from one address of a broker the next one is tried as well (RFC 8305); 10 ms at least.
    std::chrono::milliseconds connection_attempt_delay{250};
    /// For a connection in all: name, every address, proxies, TLS, SASL, versions (KIP-601).
    std::chrono::milliseconds setup_timeout{30'000};
    /// For one attempt of a request, from its start to its answer.
    std::chrono::milliseconds request_timeout{30'000};
    /// For an operation as a whole, with all attempts, where it has no limit of its own.
    std::chrono::milliseconds default_api_timeout{60'000};
    /// How often a request that was written is sent again, if that is safe. The operation's time limit ends it as well.
    std::uint32_t retries = std::numeric_limits<std::uint32_t>::max();
    /// First wait between attempts; it doubles, with a jitter of a fifth (KIP-580).
    std::chrono::milliseconds retry_backoff{100};
    /// Longest wait between attempts.
    std::chrono::milliseconds retry_backoff_max{1'000};
    /// First wait before a broker that failed is connected to again.
    std::chrono::milliseconds reconnect_backoff{50};
    /// Longest wait before a broker that failed is connected to again.
    std::chrono::milliseconds reconnect_backoff_max{1'000};
    /// A connection that was not used for so long is closed; 0 never closes.
    std::chrono::milliseconds connections_max_idle{540'000};
    /// Largest answer that is read.
    std::size_t max_response_bytes = std::size_t{100} << 20;

    /// Metadata older than this is asked for again at the next use.
    std::chrono::milliseconds metadata_max_age{300'000};
    /// A topic that was not used for so long is no longer asked for.
    std::chrono::milliseconds metadata_topic_idle{300'000};
    /// First wait between two requests for the same topic's metadata; it grows to retry_backoff_max.
    std::chrono::milliseconds metadata_refresh_backoff{100};
    /// How long a topic or partition that was known is believed in though answers omit it.
    std::chrono::milliseconds metadata_missing_grace{15'000};
    /// Whether to begin again with `brokers` when no known broker answers (KIP-899).
    bool rebootstrap = true;
    /// After how long without an answer (KIP-1102).
    std::chrono::milliseconds rebootstrap_trigger{300'000};

    /// Whether a bootstrap server stands for the canonical names of its addresses, as they are looked up in reverse: what Kerberos and
    /// certificates may need behind an alias (client.dns.lookup=resolve_canonical_bootstrap_servers_only).
    bool canonical_bootstrap_names = false;
    /// Where brokers are really reached, if not where they are said to be. TLS still checks the name that was said.
    odradek::address_map address_map{};
    /// Which brokers may be connected to, of those that the cluster's metadata names; all if not set.
    odradek::endpoint_filter endpoint_filter{};
    /// Whether the cluster's metadata may name brokers at link-local addresses (169.254.0.0/16, fe80::/10), where clouds serve
    /// credentials to those inside.
    bool allow_link_local = false;
    /// The local address, numeric, that connections come from; the system's choice if empty.
    std::string bind_address{};

    bool tcp_keep_alive = false; ///< Whether the system probes idle connections.
    std::chrono::seconds tcp_keep_alive_idle{
        0}; ///< How long a connection is idle before that; 0 leaves it to the system.
    std::chrono::seconds tcp_keep_alive_interval{0}; ///< Between two probes; 0 leaves it to the system.
    int tcp_keep_alive_count = 0; ///< Probes without an answer that end it; 0 leaves it to the system.
    /// How long written bytes may go without the peer's system acknowledging them (TCP_USER_TIMEOUT); 0 leaves it to the system.
    std::chrono::milliseconds tcp_user_timeout{0};
    int send_buffer = 0;    ///< Bytes of the system's send buffer; 0 leaves it to the system.
    int receive_buffer = 0; ///< Bytes of the system's receive buffer; 0 leaves it to the system.

    /// What makes connections; TCP if not set. TLS and SASL are spoken over what it gives.
    std::shared_ptr<odradek::socket_factory> socket_factory{};
    /// Where name lookups run; a few threads, made when they are first needed, if not set.
    std::shared_ptr<odradek::blocking_executor> blocking_executor{};
    /// Of the generator that jitter, shuffles and SCRAM's nonces come from; from the system's entropy if not set. For tests: who knows
    /// the seed can play an old conversation of SCRAM back to this client.
    std::optional<std::uint64_t> seed{};
    /// Set by what could not read these options from elsewhere (properties::client()): the words that every operation fails with.
    std::string problem{};
};

} // namespace odradek
