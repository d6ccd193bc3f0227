// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace bench {

/// What one run of a producer is to do; bench/compare gives both sides the same. A plain value.
struct run_options {
    std::string brokers;
    std::vector<std::string> topics; ///< Record i goes to topic i modulo their number.
    std::size_t partitions = 6;      ///< Of each topic.
    std::uint64_t records = 5'000'000;
    std::size_t size = 100;
    std::size_t pool = std::size_t{4} << 20; ///< Bytes of different values.
    bool keyed = false;                      ///< With a key and two headers each.
    bool reports = true;                     ///< Ask for a delivery result with offset for each record.
    bool defaults = false;                   ///< Leave everything below to the library.
    int acks = -1;
    bool idempotent = true;
    std::int64_t linger_us = 5'000;
    std::size_t batch = 1'000'000;
    std::string codec = "none";
    std::optional<int> level;
    std::size_t memory = std::size_t{32} << 20;
    /// Of the client, by the names that both sides know: "security.protocol=ssl".
    std::vector<std::string> properties;
    double rate = 0; ///< Records a second on an absolute schedule, with latencies; 0: as fast as it goes.

    /// How many records go first, each to a partition of its own, and are waited for before the schedule and the clock of
    /// wall time start: connecting and getting a producer id is counted as CPU, but is not what the rate is to show.
    [[nodiscard]] std::uint64_t ahead() const
    {
        return std::min<std::uint64_t>({partitions * topics.size(), 64, records});
    }
    /// Where one of those goes.
    [[nodiscard]] std::int32_t partition_ahead(std::uint64_t number) const
    {
        return static_cast<std::int32_t>(number / topics.size() % partitions);
    }

    void add_to(CLI::App& app)
    {
        app.add_option("--brokers", brokers)->required();
        app.add_option("--topics", topics)->required()->delimiter(',');
        app.add_option("--partitions", partitions);
        app.add_option("--records", records);
        app.add_option("--size", size);
        app.add_option("--pool", pool);
        app.add_flag("--keyed", keyed);
        app.add_flag("!--no-reports", reports);
        app.add_flag("--defaults", defaults);
        app.add_option("--acks", acks)->check(CLI::IsMember({-1, 0, 1}));
        app.add_flag("!--not-idempotent", idempotent);
        app.add_option("--linger-us", linger_us);
        app.add_option("--batch", batch);
        app.add_option("--codec", codec);
        app.add_option("--level", level);
        app.add_option("--memory", memory);
        app.add_option("--property", properties);
        app.add_option("--rate", rate);
    }
};

/// Bytes of a line of /proc/self/status, as "VmHWM".
inline std::size_t status_bytes(const std::string& name)
{
    std::ifstream status("/proc/self/status");
    std::string word;
    std::size_t kilobytes = 0;
    while (status >> word) {
        if (word == name + ":") {
            status >> kilobytes;
            break;
        }
    }
    return kilobytes * 1024;
}

/// User and system time of the process, all threads together.
struct cpu_times {
    double user = 0;
    double system = 0;

    static cpu_times now()
    {
        rusage usage{};
        getrusage(RUSAGE_SELF, &usage);
        const auto seconds = [](const timeval& t) {
            return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
        };
        return {.user = seconds(usage.ru_utime), .system = seconds(usage.ru_stime)};
    }
};

/// When each record is meant to be sent. Latencies count from then and not from the send, so that a producer that holds up
/// its caller does not look fast (coordinated omission).
class schedule {
public:
    using clock = std::chrono::steady_clock;

    schedule() = default;
    /// Begins now, with the record of number `first`.
    schedule(double rate, std::uint64_t first) : start_(clock::now()), first_(first), interval_(1e9 / rate) {}

    [[nodiscard]] std::uint64_t first() const { return first_; }
    [[nodiscard]] clock::time_point of(std::uint64_t number) const
    {
        const double after = static_cast<double>(number - first_) * interval_;
        return start_ + std::chrono::nanoseconds(static_cast<std::int64_t>(after));
    }

    /// Sleeps until the record is due; what is late already goes at once.
    void wait_for(std::uint64_t number) const
    {
        const clock::time_point due = of(number);
        if (clock::now() >= due) return;
        const std::int64_t at = due.time_since_epoch() / std::chrono::nanoseconds{1};
        const timespec until{.tv_sec = at / 1'000'000'000, .tv_nsec = at % 1'000'000'000};
        while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) == EINTR) {
        }
    }

private:
    clock::time_point start_{};
    std::uint64_t first_ = UINT64_MAX; // none is on it
    double interval_ = 0;
};

