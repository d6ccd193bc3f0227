// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/nearest_name.hpp>
#include <odradek/net/random.hpp>
#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/broker_security.hpp>
#include <odradek/tools/cli/connection_flags.hpp>
#include <odradek/tools/cli/escapes.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/features.hpp>
#include <odradek/tools/cli/message_format.hpp>
#include <odradek/tools/cli/number.hpp>
#include <odradek/tools/cli/pace.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

namespace odradek::cli {
namespace {

constexpr std::string_view exit_codes = R"(Exit codes: 0 done, 1 failed, 2 wrong command line or property,
128+S signal S ended a produce before all was delivered, or a consume before the end that it has.
)";

constexpr std::string_view security_words =
    R"(TLS and SASL are properties, by the names of Java's client or of librdkafka (docs/properties.md):
  odradek metadata -b HOST:PORT -X security.protocol=SASL_SSL -X ssl.ca.location=ca.pem \
    -X sasl.mechanism=SCRAM-SHA-512 -X sasl.username=NAME --property-env sasl.password=VARIABLE
)";

constexpr std::string_view closing_words = "Data goes to standard output, everything else to standard error.";

constexpr const char* format_help =
    "how to print a message: %t topic, %p partition, %o offset, %k key, %K key's length, %s value, %S value's length, "
    "%R value's length as 4 bytes, %T timestamp in ms, %h headers, %% percent sign; \\n \\r \\t \\0 \\\\ \\xHH";

constexpr std::size_t largest_payload = std::size_t{1} << 30; // no request is larger

/// The commands, as CLI11 fills them.
struct command_line {
    produce_arguments produce;
    consume_arguments consume;
    metadata_arguments metadata;
    apis_arguments apis;
    code_arguments decode;
    code_arguments encode;
    broker_arguments broker;
    broker_security_flags broker_security;
    verifiable_producer_arguments verifiable;
    bench_produce_arguments bench_produce;

    connection_flags produce_connection, consume_connection, metadata_connection, apis_connection,
        bench_produce_connection;
    std::vector<std::string> offsets;
    std::optional<std::string> produce_delimiter;
    std::vector<std::string> topics;
    std::vector<std::string> faults;
    std::optional<std::string> auto_create;
    std::optional<std::string> as_version;
    std::optional<std::string> former_config;    // --producer.config
    std::optional<std::string> bench_partitions; // --partitions
    bool response = false;
    bool request = false;
};

/// A number, into a T or an optional of it. CLI11 itself would take 010 for eight.
template <class T, class Into>
CLI::Option* add_number(CLI::App& app, const std::string& names, Into& into, T lowest, const char* help)
{
    const auto read = [&into, lowest, flag = names.substr(0, names.find(','))](const std::string& text) {
        into = number_of<T>(flag, text, lowest);
    };
    return app.add_option_function<std::string>(names, read, help)->type_name("N");
}

void add_partition(CLI::App& app, std::optional<std::int32_t>& partition, const char* help)
{
    add_number(app, "-p,--partition", partition, std::int32_t{0}, help);
}

void add_producer_flags(CLI::App& app, producer_arguments& to)
{
    constexpr const char* group = "Producer";
    app.add_option("-z,--compression", to.codec, "none, gzip, snappy, lz4 or zstd")->type_name("CODEC")->group(group);
    app.add_option("--linger", to.linger, "how long a record waits for others of its partition (linger.ms)")
        ->type_name("MS")
        ->group(group);
    app.add_option("--acks", to.acks, "who must have a record: all, the leader (1) or nobody (0)")
        ->type_name("all|1|0")
        ->group(group);
    app.add_flag("--idempotent", to.idempotent, "insist that no record is there twice (enable.idempotence=true)")
        ->group(group);
    app.add_option("--batch-size", to.batch_size, "bytes of a batch before compression (batch.size)")
        ->type_name("BYTES")
        ->group(group);
}

