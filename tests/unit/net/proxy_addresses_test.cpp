// SPDX-License-Identifier: Apache-2.0
#include "proxy_fixture.hpp"

#include <utility>

namespace odradek::test {
namespace {

class proxy_addresses_test : public proxy_fixture {};

TEST_F(proxy_addresses_test, resolves_names_here_where_that_is_wanted_and_tries_every_address)
{
    names->answer = {{"10.0.0.1", 9093}, {"10.0.0.2", 9093}};
    const std::string to_one = bytes({5, 1, 0, 1, 10, 0, 0, 1, 0x23, 0x85});
    const std::string to_two = bytes({5, 1, 0, 1, 10, 0, 0, 2, 0x23, 0x85});
    network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
        fake_stream* one = accepted.get();
        streams.push_back(std::move(accepted));
        one->on_received = [one, to_one, to_two] {
            if (one->received == greeting) one->push(no_method_needed);
            if (one->received == greeting + to_one) one->push(bytes({5, 5}));
            if (one->received == greeting + to_two) one->push(connected);
        };
    };
    use(socks5{.address = "first.test", .remote_names = false});
    attempt to;
    EXPECT_EQ(connect(to), "connected");
    EXPECT_EQ(names->asked, std::vector<endpoint>{broker});
    EXPECT_EQ(streams.size(), 2u);
    EXPECT_TRUE(streams[0]->closed_by_client);
    EXPECT_EQ(to.made->describe(), "broker.test:9093 through socks5 first.test:1080");

    names->answer.pop_back();
    EXPECT_EQ(connect(to),
              "proxy socks5 first.test:1080: the request: no way to 10.0.0.1:9093: connection refused (reply 5)");
    names->answer.clear();
    EXPECT_EQ(connect(to), "proxy socks5 first.test:1080: nobody knows it");
    EXPECT_EQ(to.ec, errc::host_not_found);
}

// A proxy that cannot reach an address may take long to say so, or just end.
TEST_F(proxy_addresses_test, tries_the_next_address_when_the_proxy_is_silent_or_ends_about_one)
{
    const std::string to_three = bytes({5, 1, 0, 1, 10, 0, 0, 3, 0x23, 0x85});
    const std::string to_two = bytes({5, 1, 0, 1, 10, 0, 0, 2, 0x23, 0x85});
    network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
        fake_stream* one = accepted.get();
        streams.push_back(std::move(accepted));
        one->on_received = [one, to_two, to_three] {
            if (one->received == greeting) one->push(no_method_needed);
            if (one->received == greeting + to_two) one->end();
            if (one->received == greeting + to_three) one->push(connected + "early");
        };
    };
    use(socks5{.address = "first.test", .remote_names = false});
    names->answer = {{"10.0.0.1", 9093}, {"10.0.0.2", 9093}, {"10.0.0.3", 9093}};
    attempt to;
    EXPECT_EQ(connect(to), "still connecting");
    time->run_for(io, 4s); // more than a third of what there is
    ASSERT_TRUE(to.ec);
    EXPECT_FALSE(*to.ec) << to.about.client_message();
    EXPECT_EQ(streams.size(), 3u);
    EXPECT_TRUE(streams[0]->closed_by_client);
    EXPECT_EQ(time->pending(), 0u);
    EXPECT_EQ(read(*to.made), "early");

    names->answer.pop_back();
    EXPECT_EQ(connect(to), "still connecting");
    time->run_for(io, 6s);
    EXPECT_EQ(
        to.about.client_message(),
        "proxy socks5 first.test:1080: it closed the connection during the request (before: 10.0.0.1:9093: it did "
        "not answer in its part of the time)");
    std::swap(names->answer[0], names->answer[1]);
    EXPECT_EQ(connect(to), "still connecting");
    time->run_for(io, 11s);
    EXPECT_EQ(
        to.about.client_message(),
        "proxy socks5 first.test:1080: not done in time: the request, for 10.0.0.1:9093 (before: 10.0.0.2:9093: the "
        "stream ended: End of file)");
}

// What a name means is known only after the look-up.
TEST_F(proxy_addresses_test, asks_no_proxy_for_a_link_local_address_that_metadata_named)
{
    serve(first, {{greeting, no_method_needed}, {bytes({5, 1, 0, 1, 10, 0, 0, 7, 0x23, 0x85}), connected}});
    factory = make_proxy_factory(network, socks5{.address = "first.test", .remote_names = false}, {time, nullptr, logs},
                                 names, false);
    names->answer = {{"169.254.169.254", 9093}};
    attempt to;
    EXPECT_EQ(
        connect(to),
        "proxy socks5 first.test:1080: resolving broker.test: a link-local address, named by the cluster's metadata "
        "for node 1, which allow_link_local would have to allow");
    EXPECT_EQ(to.ec, errc::endpoint_refused);
    EXPECT_EQ(streams.back()->received, "") << "it was asked for nothing";
    names->answer.push_back({"10.0.0.7", 9093});
    EXPECT_EQ(connect(to), "connected");
}

TEST_F(proxy_addresses_test, asks_for_no_other_address_a_proxy_that_ends_before_it_was_asked_for_one)
{
    network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
        accepted->push(bytes_view(no_method_needed).subview(0, 1));
        accepted->end();
        streams.push_back(std::move(accepted));
    };
    use(socks5{.address = "first.test", .remote_names = false});
    names->answer = {{"10.0.0.1", 9093}, {"10.0.0.2", 9093}};
    attempt to;
    EXPECT_EQ(connect(to), "proxy socks5 first.test:1080: it closed the connection during the choice of a method");
    EXPECT_EQ(streams.size(), 1u);
}
} // namespace
} // namespace odradek::test
