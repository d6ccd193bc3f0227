// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/random.hpp>
#include <odradek/protocol/generated/api_keys.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tests/conformance/side.hpp>
#include <vector>

namespace odradek::conformance {

/// One request of a sequence, made for each side with the names that this side has for things.
struct step {
    api key{};
    std::int16_t version = 0;
    std::function<json(const side&)> request{};
    /// Notes what the answer says about names; called for each side.
    std::function<void(side&, const json&)> learn{};
    /// A topic whose state a real broker may take a moment to reach: how many partitions it has then, 0 for gone.
    std::string settles{};
    std::size_t settled_partitions = 0;
    std::string about{}; ///< The partition that a Produce is for.
};

/// A random walk through requests, the same for the same seed but for times, which are those of the day: topics made, grown, deleted, written, read, asked about, by
/// clients that know too little or too much.
class sequence {
public:
    /// `versions` says what both sides announce.
    sequence(std::uint64_t seed, std::function<version_range(api)> versions);

    /// The next request.
    [[nodiscard]] step next();
    /// The answer of the real broker to it, from which the model learns.
    void told(const step& made, const json& answer);

    /// Topics whose timestamps are the broker's.
    [[nodiscard]] const std::set<std::string>& append_time() const noexcept { return append_time_; }
    [[nodiscard]] const std::map<std::string, std::int32_t>& topics() const noexcept { return topics_; }

private:
    struct producer {
        int number = 0;
        std::int16_t epoch = 0;
        std::map<std::string, std::int32_t> next; // sequence, by partition
    };

    [[nodiscard]] std::int64_t draw(std::int64_t from, std::int64_t to);
    [[nodiscard]] bool chance(double p) { return random_.uniform() < p; }
    [[nodiscard]] std::int16_t version_of(api key);
    [[nodiscard]] std::string some_topic();
    [[nodiscard]] std::int32_t some_partition(const std::string& topic);
    [[nodiscard]] json name_topic(const side& of, const std::string& name, bool by_id, const char* field) const;

    step create_topic();
    step delete_topic();
    step grow_topic();
    step produce();
    step fetch();
    step list_offsets();
    step epoch_end();
    step delete_records();
    step describe_producers();
    step metadata();
    step init_producer();
    step alter_config();
    step describe_config();

    random_source random_;
    std::function<version_range(api)> versions_;
    std::string prefix_;
    int made_ = 0;
    int next_producer_ = 1;
    int next_session_ = 1;
    std::map<std::string, std::int32_t> topics_; // with the number of their partitions
    std::set<std::string> append_time_;
    std::vector<producer> producers_;
    struct session {
        int number = 0;
        std::int32_t epoch = 0;
        bool by_id = false;
    };
    std::vector<session> sessions_;
    std::map<std::string, std::int64_t> ends_; // what is known of the ends of logs
};

} // namespace odradek::conformance
