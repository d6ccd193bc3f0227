// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls_transport.hpp>

#include <asio/error.hpp>

#include <utility>
#include <vector>

namespace odradek {
namespace {

using progress = tls_engine::progress;

constexpr int most_looks = 64; // of one probe(), at a peer that sends nothing but tickets

} // namespace

// Everything of a tls_transport. Every event ends in go_on(), which does all that is possible now.
class tls_transport::stream : public std::enable_shared_from_this<stream> {
public:
    stream(std::unique_ptr<transport> inner, asio::any_io_executor executor, ssl_ctx_st* context,
           tls_engine::options how)
        : inner_(std::move(inner)), executor_(std::move(executor)), engine_(context, std::move(how))
    {}

    void handshake(completion<void(std::error_code)> done)
    {
        const auto all = waiting();
        all->shaking = std::move(done);
        go_on(all);
    }

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done)
    {
        if (is_closed_) return done.fail(asio::error::bad_descriptor);
        if (into.empty()) return done.succeed(0);
        const auto all = waiting();
        into_ = into;
        all->reading = std::move(done);
        go_on(all);
    }

    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done)
    {
        if (is_closed_) return done.fail(asio::error::bad_descriptor);
        if (write_error_) return done.fail(write_error_);
        const auto all = waiting();
        plaintext_ = tls_plaintext(parts);
        all->writing = std::move(done);
        go_on(all);
    }

    [[nodiscard]] std::uint64_t bytes_written() const noexcept { return written_; }

    [[nodiscard]] std::size_t read_now(std::span<std::byte> into)
    {
        if (!can_look()) return 0;
        std::size_t size = 0;
        for (int looks = 0; looks < most_looks; ++looks) {
            const progress seen = engine_.read(into, size);
            send_output(waiting());
            if (seen != progress::wants_input || !take_more()) break;
        }
        return size;
    }

    [[nodiscard]] state probe()
    {
        if (is_closed_ || engine_.error() || end_ || write_error_) return state::closed;
        if (!can_look()) return inner_->probe();
        for (int looks = 0; looks < most_looks; ++looks) {
            const progress seen = engine_.peek();
            send_output(waiting());
            if (seen == progress::done) return state::readable;
            if (seen != progress::wants_input) return state::closed;
            const state below = inner_->probe();
            if (below != state::readable) {
                if (!is_writing_) engine_.release_memory();
                return below;
            }
            if (!take_more()) break;
        }
        return state::readable;
    }

    void close(bool with_farewell)
    {
        if (is_closed_) return;
        is_closed_ = true;
        const auto all = waiting();
        if (with_farewell && !is_writing_) {
            // Sent in this call or not at all: closing the inner transport ends what did not go at once.
            engine_.close_notify();
            send_output(all);
        }
        inner_->close();
        end_what_is_left(*all);
    }

    [[nodiscard]] std::string describe() const { return inner_->describe() + ", " + engine_.describe(); }
    [[nodiscard]] bool was_resumed() const noexcept { return engine_.was_resumed(); }

