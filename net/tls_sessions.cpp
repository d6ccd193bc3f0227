// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls_sessions.hpp>

#include <openssl/ssl.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace odradek {

void tls_sessions::put(const endpoint& broker, session one)
{
    const std::lock_guard lock{mutex_};
    const auto is_of_broker = [&](const entry& other) { return other.broker == broker; };
    if (std::count_if(entries_.begin(), entries_.end(), is_of_broker) >=
        static_cast<std::ptrdiff_t>(largest_per_broker))
        entries_.erase(std::find_if(entries_.begin(), entries_.end(), is_of_broker));
    if (entries_.size() >= largest_size) entries_.pop_front();
    entries_.push_back({broker, std::move(one)});
}

tls_sessions::session tls_sessions::take(const endpoint& broker)
{
    const std::lock_guard lock{mutex_};
    const auto newest =
        std::find_if(entries_.rbegin(), entries_.rend(), [&](const entry& other) { return other.broker == broker; });
    if (newest == entries_.rend()) return nullptr;
    session found = newest->one;
    if (SSL_SESSION_get_protocol_version(found.get()) >= TLS1_3_VERSION) entries_.erase(std::next(newest).base());
    return found;
}

void tls_sessions::forget(const endpoint& broker)
{
    const std::lock_guard lock{mutex_};
    std::erase_if(entries_, [&](const entry& one) { return one.broker == broker; });
}

std::size_t tls_sessions::size() const
{
    const std::lock_guard lock{mutex_};
    return entries_.size();
}

} // namespace odradek
