// SPDX-License-Identifier: Apache-2.0
// Sends random sequences of requests to a real broker and to the embedded one, and compares what they say.
//
//     odradek_conformance HOST:PORT --as VERSION --seeds A..B [--steps N] [-v]
//
// Prints each seed whose answers differ, with the first difference; closes with "N passed, N failed".
#include <odradek/broker/releases.hpp>
#include <odradek/protocol/api.hpp>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <tests/conformance/known_differences.hpp>
#include <tests/conformance/normal_form.hpp>
#include <tests/conformance/sequence.hpp>
#include <tests/conformance/side.hpp>
#include <thread>

namespace {

using namespace odradek;
using namespace odradek::conformance;

struct arguments {
    std::string host;
    std::uint16_t port = 0;
    broker::release as = broker::newest_release();
    std::uint64_t first = 1;
    std::uint64_t last = 1;
    int steps = 30;
    bool verbose = false;
};

[[noreturn]] void usage(const std::string& why)
{
    std::fprintf(
        stderr,
        "odradek_conformance: %s\nusage: odradek_conformance HOST:PORT --as VERSION --seeds A..B [--steps N] [-v]\n",
        why.c_str());
    std::exit(2);
}

template <class T>
T number(std::string_view text)
{
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) usage("not a number: " + std::string(text));
    return value;
}

arguments parse(int argc, char** argv)
{
    arguments a;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const auto value = [&]() -> std::string_view {
            if (i + 1 >= argc) usage(std::string(word) + " needs a value");
            return argv[++i];
        };
        if (word == "--as") {
            const auto found = broker::find_release(value());
            if (!found) usage("--as: known are " + broker::release_names());
            a.as = *found;
        } else if (word == "--seeds") {
            const std::string_view range = value();
            const std::size_t dots = range.find("..");
            a.first = number<std::uint64_t>(range.substr(0, dots));
            a.last = dots == std::string_view::npos ? a.first : number<std::uint64_t>(range.substr(dots + 2));
        } else if (word == "--steps") {
            a.steps = number<int>(value());
        } else if (word == "-v") {
            a.verbose = true;
        } else if (const std::size_t colon = word.rfind(':'); colon != std::string_view::npos && a.host.empty()) {
            a.host = word.substr(0, colon);
            a.port = number<std::uint16_t>(word.substr(colon + 1));
        } else {
            usage("unknown argument " + std::string(word));
        }
    }
    if (a.host.empty()) usage("no broker is named");
    if (a.last < a.first) usage("--seeds: the last one lies before the first");
    return a;
}

/// Whether a real broker has begun to lead a partition, which is later than that it says so.
bool leads(side& real, const std::string& topic, std::size_t partition)
{
    const json one{{"partitionIndex", partition}, {"timestamp", -1}};
    const auto answer = real.ask(
        api::list_offsets, 1,
        {{"replicaId", -1}, {"topics", json::array({json{{"name", topic}, {"partitions", json::array({one})}}})}});
    return (*answer)["topics"][0]["partitions"][0]["errorCode"] == 0;
}

