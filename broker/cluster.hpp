// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>
#include <odradek/broker/faults.hpp>
#include <odradek/net/clock.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/listener.hpp>
#include <odradek/net/tls_options.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/execution_context.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek::broker {

class server;
struct cluster_settings;

/// A topic that is to be there. A plain value.
struct topic_spec {
    std::string name{};
    std::int32_t partitions = 1;
    std::int16_t replicas = -1; ///< Of each partition; -1: three, or as many as there are brokers.
    std::map<std::string, std::string, std::less<>> config{}; ///< Its settings by Kafka's names, as "cleanup.policy".
};

/// Another way in to each broker, beside the main one. A plain value.
struct listener_spec {
    /// For cluster::bootstrap(); empty: the protocol's, which is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.
    std::string name{};
    std::string listen{"127.0.0.1:0"};          ///< See cluster_options::listen.
    std::string advertised_host{};              ///< See cluster_options::advertised_host.
    std::vector<std::string> sasl_mechanisms{}; ///< See cluster_options::sasl_mechanisms.
    std::optional<tls_server> tls{};            ///< See cluster_options::tls.
};

/// How a cluster is to be. A plain value; what is left out is as a fresh Apache Kafka has it, where that makes sense.
struct cluster_options {
    int brokers = 1;                  ///< How many, with the ids 1, 2, ..
    std::vector<topic_spec> topics{}; ///< Made at the start.

    /// Where the first broker listens, "host:port": a numeric address or "localhost", and a port, 0 for any that is free. The others
    /// take free ports too or, behind a port that was named, the next ones that are free.
    std::string listen{"127.0.0.1:0"};
    std::string
        advertised_host{}; ///< What clients are told instead of the address, as behind a NAT; empty: the address.
    /// Whether it may listen where other machines reach it though nobody there has to prove who they are: whoever reaches it may then
    /// read and write everything. With SASL or required client certificates it may anyway.
    bool insecure = false;

    /// Who may authenticate by SASL: passwords by user name, for every mechanism and listener.
    std::map<std::string, secret, std::less<>> users{};
    /// What the main listener asks for: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512. None: nobody has to authenticate.
    std::vector<std::string> sasl_mechanisms{};
    std::optional<tls_server> tls{};             ///< The main listener speaks TLS; without a value in clear.
    std::vector<listener_spec> more_listeners{}; ///< More ways in, each with its own port at each broker.
    int scram_iterations = 4'096;                ///< Of SCRAM's keys, from 4096 to 1,000,000.
    /// connections.max.reauth.ms: who has authenticated has to do it again within so long, or loses the connection (KIP-368); 0: never.
    std::chrono::milliseconds session_lifetime{0};
    /// connection.failed.authentication.delay.ms: how much later a failure is told (KIP-306).
    std::chrono::milliseconds failed_authentication_delay{100};

    std::string as_version{};       ///< The Kafka release whose versions it speaks, as "2.8"; empty: the newest known.
    bool auto_create_topics = true; ///< auto.create.topics.enable: asking for a topic makes it.
    /// Settings of the brokers by Kafka's names. Acted upon are those that give topics their defaults (as "log.retention.ms",
    /// "message.max.bytes", "min.insync.replicas"), "num.partitions", "default.replication.factor", "auto.create.topics.enable",
    /// "connections.max.idle.ms", "socket.request.max.bytes", "producer.id.expiration.ms", "replica.selector.class",
    /// "connections.max.reauth.ms", "connection.failed.authentication.delay.ms" and "sasl.server.max.receive.size"; any other is refused.
    /// What is said here counts, also where a member above says the same thing.
    std::map<std::string, std::string, std::less<>> properties{};
    std::vector<std::string> racks{}; ///< broker.rack of the first, the second, ..; none where it ends.
    std::size_t memory_limit = std::size_t{1}
                               << 30; ///< Bytes of records, topics, partitions, producers and settings: beyond it
                                      ///< they are refused with an error.
    std::string cluster_id{"odradek-embedded-broker"};
    std::uint64_t seed = 1; ///< Of what it draws: topic ids, the chances of faults, the nonces and salts of SCRAM.
                            ///< Who knows it can foresee them, so take one that nobody knows where that matters.

