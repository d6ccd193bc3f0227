// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/sasl_options.hpp>
#include <odradek/protocol/error.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace odradek::test {

/// A mechanism of two messages with something to compute between them: "hello NAME", a challenge, "proof CHALLENGE TICKET", and a last
/// word, which has to be "welcome".
class ticket_mechanism final : public client_mechanism {
public:
    ticket_mechanism(std::string name, std::string ticket) : who_(std::move(name)), ticket_(std::move(ticket)) {}

    [[nodiscard]] std::string_view name() const noexcept override { return "X-TICKET"; }
    [[nodiscard]] bool sends_reusable_secret() const noexcept override { return false; }
    [[nodiscard]] action next() override
    {
        switch (step_) {
        case step::hello: return send{secret("hello " + who_)};
        case step::compute:
            return compute{[proof = proof_, challenge = challenge_, ticket = ticket_] {
                *proof = "proof " + challenge + ' ' + std::string(ticket.reveal());
            }};
        case step::proof: return send{secret(*proof_)};
        case step::done: return done{};
        case step::broken: break;
        }
        return failed{errc::server_not_authentic, "X-TICKET: the last word is not welcome"};
    }
    void on_challenge(bytes_view challenge) override
    {
        if (step_ == step::proof) {
            step_ = challenge.text() == "welcome" ? step::done : step::broken;
            return;
        }
        challenge_ = challenge.text();
        step_ = step::compute;
    }
    void on_computed() override { step_ = step::proof; }

private:
    enum class step { hello, compute, proof, done, broken };

    std::string who_;
    secret ticket_;
    std::string challenge_;
    std::shared_ptr<std::string> proof_ = std::make_shared<std::string>();
    step step_ = step::hello;
};

/// How a client says that it has a ticket.
inline sasl_options ticket(std::string name, std::string value)
{
    return custom_mechanism{.name = "X-TICKET",
                            .make =
                                [name = std::move(name), value = std::move(value)](std::string_view, std::uint16_t) {
                                    return std::make_unique<ticket_mechanism>(name, value);
                                },
                            .sends_reusable_secret = false};
}

} // namespace odradek::test
