// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/resolver_canonical.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace odradek {
namespace {

struct gathering {
    completion<void(std::error_code, std::vector<endpoint>)> done;
    std::vector<std::vector<endpoint>> found{};     // a place for each server
    std::vector<asio::cancellation_signal> stops{}; // one for each server
    std::size_t awaited = 0;
    std::error_code ec{};
    diagnostics about{};

    void end()
    {
        std::vector<endpoint> all;
        for (auto& some : found)
            for (endpoint& one : some)
                if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(std::move(one));
        if (all.empty())
            done.fail(ec ? ec : make_error_code(errc::no_address), std::move(about));
        else
            done.succeed(std::move(all));
    }
};

} // namespace

void find_canonical_names(const std::shared_ptr<resolver>& names, const asio::any_io_executor& executor,
                          std::vector<endpoint> servers, completion<void(std::error_code, std::vector<endpoint>)> done)
{
    const auto all = std::make_shared<gathering>();
    all->done = std::move(done);
    all->found.resize(servers.size());
    all->stops = std::vector<asio::cancellation_signal>(servers.size());
    all->awaited = servers.size();
    if (servers.empty()) return all->end();
    all->done.on_cancel([weak = std::weak_ptr(all), executor] {
        asio::post(executor, [weak] {
            if (const auto still = weak.lock())
                for (auto& one : still->stops) one.emit(asio::cancellation_type::terminal);
        });
    });
    for (std::size_t i = 0; i < servers.size(); ++i) {
        const auto failure = std::make_shared<diagnostics>();
        names->async_canonical_names(
            executor, std::move(servers[i]), failure.get(),
            asio::bind_cancellation_slot(all->stops[i].slot(),
                                         [all, i, failure](std::error_code ec, std::vector<endpoint> found) {
                                             if (ec) {
                                                 all->ec = ec;
                                                 all->about = std::move(*failure);
                                             }
                                             all->found[i] = std::move(found);
                                             if (--all->awaited == 0) all->end();
                                         }));
    }
}

} // namespace odradek
