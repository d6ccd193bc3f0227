// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/event.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace odradek::test {

/// An event as it was told, with what its views referred to.
struct seen_event {
    event what;
    std::string host;
    std::string client_id;
    std::string api_name;
    std::string message;
    std::string topic;

    explicit seen_event(const event& e)
        : what(e), host(e.broker.host), client_id(e.client_id), api_name(e.api_name), message(e.message), topic(e.topic)
    {
        what.broker.host = what.client_id = what.api_name = what.message = what.topic = {};
    }
};

/// A listener that keeps what it hears; the listener holds the list, so it may outlive this.
class event_recorder {
public:
    [[nodiscard]] event_listener listener() const
    {
        return [all = all_](const event& e) { all->emplace_back(e); };
    }
    [[nodiscard]] const std::vector<seen_event>& all() const noexcept { return *all_; }
    [[nodiscard]] std::vector<seen_event> of(event_kind kind) const
    {
        std::vector<seen_event> some;
        std::copy_if(all_->begin(), all_->end(), std::back_inserter(some),
                     [kind](const seen_event& e) { return e.what.kind == kind; });
        return some;
    }
    [[nodiscard]] std::vector<event_kind> kinds() const
    {
        std::vector<event_kind> kinds;
        for (const seen_event& e : *all_) kinds.push_back(e.what.kind);
        return kinds;
    }
    /// The queue sizes that were told of.
    [[nodiscard]] std::vector<std::size_t> queue_sizes() const
    {
        std::vector<std::size_t> sizes;
        for (const seen_event& e : of(event_kind::request_queue_size)) sizes.push_back(e.what.queue_size);
        return sizes;
    }
    void forget() { all_->clear(); }

private:
    std::shared_ptr<std::vector<seen_event>> all_ = std::make_shared<std::vector<seen_event>>();
};

} // namespace odradek::test
