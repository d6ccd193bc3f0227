// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/blocking.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek::detail {

/// The look-ups that block, of one resolver: one for each name at a time, whoever wants it, and few at once.
///
/// Shared by a resolver and its jobs; any thread. Who waits is kept where the end of his execution context finds him
/// (keep_blocking_return), and leaves when he is cancelled, without waiting for the job.
class ODRADEK_EXPORT shared_lookups : public std::enable_shared_from_this<shared_lookups> {
    struct private_tag {};

public:
    static constexpr std::size_t at_once = 3; ///< Jobs, whatever the number of names.

    using outcome = blocking_outcome<std::vector<endpoint>>;
    using waiter = completion<void(std::error_code, std::vector<endpoint>)>;
    /// What is wanted of a host.
    enum class kind : std::uint8_t {
        addresses,       ///< resolver::resolve.
        canonical_names, ///< resolver::canonical_names.
    };
    /// Blocks; the ports of what it finds do not matter.
    using function = std::function<outcome(const std::string& host, kind what)>;

    [[nodiscard]] static std::shared_ptr<shared_lookups> make(std::shared_ptr<blocking_executor> where,
                                                              function look_up);
    shared_lookups(private_tag, std::shared_ptr<blocking_executor> where, function look_up);

    /// Ends `done` with what the function finds of the name's host, with the name's port.
    void want(const asio::any_io_executor& executor, const endpoint& name, kind what, waiter done);

private:
    struct wish {
        std::shared_ptr<void> ticket;
        endpoint name;
    };
    using question = std::pair<std::string, kind>;
    struct lookup {
        question asked;
        std::vector<wish> wanted;
    };
    using lookup_pointer = std::shared_ptr<lookup>;

    // A job's way home: also from a job that is destroyed without having run.
    class errand;

    void leave(const lookup_pointer& from, const std::shared_ptr<void>& ticket);
    void begin_next();
    [[nodiscard]] bool is_wanted(const lookup_pointer& one);
    void end(const lookup_pointer& one, const outcome* found);

    std::shared_ptr<blocking_executor> where_;
    function look_up_;
    std::mutex mutex_;                        // guards what follows; nobody is told anything while it is held
    std::map<question, lookup_pointer> open_; // that can still be joined
    std::deque<lookup_pointer> queue_;        // those of them that have not begun
    std::size_t running_ = 0;
};

} // namespace odradek::detail
