// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/event.hpp>
#include <odradek/net/connection_observer.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace odradek::detail {

class client_user;

/// The listeners of one client and its producers, and what makes events of what happens.
///
/// Owned by the client's core and by its connections, which tell it as an observer. Adding and removing is for any thread; the
/// rest is for the strand. A listener belongs to the client or to one producer; those of a producer hear of all connections, and
/// of throttling and retries only what is the producer's own, while those of the client hear everything. Whoever makes an event asks is_watching()
/// first: composing one is not free.
class event_hub final : public connection_observer, public std::enable_shared_from_this<event_hub> {
public:
    explicit event_hub(std::string client_id) : client_id_(std::move(client_id)) {}

    // Any thread

    /// `whose` is null for the client. Nothing is added once the hub is closed.
    [[nodiscard]] event_remover add(event_listener listener, const client_user* whose);
    void remove(std::uint64_t number) noexcept;
    void remove_all_of(const client_user* whose) noexcept;
    /// Nothing will happen any more: lets go of all listeners.
    void close() noexcept;

    // On the strand

    /// Tells of something that belongs to one producer, or with null to the client itself.
    void tell(event& what, const client_user* whose) const;

    void on_ready(const connection& which, steady_time began, steady_time now) override;
    void on_failed(const connection& which, std::error_code why, const diagnostics& about, steady_time began,
                   steady_time now) override;
    void on_closed(const connection& which, std::error_code why, const diagnostics& about, steady_time now) override;
    void on_answered(const connection& on, const inflight::request& which, std::size_t response_size,
                     steady_time now) override;
    void on_timed_out(const connection& on, const inflight::request& which, steady_time now) override;
    void on_queue_size(const connection& on, std::size_t queued, steady_time now) override;

private:
    struct entry {
        std::uint64_t number = 0;
        const client_user* whose = nullptr; // to tell one from another only
        event_listener listener;
        std::atomic<bool> removed{false};
    };
    using entries = std::vector<std::shared_ptr<entry>>;

    template <class Predicate>
    void remove_if(Predicate is_gone) noexcept;
    template <class Predicate>
    void call(event& what, Predicate concerns) const;
    void tell_all(event& what) const;

    const std::string client_id_;
    mutable std::mutex mutex_;                 // never held during a call, nor while a listener is destroyed
    std::shared_ptr<const entries> listeners_; // replaced, never changed: who calls them goes through the old ones
    std::uint64_t last_number_ = 0;
    bool closed_ = false;
};

} // namespace odradek::detail