private:
    // Who waits. Kept alive by what is pending below and by nothing else: where that is destroyed together with its execution
    // context, so are these, which may in turn own the transport.
    struct operations {
        completion<void(std::error_code)> shaking;
        completion<void(std::error_code, std::size_t)> reading;
        completion<void(std::error_code)> writing;
    };
    using operations_ptr = std::shared_ptr<operations>;

    operations_ptr waiting()
    {
        operations_ptr all = waiting_.lock();
        if (!all) {
            all = std::make_shared<operations>();
            waiting_ = all;
        }
        return all;
    }

    [[nodiscard]] bool can_look() const noexcept
    {
        return !is_closed_ && engine_.is_ready() && !engine_.error() && !is_reading_;
    }

    // Ciphertext that is there already.
    [[nodiscard]] bool take_more()
    {
        const std::size_t size = inner_->read_now(engine_.input_room());
        engine_.commit_input(size);
        return size != 0;
    }

    void go_on(const operations_ptr& all)
    {
        if (is_closed_) return end_what_is_left(*all);
        if (!engine_.is_ready() && !go_on_shaking(all)) return;
        if (all->shaking && !is_writing_) std::exchange(all->shaking, {}).succeed();
        go_on_writing(all);
        go_on_reading(all);
    }

    // Whether the handshake is done and there is more to do.
    [[nodiscard]] bool go_on_shaking(const operations_ptr& all)
    {
        progress seen = engine_.handshake();
        if (seen == progress::wants_input && end_ && !is_reading_) {
            engine_.on_end(end_);
            seen = progress::failed;
        }
        send_output(all);
        if (seen == progress::done) return true;
        if (seen == progress::wants_input)
            receive(all);
        else if (!is_writing_) // an alert goes first
            fail_all(*all);
        return false;
    }

    void go_on_writing(const operations_ptr& all)
    {
        if (is_writing_) return;
        if (all->writing && write_error_) return std::exchange(all->writing, {}).fail(write_error_);
        if (all->writing && !plaintext_.empty() && engine_.encrypt(plaintext_) == progress::failed) {
            write_error_ = engine_.error();
            std::exchange(all->writing, {}).fail(engine_.error(), engine_.about());
        }
        send_output(all);
        if (all->writing && !is_writing_ && plaintext_.empty()) std::exchange(all->writing, {}).succeed();
    }

    void go_on_reading(const operations_ptr& all)
    {
        if (!all->reading || is_reading_) return;
        std::size_t size = 0;
        const progress seen = engine_.read(into_, size);
        send_output(all);
        if (seen == progress::wants_input && !end_) return receive(all);
        auto done = std::exchange(all->reading, {});
        switch (seen) {
        case progress::done: return done.succeed(size);
        case progress::closed: return done.fail(asio::error::eof);
        case progress::failed: return done.fail(engine_.error(), engine_.about());
        case progress::wants_input: return done.fail(end_); // without a farewell: a plain end (R36)
        }
    }

    void receive(const operations_ptr& all)
    {
        if (is_reading_) return;
        is_reading_ = true;
        auto on_received = [self = shared_from_this(), all](std::error_code ec, std::size_t size) {
            self->is_reading_ = false;
            if (ec)
                self->end_ = ec;
            else
                self->engine_.commit_input(size);
            self->go_on(all);
        };
        inner_->read_some(engine_.input_room(), {std::move(on_received), executor_});
    }

    // Sends what output there is, unless something is being sent: then it goes when that is done.
    void send_output(const operations_ptr& all)
    {
        if (is_writing_ || !engine_.has_output()) return;
        is_writing_ = true;
        engine_.take_output(sending_, records_);
        part_ = sending_.view();
        written_below_ = inner_->bytes_written();
        auto on_sent = [self = shared_from_this(), all](std::error_code ec) { self->on_sent(all, ec); };
        inner_->write({&part_, 1}, {std::move(on_sent), executor_});
    }

    void on_sent(const operations_ptr& all, std::error_code ec)
    {
        is_writing_ = false;
        const std::uint64_t handed_over = ec ? inner_->bytes_written() - written_below_ : sending_.size();
        for (const tls_engine::record& one : records_)
            if (one.end <= handed_over) written_ += one.plaintext;
        records_.clear();
        sending_.clear();
        engine_.give_back(sending_);
        if (ec) {
            write_error_ = ec;
            if (!engine_.is_ready() && !end_) end_ = ec;
            if (all->writing)
                std::exchange(all->writing, {}).fail(is_closed_ ? std::error_code(asio::error::operation_aborted) : ec);
        }
        go_on(all);
    }

    // A write stays until that below has ended: only then is it known how far it came.
    void end_what_is_left(operations& all) const
    {
        if (all.shaking) std::exchange(all.shaking, {}).fail(asio::error::operation_aborted);
        if (all.reading) std::exchange(all.reading, {}).fail(asio::error::operation_aborted);
        if (all.writing && !is_writing_) std::exchange(all.writing, {}).fail(asio::error::operation_aborted);
    }

    void fail_all(operations& all) const
    {
        if (all.shaking) std::exchange(all.shaking, {}).fail(engine_.error(), engine_.about());
        if (all.reading) std::exchange(all.reading, {}).fail(engine_.error(), engine_.about());
        if (all.writing) std::exchange(all.writing, {}).fail(engine_.error(), engine_.about());
    }

    std::unique_ptr<transport> inner_;
    asio::any_io_executor executor_;
    tls_engine engine_;
    std::weak_ptr<operations> waiting_;
    std::span<std::byte> into_;
    tls_plaintext plaintext_;

    bool is_reading_ = false; // from the inner transport
    bool is_writing_ = false; // to it: what is in sending_
    bool is_closed_ = false;
    std::error_code end_; // of what comes in
    std::error_code write_error_;
    tls_buffer sending_;
    bytes_view part_;
    std::vector<tls_engine::record> records_; // in sending_
    std::uint64_t written_below_ = 0;
    std::uint64_t written_ = 0;
};

tls_transport::tls_transport(std::unique_ptr<transport> inner, const asio::any_io_executor& executor,
                             ssl_ctx_st* context, tls_engine::options how)
    : stream_(std::make_shared<stream>(std::move(inner), executor, context, std::move(how)))
{}

tls_transport::~tls_transport()
{
    stream_->close(false);
}

void tls_transport::handshake(completion<void(std::error_code)> done)
{
    stream_->handshake(std::move(done));
}

void tls_transport::read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done)
{
    stream_->read_some(into, std::move(done));
}

void tls_transport::write(std::span<const bytes_view> parts, completion<void(std::error_code)> done)
{
    stream_->write(parts, std::move(done));
}

std::uint64_t tls_transport::bytes_written() const noexcept
{
    return stream_->bytes_written();
}

std::size_t tls_transport::read_now(std::span<std::byte> into) noexcept
{
    return stream_->read_now(into);
}

transport::state tls_transport::probe() noexcept
{
    return stream_->probe();
}

void tls_transport::close() noexcept
{
    stream_->close(true);
}

std::string tls_transport::describe() const
{
    return stream_->describe();
}

bool tls_transport::was_resumed() const noexcept
{
    return stream_->was_resumed();
}

} // namespace odradek