/// Counts the delivery results of a run: as little work for each as will do to notice one that was lost or came twice.
///
/// One thread at a time, the one that results come on; its maker reads it when that thread is done.
class tally {
public:
    explicit tally(const run_options& how) : topics_(how.topics.size())
    {
        for (std::vector<partition>& topic : topics_) topic.resize(how.partitions);
        if (how.rate > 0) waits_.resize(how.records);
    }

    /// From now on latencies are taken. While no results are outstanding.
    void begin(const schedule& when) { schedule_ = when; }

    /// Record `number` was acknowledged.
    void delivered(std::uint64_t number, std::int32_t in, std::int64_t offset)
    {
        std::vector<partition>& topic = topics_.size() == 1 ? topics_[0] : topics_[number % topics_.size()];
        const auto index = static_cast<std::size_t>(in);
        if (index >= topic.size()) return failed("acknowledged in an unknown partition");
        ++topic[index].count;
        topic[index].sum += static_cast<std::uint64_t>(offset);
        topic[index].highest = std::max(topic[index].highest, offset);
        ++acknowledged_;
        if (!waits_.empty() && number >= schedule_.first()) {
            const auto took = (schedule::clock::now() - schedule_.of(number)) / std::chrono::nanoseconds{100};
            waits_[measured_++] = static_cast<std::uint32_t>(std::clamp<std::int64_t>(took, 0, UINT32_MAX));
        }
    }
    /// A record was given up.
    void failed(std::string what)
    {
        if (errors_++ == 0) first_error_ = std::move(what);
    }

    void describe(nlohmann::ordered_json& out)
    {
        out["acknowledged"] = acknowledged_;
        out["errors"] = errors_;
        if (errors_ != 0) out["first_error"] = first_error_;
        bool contiguous = true;
        std::vector<std::vector<std::int64_t>> highest;
        for (const std::vector<partition>& topic : topics_) {
            std::vector<std::int64_t>& of_topic = highest.emplace_back();
            for (const partition& one : topic) {
                of_topic.push_back(one.highest);
                const auto expected = static_cast<std::uint64_t>(one.highest + 1);
                contiguous &= one.count == expected && (expected == 0 || one.sum == expected * (expected - 1) / 2);
            }
        }
        out["contiguous"] = contiguous; // offsets from 0 on, each once: the topic was fresh and is nobody else's
        out["highest"] = std::move(highest);
        if (measured_ != 0) describe_waits(out);
    }

private:
    struct partition {
        std::uint64_t count = 0;
        std::uint64_t sum = 0; // of the offsets
        std::int64_t highest = -1;
    };

    void describe_waits(nlohmann::ordered_json& out)
    {
        waits_.resize(measured_);
        std::sort(waits_.begin(), waits_.end());
        const auto quantile = [this](double share) {
            const auto place = static_cast<std::size_t>(share * static_cast<double>(measured_));
            return waits_[std::min(place, measured_ - 1)] / 10.0;
        };
        out["latency_us"] = {
            {"p50", quantile(0.5)}, {"p99", quantile(0.99)}, {"p99.9", quantile(0.999)}, {"max", quantile(1)}};
    }

    std::vector<std::vector<partition>> topics_;
    std::uint64_t acknowledged_ = 0;
    std::uint64_t errors_ = 0;
    std::string first_error_;
    schedule schedule_;
    std::vector<std::uint32_t> waits_; // tenths of microseconds
    std::size_t measured_ = 0;
};

/// What a run costs, from where the client is made to where it is gone. Preparing the records is nobody's cost.
class cost {
public:
    cost() : resident_before_(status_bytes("VmRSS")), before_(cpu_times::now()), began_(schedule::clock::now()) {}

    /// The records that went ahead are done.
    void ready()
    {
        starting_ = std::chrono::duration<double>(schedule::clock::now() - began_).count();
        began_ = schedule::clock::now();
    }
    /// The last record is done.
    void delivered() { wall_ = std::chrono::duration<double>(schedule::clock::now() - began_).count(); }

    /// The client is gone.
    void describe(nlohmann::ordered_json& out) const
    {
        const cpu_times after = cpu_times::now();
        out["wall"] = wall_;
        out["starting"] = starting_;
        out["user"] = after.user - before_.user;
        out["system"] = after.system - before_.system;
        out["cpu"] = after.user - before_.user + after.system - before_.system;
        out["cpu_preparing"] = before_.user + before_.system;
        out["resident_before"] = resident_before_;
        out["peak_resident"] = status_bytes("VmHWM");
    }

private:
    std::size_t resident_before_;
    cpu_times before_;
    schedule::clock::time_point began_;
    double starting_ = 0;
    double wall_ = 0;
};

} // namespace bench
