// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/handshake.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/header.hpp>

#include <asio/error.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace odradek::test {

/// A script of what a sans-I/O conversation and its peer say in turn, played as written and then interrupted at every step.
///
/// `Machine` is made from options and driven by next(), on_frame() and on_disconnect(), with actions send, receive, reconnect,
/// ready and failed: the shape of handshake. Correlation ids are counted here as there.
template <class Machine>
class conversation {
public:
    explicit conversation(typename Machine::options o) : options_(std::move(o)) {}

    /// The machine sends exactly this.
    template <class Request>
    conversation& sends(const Request& request, api_version version)
    {
        writer out;
        const auto error = write_request_frame(out, request, version, ++correlation_id_, options_.client_id);
        EXPECT_FALSE(error) << error.message();
        steps_.push_back({kind::sends, std::string(bytes_view(out.flatten()).text()), version});
        return *this;
    }
    /// The peer answers the last request, in this version.
    template <class Response>
    conversation& receives(const Response& response, api_version version)
    {
        writer out;
        const auto error = write_response_frame(out, response, version, correlation_id_);
        EXPECT_FALSE(error) << error.message();
        steps_.push_back({kind::receives, std::string(bytes_view(out.flatten()).subview(4).text())});
        return *this;
    }
    /// The machine sends this as a bare frame: a SASL token to a broker before 1.0.
    conversation& sends_bare(std::string token)
    {
        writer out;
        out.int32(static_cast<std::int32_t>(token.size()));
        steps_.push_back({kind::sends, std::string(bytes_view(out.flatten()).text()) + token});
        return *this;
    }
    /// The peer answers with such a frame.
    conversation& receives_bare(std::string token)
    {
        steps_.push_back({.what = kind::receives, .bytes = std::move(token), .is_bare = true});
        return *this;
    }
    /// The peer cuts the connection where an answer was awaited.
    conversation& is_cut(std::error_code ec = asio::error::eof)
    {
        steps_.push_back({.what = kind::is_cut, .ec = ec});
        return *this;
    }
    /// The machine wants a new connection.
    conversation& reconnects()
    {
        steps_.push_back({.what = kind::reconnects});
        return *this;
    }
    /// The machine is content: `check` looks at what came of it.
    void ends(std::function<void(const typename Machine::ready&)> check = {})
    {
        Machine machine{options_};
        play(machine, steps_.size());
        const auto action = next_of(machine);
        const auto* ready = std::get_if<typename Machine::ready>(&action);
        ASSERT_NE(ready, nullptr) << "not ready, " << outcome(action);
        if (check) check(*ready);
    }
    /// The machine gives up with this code, and says why in words that contain `words`, and in no more than `at_most` characters;
    /// the peer's words are `broker_words`.
    void fails(std::error_code ec, std::string_view words, std::string_view broker_words = {},
               std::size_t at_most = 1'000)
    {
        Machine machine{options_};
        play(machine, steps_.size());
        const auto action = next_of(machine);
        const auto* failure = std::get_if<typename Machine::failed>(&action);
        ASSERT_NE(failure, nullptr) << "did not fail";
        EXPECT_EQ(failure->ec, ec) << failure->ec.message();
        EXPECT_NE(failure->about.client_message().find(words), std::string_view::npos) << failure->about.to_string();
        EXPECT_EQ(failure->about.broker_message(), broker_words);
        EXPECT_LE(failure->about.client_message().size(), at_most);
    }
    /// Plays the script up to every step in turn and goes wrong there: the end of the stream from then on, garbage, every
    /// prefix of the answer. The machine must come to an end each time, and say what it was waiting for.
    void replay_failing_at_each_step()
    {
        for (std::size_t stop = 0; stop < steps_.size(); ++stop) {
            SCOPED_TRACE("interrupted at step " + std::to_string(stop));
            run_down(stop, [](Machine& m) { m.on_disconnect(asio::error::eof); });
            run_down(stop, [](Machine& m) { m.on_disconnect(asio::error::connection_reset); });
            if (steps_[stop].is_bare) continue; // any bytes are a token, for the mechanism to judge
            run_down(stop, [](Machine& m) { m.on_frame("garbage instead of an answer"); });
            run_down(stop, [](Machine& m) { m.on_frame(bytes_view()); });
            if (steps_[stop].what != kind::receives || steps_[stop].is_bare) continue;
            const bytes_view answer = steps_[stop].bytes;
            for (std::size_t size = 0; size < answer.size(); ++size)
                run_down(stop, [&](Machine& m) { m.on_frame(answer.subview(0, size)); });
        }
    }

private:
    enum class kind { sends, receives, is_cut, reconnects };
    struct step {
        kind what{};
        std::string bytes{}; // of the frame that is sent; of the payload that is received
        api_version version{};
        std::error_code ec{};
        bool is_bare = false;
    };

    // What it wants next, once it has computed what it wants to compute.
    static auto next_of(Machine& machine)
    {
        for (;;) {
            auto action = machine.next();
            auto* const work = std::get_if<typename Machine::compute>(&action);
            if (work == nullptr) return action;
            work->job();
            machine.on_computed();
        }
    }

    static std::string outcome(const typename Machine::action& action)
    {
        const auto* failure = std::get_if<typename Machine::failed>(&action);
        return failure != nullptr ? failure->about.to_string() : "action " + std::to_string(action.index());
    }

    void play(Machine& machine, std::size_t until)
    {
        for (std::size_t i = 0; i < until; ++i) {
            SCOPED_TRACE("step " + std::to_string(i));
            const auto action = next_of(machine);
            const step& now = steps_[i];
            if (now.what == kind::sends) {
                const auto* send = std::get_if<typename Machine::send>(&action);
                ASSERT_NE(send, nullptr) << "does not send, " << outcome(action);
                EXPECT_EQ(send->version, now.version);
                EXPECT_TRUE(send->bytes.bytes() == bytes_view(now.bytes)) << "other bytes than the script's";
            } else if (now.what == kind::reconnects) {
                ASSERT_TRUE(std::holds_alternative<typename Machine::reconnect>(action)) << outcome(action);
            } else {
                const auto* receive = std::get_if<typename Machine::receive>(&action);
                ASSERT_NE(receive, nullptr) << outcome(action);
                EXPECT_TRUE(now.what != kind::receives || receive->is_bare == now.is_bare);
                if (now.what == kind::receives)
                    machine.on_frame(now.bytes);
                else
                    machine.on_disconnect(now.ec);
            }
        }
    }

    template <class Wrong>
    void run_down(std::size_t stop, Wrong wrong)
    {
        Machine machine{options_};
        play(machine, stop);
        for (int actions = 0; actions < 20; ++actions) {
            const auto action = next_of(machine);
            if (const auto* failure = std::get_if<typename Machine::failed>(&action)) {
                EXPECT_TRUE(failure->ec);
                const std::string told = failure->about.to_string();
                EXPECT_TRUE(told.find("ApiVersions") != std::string::npos || told.find("Sasl") != std::string::npos)
                    << told;
                return;
            }
            ASSERT_FALSE(std::holds_alternative<typename Machine::ready>(action))
                << "ready although it was interrupted";
            if (std::holds_alternative<typename Machine::receive>(action)) wrong(machine);
        }
        FAIL() << "never ends";
    }

    typename Machine::options options_;
    std::vector<step> steps_;
    std::int32_t correlation_id_ = Machine::first_correlation_id - 1;
};

} // namespace odradek::test