void add_produce(CLI::App& root, command_line& line)
{
    CLI::App& app = *root.add_subcommand("produce", "write lines to a topic, one record a line");
    app.footer(
        "A line that cannot be sent ends it, after those before; Ctrl-C lets what is under way end for 5 s at most.\n"
        "Without -p, records with a key go to the partition that Java's client chooses (murmur2), the others to any,\n"
        "about a batch at a time. Many batches are under way at once, none is there twice, and -X takes every "
        "property\n"
        "of a producer.\n" +
        std::string(exit_codes));
    line.produce_connection.add_to(app, line.produce.connection);
    app.add_option("-t,--topic", line.produce.topic, "the topic")->required()->type_name("TOPIC");
    add_partition(app, line.produce.partition, "the partition for every record");
    app.add_option(
           "-K,--key-delimiter", line.produce_delimiter,
           "a line is key, this text, value (split where it occurs first); without it in the line the key is null")
        ->type_name("DELIM");
    app.add_option("-H,--header", line.produce.headers,
                   "a header for every record, may be repeated; a name alone has a null value")
        ->type_name("NAME=VALUE")
        ->allow_extra_args(false);
    app.add_flag("-Z,--null", line.produce.format.empty_is_null, "an empty value or key is null");
    add_producer_flags(app, line.produce.producer);
    add_number(app, "--rate", line.produce.rate, std::int64_t{1}, "records a second; as fast as it goes without it")
        ->group("Producer");
    add_number(app, "--payload-size", line.produce.payload_size, std::size_t{1},
               "cut the input into records of so many bytes, whatever is in them, instead of lines")
        ->type_name("BYTES")
        ->excludes("--key-delimiter");
    app.add_option("FILE", line.produce.file, "what to read; standard input without it or for -");
}

void add_consume(CLI::App& root, command_line& line)
{
    CLI::App& app = *root.add_subcommand("consume", "print the records of a topic");
    app.footer(std::string(exit_codes));
    line.consume_connection.add_to(app, line.consume.connection);
    app.add_option("-t,--topic", line.consume.topic, "the topic")->required()->type_name("TOPIC");
    add_partition(app, line.consume.partition, "the partition; all without it");
    app.add_option(
           "-o,--offset", line.offsets,
           "where to begin: beginning (if nothing is said), end, N, -N (so many before the end), s@MS (a time in "
           "milliseconds since 1970); e@MS: where to end")
        ->type_name("OFFSET")
        ->allow_extra_args(false);
    app.add_flag("-e,--exit", line.consume.exit_at_end, "end at the end that the partitions have at the start");
    add_number(app, "-c,--count", line.consume.count, std::uint64_t{0}, "end after so many records")
        ->type_name("COUNT");
    auto* format = app.add_option("-f,--format", line.consume.format, format_help)->type_name("FORMAT");
    app.add_flag("-J,--json", line.consume.json,
                 "print each record as a line of JSON; bytes that are no UTF-8 come in base64, as key_base64, "
                 "payload_base64 and, for headers, name_base64 and value_base64")
        ->excludes(format);
    app.add_option("-K,--key-delimiter", line.consume.key_delimiter, "print the key and this text before the value")
        ->type_name("DELIM")
        ->excludes(format);
}

void add_metadata(CLI::App& root, command_line& line)
{
    CLI::App& app = *root.add_subcommand("metadata", "show brokers, topics and partitions");
    line.metadata_connection.add_to(app, line.metadata.connection);
    app.add_option("-t,--topic", line.metadata.topic, "this topic only")->type_name("TOPIC");
    app.add_flag("-J,--json", line.metadata.json, "as JSON");
}

void add_apis(CLI::App& root, command_line& line)
{
    CLI::App& app = *root.add_subcommand(
        "apis", "show what a broker speaks, what we choose, its features, and which release it looks like");
    line.apis_connection.add_to(app, line.apis.connection);
}

void add_broker(CLI::App& root, command_line& line)
{
    CLI::App& app = *root.add_subcommand("broker", "run a Kafka cluster inside this program, in memory, for tests");
    app.footer("Prints its bootstrap servers as one line once it listens, and ends with SIGINT or SIGTERM.\n");
    broker::cluster_options& o = line.broker.cluster;
    app.add_option("--listen", o.listen, "where the first broker listens; port 0: any (127.0.0.1:9092)")
        ->type_name("HOST:PORT");
    add_number(app, "--brokers", o.brokers, 1, "how many brokers (1)");
    app.add_option("--topic", line.topics, "a topic to begin with, may be repeated")
        ->type_name("NAME:PARTITIONS[:REPLICAS]")
        ->allow_extra_args(false);
    app.add_option("--as-version", line.as_version,
                   "the Kafka release whose versions it speaks; the newest if not said")
        ->type_name("VERSION");
    app.add_option("--auto-create", line.auto_create, "whether asking for a topic makes it: on or off (on)")
        ->check(CLI::IsMember({"on", "off"}).description(""))
        ->type_name("on|off");
    app.add_option("--properties", line.broker.property_file, "settings of the brokers by Kafka's names")
        ->type_name("FILE");
    add_number(app, "--memory", o.memory_limit, std::size_t{0}, "bytes of records that it keeps (1 GiB)")
        ->type_name("BYTES");
    o.seed = system_seed();
    add_number(app, "--seed", o.seed, std::uint64_t{0},
               "of topic ids, the chances of faults, and the nonces and salts of SCRAM, which a seed that is known "
               "lets others "
               "foresee; one that nobody knows if not said");
    app.add_option("--fault", line.faults,
                   "what goes wrong, may be repeated: api=, broker=, client=, times= (1; 0: always), probability= say "
                   "when; error=, delay=, "
                   "throttle=, drop=request|response, cut=before|inside|after, garbage say what")
        ->type_name("KEY=VALUE[,..]")
        ->allow_extra_args(false);
    app.add_flag("--insecure", o.insecure,
                 "listen also where other machines reach it, although nobody has to show a password or a certificate");
    line.broker_security.add_to(app);
    app.add_flag("-v,--verbose", line.broker.verbosity, "tell what happens, on standard error");
}

