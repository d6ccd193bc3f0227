// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/random.hpp>

#include <tests/unit/broker/sasl_bed.hpp>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

// A client that says right and wrong things in any order, and what it may have come to.
class sasl_walk : public test::sasl_bed {
protected:
    sasl_walk() : sasl_bed(options(lifetime)) {}

    static constexpr std::chrono::seconds lifetime{10};

    void begin()
    {
        brokers.core.closed(on);
        connect();
        is_open_ = true;
        proved_.reset();
        renewing_ = false;
    }

    void step(random_source& random)
    {
        if (!is_open_) begin();
        const bool bare = brokers.core.intake_of(on, 1000).frames.smallest == 0;
        const auto version = static_cast<std::int16_t>(random.below(2));
        switch (random.below(bare ? 3 : 8)) {
        case 0: token("\0alice\0alice-secret"s, bare); break;
        case 1: token(random.below(4) == 0 ? "\0alice\0wrong"s : "\0alice\0alice-secret"s, bare); break;
        case 2: pass(ms{random.below(3000)}); break;
        case 3:
        case 4: shake(random.below(8) == 0 ? "GSSAPI" : "PLAIN", version); break;
        case 5:
            brokers.send(on, api_versions_request{}, api_version{0});
            (void)reply();
            break;
        default: ask();
        }
    }

    [[nodiscard]] int proofs() const { return proofs_; }
    [[nodiscard]] int answers() const { return answers_; }
    [[nodiscard]] int refusals() const { return refusals_; }

private:
    /// What was answered, if the connection lives on.
    std::optional<action> reply()
    {
        if (!brokers.is_answered()) brokers.pass(100ms);
        action what = only();
        if (what.what == action::kind::reply) return what;
        is_open_ = false;
        return std::nullopt;
    }
    void pass(ms span)
    {
        brokers.pass(span);
        EXPECT_FALSE(brokers.is_answered()) << "nobody has asked";
    }
    [[nodiscard]] bool is_in() const { return proved_ && !renewing_ && brokers.now <= proved_->later(lifetime); }

    void ask()
    {
        const bool may = is_in();
        brokers.send(on, metadata_request{}, api_version{9});
        const bool answered = reply().has_value();
        EXPECT_EQ(answered, may);
        ++(answered ? answers_ : refusals_);
    }
    void shake(std::string_view mechanism, std::int16_t version)
    {
        brokers.send(on, sasl_handshake_request{.mechanism = mechanism}, api_version{version});
        const auto what = reply();
        if (!what) return;
        if (read<sasl_handshake_response>(*what, version)->error_code == broker_errc::none)
            renewing_ = proved_.has_value();
        else
            EXPECT_TRUE(is_in()) << "who is not in is hung up on";
    }
    void token(const std::string& text, bool bare)
    {
        if (bare)
            brokers.hand_in(on, text);
        else
            send_token(text, 1);
        const auto what = reply();
        if (!what) return;
        if (!bare && read<sasl_authenticate_response>(*what, 1)->error_code != broker_errc::none) {
            EXPECT_TRUE(is_in());
            return;
        }
        EXPECT_FALSE(text.ends_with("wrong"));
        EXPECT_EQ(brokers.core.principal(on), "alice");
        proved_ = brokers.now;
        renewing_ = false;
        ++proofs_;
    }

    bool is_open_ = true;
    bool renewing_ = false;
    std::optional<moment> proved_;
    int proofs_ = 0;
    int answers_ = 0;
    int refusals_ = 0;
};

TEST_F(sasl_walk, serves_those_and_only_those_who_have_proved_who_they_are_and_not_too_long_ago)
{
    random_source random{7};
    for (int i = 0; i < 20'000; ++i) step(random);
    EXPECT_GT(proofs(), 500);
    EXPECT_GT(answers(), 500);
    EXPECT_GT(refusals(), 500);
}

} // namespace
} // namespace odradek::broker
