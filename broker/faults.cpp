// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/draw.hpp>
#include <odradek/broker/faults.hpp>

#include <utility>

namespace odradek::broker {

faults::id faults::add(fault one)
{
    if (one.name.empty()) one.name = "fault " + std::to_string(next_);
    hits_.try_emplace(one.name, 0);
    all_.push_back({next_, std::move(one)});
    return next_++;
}

void faults::remove(id which)
{
    all_.remove_if([which](const entry& one) { return one.number == which; });
}

void faults::clear()
{
    all_.clear();
    refusing_.clear();
}

void faults::fail_next(api key, broker_errc error, std::uint64_t times)
{
    add({.key = key, .times = times, .effect = {.error = error}, .name = "fail"});
}

void faults::drop_responses(api key, std::uint64_t times)
{
    add({.key = key, .times = times, .effect = {.where = cut::before}, .name = "drop response"});
}

void faults::refuse_connections(std::int32_t broker, bool refused)
{
    if (refused) {
        refusing_.insert(broker);
    } else {
        refusing_.erase(broker);
    }
}

fault_effect faults::strike(api key, std::int32_t broker, std::string_view client_id)
{
    for (auto one = all_.begin(); one != all_.end(); ++one) {
        fault& what = one->what;
        if (what.key && *what.key != key) continue;
        if (what.broker && *what.broker != broker) continue;
        if (!what.client_id.empty() && what.client_id != client_id) continue;
        if (what.probability < 1.0 && draw() >= what.probability) continue;
        ++hits_[what.name];
        fault_effect effect = what.effect;
        if (what.times == 1) {
            all_.erase(one);
        } else if (what.times != 0) {
            --what.times;
        }
        return effect;
    }
    return {};
}

double faults::draw() noexcept
{
    return static_cast<double>(next_random(drawn_) >> 11) * 0x1.0p-53;
}

} // namespace odradek::broker
