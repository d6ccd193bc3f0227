// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::broker {

/// Where a connection is cut instead of an answer that goes through.
enum class cut : std::uint8_t {
    none,
    before, ///< Before the first byte of the answer.
    inside, ///< After half of it.
    after,  ///< Right behind it.
};

/// What is done with one request instead of, or besides, answering it. The work of the request is done unless it is said otherwise.
struct fault_effect {
    broker_errc error = broker_errc::none; ///< Refused with this code; the work is not done.
    std::chrono::milliseconds delay{0};    ///< The answer comes so much later; so do those behind it on the connection.
    bool drop_request = false;             ///< No work, no answer, and nothing more on this connection.
    bool drop_response = false;            ///< Work, but no answer, and nothing more on this connection.
    cut where = cut::none;                 ///< The connection ends there.
    std::chrono::milliseconds throttle{0}; ///< throttle_time_ms of the answer.
    bool garbage = false;                  ///< The answer's bytes behind its length make no sense.
    /// Changes the answer's bytes: header and body, without the length.
    std::function<void(api key, api_version version, std::vector<std::byte>& frame)> rewrite{};
};

/// Which requests, and what is done with them.
struct fault {
    std::optional<api> key{};             ///< Only of this API; any if not set.
    std::optional<std::int32_t> broker{}; ///< Only at this broker.
    std::string client_id{};              ///< Only of this client; empty: of any.
    std::uint64_t times = 1;              ///< How often; then the fault is over. 0: until it is removed.
    double probability = 1.0;             ///< Of each request that matches, from 0 to 1.
    fault_effect effect{};
    std::string name{}; ///< What hits() counts it as.
};

/// The bad days of a cluster: what goes wrong, for whom, how often. Empty, and then it costs nothing, unless somebody adds to it.
///
/// Owned by the core, used on its thread. Chance comes from a seed, so a run repeats itself.
class ODRADEK_EXPORT faults {
public:
    using id = std::uint64_t;

    explicit faults(std::uint64_t seed) noexcept : drawn_(seed) {}

    id add(fault one);     ///< The first fault that matches a request is the one that strikes.
    void remove(id which); ///< Harmless if it is over.
    void clear();          ///< No faults any more; refused brokers are reachable again.
    [[nodiscard]] bool empty() const noexcept { return all_.empty(); }

    /// Fails the next `times` requests of an API with an error code.
    void fail_next(api key, broker_errc error, std::uint64_t times = 1);
    /// Does the work of the next `times` requests of an API and never answers them: the connection is cut.
    void drop_responses(api key, std::uint64_t times = 1);
    /// Whether a broker refuses new connections; those that are there stay.
    void refuse_connections(std::int32_t broker, bool refused = true);
    [[nodiscard]] bool refuses(std::int32_t broker) const noexcept { return refusing_.contains(broker); }

    /// What is to be done with this request; counts down.
    [[nodiscard]] fault_effect strike(api key, std::int32_t broker, std::string_view client_id);

    /// How often each fault struck, by name.
    [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& hits() const noexcept { return hits_; }

private:
    struct entry {
        id number;
        fault what;
    };

    [[nodiscard]] double draw() noexcept;

    std::list<entry> all_;
    std::set<std::int32_t> refusing_;
    std::map<std::string, std::uint64_t, std::less<>> hits_;
    id next_ = 1;
    std::uint64_t drawn_;
};

} // namespace odradek::broker
