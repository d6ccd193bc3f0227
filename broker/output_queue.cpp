// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/output_queue.hpp>

#include <algorithm>
#include <utility>

namespace odradek::broker {

void output_queue::push(writer bytes, std::vector<std::shared_ptr<const chunk>> holds)
{
    const std::size_t size = bytes.size();
    if (size == 0) return;
    answer& added = answers_.emplace_back(answer{.bytes = std::move(bytes), .holds = std::move(holds)});
    added.segments = added.bytes.segments();
    size_ += size;
}

std::vector<bytes_view> output_queue::next(std::size_t most) const
{
    std::vector<bytes_view> parts;
    for (const answer& one : answers_) {
        for (std::size_t i = one.next_segment; i < one.segments.size() && most != 0; ++i) {
            const bytes_view part = one.segments[i].subview(0, most);
            if (part.empty()) continue;
            parts.push_back(part);
            most -= part.size();
        }
        if (most == 0) break;
    }
    return parts;
}

void output_queue::consume(std::size_t count)
{
    size_ -= std::min(count, size_);
    while (!answers_.empty()) {
        answer& first = answers_.front();
        while (first.next_segment < first.segments.size()) {
            bytes_view& part = first.segments[first.next_segment];
            if (count < part.size()) {
                part = part.subview(count);
                return;
            }
            count -= part.size();
            ++first.next_segment;
        }
        answers_.pop_front();
    }
}

} // namespace odradek::broker
