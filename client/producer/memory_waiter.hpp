// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/delivery.hpp>
#include <odradek/client/producer/producer_options.hpp>
#include <odradek/client/record.hpp>
#include <odradek/net/clock.hpp>
#include <odradek/net/completion.hpp>

#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace odradek::detail {

/// A record that waits for memory, in its own bytes, or somebody who wants to know when there is some.
///
/// Owned by the producer's queue of those who wait, under its mutex; never moved, since its views refer to itself.
struct memory_waiter {
    memory_waiter() = default;
    memory_waiter(const memory_waiter&) = delete;
    memory_waiter& operator=(const memory_waiter&) = delete;

    std::string bytes; // of topic, key, value and headers
    std::vector<record_header> headers;
    record what{};
    send_options how{};
    bool is_record = false;
    steady_time since{};                     // when a record came
    std::uint64_t round = 0;                 // in which it began to wait
    std::uint64_t number = 0;                // of nobody's record, for its cancellation
    delivery_callback done;                  // of a record
    completion<void(std::error_code)> woken; // of nobody's record

    void keep(const record& r)
    {
        std::size_t size = r.topic.size() + r.key.value_or(bytes_view{}).size() + r.value.value_or(bytes_view{}).size();
        for (const record_header& h : r.headers) size += h.key.size() + h.value.value_or(bytes_view{}).size();
        bytes.reserve(size);
        const auto copy = [this](std::string_view text) {
            const std::size_t at = bytes.size();
            bytes.append(text);
            return std::string_view{bytes.data() + at, text.size()};
        };
        what = r;
        what.topic = copy(r.topic);
        if (r.key) what.key = bytes_view{copy(r.key->text())};
        if (r.value) what.value = bytes_view{copy(r.value->text())};
        for (const record_header& h : r.headers) {
            record_header own{.key = copy(h.key)};
            if (h.value) own.value = bytes_view{copy(h.value->text())};
            headers.push_back(own);
        }
        what.headers = headers;
        is_record = true;
    }
};

} // namespace odradek::detail
