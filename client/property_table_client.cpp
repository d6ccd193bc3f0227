// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/broker_scheme.hpp>
#include <odradek/client/property_security.hpp>
#include <odradek/client/property_table.hpp>

namespace odradek::detail {
namespace {

using s = property_settings;
using v = property_value;
using enum property_use;

constexpr auto client = &s::client;

template <auto Member>
constexpr property_setter client_time = set_duration<client, Member>;

std::string set_brokers(s& out, const v& value)
{
    std::vector<endpoint> seeds;
    std::vector<std::string> with_scheme; // as librdkafka has them: it has to be what security.protocol says
    std::string_view rest = value.text;
    while (!rest.empty()) {
        std::string_view one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        if (one.empty()) continue;
        if (const auto scheme = scheme_of(one)) {
            if (protocol_called(*scheme).empty()) return in_quotes(one) + ' ' + no_such_scheme(*scheme);
            with_scheme.emplace_back(one);
        }
        const auto seed = parse_endpoint(one);
        if (!seed) return in_quotes(one) + " is not host:port";
        seeds.push_back(*seed);
    }
    if (seeds.empty()) return "at least one host:port is needed";
    out.client.brokers = broker_list{seeds};
    out.security.broker_schemes = std::move(with_scheme);
    return {};
}

std::string set_client_id(s& out, const v& value)
{
    out.client.client_id = value.text;
    return {};
}

std::string set_request_timeout(s& out, const v& value)
{
    out.client.request_timeout = value.duration();
    out.produce.timeout = value.duration();
    return {};
}

std::string set_connections_max_idle(s& out, const v& value)
{
    out.client.connections_max_idle = value.number <= 0 ? std::chrono::milliseconds::zero() : value.duration();
    return {};
}

template <auto Member>
std::string set_buffer(s& out, const v& value)
{
    out.client.*Member = value.number < 0 ? 0 : static_cast<int>(value.number); // -1 leaves it to the system
    return {};
}

std::string set_refresh_interval(s& out, const v& value)
{
    out.client.metadata_max_age = value.number < 0 ? std::chrono::hours{24 * 365} : value.duration();
    return {};
}

std::string set_recovery(s& out, const v& value)
{
    out.client.rebootstrap = value.text == "rebootstrap";
    return {};
}

std::string set_automatic_creation(s& out, const v& value)
{
    out.produce.allow_auto_topic_creation = value.flag;
    out.fetch.allow_auto_topic_creation = value.flag;
    return {};
}

std::string set_dns_lookup(s& out, const v& value)
{
    out.client.canonical_bootstrap_names = value.text == "resolve_canonical_bootstrap_servers_only";
    return value.text == "default" ? "every address of a name is tried" : "";
}

std::string only_any_family(s&, const v& value)
{
    return value.text == "any" ? "" : "addresses of both families are always tried";
}

std::string only_true(s&, const v& value)
{
    return value.flag ? "" : "it cannot be switched off";
}

std::string set_rack(s& out, const v& value)
{
    out.producer.client_rack = value.text;
    return {};
}

using o = client_options;
constexpr property_setter in_flight = set_number<&s::producer, &producer_options::max_in_flight>;

constexpr property_row rows[] = {
    // Finding the cluster
    {"bootstrap.servers", both, any_text, mapped, "client_options::brokers", set_brokers},
    {"metadata.broker.list", librdkafka, any_text, mapped, "client_options::brokers", set_brokers},
    {"bootstrap.controllers", java, any_text, refused, "only brokers are spoken to, not controllers"},
    {"bootstrap.resolve.timeout.ms", java, milliseconds(), ignored, "part of the set-up deadline"},
    {"client.dns.lookup", both, one_of("use_all_dns_ips|resolve_canonical_bootstrap_servers_only|default"), mapped,
     "client_options::canonical_bootstrap_names; every address of a name is tried in any case", set_dns_lookup},
    {"broker.address.family", librdkafka, one_of("any|v4|v6"), ignored, "addresses of both families are tried",
     only_any_family},
    {"broker.address.ttl", librdkafka, milliseconds(), ignored, "names are looked up for each new connection"},
    {"client.id", both, any_text, mapped, "client_options::client_id", set_client_id},
    {"client.rack", both, any_text, mapped, "producer_options::client_rack; a straight fetch reads from the leader",
     set_rack},

    // Time limits
    {"request.timeout.ms", both, milliseconds(1), mapped,
     "client_options::request_timeout, and timeout of produce_options and producer_options (Java's meaning; "
     "librdkafka: only "
     "the latter)",
     set_request_timeout},
    {"socket.timeout.ms", librdkafka, milliseconds(10), mapped, "client_options::request_timeout",
     client_time<&o::request_timeout>},
    {"default.api.timeout.ms", java, milliseconds(1), mapped, "client_options::default_api_timeout",
     client_time<&o::default_api_timeout>},
    {"max.block.ms", java, milliseconds(), ignored, "no call of this library blocks"},
    {"socket.connection.setup.timeout.ms", both, milliseconds(1), mapped,
     "client_options::connect_timeout (Java's meaning; librdkafka: the whole set-up)",
     client_time<&o::connect_timeout>},
    {"socket.connection.setup.timeout.max.ms", java, milliseconds(1), mapped, "client_options::setup_timeout",
     client_time<&o::setup_timeout>},
    {"socket.blocking.max.ms", librdkafka, milliseconds(), ignored, "nothing blocks on a socket"},
    {"api.version.request.timeout.ms", librdkafka, milliseconds(), ignored, "part of the set-up deadline"},

    // Metadata
    {"metadata.max.age.ms", both, milliseconds(1), mapped, "client_options::metadata_max_age",
     client_time<&o::metadata_max_age>},
    {"topic.metadata.refresh.interval.ms", librdkafka, milliseconds(-1), mapped,
     "client_options::metadata_max_age; -1 means a year", set_refresh_interval},
    {"metadata.max.idle.ms", java, milliseconds(5000), mapped, "client_options::metadata_topic_idle",
     client_time<&o::metadata_topic_idle>},
    {"topic.metadata.refresh.fast.interval.ms", librdkafka, milliseconds(1), mapped,
     "client_options::metadata_refresh_backoff", client_time<&o::metadata_refresh_backoff>},
    {"topic.metadata.refresh.fast.cnt", librdkafka, number(0), ignored, "fast refreshes slow down by themselves"},
    {"topic.metadata.refresh.sparse", librdkafka, boolean, ignored, "only topics in use are asked for"},
    {"topic.metadata.propagation.max.ms", librdkafka, milliseconds(), mapped,
     "client_options::metadata_missing_grace and producer_options::unknown_topic_timeout",
     set_all<client_time<&o::metadata_missing_grace>,
             set_duration<&s::producer, &producer_options::unknown_topic_timeout>>},
    {"topic.blacklist", librdkafka, any_text, refused, "topics cannot be hidden by a pattern"},
    {"metadata.recovery.strategy", both, one_of("rebootstrap|none"), mapped, "client_options::rebootstrap",
     set_recovery},
    {"metadata.recovery.rebootstrap.trigger.ms", both, milliseconds(), mapped, "client_options::rebootstrap_trigger",
     client_time<&o::rebootstrap_trigger>},
    {"metadata.cluster.check.enable", java, boolean, ignored,
     "brokers are not asked whether they belong to the same cluster"},
    {"allow.auto.create.topics", both, boolean, mapped,
     "allow_auto_topic_creation of produce_options, producer_options and fetch_options", set_automatic_creation},

    // Connections
    {"connections.max.idle.ms", both, milliseconds(-1), mapped,
     "client_options::connections_max_idle; 0 or less never closes", set_connections_max_idle},
    {"reconnect.backoff.ms", both, milliseconds(), mapped, "client_options::reconnect_backoff",
     client_time<&o::reconnect_backoff>},
    {"reconnect.backoff.max.ms", both, milliseconds(), mapped, "client_options::reconnect_backoff_max",
     client_time<&o::reconnect_backoff_max>},
    {"reconnect.backoff.jitter.ms", librdkafka, milliseconds(), ignored, "the jitter is a fifth of the wait"},
    {"retry.backoff.ms", both, milliseconds(), mapped, "client_options::retry_backoff", client_time<&o::retry_backoff>},
    {"retry.backoff.max.ms", both, milliseconds(), mapped, "client_options::retry_backoff_max",
     client_time<&o::retry_backoff_max>},
    {"max.in.flight.requests.per.connection", both, number(1), mapped, "producer_options::max_in_flight", in_flight},
    {"max.in.flight", librdkafka, number(1), mapped, "producer_options::max_in_flight", in_flight},
    {"receive.message.max.bytes", librdkafka, number(1000), mapped, "client_options::max_response_bytes",
     set_number<client, &o::max_response_bytes>},
    {"message.copy.max.bytes", librdkafka, number(0), ignored, "sealed batches are never copied"},
    {"send.buffer.bytes", java, number(-1), mapped, "client_options::send_buffer", set_buffer<&o::send_buffer>},
    {"receive.buffer.bytes", java, number(-1), mapped, "client_options::receive_buffer",
     set_buffer<&o::receive_buffer>},
    {"socket.send.buffer.bytes", librdkafka, number(0), mapped, "client_options::send_buffer",
     set_buffer<&o::send_buffer>},
    {"socket.receive.buffer.bytes", librdkafka, number(0), mapped, "client_options::receive_buffer",
     set_buffer<&o::receive_buffer>},
    {"socket.keepalive.enable", librdkafka, boolean, mapped, "client_options::tcp_keep_alive",
     set_flag<client, &o::tcp_keep_alive>},
    {"socket.nagle.disable", librdkafka, boolean, ignored, "delayed sending is always off"},
    {"socket.max.fails", librdkafka, number(0), ignored, "one request without an answer closes the connection"},
    {"api.version.request", librdkafka, boolean, ignored, "ApiVersions is always sent", only_true},
    {"api.version.fallback.ms", librdkafka, milliseconds(), ignored, "versions are asked on each connection"},
    {"broker.version.fallback", librdkafka, any_text, ignored, "versions are asked on each connection"},

    // Seeing what happens
    {"debug", librdkafka, any_text, ignored, "see client::on_log"},
    {"log_level", librdkafka, number(0, 7), ignored, "see client::on_log"},
    {"log.queue", librdkafka, boolean, ignored, "see client::on_log"},
    {"log.thread.name", librdkafka, boolean, ignored, "nothing is logged by a thread of ours"},
    {"log.connection.close", librdkafka, boolean, ignored, "idle closes are never reported as errors"},
    {"statistics.interval.ms", librdkafka, milliseconds(), ignored, "metrics are read when they are wanted"},
    {"enable.metrics.push", both, boolean, ignored, "no metrics are pushed to brokers"},
    {"metric.reporters", java, any_text, ignored, "a class of the Java virtual machine"},
    {"metrics.num.samples", java, number(1), ignored, "metrics are counted, not sampled"},
    {"metrics.sample.window.ms", java, milliseconds(1), ignored, "metrics are counted, not sampled"},
    {"metrics.recording.level", java, one_of("info|debug|trace"), ignored, "metrics are counted, not sampled"},

    // Only sensible in the other program
    {"config.providers", java, any_text, refused,
     "values are not looked up elsewhere: write them or pass them to set()"},
    {"interceptor.classes", java, any_text, refused, "a class of the Java virtual machine"},
    {"interceptors", librdkafka, any_text, refused, "plugins of librdkafka cannot be loaded"},
    {"plugin.library.paths", librdkafka, any_text, refused, "plugins of librdkafka cannot be loaded"},
    {"opaque", librdkafka, any_text, refused, "it is a pointer of librdkafka's own interface"},
    {"builtin.features", librdkafka, any_text, refused, "it only reports how librdkafka was built"},
    {"enable.random.seed", librdkafka, boolean, ignored, "the generator is seeded by the environment"},
    {"internal.termination.signal", librdkafka, number(0, 128), ignored, "no thread has to be interrupted"},
};

} // namespace

std::span<const property_row> client_property_rows() noexcept
{
    return rows;
}

} // namespace odradek::detail