void add_bench_produce(CLI::App& bench, command_line& line)
{
    bench_produce_arguments& a = line.bench_produce;
    CLI::App& app = *bench.add_subcommand("produce", "measure how fast records are sent, and what that costs");
    app.footer("A line a second on standard error, the result on standard output. At a --rate, a record's latency "
               "begins when it was due.\n");
    line.bench_produce_connection.add_to(app, a.connection);
    app.add_option("-t,--topic", a.topic, "the topic")->required()->type_name("TOPIC");
    add_number(app, "-n,--records", a.records, std::uint64_t{1}, "how many records (1000000)");
    add_number(app, "--payload-size", a.payload_size, std::size_t{0}, "bytes of a value (100)")->type_name("BYTES");
    add_number(app, "--rate", a.rate, std::int64_t{1}, "records a second; as fast as it goes without it");
    app.add_option("--partitions", line.bench_partitions,
                   "records name the first N partitions in turn; none: the producer chooses (none)")
        ->type_name("N|none");
    app.add_flag("--keyed", a.keyed, "each record has a key of its own, of 8 bytes");
    app.add_flag("-J,--json", a.json, "the result as an object of JSON");
    add_producer_flags(app, a.producer);
}

/// Kafka's system tests give some options again and again; the last one counts.
void add_verifiable_producer(CLI::App& root, command_line& line)
{
    CLI::App& app = *root.add_subcommand("verifiable-producer", "be the producer of Kafka's system tests");
    app.footer("Prints an object of JSON a line for what becomes of each record. SIGINT and SIGTERM end it after all "
               "was delivered.\n"
               "Nothing is sent again unless the file says so: retries=0 is where it begins.\n");
    verifiable_producer_arguments& a = line.verifiable;
    app.add_option("--topic", a.topic, "the topic")->required()->type_name("TOPIC")->take_last();
    app.add_option("--bootstrap-server,--broker-list", a.brokers, "where to find the cluster")
        ->type_name("HOST:PORT[,..]")
        ->take_last();
    add_number(app, "--max-messages", a.max_messages, std::int64_t{-1},
               "how many to send; -1: until a signal comes (-1)")
        ->take_last();
    add_number(app, "--throughput", a.throughput, std::int64_t{-1}, "how many a second; -1: as fast as it goes (-1)")
        ->take_last();
    app.add_option("--acks", a.acks, "who must have a record: 0 nobody, 1 the leader, -1 all in sync (-1)")
        ->check(CLI::IsMember({"0", "1", "-1", "all"}).description(""))
        ->type_name("0|1|-1")
        ->take_last();
    add_number(app, "--value-prefix", a.value_prefix, std::numeric_limits<std::int32_t>::min(),
               "a value is this, a full stop and its number")
        ->take_last();
    add_number(app, "--message-create-time", a.create_time, std::int64_t{-1},
               "timestamp of the first record, in ms since 1970; the later ones follow as time goes by")
        ->type_name("MS")
        ->take_last();
    add_number(app, "--repeating-keys", a.repeating_keys, std::int64_t{1},
               "keys are 0 to N-1, over and over; none without it")
        ->take_last();
    auto* file = app.add_option("--command-config", a.property_file, "a file of properties, which win")
                     ->type_name("FILE")
                     ->take_last();
    app.add_option("--producer.config", line.former_config, "the former name of --command-config")
        ->type_name("FILE")
        ->take_last()
        ->excludes(file);
    app.add_flag("-v,--verbose", a.verbosity, "tell what happens, on standard error; more often, more");
}

