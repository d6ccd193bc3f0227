// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/api.hpp>
#include <odradek/tools/cli/apis.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/release_table.hpp>

#include <fmt/format.h>

#include <string>
#include <unistd.h>
#include <vector>

namespace odradek::cli {
namespace {

std::string shown(version_range range)
{
    if (range.empty()) return "-";
    return range.first == range.last ? std::to_string(range.first) : fmt::format("{}-{}", range.first, range.last);
}

void write_row(const api_range& broker, output& out)
{
    const api_info* known = find_api(broker.key);
    const auto chosen = known != nullptr ? choose_version(broker.key, broker.range) : std::nullopt;
    out.write(fmt::format("{:>4}  {:<38} {:>7} {:>7} {:>7}\n", static_cast<int>(broker.key),
                          known != nullptr ? known->name : "(unknown here)", shown(broker.range),
                          known != nullptr ? shown(known->negotiated) : "-",
                          chosen ? std::to_string(chosen->value) : "-"));
}

void write_features(const api_versions_response& answer, output& out)
{
    for (const auto& supported : answer.supported_features) {
        out.write(fmt::format("feature {}: supported {}", supported.name,
                              shown({supported.min_version, supported.max_version})));
        for (const auto& finalized : answer.finalized_features) {
            if (finalized.name == supported.name)
                out.write(
                    fmt::format(", finalized {}", shown({finalized.min_version_level, finalized.max_version_level})));
        }
        out.write("\n");
    }
}

} // namespace

void write_apis(const api_versions_response& answer, output& out)
{
    std::vector<api_range> ranges;
    for (const auto& entry : answer.api_keys)
        ranges.push_back({static_cast<api>(entry.api_key_), {entry.min_version, entry.max_version}});
    out.write(fmt::format("{:>4}  {:<38} {:>7} {:>7} {:>7}\n", "key", "API", "broker", "ours", "chosen"));
    for (const api_range& range : ranges) write_row(range, out);
    write_features(answer, out);
    out.write(fmt::format("looks like: {}\n", release_of(ranges)));
}

asio::awaitable<int> show_apis(session& in)
{
    const api_versions_request request{.client_software_name = "odradek", .client_software_version = ODRADEK_VERSION};
    request_options options;
    options.timeout = in.timeout();
    in.on_signal([&in] { in.client().stop(); });
    try {
        const auto answer = co_await in.client().async_request(any_broker, request, options);
        if (answer->error_code != broker_errc::none)
            throw failure(fmt::format("the broker refused to tell its versions: {}",
                                      make_error_code(answer->error_code).message()));
        output out{STDOUT_FILENO};
        write_apis(*answer, out);
        out.flush();
    } catch (const odradek::error& e) {
        if (in.signal() != 0)
            throw failure("interrupted before the cluster answered", exit_code::signalled + in.signal());
        throw failure(fmt::format("cannot reach the cluster: {}", e.what()));
    }
    co_return exit_code::ok;
}

} // namespace odradek::cli
