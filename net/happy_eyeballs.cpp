// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/clock.hpp>
#include <odradek/net/happy_eyeballs.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <utility>

namespace odradek {
namespace {

bool is_v6(const endpoint& address) noexcept
{
    return address.host.find(':') != std::string::npos;
}

} // namespace

std::vector<endpoint> order_addresses(std::vector<endpoint> addresses, std::string_view favourite)
{
    const auto liked =
        std::find_if(addresses.begin(), addresses.end(), [&](const endpoint& one) { return one.host == favourite; });
    if (liked != addresses.end()) std::rotate(addresses.begin(), liked, liked + 1);
    if (addresses.empty()) return addresses;

    std::vector<endpoint> first;
    std::vector<endpoint> second;
    const bool begins_with_v6 = is_v6(addresses.front());
    for (endpoint& one : addresses) (is_v6(one) == begins_with_v6 ? first : second).push_back(std::move(one));
    addresses.clear();
    for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
        if (i < first.size()) addresses.push_back(std::move(first[i]));
        if (i < second.size()) addresses.push_back(std::move(second[i]));
    }
    return addresses;
}

happy_eyeballs::happy_eyeballs(std::vector<endpoint> addresses, const options& how)
    : addresses_(std::move(addresses)), attempts_(addresses_.size()), options_(how)
{
    options_.attempt_delay = std::max(options_.attempt_delay, shortest_delay);
}

happy_eyeballs::action happy_eyeballs::next(time_point now)
{
    if (!std::holds_alternative<wait>(outcome_)) return outcome_;
    if (now >= options_.deadline) {
        end_all();
        return outcome_ = failed{errc::connect_timed_out};
    }
    wait until{options_.deadline};
    bool is_any_running = false;
    for (std::size_t i = 0; i < next_; ++i) {
        if (!is_running(i)) continue;
        if (now >= attempts_[i].ends) {
            on_failed(i, errc::connect_timed_out,
                      "no answer within " + std::to_string(options_.attempt_timeout.count()) + " ms");
            return give_up{i};
        }
        is_any_running = true;
        until.until = std::min(until.until, attempts_[i].ends);
    }
    if (next_ < attempts_.size()) {
        if (may_begin_ || !is_any_running || now >= begins_) {
            may_begin_ = false;
            begins_ = deadline_after(now, options_.attempt_delay);
            attempts_[next_] = {stage::running, deadline_after(now, options_.attempt_timeout)};
            return connect{next_++};
        }
        until.until = std::min(until.until, begins_);
    } else if (!is_any_running) {
        if (!failure_) failure_ = skipped_ ? skipped_ : make_error_code(errc::no_address);
        return outcome_ = failed{failure_};
    }
    return until;
}

void happy_eyeballs::on_connected(std::size_t address)
{
    if (is_running(address)) outcome_ = won{address};
}

void happy_eyeballs::on_failed(std::size_t address, std::error_code ec, std::string_view why)
{
    if (!is_running(address)) return;
    // One address that cannot be used says nothing about those that are only away.
    if (ec == condition::retriable || failure_ != condition::retriable) failure_ = ec;
    end(address, why);
}

void happy_eyeballs::on_skipped(std::size_t address, std::error_code ec, std::string_view why)
{
    if (!is_running(address)) return;
    skipped_ = ec;
    end(address, why);
}

std::string happy_eyeballs::words() const
{
    return words_;
}

bool happy_eyeballs::is_running(std::size_t address) const noexcept
{
    return std::holds_alternative<wait>(outcome_) && address < attempts_.size() &&
           attempts_[address].at == stage::running;
}

void happy_eyeballs::end(std::size_t address, std::string_view why)
{
    attempts_[address].at = stage::over;
    may_begin_ = true;
    if (!words_.empty()) words_ += "; ";
    words_ += to_string(addresses_[address]) + ": ";
    words_ += why;
}

void happy_eyeballs::end_all()
{
    for (std::size_t i = 0; i < attempts_.size(); ++i) {
        if (attempts_[i].at == stage::over) continue;
        end(i, attempts_[i].at == stage::running ? "no answer until the deadline" : "not tried before the deadline");
    }
}

} // namespace odradek
