// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster.hpp>
#include <odradek/client/client.hpp>
#include <odradek/tools/cli/arguments.hpp>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <tests/unit/client/ending.hpp>
#include <thread>
#include <utility>
#include <vector>

namespace odradek::cli {

/// A command and an embedded broker, which runs on a thread of its own since the command runs on the test's.
class embedded_broker : public testing::Test {
public:
    ~embedded_broker() override
    {
        brokers_.stop();
        if (serving_.joinable()) serving_.join();
        std::filesystem::remove_all(folder_);
    }

protected:
    explicit embedded_broker(std::vector<broker::topic_spec> topics)
        : brokers_(io_, {.topics = std::move(topics)}),
          folder_(std::filesystem::path{testing::TempDir()} /
                  testing::UnitTest::GetInstance()->current_test_info()->name())
    {
        EXPECT_FALSE(brokers_.error()) << brokers_.error_text();
        std::filesystem::create_directories(folder_);
        serving_ = std::thread([this] { io_.run(); });
    }

    [[nodiscard]] broker::cluster& brokers() { return brokers_; }
    [[nodiscard]] connection_arguments connection() const
    {
        connection_arguments a;
        a.brokers = brokers_.bootstrap();
        return a;
    }
    [[nodiscard]] std::string file(std::string_view text) const
    {
        const auto path = folder_ / "lines";
        std::ofstream{path} << text;
        return path.string();
    }
    /// Appends these values, a batch each.
    void append(std::string_view topic, std::int32_t partition, const std::vector<std::string>& values)
    {
        asio::io_context own;
        client c{own, {.brokers = brokers_.bootstrap()}};
        for (const std::string& value : values) {
            const std::vector<record> one{{.value = bytes_view{value}}};
            test::ending<placed> sent;
            c.async_produce({.topic = topic, .partition = partition}, one, {}, sent.handler());
            own.restart();
            while (!sent.is_there()) own.run_one();
            EXPECT_FALSE(*sent.ec) << sent.ec->message();
        }
    }
    /// The values of the first `count` records of a partition.
    [[nodiscard]] std::vector<std::string> values(std::string_view topic, std::int32_t partition, std::size_t count)
    {
        std::vector<std::string> all;
        asio::io_context own;
        client c{own, {.brokers = brokers_.bootstrap()}};
        while (all.size() < count) {
            test::ending<fetched> read;
            const fetch_position from{
                .topic = topic, .partition = partition, .offset = static_cast<std::int64_t>(all.size())};
            c.async_fetch(from, {}, read.handler());
            own.restart();
            while (!read.is_there()) own.run_one();
            if (*read.ec) {
                ADD_FAILURE() << read.ec->message();
                return all;
            }
            for (const auto& batch : read.result)
                for (const auto& record : batch) all.emplace_back(record.value()->text());
        }
        return all;
    }
    /// The offset behind the last record of a partition.
    [[nodiscard]] std::size_t end_of(std::string_view topic, std::int32_t partition)
    {
        asio::io_context own;
        client c{own, {.brokers = brokers_.bootstrap()}};
        test::ending<listed_offset> end;
        c.async_list_offsets({.topic = topic, .partition = partition, .timestamp = offset::end}, {}, end.handler());
        own.run();
        EXPECT_FALSE(*end.ec) << end.ec->message();
        return static_cast<std::size_t>(end.result.offset);
    }

private:
    asio::io_context io_;
    broker::cluster brokers_;
    std::filesystem::path folder_;
    std::thread serving_;
};

} // namespace odradek::cli
