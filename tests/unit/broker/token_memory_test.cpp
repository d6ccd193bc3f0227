// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/listener.hpp>
#include <odradek/net/tcp_listener.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tests/unit/broker/raw_client.hpp>
#include <tests/unit/broker/sasl_bed.hpp>
#include <utility>

namespace odradek::broker {
namespace {

using std::string_literals::operator""s;
using odradek::test::sasl_bed;
using room = std::shared_ptr<std::span<const std::byte>>;

std::string_view text_of(std::span<const std::byte> bytes)
{
    return bytes_view{bytes.data(), bytes.size()}.text();
}

// What a connection keeps of a token once that was judged: a failure is told late, and till then its request is kept.
class token_memory : public sasl_bed {
protected:
    /// Hands bytes in; what became of them in their place.
    std::string_view left_of(const std::vector<std::byte>& bytes)
    {
        byte_buffer copy;
        EXPECT_TRUE(copy.append(bytes_view{bytes}));
        const std::span<const std::byte> place{copy.data(), copy.size()};
        brokers.core.receive(on, frame{std::move(copy)}, brokers.now);
        EXPECT_FALSE(brokers.is_answered()) << "so the request is kept";
        return text_of(place);
    }
    static std::vector<std::byte> bytes_of(std::string_view text)
    {
        const bytes_view bytes{text};
        return {bytes.begin(), bytes.end()};
    }
};

TEST_F(token_memory, of_a_request_is_wiped_when_it_was_judged)
{
    ASSERT_EQ(shake("PLAIN"), broker_errc::none);
    writer out;
    const std::string token = "\0alice\0a-wrong-secret"s;
    ASSERT_FALSE(
        write_request_frame(out, sasl_authenticate_request{.auth_bytes = bytes_view{token}}, api_version{2}, 7, "t"));
    std::vector<std::byte> frame = out.flatten();
    frame.erase(frame.begin(), frame.begin() + 4);
    EXPECT_EQ(left_of(frame).find("wrong"), std::string_view::npos);
    EXPECT_EQ(read<sasl_authenticate_response>(only_late(), 2)->error_code, broker_errc::sasl_authentication_failed);
}

TEST_F(token_memory, of_a_bare_token_is_wiped_when_it_was_judged)
{
    ASSERT_EQ(shake("PLAIN", 0), broker_errc::none);
    EXPECT_EQ(left_of(bytes_of("\0alice\0a-wrong-secret"s)).find("wrong"), std::string_view::npos);
}

/// Notes where the first read of a connection goes.
class watched_transport final : public transport {
public:
    watched_transport(std::unique_ptr<transport> inner, room first) : inner_(std::move(inner)), first_(std::move(first))
    {}

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override
    {
        if (first_->empty()) *first_ = into;
        inner_->read_some(into, std::move(done));
    }
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override
    {
        inner_->write(parts, std::move(done));
    }
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return inner_->bytes_written(); }
    [[nodiscard]] state probe() noexcept override { return inner_->probe(); }
    void close() noexcept override { inner_->close(); }
    [[nodiscard]] std::string describe() const override { return inner_->describe(); }

private:
    std::unique_ptr<transport> inner_;
    room first_;
};

class watched_listener final : public listener {
public:
    watched_listener(std::unique_ptr<listener> inner, asio::any_io_executor executor, room first)
        : inner_(std::move(inner)), executor_(std::move(executor)), first_(std::move(first))
    {}
    [[nodiscard]] endpoint where() const override { return inner_->where(); }
    void accept(completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        auto wrap = [first = first_, done = std::move(done)](std::error_code ec,
                                                             std::unique_ptr<transport> accepted) mutable {
            if (ec) return done.fail(ec);
            done.succeed(std::make_unique<watched_transport>(std::move(accepted), first));
        };
        inner_->accept({std::move(wrap), executor_});
    }
    void stop() noexcept override { inner_->stop(); }

private:
    std::unique_ptr<listener> inner_;
    asio::any_io_executor executor_;
    room first_;
};

class watched_listeners final : public listener_factory {
public:
    explicit watched_listeners(room first) : first_(std::move(first)) {}
    [[nodiscard]] std::unique_ptr<listener> listen(const listen_request& request, std::error_code& error) override
    {
        auto inner = tcp_->listen(request, error);
        if (!inner) return nullptr;
        return std::make_unique<watched_listener>(std::move(inner), request.executor, first_);
    }

private:
    std::shared_ptr<listener_factory> tcp_ = make_tcp_listener_factory();
    room first_;
};

TEST(token_memory_of_a_connection, is_wiped_when_the_token_was_judged)
{
    const auto first = std::make_shared<std::span<const std::byte>>();
    test::served in{{.users = {{"alice", "alice-secret"}},
                     .sasl_mechanisms = {"PLAIN"},
                     .listeners = std::make_shared<watched_listeners>(first)}};
    ASSERT_FALSE(in.cluster.error()) << in.cluster.error_text();
    test::raw_client client{in};
    client.ask(sasl_handshake_request{.mechanism = "PLAIN"}, 1, 1);
    const std::string token = "\0alice\0alice-secret"s;
    client.ask(sasl_authenticate_request{.auth_bytes = bytes_view{token}}, 2, 2);
    EXPECT_EQ(client.answers(), (std::vector<std::int32_t>{1, 2}));
    ASSERT_FALSE(client.is_closed()) << "so the memory is still there";
    ASSERT_FALSE(first->empty());
    EXPECT_EQ(text_of(*first).find("alice-secret"), std::string_view::npos);
}

} // namespace
} // namespace odradek::broker