CLI::App& add_code(CLI::App& root, const char* name, const char* help, code_arguments& code, command_line& line)
{
    CLI::App& app = *root.add_subcommand(name, help);
    app.add_option("--api", code.api, "name or key of the API, as ApiVersions or 18")
        ->required()
        ->type_name("NAME|KEY");
    add_number(app, "--version", code.version, std::int64_t{0}, "version of the message")->required();
    // Not an option group: CLI11 takes an empty argument for the group's empty name, and then it may never end.
    auto* request = app.add_flag("--request", line.request, "it is a request");
    app.add_flag("--response", line.response, "it is a response")->excludes(request);
    app.add_flag("--header", code.header, "the header precedes the body (but no frame length)");
    return app;
}

std::string delimiter(const std::string& text)
{
    if (text.empty()) throw usage_failure("-K: the delimiter is empty");
    return unescape(text, "-K");
}

produce_arguments finish_produce(command_line& line)
{
    produce_arguments& a = line.produce;
    line.produce_connection.finish(a.connection);
    if (line.produce_delimiter) a.format.key_delimiter = delimiter(*line.produce_delimiter);
    if (a.producer.codec) check_codec(*a.producer.codec);
    if (a.rate && *a.rate > pace::fastest) throw usage_failure(fmt::format("--rate: {} is too large", *a.rate));
    (void)parse_headers(a.headers);
    if (a.file == "-") a.file.reset();
    return std::move(a);
}

consume_arguments finish_consume(command_line& line)
{
    consume_arguments& a = line.consume;
    line.consume_connection.finish(a.connection);
    a.offsets = parse_offsets(line.offsets);
    if (a.key_delimiter) a.key_delimiter = delimiter(*a.key_delimiter);
    if (a.format) (void)message_format(*a.format);
    if (a.json && a.key_delimiter) throw usage_failure("-J: shows the key already, and excludes -K");
    if (a.exit_at_end && a.offsets.from == offset_spec::origin::end)
        throw usage_failure("-e: from the end to the end there is nothing to read; leave out -e or -o end");
    return std::move(a);
}

broker_arguments finish_broker(command_line& line)
{
    broker_arguments& a = line.broker;
    for (const std::string& text : line.topics) a.cluster.topics.push_back(parse_topic(text));
    for (const std::string& text : line.faults) a.faults.push_back(parse_fault(text));
    if (line.as_version && line.as_version->empty())
        throw usage_failure("--as-version: it is empty; give a release as 2.8, or leave the option out for the newest");
    a.cluster.as_version = line.as_version.value_or("");
    if (line.auto_create) {
        a.cluster.auto_create_topics = *line.auto_create == "on";
        a.said_by_flags["auto.create.topics.enable"] = a.cluster.auto_create_topics ? "true" : "false";
    }
    line.broker_security.finish(a);
    return std::move(a);
}

verifiable_producer_arguments finish_verifiable_producer(command_line& line)
{
    verifiable_producer_arguments& a = line.verifiable;
    if (line.former_config) a.property_file = line.former_config;
    if (a.throughput > pace::fastest) throw usage_failure(fmt::format("--throughput: {} is too large", a.throughput));
    return std::move(a);
}

bench_produce_arguments finish_bench_produce(command_line& line)
{
    bench_produce_arguments& a = line.bench_produce;
    line.bench_produce_connection.finish(a.connection);
    if (a.producer.codec) check_codec(*a.producer.codec);
    if (a.rate && *a.rate > pace::fastest) throw usage_failure(fmt::format("--rate: {} is too large", *a.rate));
    if (a.payload_size > largest_payload)
        throw usage_failure(fmt::format("--payload-size: {} is too large", a.payload_size));
    if (line.bench_partitions && *line.bench_partitions != "none")
        a.partitions = number_of<std::int32_t>("--partitions", *line.bench_partitions, 1);
    return std::move(a);
}

code_arguments finish_code(code_arguments& code, const command_line& line)
{
    if (!line.request && !line.response) throw usage_failure("--request or --response is required");
    code.kind = line.response ? message_kind::response : message_kind::request;
    return std::move(code);
}

/// What stands where a command has to is refused by its name; CLI11 only says that it was not expected, or that another one was.
void check_command(const std::vector<std::string>& words, CLI::App& app)
{
    auto from = words.begin();
    const CLI::App* of = &app;
    std::string before;
    if (const auto asked = app.get_subcommands(); !asked.empty()) { // it may have commands of its own, as bench has
        of = asked.front();
        before = of->get_name() + ' ';
        from = std::next(std::ranges::find(words, of->get_name()));
    }
    const auto commands = of->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty() || !of->get_subcommands().empty()) return;
    const auto given = std::find_if(from, words.end(), [](const std::string& word) { return !word.starts_with('-'); });
    if (given == words.end()) return;
    std::vector<std::string> names;
    for (const CLI::App* command : commands) names.push_back(before + command->get_name());
    const std::string wanted = before + *given;
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string_view near = detail::nearest_name(wanted, known);
    throw usage_failure(near.empty() ? fmt::format("there is no command \"{}\"; there {} {}", wanted,
                                                   names.size() == 1 ? "is" : "are", fmt::join(names, ", "))
                                     : fmt::format("there is no command \"{}\"; did you mean {}?", wanted, near));
}

