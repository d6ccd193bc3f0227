// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/proxy.hpp>
#include <odradek/net/proxy_attempt.hpp>
#include <odradek/net/proxy_bypass.hpp>

#include <exception>
#include <utility>

namespace odradek {
namespace {

class proxy_factory final : public socket_factory {
public:
    proxy_factory(std::shared_ptr<proxy_parts> parts, proxy_options options)
        : parts_(std::move(parts)), options_(std::move(options)), wrong_(check(options_))
    {
        if (!wrong_ && !options_.choose) fixed_ = make_proxy_way(std::move(options_.chain), parts_->in);
    }

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        proxy_failure wrong = wrong_;
        std::shared_ptr<const proxy_way> way;
        if (!wrong && !is_bypassed(options_.no_proxy, to.broker)) way = options_.choose ? choose(to, wrong) : fixed_;
        if (wrong) {
            diagnostics about{std::move(wrong.words)};
            about.set_peer(to.broker, to.node_id);
            return done.fail(wrong.ec, std::move(about));
        }
        if (!way || way->chain.empty()) return parts_->inner->connect(std::move(to), std::move(done));
        start_proxy_attempt(parts_, std::move(way), std::move(to), std::move(done));
    }

private:
    std::shared_ptr<const proxy_way> choose(const transport_request& to, proxy_failure& wrong) const
    {
        const std::string whom = "proxy: the function that chooses, for " + to_string(to.broker) + ": ";
        proxy_chain chain;
        try {
            chain = options_.choose(to);
        } catch (const std::exception& thrown) {
            wrong = {errc::callback_failed, whom + "it threw an exception: " + thrown.what()};
            return nullptr;
        } catch (...) {
            wrong = {errc::callback_failed, whom + "it threw an exception"};
            return nullptr;
        }
        wrong = check(chain);
        if (!wrong) return make_proxy_way(std::move(chain), parts_->in);
        wrong.words = whom + wrong.words;
        return nullptr;
    }

    std::shared_ptr<proxy_parts> parts_;
    proxy_options options_;
    proxy_failure wrong_;
    std::shared_ptr<const proxy_way> fixed_; // with the chain of the options, unless they choose
};

} // namespace

std::shared_ptr<socket_factory> make_proxy_factory(std::shared_ptr<socket_factory> inner, proxy_options options,
                                                   tls_surroundings in, std::shared_ptr<resolver> names,
                                                   bool allow_link_local)
{
    if (!names && in.blocking) names = make_system_resolver(in.blocking);
    auto parts =
        std::make_shared<proxy_parts>(proxy_parts{std::move(inner), std::move(in), std::move(names), allow_link_local});
    return std::make_shared<proxy_factory>(std::move(parts), std::move(options));
}

} // namespace odradek
