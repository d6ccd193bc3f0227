// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/resolver_lookup.hpp>

#include <asio/execution/context.hpp>
#include <asio/query.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {

static_assert(shared_lookups::at_once < max_blocking_threads, "a thread has to be left to jobs of other kinds");

class shared_lookups::errand {
public:
    errand(std::shared_ptr<shared_lookups> all, lookup_pointer one) : all_(std::move(all)), lookup_(std::move(one)) {}
    errand(const errand&) = delete;
    errand& operator=(const errand&) = delete;
    ~errand()
    {
        if (lookup_) all_->end(lookup_, nullptr);
    }

    void run()
    {
        if (!all_->is_wanted(lookup_)) return;
        const outcome found = all_->look_up_(lookup_->asked.first, lookup_->asked.second);
        all_->end(std::exchange(lookup_, nullptr), &found);
    }

private:
    std::shared_ptr<shared_lookups> all_;
    lookup_pointer lookup_;
};

std::shared_ptr<shared_lookups> shared_lookups::make(std::shared_ptr<blocking_executor> where, function look_up)
{
    return std::make_shared<shared_lookups>(private_tag{}, std::move(where), std::move(look_up));
}

shared_lookups::shared_lookups(private_tag, std::shared_ptr<blocking_executor> where, function look_up)
    : where_(std::move(where)), look_up_(std::move(look_up))
{}

void shared_lookups::want(const asio::any_io_executor& executor, const endpoint& name, kind what, waiter done)
{
    using waiting = typed_blocking_return<std::vector<endpoint>>;
    struct place {
        std::weak_ptr<void> ticket;
        lookup_pointer in;
    };
    // The caller's cancellation can only be asked about before the completion is put where it waits.
    const auto mine = std::make_shared<place>();
    done.on_cancel([weak = weak_from_this(), mine] {
        const auto all = weak.lock();
        const auto ticket = mine->ticket.lock();
        if (all && ticket) all->leave(mine->in, ticket);
    });
    const auto ticket = keep_blocking_return(asio::query(executor, asio::execution::context),
                                             std::make_unique<waiting>(std::move(done)));
    mine->ticket = ticket;
    {
        const std::lock_guard lock(mutex_);
        auto& open = open_[{name.host, what}];
        if (!open) {
            open = std::make_shared<lookup>(lookup{{name.host, what}, {}});
            queue_.push_back(open);
        }
        mine->in = open;
        open->wanted.push_back({ticket, name});
    }
    begin_next();
}

// The ticket goes last, and without the lock: that ends his wait.
void shared_lookups::leave(const lookup_pointer& from, const std::shared_ptr<void>& ticket)
{
    {
        const std::lock_guard lock(mutex_);
        std::erase_if(from->wanted, [&](const wish& one) { return one.ticket == ticket; });
        if (from->wanted.empty()) {
            const auto queued = std::find(queue_.begin(), queue_.end(), from);
            if (queued != queue_.end()) {
                queue_.erase(queued);
                open_.erase(from->asked);
            }
        }
    }
    take_blocking_return(ticket, [](blocking_return& kept) { kept.abandon(); });
}

void shared_lookups::begin_next()
{
    for (;;) {
        lookup_pointer next;
        {
            const std::lock_guard lock(mutex_);
            if (queue_.empty() || running_ == at_once) return;
            next = std::move(queue_.front());
            queue_.pop_front();
            ++running_;
        }
        const auto job = std::make_shared<errand>(shared_from_this(), std::move(next));
        where_->execute([job] { job->run(); });
    }
}

// What nobody waits for is not begun, and cannot be joined any more.
bool shared_lookups::is_wanted(const lookup_pointer& one)
{
    const std::lock_guard lock(mutex_);
    if (one->wanted.empty()) open_.erase(one->asked);
    return !one->wanted.empty();
}

void shared_lookups::end(const lookup_pointer& one, const outcome* found)
{
    using waiting = typed_blocking_return<std::vector<endpoint>>;
    std::vector<wish> wanted;
    {
        const std::lock_guard lock(mutex_);
        --running_;
        const auto open = open_.find(one->asked);
        if (open != open_.end() && open->second == one) open_.erase(open);
        wanted = std::move(one->wanted);
        one->wanted.clear();
    }
    begin_next();
    for (const wish& each : wanted) {
        if (found == nullptr) continue; // without the ticket it ends as aborted
        take_blocking_return(each.ticket, [&](blocking_return& kept) {
            auto& ending = static_cast<waiting&>(kept).done;
            if (found->ec) {
                diagnostics about = found->about;
                about.set_peer(each.name);
                return ending.fail(found->ec, std::move(about));
            }
            std::vector<endpoint> addresses = found->result;
            for (endpoint& address : addresses) address.port = each.name.port;
            ending.succeed(std::move(addresses));
        });
    }
}

} // namespace odradek::detail
