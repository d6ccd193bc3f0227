// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster.hpp>
#include <odradek/broker/faults.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace odradek::cli {

/// `odradek broker`, parsed.
struct broker_arguments {
    broker::cluster_options cluster;
    std::vector<broker::fault> faults;        ///< --fault
    std::optional<std::string> property_file; ///< --properties
    /// What flags say that the file could say too, by Kafka's names: the flags count.
    std::map<std::string, std::string, std::less<>> said_by_flags;
    std::optional<std::string> user_file;     ///< --user-file
    std::optional<std::string> user_variable; ///< --user-env
    int verbosity = 0;                        ///< How often -v.
};

/// What --topic says: NAME:PARTITIONS[:REPLICAS]. What is wrong with it is a usage failure.
[[nodiscard]] broker::topic_spec parse_topic(const std::string& text);

/// What --fault says: "api=produce,error=not_leader_or_follower,times=3". Whom it strikes: api, broker, client, times (0: always),
/// probability; what happens: error (a name or number of Kafka's), delay and throttle (milliseconds), drop=request|response,
/// cut=before|inside|after, garbage. What is wrong with it is a usage failure.
[[nodiscard]] broker::fault parse_fault(const std::string& text);

/// Adds the text of --properties, read from `path`. A name that the embedded broker does not act upon is a usage failure that names the
/// line and the nearest one that it does: a misspelt one would change nothing, and nobody would notice.
void add_broker_properties(broker::cluster_options& options, std::string_view text, const std::string& path);

/// Reads the file of --properties, if there is one, and then puts what flags say over it.
void read_broker_properties(broker_arguments& a);

/// An error of the cluster, which names its options, with the names of the flags instead. What is wrong with TLS is blamed on the flag
/// of the file that it names.
[[nodiscard]] std::string in_words_of_flags(std::string text, const broker::cluster_options& options = {});

/// Whether such an error says that the command line is wrong, and not that something failed at run time.
[[nodiscard]] bool is_wrong_usage(std::error_code ec) noexcept;

/// Runs the embedded broker until a signal ends it: one line on standard output, the bootstrap servers, once it listens.
int run_broker(broker_arguments a);

} // namespace odradek::cli
