// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/properties.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

namespace odradek {
namespace {

using std::chrono_literals::operator""ms;

std::string error_of(std::string_view text)
{
    return properties::parse(text).error().message;
}

TEST(properties, are_the_defaults_when_nothing_is_said)
{
    const properties p = properties::parse("");
    EXPECT_TRUE(p.ok());
    EXPECT_TRUE(p.client().brokers.empty());
    EXPECT_EQ(p.client().request_timeout, 30'000ms);
    EXPECT_EQ(p.produce().acks, acks::all);
    EXPECT_EQ(p.fetch().isolation, isolation_level::read_committed);
    EXPECT_FALSE(p.fetch().allow_auto_topic_creation);
    const producer_options producer = p.producer();
    const producer_options plain;
    EXPECT_EQ(producer.acks, acks::all);
    EXPECT_FALSE(producer.idempotence);
    EXPECT_EQ(producer.linger, plain.linger);
    EXPECT_EQ(producer.batch_size, plain.batch_size);
    EXPECT_EQ(producer.retries, plain.retries);
    EXPECT_EQ(producer.partitioner, partition_strategy::uniform_sticky);
    EXPECT_TRUE(producer.allow_auto_topic_creation);
    EXPECT_FALSE(p.producer_conflict());
}

TEST(properties, of_a_java_client_become_options)
{
    const properties p = properties::parse(R"(
        # as in a tutorial
        bootstrap.servers = one:9092, two:9093
        client.id = me
        request.timeout.ms = 5000
        default.api.timeout.ms = 7000
        acks = 1
        compression.type = zstd
        compression.zstd.level = 7
        compression.gzip.level = 2
        delivery.timeout.ms = 9000
        fetch.min.bytes = 10
        fetch.max.wait.ms = 20
        max.partition.fetch.bytes = 30
        fetch.max.bytes = 40
        isolation.level = read_uncommitted
        check.crcs = false
        connections.max.idle.ms = -1
        retries = 3
        key.serializer = org.apache.kafka.common.serialization.StringSerializer
    )");
    ASSERT_TRUE(p.ok()) << p.error().message;
    EXPECT_EQ(p.client().brokers.addresses(), (std::vector<std::string>{"one:9092", "two:9093"}));
    EXPECT_EQ(p.client().client_id, "me");
    EXPECT_EQ(p.client().request_timeout, 5000ms);
    EXPECT_EQ(p.client().default_api_timeout, 7000ms);
    EXPECT_EQ(p.client().connections_max_idle, 0ms);
    EXPECT_EQ(p.client().retries, 3u);
    EXPECT_EQ(p.produce().acks, acks::leader);
    EXPECT_EQ(p.produce().compression, compression::zstd);
    EXPECT_EQ(p.produce().level, 7);
    EXPECT_EQ(p.produce().timeout, 5000ms);
    EXPECT_EQ(p.produce().delivery_timeout, 9000ms);
    EXPECT_EQ(p.fetch().min_bytes, 10);
    EXPECT_EQ(p.fetch().max_wait, 20ms);
    EXPECT_EQ(p.fetch().partition_max_bytes, 30);
    EXPECT_EQ(p.fetch().max_bytes, 40);
    EXPECT_EQ(p.fetch().isolation, isolation_level::read_uncommitted);
    EXPECT_FALSE(p.fetch().check_crc);
    ASSERT_EQ(p.ignored().size(), 1u);
    EXPECT_EQ(p.ignored()[0].name, "key.serializer");
}

TEST(properties, of_librdkafka_become_options)
{
    const properties p = properties::parse("metadata.broker.list=one\n"
                                           "socket.timeout.ms=5000\n"
                                           "compression.codec=lz4\n"
                                           "compression.level=5\n"
                                           "message.timeout.ms=9000\n"
                                           "request.required.acks=0\n"
                                           "fetch.wait.max.ms=20\n"
                                           "fetch.message.max.bytes=30\n"
                                           "topic.metadata.refresh.interval.ms=60000\n"
                                           "socket.keepalive.enable=true\n"
                                           "allow.auto.create.topics=true\n"
                                           "queue.buffering.max.ms=0.5\n");
    ASSERT_TRUE(p.ok()) << p.error().message;
    EXPECT_EQ(p.client().request_timeout, 5000ms);
    EXPECT_EQ(p.client().metadata_max_age, 60'000ms);
    EXPECT_TRUE(p.client().tcp_keep_alive);
    EXPECT_EQ(p.produce().compression, compression::lz4);
    EXPECT_EQ(p.produce().level, 5);
    EXPECT_EQ(p.produce().acks, acks::none);
    EXPECT_EQ(p.produce().delivery_timeout, 9000ms);
    EXPECT_EQ(p.fetch().max_wait, 20ms);
    EXPECT_EQ(p.fetch().partition_max_bytes, 30);
    EXPECT_TRUE(p.fetch().allow_auto_topic_creation);
}

TEST(properties, say_whether_bootstrap_names_become_canonical)
{
    EXPECT_FALSE(properties::parse("client.dns.lookup=use_all_dns_ips").client().canonical_bootstrap_names);
    EXPECT_TRUE(properties::parse("client.dns.lookup=resolve_canonical_bootstrap_servers_only")
                    .client()
                    .canonical_bootstrap_names);
    EXPECT_FALSE(properties::parse("client.dns.lookup=default").ok());
}

TEST(properties, of_a_java_producer_become_options)
{
    const properties p = properties::parse(R"(
        enable.idempotence = true
        acks = all
        retries = 7
        request.timeout.ms = 5000
        delivery.timeout.ms = 9000
        linger.ms = 20
        batch.size = 16384
        buffer.memory = 33554433
        max.request.size = 2000000
        max.in.flight.requests.per.connection = 3
        compression.type = lz4
        compression.lz4.level = 9
        partitioner.ignore.keys = true
        partitioner.adaptive.partitioning.enable = false
        partitioner.rack.aware = true
        client.rack = east
        allow.auto.create.topics = false
    )");
    ASSERT_TRUE(p.ok()) << p.error().message;
    const producer_options o = p.producer();
    EXPECT_EQ(o.idempotence, true);
    EXPECT_EQ(o.acks, acks::all);
    EXPECT_EQ(o.retries, 7u);
    EXPECT_EQ(o.timeout, 5000ms);
    EXPECT_EQ(o.delivery_timeout, 9000ms);
    EXPECT_EQ(o.linger, 20ms);
    EXPECT_EQ(o.batch_size, 16'384u);
    EXPECT_EQ(o.memory, 33'554'433u);
    EXPECT_EQ(o.max_request_size, 2'000'000u);
    EXPECT_EQ(o.max_in_flight, 3);
    EXPECT_EQ(o.compression, compression::lz4);
    EXPECT_EQ(o.level, 9);
    EXPECT_TRUE(o.ignore_keys);
    EXPECT_FALSE(o.adaptive);
    EXPECT_TRUE(o.rack_aware);
    EXPECT_EQ(o.client_rack, "east");
    EXPECT_FALSE(o.allow_auto_topic_creation);
    EXPECT_FALSE(p.producer_conflict());
    EXPECT_TRUE(p.ignored().empty());
}

TEST(properties, of_a_librdkafka_producer_become_options)
{
    const properties p = properties::parse("queue.buffering.max.ms=0.5\n"
                                           "batch.num.messages=100\n"
                                           "queue.buffering.max.kbytes=2048\n"
                                           "message.max.bytes=3000000\n"
                                           "max.in.flight=1\n"
                                           "message.timeout.ms=9000\n"
                                           "message.send.max.retries=2\n"
                                           "compression.codec=gzip\n"
                                           "compression.level=3\n"
                                           "partitioner=fnv1a_random\n"
                                           "topic.metadata.propagation.max.ms=1000\n");
    ASSERT_TRUE(p.ok()) << p.error().message;
    const producer_options o = p.producer();
    EXPECT_EQ(o.linger, std::chrono::microseconds{500});
    EXPECT_EQ(o.batch_max_records, 100);
    EXPECT_EQ(o.memory, std::size_t{2048} * 1024);
    EXPECT_EQ(o.max_request_size, 3'000'000u);
    EXPECT_EQ(o.max_in_flight, 1);
    EXPECT_EQ(o.delivery_timeout, 9000ms);
    EXPECT_EQ(o.retries, 2u);
    EXPECT_EQ(o.compression, compression::gzip);
    EXPECT_EQ(o.level, 3);
    EXPECT_EQ(o.partitioner, partition_strategy::fnv1a_random);
    EXPECT_EQ(o.unknown_topic_timeout, 1000ms);
    EXPECT_EQ(p.client().metadata_missing_grace, 1000ms);
}

TEST(properties, of_a_producer_at_their_edges_mean_what_the_other_clients_mean)
{
    EXPECT_EQ(properties::parse("batch.size=0").producer().batch_size, 1u) << "no batches";
    EXPECT_EQ(properties::parse("max.request.size=2147483647").producer().max_request_size, std::size_t{1} << 30);
    EXPECT_EQ(properties::parse("linger.ms=0").producer().linger.count(), 0);
    EXPECT_GT(properties::parse("message.timeout.ms=0").producer().delivery_timeout, std::chrono::hours{24})
        << "librdkafka's way to say that nothing ends the wait";
    EXPECT_NE(error_of("linger.ms=-1"), "");
    EXPECT_NE(error_of("queue.buffering.max.ms=1e300"), "");
    EXPECT_NE(error_of("buffer.memory=0"), "");
    EXPECT_NE(error_of("max.in.flight.requests.per.connection=0"), "");
}

TEST(properties, name_a_partitioner_of_librdkafka_or_of_java_and_no_other)
{
    EXPECT_EQ(properties::parse("partitioner=consistent").producer().partitioner, partition_strategy::consistent);
    EXPECT_EQ(error_of("partitioner=best"),
              R"(line 1: "partitioner" = "best": one of random, consistent, )"
              "consistent_random, murmur2, murmur2_random, fnv1a, fnv1a_random is needed");
    EXPECT_NE(error_of("partitioner=org.apache.kafka.clients.producer.RoundRobinPartitioner"), "");
    const std::string java = "partitioner.class=org.apache.kafka.clients.producer.";
    EXPECT_EQ(properties::parse(java + "RoundRobinPartitioner").producer().partitioner,
              partition_strategy::round_robin);
    EXPECT_NE(error_of("partitioner.class=random"), "");
    EXPECT_NE(error_of("partitioner.class=com.example.Mine"), "");

    properties p = properties::parse(java + "UniformStickyPartitioner");
    EXPECT_TRUE(p.producer().ignore_keys);
    EXPECT_FALSE(p.set("partitioner", "murmur2"));
    EXPECT_FALSE(p.producer().ignore_keys) << "it went with its class";
}

TEST(properties, ask_for_idempotence_only_with_acks_of_all_and_with_retries)
{
    const properties asked = properties::parse("enable.idempotence=true\nacks=1\n");
    EXPECT_TRUE(asked.ok()) << "a straight produce does not mind";
    EXPECT_EQ(asked.producer_conflict().message, R"("enable.idempotence" = "true" excludes "acks" other than "all")");
    EXPECT_EQ(asked.producer().idempotence, true) << "so the producer refuses it too";
    EXPECT_TRUE(properties::parse("enable.idempotence=true\nretries=0\n").producer_conflict());

    properties mended = asked;
    EXPECT_FALSE(mended.set("acks", "all"));
    EXPECT_FALSE(mended.producer_conflict());

    for (const char* text : {"acks=1", "acks=0", "retries=0", "enable.idempotence=false"}) {
        const properties p = properties::parse(text);
        EXPECT_FALSE(p.producer_conflict()) << text;
        EXPECT_EQ(p.producer().idempotence, false) << text;
    }
}

TEST(properties, that_nobody_knows_are_errors_with_the_line_and_the_nearest_name)
{
    EXPECT_EQ(error_of("acks=1\n\nfetch.min.byte=1\n"),
              R"(line 3: unknown property "fetch.min.byte"; did you mean "fetch.min.bytes"?)");
    EXPECT_EQ(error_of("Bootstrap.Server=x"),
              R"(line 1: unknown property "Bootstrap.Server"; did you mean "bootstrap.servers"?)");
    EXPECT_EQ(error_of("quite.something.else.altogether.and.long=x"),
              R"(line 1: unknown property "quite.something.else.altogether.and.long")");
    EXPECT_EQ(error_of(std::string(100'000, 'x')).substr(0, 24), "line 1: unknown property");
}

TEST(properties, with_values_of_the_wrong_kind_are_errors_that_say_what_is_needed)
{
    EXPECT_EQ(error_of("fetch.min.bytes=many"),
              R"(line 1: "fetch.min.bytes" = "many": a whole number from 0 to 2147483647 is needed)");
    EXPECT_EQ(error_of("check.crcs=yes"), R"(line 1: "check.crcs" = "yes": true or false is needed)");
    EXPECT_EQ(error_of("acks=2"), R"(line 1: "acks" = "2": one of all, -1, 0, 1 is needed)");
    EXPECT_EQ(error_of("compression.type=rar"),
              R"(line 1: "compression.type" = "rar": one of none, gzip, snappy, lz4, zstd is needed)");
    EXPECT_NE(error_of("fetch.max.wait.ms=5s"), "");
    EXPECT_NE(error_of("fetch.max.wait.ms=-1"), "");
    EXPECT_NE(error_of("fetch.max.wait.ms="), "");
    EXPECT_NE(error_of("fetch.min.bytes=99999999999999999999"), "");
    EXPECT_NE(error_of("linger.ms=soon"), "");
    EXPECT_NE(error_of("bootstrap.servers=a:b"), "");
    EXPECT_NE(error_of("bootstrap.servers=,"), "");
    EXPECT_EQ(
        error_of("bootstrap.servers=http://a:9093"),
        R"(line 1: "bootstrap.servers" = "http://a:9093": "http://a:9093" begins with "http", which is no security )"
        "protocol of Kafka's: there are PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL");
    EXPECT_NE(error_of("bootstrap.servers=SSL://"), "");
    EXPECT_NE(error_of("bootstrap.servers=SSL://SSL://a:1"), "");
    EXPECT_NE(error_of("compression.gzip.level=0"), "");
}

TEST(properties, that_this_release_cannot_honour_are_refused_with_the_reason)
{
    EXPECT_EQ(error_of("transactional.id=t"),
              R"(line 1: "transactional.id" is refused: there are no transactions yet)");
    EXPECT_NE(error_of("interceptors=x"), "");
}

TEST(properties, never_repeat_a_secret_in_an_error)
{
    for (const auto& row : all_properties()) {
        if (!row.secret) continue;
        properties p;
        const property_error error = p.set(row.name, "hunter2");
        EXPECT_EQ(error.message.find("hunter2"), std::string::npos) << row.name;
    }
    EXPECT_EQ(error_of("sasl.pasword=hunter2").find("hunter2"), std::string::npos)
        << "nor that of a name that is misspelt";
}

TEST(properties, report_every_error_of_a_text)
{
    const properties p = properties::parse("a.b.c.d.e.f=1\nacks=7\nclient.id=\\u12\n");
    ASSERT_EQ(p.errors().size(), 3u);
    EXPECT_EQ(p.errors()[0].line, 1u);
    EXPECT_EQ(p.errors()[1].name, "acks");
    EXPECT_EQ(p.errors()[2].line, 3u);
}

TEST(properties, set_one_by_one_replace_what_was_there)
{
    properties p = properties::parse("acks=1");
    EXPECT_FALSE(p.set("acks", "all"));
    EXPECT_EQ(p.produce().acks, acks::all);
    const property_error error = p.set("ack", "1");
    ASSERT_TRUE(error);
    EXPECT_EQ(error.message, R"(unknown property "ack"; did you mean "acks"?)");
    EXPECT_FALSE(p.ok());
}

TEST(properties, have_each_name_once_with_a_note)
{
    std::set<std::string_view> names;
    for (const auto& row : all_properties()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.note.empty()) << row.name;
    }
    EXPECT_GT(names.size(), 240u);
}

// The guide's table is made from the code: with ODRADEK_UPDATE_DOCS set, this test writes it.
TEST(properties, are_listed_in_the_guide_as_they_are_in_the_code)
{
    const std::string path = ODRADEK_SOURCE_DIR "/docs/properties.md";
    const std::string begin =
        "<!-- table: made by the test properties.are_listed_in_the_guide_as_they_are_in_the_code -->\n";
    std::string table = "| property | also in | here | what it does, or why not |\n|---|---|---|---|\n";
    for (const auto& row : all_properties()) {
        for (const auto part :
             {std::string_view{"| `"}, row.name, std::string_view{"` | "},
              row.origin == "both"   ? std::string_view{"Java, librdkafka"}
              : row.origin == "java" ? "Java"
                                     : row.origin,
              std::string_view{" | "}, name(row.use), std::string_view{" | "}, row.note, std::string_view{" |\n"}})
            table += part;
    }
    std::ifstream in{path, std::ios::binary};
    ASSERT_TRUE(in) << path;
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const std::size_t at = text.find(begin);
    ASSERT_NE(at, std::string::npos) << "the line before the table is gone";
    const std::string expected = text.substr(0, at + begin.size()) + table;
    if (std::getenv("ODRADEK_UPDATE_DOCS") != nullptr)
        std::ofstream{path, std::ios::binary} << expected;
    else
        EXPECT_EQ(text, expected) << "run this test with ODRADEK_UPDATE_DOCS=1";
}

} // namespace
} // namespace odradek