/// Words that nobody asked for. Only options are repeated: other words may belong to a password, as in `-X sasl.password my secret`.
[[noreturn]] void refuse_extras(const std::vector<std::string>& words, CLI::App& app, const command_line& line)
{
    const auto asked = app.get_subcommands();
    check_command(words, app);
    connection_arguments ignored;
    for (const connection_flags* flags : {&line.produce_connection, &line.consume_connection, &line.metadata_connection,
                                          &line.apis_connection, &line.bench_produce_connection})
        flags->finish_pairs(ignored);
    const std::vector<std::string> extras = app.remaining(true);
    const std::string first = extras.empty() ? std::string{} : extras.front();
    const std::string what =
        first.starts_with('-')
            ? fmt::format("there is no option {}", first.substr(0, first.find('=')))
            : fmt::format("argument {} was not expected", std::ranges::find(words, first) - words.begin() + 1);
    throw usage_failure(
        fmt::format("{} (see odradek {}--help)", what, asked.empty() ? "" : asked.front()->get_name() + " "));
}

/// CLI11's words are several lines now and then.
std::string one_line(std::string text)
{
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::ranges::replace(text, '\n', ' ');
    return text;
}

} // namespace

arguments parse_arguments(const std::vector<std::string>& words)
{
    command_line line;
    line.broker.cluster.listen = "127.0.0.1:9092";
    CLI::App app{"A native client for Apache Kafka.", "odradek"};
    app.set_version_flag("--version", version_text(), "print the version and what was built in");
    app.require_subcommand(1);
    app.footer(fmt::format("{}{}{}", exit_codes, security_words, closing_words));
    app.get_formatter()->column_width(34);
    add_produce(app, line);
    add_consume(app, line);
    add_metadata(app, line);
    add_apis(app, line);
    add_broker(app, line);
    CLI::App& decode = add_code(app, "decode", "print the bytes of a message as JSON", line.decode, line);
    decode.add_flag("--secrets", line.decode.secrets, "show passwords, tokens and the like instead of their length");
    decode.add_option("HEX", line.decode.text, "the bytes; standard input without it or for -");
    CLI::App& encode = add_code(app, "encode", "print the JSON of a message as bytes", line.encode, line);
    encode.add_option("JSON", line.encode.text, "the message; standard input without it or for -");
    add_verifiable_producer(app, line);
    CLI::App& bench = *app.add_subcommand("bench", "measure");
    bench.require_subcommand(1);
    add_bench_produce(bench, line);

    try {
        std::vector<std::string> reversed(words.rbegin(), words.rend()); // CLI11 takes them from the back
        app.parse(std::move(reversed));
    } catch (const CLI::Success& wanted) { // --help or --version
        if (dynamic_cast<const CLI::CallForVersion*>(&wanted) != nullptr) return text_arguments{version_text() + "\n"};
        return text_arguments{app.help()}; // that of the command, if one is named
    } catch (const CLI::ExtrasError&) {
        refuse_extras(words, app, line);
    } catch (const CLI::ParseError& error) {
        const auto asked = app.get_subcommands();
        check_command(words, app);
        throw usage_failure(fmt::format("{} (see odradek {}--help)", one_line(error.what()),
                                        asked.empty() ? "" : asked.front()->get_name() + " "));
    }
    const std::string command = app.get_subcommands().front()->get_name();
    if (command == "produce") return finish_produce(line);
    if (command == "consume") return finish_consume(line);
    if (command == "broker") return finish_broker(line);
    if (command == "bench") return finish_bench_produce(line);
    if (command == "verifiable-producer") return finish_verifiable_producer(line);
    if (command == "decode") return finish_code(line.decode, line);
    if (command == "encode") {
        line.encode.encode = true;
        return finish_code(line.encode, line);
    }
    if (command == "apis") {
        line.apis_connection.finish(line.apis.connection);
        return std::move(line.apis);
    }
    line.metadata_connection.finish(line.metadata.connection);
    return std::move(line.metadata);
}

} // namespace odradek::cli
