// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/message.hpp>
#include <odradek/tools/cli/broker.hpp>
#include <odradek/tools/cli/line_record.hpp>
#include <odradek/tools/cli/offset_spec.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace odradek::cli {

/// The command line, parsed and checked as far as that goes without a file or a broker: one struct a command.
///
/// Plain values, owned by main and handed to the command that was asked for.

/// What every command with a broker understands. Later ones of this list win: files (-F), properties from files and from the
/// environment, properties (-X), and -b.
struct connection_arguments {
    std::vector<std::string> brokers;                                           ///< -b, cut at commas.
    std::vector<std::string> property_files;                                    ///< -F
    std::vector<std::pair<std::string, std::string>> properties;                ///< -X
    std::vector<std::pair<std::string, std::string>> properties_in_files;       ///< --property-file
    std::vector<std::pair<std::string, std::string>> properties_in_environment; ///< --property-env
    bool proxies_of_environment = false;                                        ///< --proxy-env
    std::chrono::milliseconds timeout{10'000};                                  ///< --timeout: for the first contact.
    int verbosity = 0;                                                          ///< How often -v.
};

/// What a producer is told by flags; each stands for a property, and wins over it. See producer_settings.hpp.
struct producer_arguments {
    std::optional<std::string> codec{};      ///< -z, checked: compression.type.
    std::optional<std::string> linger{};     ///< --linger: linger.ms.
    std::optional<std::string> acks{};       ///< --acks: acks.
    std::optional<std::string> batch_size{}; ///< --batch-size: batch.size.
    bool idempotent = false;                 ///< --idempotent: enable.idempotence=true; else the properties decide.
};

/// `odradek produce`
struct produce_arguments {
    connection_arguments connection;
    std::string topic;
    std::optional<std::int32_t> partition;
    line_format format;
    std::vector<std::string> headers; ///< -H, checked.
    producer_arguments producer;
    std::optional<std::int64_t> rate;        ///< Records a second; nothing is as fast as it goes.
    std::optional<std::size_t> payload_size; ///< --payload-size: bytes of each record, instead of lines.
    std::optional<std::string> file;         ///< Nothing is standard input.
};

/// `odradek consume`
struct consume_arguments {
    connection_arguments connection;
    std::string topic;
    std::optional<std::int32_t> partition;
    offset_spec offsets;
    bool exit_at_end = false;
    std::optional<std::uint64_t> count;
    std::optional<std::string> format; ///< -f, checked, as it was given.
    bool json = false;
    std::optional<std::string> key_delimiter; ///< -K, without escapes.
};

/// `odradek metadata`
struct metadata_arguments {
    connection_arguments connection;
    std::optional<std::string> topic;
    bool json = false;
};

/// `odradek apis`
struct apis_arguments {
    connection_arguments connection;
};

/// `odradek decode` and `odradek encode`
struct code_arguments {
    bool encode = false;
    std::string api;
    std::int64_t version = 0;
    message_kind kind = message_kind::request;
    bool header = false;
    bool secrets = false;
    std::optional<std::string> text; ///< Nothing is standard input.
};

/// `odradek verifiable-producer`, in the words of Kafka's system tests.
struct verifiable_producer_arguments {
    std::string brokers; ///< --bootstrap-server, as the property of that name; empty leaves it to the file.
    std::string topic;
    std::int64_t max_messages = -1;           ///< -1: for ever.
    std::int64_t throughput = -1;             ///< Records a second; -1: as fast as it goes.
    std::string acks = "-1";                  ///< 0, 1 or -1.
    std::optional<std::int32_t> value_prefix; ///< Values are PREFIX.NUMBER.
    std::int64_t create_time = -1; ///< Timestamp of the first record in ms since 1970; -1: the time of sending.
    std::optional<std::int64_t>
        repeating_keys; ///< Keys are the numbers below this one, over and over; nothing is no keys.
    std::optional<std::string> property_file; ///< --command-config
    int verbosity = 0;
};

/// `odradek bench produce`
struct bench_produce_arguments {
    connection_arguments connection{};
    std::string topic{};
    producer_arguments producer{};
    std::uint64_t records = 1'000'000;
    std::size_t payload_size = 100;
    std::optional<std::int64_t> rate{}; ///< Records a second; nothing is as fast as it goes.
    std::optional<std::int64_t>
        partitions{}; ///< Records name these in turn; nothing leaves the choice to the producer.
    bool keyed = false;
    bool json = false;
};

/// The command line asked only for a text, which is all there: --help, --version.
struct text_arguments {
    std::string text;
};

using arguments =
    std::variant<text_arguments, produce_arguments, consume_arguments, metadata_arguments, apis_arguments,
                 code_arguments, broker_arguments, verifiable_producer_arguments, bench_produce_arguments>;

/// Parses the arguments without the program's own name. What is wrong with them is a usage failure of one line.
[[nodiscard]] arguments parse_arguments(const std::vector<std::string>& words);

} // namespace odradek::cli