    std::chrono::milliseconds first_request_timeout{30'000}; ///< A connection that has asked nothing by then is closed.
    std::chrono::milliseconds stall_timeout{600'000};        ///< A client that takes nothing of its answers (256 KiB or
                                                             ///< their rest) for so long is dropped.
    std::size_t output_cap = std::size_t{1}
                             << 20; ///< Bytes of answers a client may leave lying before it is served no more.

    /// Gets a line for each odd thing, on whatever thread drives the cluster; may call the cluster, but must not wait for others that do, nor throw.
    std::function<void(std::string_view)> log{};

    std::shared_ptr<class clock> clock{};          ///< The system's by default.
    std::shared_ptr<listener_factory> listeners{}; ///< TCP by default.
};

/// The bad days of a cluster: see faults.hpp, whose functions these are, callable on any thread.
///
/// A handle, as cheap to copy as a pointer; it must not outlive its cluster. What a call sets up holds for every request that the
/// brokers begin to answer after it has returned.
class ODRADEK_EXPORT cluster_faults {
public:
    /// Fails the next `times` requests of an API with an error code.
    void fail_next(api key, broker_errc error, std::uint64_t times = 1);
    /// Does the work of the next `times` requests of an API, but closes the connection instead of answering.
    void drop_responses(api key, std::uint64_t times = 1);
    /// Whether a broker closes new connections at once; those that are there stay.
    void refuse_connections(std::int32_t broker, bool refused = true);

    faults::id add(fault one);     ///< Any fault: for whom, how often, what. The first that matches a request strikes.
    void remove(faults::id which); ///< Harmless if it is over.
    void clear();                  ///< Good days again.
    /// How often the faults of a name have struck ("fail" and "drop response" for those above).
    [[nodiscard]] std::uint64_t hits(std::string_view name) const;

private:
    friend class cluster;
    explicit cluster_faults(server& of) noexcept : server_(&of) {}
    server* server_;
};

/// An Apache Kafka cluster inside this process: real sockets, any client in any language, and faults on demand.
///
/// ```
/// odradek::broker::cluster cluster{io, {.brokers = 3, .topics = {{"letters", 6}}}};
/// odradek::client client{io, {.brokers = cluster.bootstrap()}};
/// cluster.faults().fail_next(odradek::api::produce, odradek::broker_errc::not_leader_or_follower, 3);
/// ```
///
/// With passwords and TLS, and beside that in clear on a port of its own, which bootstrap("PLAINTEXT") names:
///
/// ```
/// odradek::broker::cluster cluster{io, {.users = {{"alice", "alice-secret"}},
///                                       .sasl_mechanisms = {"SCRAM-SHA-512"},
///                                       .tls = odradek::tls_server{.identity = {.certificate_file = "c.pem", .key_file = "k.pem"}},
///                                       .more_listeners = {{.name = "PLAINTEXT"}}}};
/// ```
///
/// It listens when the constructor returns, and serves while the execution context runs: on the same io_context as the client under
/// test, or on one of its own with a thread of yours, for clients that block. It has no thread. Records live in memory and end
/// with the cluster.
///
/// Owned by the user; movable, not copyable; destroy it before the execution context that it was made on. Every member may be
/// called on any thread, except that nothing may run while the cluster is moved or destroyed. The constructor does not throw for options
/// that cannot be: error() then says so, and nothing listens. While it is not stopped it keeps accepts pending on the
/// executor, so `run()` does not return. stop() and the destructor return at once; sockets close, and `run()` may return, as
/// soon as the executor gets to it.
class ODRADEK_EXPORT cluster {
public:
    /// Serves on `executor`, one thing at a time, whatever threads run it.
    explicit cluster(asio::any_io_executor executor, cluster_options options = {});

    /// Serves on the executor of an execution context, as an io_context.
    template <class Context>
        requires std::derived_from<Context, asio::execution_context>
    explicit cluster(Context& context, cluster_options options = {})
        : cluster(asio::any_io_executor(context.get_executor()), std::move(options))
    {}

    cluster(cluster&&) noexcept;
    cluster& operator=(cluster&& other) noexcept;
    cluster(const cluster&) = delete;
    cluster& operator=(const cluster&) = delete;
    ~cluster();

    /// Why it does not serve; nothing if it does.
    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    /// The same for people, naming the option and its value.
    [[nodiscard]] const std::string& error_text() const noexcept { return error_text_; }

    /// Where its brokers listen, "host:port" each: what a client's bootstrap servers are.
    [[nodiscard]] const std::vector<std::string>& bootstrap() const noexcept { return bootstrap_; }
    /// The same of the listener with this name, the main one or another; empty if there is none. Clients are told the addresses of the
    /// listener by which they ask.
    [[nodiscard]] const std::vector<std::string>& bootstrap(std::string_view listener) const noexcept;

    /// What goes wrong from now on.
    [[nodiscard]] cluster_faults faults() noexcept;

    /// Makes a topic. The refusal that CreateTopics would give, none if it is there now.
    broker_errc create_topic(const topic_spec& wanted);
    /// Another broker leads the partition from now on, in a new epoch; -1: nobody does. Nothing happens if the broker has no replica
    /// of it or is down.
    void move_leader(std::string_view topic, std::int32_t partition, std::int32_t to);
    /// These replicas are in sync from now on, and the leader, as it always is; brokers that have no replica do not count.
    void set_in_sync_replicas(std::string_view topic, std::int32_t partition, std::vector<std::int32_t> brokers);
    /// An unclean election: another replica that is up leads (if there is none, the same), in a new epoch, which has nothing from
    /// `offset` on.
    void truncate(std::string_view topic, std::int32_t partition, std::int64_t offset);
    /// The broker dies: connections are closed, new ones too, and others take over what it led.
    void take_down(std::int32_t broker);
    /// It is back.
    void bring_up(std::int32_t broker);
    /// Compacts all partitions of a topic, as the log cleaner would.
    void compact(std::string_view topic);
    /// What counts towards memory_limit: bytes of records, and what topics, partitions, producers and settings take.
    [[nodiscard]] std::size_t bytes_stored() const;

    /// Ends every connection and listens no more. What was stored stays until the destructor.
    void stop();

private:
    void begin(const cluster_options& options, const cluster_settings& settings);

    std::shared_ptr<server> server_;
    std::vector<std::string> bootstrap_;                                      // of the main listener
    std::map<std::string, std::vector<std::string>, std::less<>> bootstraps_; // of each
    std::error_code error_;
    std::string error_text_;
};

} // namespace odradek::broker
