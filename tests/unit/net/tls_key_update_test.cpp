// SPDX-License-Identifier: Apache-2.0
#include "tls_fixture.hpp"
#include <odradek/protocol/error.hpp>

namespace odradek::test {
namespace {

// A server that the test drives by hand, for what the engine never does by itself.
class raw_server {
public:
    raw_server(SSL_CTX* context, std::unique_ptr<transport> below) : ssl_(SSL_new(context)), below_(std::move(below))
    {
        SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(ssl_.get());
    }

    // Takes what came in, and hands over what is to go out.
    void exchange(asio::io_context& io)
    {
        std::vector<std::byte> room(1 << 20);
        while (const std::size_t size = below_->read_now(room))
            BIO_write(SSL_get_rbio(ssl_.get()), room.data(), static_cast<int>(size));
        if (SSL_is_init_finished(ssl_.get()) == 0) (void)SSL_do_handshake(ssl_.get());
        char block[16384];
        for (;;) {
            const int size = SSL_read(ssl_.get(), block, sizeof block);
            if (size <= 0) break;
            received.append(block, static_cast<std::size_t>(size));
        }
        char* bytes = nullptr;
        const long size = BIO_get_mem_data(SSL_get_wbio(ssl_.get()), &bytes);
        const std::string out(bytes, static_cast<std::size_t>(size));
        (void)BIO_reset(SSL_get_wbio(ssl_.get()));
        const bytes_view part(out);
        if (!out.empty()) below_->write({&part, 1}, {[](std::error_code) {}, io.get_executor()});
    }
    void ask_for_new_keys()
    {
        SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
        (void)SSL_do_handshake(ssl_.get());
    }
    void say(const std::string& text) { SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())); }

    std::string received{};

private:
    detail::ssl_ptr ssl_;
    std::unique_ptr<transport> below_;
};

class tls_key_update_test : public tls_fixture {
protected:
    void SetUp() override
    {
        make_contexts();
        client.stream = client_over(wire.client());
        peer = std::make_unique<raw_server>(server.context->current().context.get(), wire.server());
        begin(client);
        for (int i = 0; i < 4; ++i) turn();
        ASSERT_EQ(client.shaken, std::error_code{}) << words(client);
    }
    void turn()
    {
        run();
        peer->exchange(io);
        run();
    }

    std::unique_ptr<raw_server> peer;
};

TEST_F(tls_key_update_test, takes_new_keys_and_answers_with_its_own)
{
    transfer got;
    start_read(*client.stream, got);
    run();
    peer->ask_for_new_keys();
    turn();
    EXPECT_FALSE(got.ec);
    peer->say("answer");
    turn();
    EXPECT_EQ(got.bytes, "answer");
    const std::size_t before = wire.to_server->total;
    transfer written;
    start_write(*client.stream, written, {"question"});
    turn();
    EXPECT_EQ(peer->received, "question");
    EXPECT_GT(wire.to_server->total - before, 8u + 22u) << "no new keys of ours";
    EXPECT_EQ(client.stream->bytes_written(), 8u);
}

TEST_F(tls_key_update_test, sees_it_as_quiet)
{
    (void)client.stream->probe();
    peer->ask_for_new_keys();
    turn();
    EXPECT_EQ(wire.to_client->unread.empty(), false);
    EXPECT_EQ(client.stream->probe(), transport::state::quiet);
    EXPECT_EQ(wire.to_client->unread.empty(), true);
}

TEST_F(tls_key_update_test, answers_behind_a_write_that_is_pending)
{
    wire.to_server->room = 5000;
    const std::string sent(700'000, 'x');
    transfer written;
    written.parts = {bytes_view(sent)};
    start_write(*client.stream, written);
    transfer got;
    start_read(*client.stream, got);
    run();
    EXPECT_FALSE(written.ec);
    for (int i = 0; i < 3; ++i) {
        peer->ask_for_new_keys();
        peer->say("answer");
        turn();
        EXPECT_EQ(got.bytes, "answer");
        start_read(*client.stream, got);
    }
    for (int i = 0; i < 1000 && !written.ec; ++i) turn();
    for (int i = 0; i < 10; ++i) turn();
    EXPECT_EQ(written.ec, std::error_code{});
    EXPECT_TRUE(peer->received == sent);
    EXPECT_EQ(client.stream->bytes_written(), sent.size());
}

TEST_F(tls_key_update_test, survives_very_many_while_it_cannot_write)
{
    wire.to_server->room = 0;
    transfer got;
    start_read(*client.stream, got);
    for (int i = 0; i < 20 && !got.ec; ++i) {
        for (int n = 0; n < 1000; ++n) peer->ask_for_new_keys();
        turn();
    }
    EXPECT_FALSE(got.ec);
    peer->say("answer");
    turn();
    EXPECT_EQ(got.bytes, "answer");
}

} // namespace
} // namespace odradek::test
