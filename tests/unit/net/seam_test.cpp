// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

namespace odradek {
namespace {

namespace fs = std::filesystem;

// Everything that decides what happens next comes through net/environment. So nothing but net/tcp and net/clock may name
// Asio's timers, sockets and resolvers, or read a clock or a random device of the system by itself.
TEST(seam, only_tcp_and_clock_name_the_timers_sockets_and_resolvers_of_asio)
{
    const std::regex forbidden(
        R"(steady_timer|system_timer|high_resolution_timer|asio/(ip/(?!address)|local/|generic/)|asio/(connect|)"
        R"(basic_[a-z_]*(socket|timer)|deadline_timer)|ip::(tcp|udp)|basic_resolver|async_resolve\(\s*")");
    const std::regex clocks(R"(_clock::now\()");
    const fs::path root = ODRADEK_SOURCE_DIR;
    int files = 0;
    for (const char* layer : {"net", "client", "broker"}) {
        if (!fs::exists(root / layer)) continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / layer)) {
            const fs::path& path = entry.path();
            if (path.extension() != ".hpp" && path.extension() != ".cpp") continue;
            if (path.parent_path() == root / "net" &&
                (path.stem().string().starts_with("tcp") || path.stem() == "clock"))
                continue;
            ++files;
            std::ifstream in(path);
            int number = 0;
            for (std::string line; std::getline(in, line);) {
                ++number;
                const bool wrong = std::regex_search(line, forbidden) || std::regex_search(line, clocks);
                EXPECT_FALSE(wrong) << path.lexically_relative(root).string() << ':' << number << ": " << line;
            }
        }
    }
    EXPECT_GT(files, 20);
}

} // namespace
} // namespace odradek
