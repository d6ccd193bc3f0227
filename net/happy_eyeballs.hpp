// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/export.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>
#include <vector>

namespace odradek {

/// The order in which addresses of one host are tried: `favourite` first, if it is among them, then the two families in turn, beginning
/// with the family of the first; within a family as they came. So a family that leads nowhere costs one attempt, not all of its
/// addresses.
///
/// A pure function. `addresses` have numeric hosts, `favourite` is such a host or empty.
///
/// Source: RFC 8305, section 4.
[[nodiscard]] ODRADEK_EXPORT std::vector<endpoint> order_addresses(std::vector<endpoint> addresses,
                                                                   std::string_view favourite);

/// Which of a host's addresses to try when, and which one has won: attempts overlap, so that an address that swallows everything
/// costs its successor a quarter of a second and not a time-out.
///
/// Owned by one call of connect(), used on its strand; sans-I/O: it reads no clock and owns no socket. Tell it what came of an attempt,
/// do what next() says until that is to wait, and ask again then or when something has happened. What it is told about an attempt
/// that is over, or was never begun, changes nothing, so a socket's late news does no harm.
///
/// Source: RFC 8305, section 5; KIP-302 (every address), KIP-601 (each within a time of its own).
class ODRADEK_EXPORT happy_eyeballs {
public:
    using time_point = std::chrono::steady_clock::time_point;

    /// An attempt's successor never begins sooner than this after it.
    static constexpr std::chrono::milliseconds shortest_delay{10};

    struct options {
        std::chrono::milliseconds attempt_delay{250}; ///< After so long without an answer the next one begins as well.
        std::chrono::milliseconds attempt_timeout{10'000}; ///< For one address.
        time_point deadline = time_point::max();           ///< For all of it.
    };

    /// Connect to this address.
    struct connect {
        std::size_t address = 0;
        friend bool operator==(const connect&, const connect&) = default;
    };
    /// Its time is over: close what connects to this address.
    struct give_up {
        std::size_t address = 0;
        friend bool operator==(const give_up&, const give_up&) = default;
    };
    /// Ask again then, or when an attempt has ended.
    struct wait {
        time_point until{};
        friend bool operator==(const wait&, const wait&) = default;
    };
    /// This address it is: close the others.
    struct won {
        std::size_t address = 0;
        friend bool operator==(const won&, const won&) = default;
    };
    /// No address answered: close those that still try.
    struct failed {
        std::error_code ec{};
        friend bool operator==(const failed&, const failed&) = default;
    };
    using action = std::variant<connect, give_up, wait, won, failed>;

    /// The addresses are tried in this order; actions name them by their place in it.
    happy_eyeballs(std::vector<endpoint> addresses, const options& how);

    /// What to do now. After `won` or `failed` it stays that.
    [[nodiscard]] action next(time_point now);

    /// The attempt has led to a connection. The first one wins.
    void on_connected(std::size_t address);
    /// The attempt has failed; its successor need not wait any more.
    void on_failed(std::size_t address, std::error_code ec, std::string_view why);
    /// The address cannot be tried as things are configured. Its error is the outcome only if no address was really tried.
    void on_skipped(std::size_t address, std::error_code ec, std::string_view why);

    [[nodiscard]] const std::vector<endpoint>& addresses() const noexcept { return addresses_; }
    /// What became of each address, in the order in which that was known: "10.0.0.1:9092: Connection refused; ...".
    [[nodiscard]] std::string words() const;

private:
    enum class stage : std::uint8_t { untried, running, over };
    struct attempt {
        stage at = stage::untried;
        time_point ends{};
    };

    [[nodiscard]] bool is_running(std::size_t address) const noexcept;
    void end(std::size_t address, std::string_view why);
    void end_all();

    std::vector<endpoint> addresses_;
    std::vector<attempt> attempts_;
    options options_;
    std::size_t next_ = 0; // the first that is untried
    bool may_begin_ = true;
    time_point begins_{}; // the next one, unless an attempt has failed before
    action outcome_ = wait{};
    std::error_code failure_{};
    std::error_code skipped_{};
    std::string words_;
};

} // namespace odradek
