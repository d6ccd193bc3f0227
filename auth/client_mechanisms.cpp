// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/auth/one_message.hpp>
#include <odradek/auth/scram_client.hpp>
#include <odradek/protocol/error.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace odradek {
namespace {

// Stands in for a mechanism that cannot be made.
class broken_mechanism final : public client_mechanism {
public:
    broken_mechanism(std::string_view name, bool reusable, auth_failure why)
        : name_(name), reusable_(reusable), why_(std::move(why))
    {}

    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] bool sends_reusable_secret() const noexcept override { return reusable_; }
    [[nodiscard]] action next() override { return why_; }
    void on_challenge(bytes_view /*challenge*/) override {}

private:
    std::string name_;
    bool reusable_;
    auth_failure why_;
};

// Around a user's own mechanism: what its functions throw is a failure. Their words may hold anything and are not repeated.
class guarded_mechanism final : public client_mechanism {
public:
    guarded_mechanism(std::string_view name, bool reusable, std::unique_ptr<client_mechanism> users)
        : name_(name), reusable_(reusable), users_(std::move(users))
    {}

    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] bool sends_reusable_secret() const noexcept override { return reusable_; }

    [[nodiscard]] action next() override
    {
        action chosen;
        if (!failed_) guard([&] { chosen = users_->next(); });
        if (failed_) return failed_;
        if (auto* work = std::get_if<compute>(&chosen)) work->job = guarded(std::move(work->job));
        return chosen;
    }

    void on_challenge(bytes_view challenge) override
    {
        if (!failed_) guard([&] { users_->on_challenge(challenge); });
    }

    void on_computed() override
    {
        if (*job_threw_) fail();
        if (!failed_) guard([&] { users_->on_computed(); });
    }

private:
    void fail() { failed_ = {errc::callback_failed, name_ + ": the user's own mechanism threw an exception"}; }

    template <class Function>
    void guard(Function function)
    {
        try {
            function();
        } catch (...) {
            fail();
        }
    }

    // The job runs on another thread and may outlive this object; on_computed() comes after it.
    [[nodiscard]] std::function<void()> guarded(std::function<void()> job) const
    {
        return [job = std::move(job), threw = job_threw_] {
            try {
                job();
            } catch (...) {
                *threw = true;
            }
        };
    }

    std::string name_;
    bool reusable_;
    std::unique_ptr<client_mechanism> users_;
    std::shared_ptr<bool> job_threw_ = std::make_shared<bool>(false);
    failed failed_{};
};

template <class Scram>
std::unique_ptr<client_mechanism> make_scram(scram_hash hash, const Scram& options, const mechanism_context& context)
{
    if (!context.random)
        return std::make_unique<broken_mechanism>(
            mechanism_name(hash), false,
            auth_failure{errc::invalid_argument, std::string(mechanism_name(hash)) + ": there is no source of nonces"});
    return std::make_unique<detail::scram_mechanism>(
        detail::scram_mechanism::settings{hash, options.username, options.password, options.max_iterations,
                                          options.token_auth},
        make_nonce(context.random), context.keys);
}

std::unique_ptr<client_mechanism> make(const plain& options, const mechanism_context& /*context*/)
{
    return std::make_unique<detail::one_message_mechanism>("PLAIN", detail::message_of(options));
}

std::unique_ptr<client_mechanism> make(const scram_sha_256& options, const mechanism_context& context)
{
    return make_scram(scram_hash::sha_256, options, context);
}

std::unique_ptr<client_mechanism> make(const scram_sha_512& options, const mechanism_context& context)
{
    return make_scram(scram_hash::sha_512, options, context);
}

std::unique_ptr<client_mechanism> make(const aws& options, const mechanism_context& /*context*/)
{
    return std::make_unique<detail::one_message_mechanism>("AWS", detail::message_of(options));
}

std::unique_ptr<client_mechanism> make(const custom_mechanism& options, const mechanism_context& context)
{
    std::string words = "the function that makes the mechanism gave none";
    try {
        if (auto made = options.make(context.host, context.port)) {
            // What was checked against TLS is the option, what will be sent is the mechanism's: they have to agree.
            if (options.sends_reusable_secret || !made->sends_reusable_secret())
                return std::make_unique<guarded_mechanism>(options.name, options.sends_reusable_secret,
                                                           std::move(made));
            words = "the mechanism sends a reusable secret, and the options say that it does not";
        }
    } catch (...) {
        words = "the function that makes the mechanism threw an exception"; // whose words may hold anything
    }
    return std::make_unique<broken_mechanism>(options.name, options.sends_reusable_secret,
                                              auth_failure{errc::callback_failed, options.name + ": " + words});
}

} // namespace

std::unique_ptr<client_mechanism> make_client_mechanism(const sasl_options& options, const mechanism_context& context)
{
    if (auth_failure wrong = check(options))
        return std::make_unique<broken_mechanism>(mechanism_name(options), sends_reusable_secret(options),
                                                  std::move(wrong));
    return std::visit([&](const auto& chosen) { return make(chosen, context); }, options);
}

} // namespace odradek
