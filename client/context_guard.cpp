// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/context_guard.hpp>
#include <odradek/client/core.hpp>

#include <asio/execution/context.hpp>
#include <asio/execution_context.hpp>
#include <asio/query.hpp>

#include <algorithm>
#include <memory>
#include <mutex>
#include <vector>

namespace odradek::detail {
namespace {

// The cores of one execution context. The list outlives the context if a core does.
class core_service final : public asio::execution_context::service {
public:
    using key_type = core_service;
    static asio::execution_context::id id;

    explicit core_service(asio::execution_context& context) : asio::execution_context::service(context) {}

    void add(std::weak_ptr<client_core> core)
    {
        const std::lock_guard lock{mutex_};
        std::erase_if(cores_, [](const auto& known) { return known.expired(); });
        cores_.push_back(std::move(core));
    }

private:
    void shutdown() override
    {
        std::vector<std::weak_ptr<client_core>> cores;
        {
            const std::lock_guard lock{mutex_};
            cores.swap(cores_);
        }
        for (const auto& weak : cores)
            if (const auto core = weak.lock()) core->abandon();
    }

    std::mutex mutex_;
    std::vector<std::weak_ptr<client_core>> cores_;
};

asio::execution_context::id core_service::id;

} // namespace

void watch_context(client_core& core)
{
    asio::execution_context& context = asio::query(core.world().strand, asio::execution::context);
    asio::use_service<core_service>(context).add(core.weak_from_this());
}

} // namespace odradek::detail
