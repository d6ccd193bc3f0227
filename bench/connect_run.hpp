// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "produce_run.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace bench {

/// What one run of connecting is to do; bench/compare gives both sides the same. A plain value.
struct connect_options {
    std::string brokers;
    std::vector<std::string> properties; ///< By the names that both sides know: "security.protocol=ssl".
    std::size_t times = 30;              ///< Clients that connect, ask for metadata and go, one after the other.
    std::size_t hold = 0;                ///< Clients that connect, ask, and stay, for the memory that they take.

    void add_to(CLI::App& app)
    {
        app.add_option("--brokers", brokers)->required();
        app.add_option("--property", properties);
        app.add_option("--times", times);
        app.add_option("--hold", hold);
    }

    /// Name and value of each property.
    [[nodiscard]] std::vector<std::pair<std::string, std::string>> pairs() const
    {
        std::vector<std::pair<std::string, std::string>> all;
        for (const std::string& one : properties) {
            const std::size_t equals = std::min(one.find('='), one.size() - 1);
            all.emplace_back(one.substr(0, equals), one.substr(equals + 1));
        }
        return all;
    }
};

/// Takes down what a run took, and prints it as JSON.
class connect_record {
public:
    using clock = std::chrono::steady_clock;

    /// From the making of a client to the answer about metadata.
    void ready_after(clock::duration took)
    {
        ready_us_.push_back(std::chrono::duration<double, std::micro>(took).count());
    }
    /// So many clients are there, connected and idle; `before` is what the process had before the first of them.
    void holding(std::size_t clients, std::size_t before)
    {
        idle_bytes_ = clients == 0 ? 0 : (status_bytes("VmRSS") - std::min(before, status_bytes("VmRSS"))) / clients;
    }
    void print(const std::string& client)
    {
        std::sort(ready_us_.begin(), ready_us_.end());
        const cpu_times spent = cpu_times::now();
        const double middle = ready_us_.empty() ? 0 : ready_us_[ready_us_.size() / 2];
        const nlohmann::ordered_json out{
            {"client", client}, {"ready_us", middle}, {"cpu", spent.user + spent.system}, {"idle_bytes", idle_bytes_}};
        std::cout << out.dump() << '\n';
    }

private:
    std::vector<double> ready_us_;
    std::size_t idle_bytes_ = 0;
};

} // namespace bench
