// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls.hpp>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace odradek {
namespace {

TEST(tls, names_the_option_of_the_build_when_it_is_missing)
{
    asio::io_context io;
    std::error_code ended;
    diagnostics about;
    transport_request to{{"broker.test", 9093}, 1, {}, {}, io.get_executor()};
    make_tls_factory(nullptr, {}, {})->async_connect(to, &about, [&](std::error_code ec, std::unique_ptr<transport>) {
        ended = ec;
    });
    io.run();
    EXPECT_EQ(ended, errc::not_built_in);
    EXPECT_NE(about.to_string().find("ODRADEK_WITH_OPENSSL"), std::string::npos);

    std::error_code error;
    EXPECT_EQ(make_tls_listener_factory(nullptr, {}, nullptr, nullptr)->listen({{}, io.get_executor()}, error),
              nullptr);
    EXPECT_EQ(error, errc::not_built_in);
}

} // namespace
} // namespace odradek