/// Waits until a real broker shows a topic as it was asked to be: its answer comes before its own picture of the cluster.
void settle(side& real, const std::string& topic, std::size_t partitions)
{
    const std::int16_t version = std::min<std::int16_t>(real.range(api::metadata).last, 12);
    for (int i = 0; i < 500; ++i) {
        json request{{"topics", json::array({json{{"name", topic}}})}};
        if (version >= 4) request["allowAutoTopicCreation"] = false;
        const auto answer = real.ask(api::metadata, version, request);
        const json& said = (*answer)["topics"][0];
        bool settled = partitions == 0 ? said["errorCode"] != 0
                                       : said["errorCode"] == 0 && said["partitions"].size() == partitions;
        if (settled && partitions != 0)
            for (const json& one : said["partitions"])
                settled = settled && one["errorCode"] == 0 && one["leaderId"] != -1;
        for (std::size_t i = 0; settled && i < partitions; ++i) settled = leads(real, topic, i);
        if (settled) return;
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    usage("topic " + topic + " never settles");
}

void learn_topic_id(side& of, const std::string& topic)
{
    if (of.range(api::metadata).last < 10) return;
    const auto answer = of.ask(api::metadata, 10,
                               {{"topics", json::array({json{{"name", topic}}})}, {"allowAutoTopicCreation", false}});
    const json& said = (*answer)["topics"][0];
    if (said["errorCode"] == 0) of.topic_ids[topic] = said["topicId"];
}

/// One sequence; what differs first, or nothing.
std::string compare(std::uint64_t seed, const arguments& a, side& real, std::map<std::string, int>& asked)
{
    const auto ours = make_embedded_side(a.as);
    ours->learn_versions();
    real.topic_ids.clear();
    real.producer_ids.clear();
    real.session_ids.clear();
    const auto both = [&](api key) {
        const version_range theirs = real.range(key);
        const version_range mine = ours->range(key);
        const version_range spoken = find_api(key)->negotiated;
        return version_range{std::max({theirs.first, mine.first, spoken.first}),
                             std::min({theirs.last, mine.last, spoken.last})};
    };
    sequence walk{seed, both};
    for (int i = 0; i < a.steps; ++i) {
        const step one = walk.next();
        const auto theirs = real.ask(one.key, one.version, one.request(real));
        const auto mine = ours->ask(one.key, one.version, one.request(*ours));
        ++asked[std::string(find_api(one.key)->name)];
        const std::string what = "step " + std::to_string(i) + ", " + std::string(find_api(one.key)->name) + " " +
                                 std::to_string(one.version);
        if (a.verbose)
            std::printf("%s\n  asks   %s\n  theirs %s\n  ours   %s\n", what.c_str(), one.request(*ours).dump().c_str(),
                        theirs ? theirs->dump().c_str() : "closed", mine ? mine->dump().c_str() : "closed");
        if (theirs.has_value() != mine.has_value())
            return what + ": " + (mine ? "they" : "we") + " closed the connection; asked " + one.request(*ours).dump();
        if (!theirs) continue;
        if (one.learn) {
            one.learn(real, *theirs);
            one.learn(*ours, *mine);
        }
        walk.told(one, *theirs);
        const auto known = walk.topics().find(one.settles);
        if (!one.settles.empty() && (one.key == api::delete_topics) == (known == walk.topics().end()) &&
            (one.key == api::delete_topics || static_cast<std::size_t>(known->second) == one.settled_partitions)) {
            settle(real, one.settles, one.settled_partitions);
            learn_topic_id(real, one.settles);
            learn_topic_id(*ours, one.settles);
        }
        const json left = normal_form(real, one.key, *theirs, walk.append_time());
        const json right = normal_form(*ours, one.key, *mine, walk.append_time());
        const std::string found = first_difference(left, right);
        if (found.empty() || is_known_difference(one, *theirs, *mine)) continue;
        return what + found + "; asked " + one.request(*ours).dump();
    }
    return {};
}

} // namespace

int main(int argc, char** argv)
{
    const arguments a = parse(argc, argv);
    const auto real = make_real_side(a.host, a.port);
    real->learn_versions();
    // A broker that has just begun has no producer ids to give yet.
    for (int i = 0; i < 200; ++i) {
        const auto answer =
            real->ask(api::init_producer_id, 0, {{"transactionalId", nullptr}, {"transactionTimeoutMs", 60'000}});
        if (answer && (*answer)["errorCode"] == 0) break;
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
    }
    std::map<std::string, int> asked;
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    for (std::uint64_t seed = a.first; seed <= a.last; ++seed) {
        const std::string found = compare(seed, a, *real, asked);
        if (found.empty()) {
            ++passed;
            continue;
        }
        ++failed;
        std::printf("seed %llu: %s\n  again: odradek_conformance %s:%d --as %s --seeds %llu..%llu -v\n",
                    static_cast<unsigned long long>(seed), found.c_str(), a.host.c_str(), int{a.port},
                    std::string(a.as.name).c_str(), static_cast<unsigned long long>(seed),
                    static_cast<unsigned long long>(seed));
    }
    for (const auto& [name, times] : asked) std::printf("%s %d\n", name.c_str(), times);
    std::printf("%llu passed, %llu failed\n", static_cast<unsigned long long>(passed),
                static_cast<unsigned long long>(failed));
    return failed == 0 ? 0 : 1;
}
