// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/aborted_filter.hpp>

#include <algorithm>

namespace odradek {

aborted_filter::aborted_filter(const list<transaction>& aborted) : upcoming_(aborted.begin(), aborted.end())
{
    std::stable_sort(upcoming_.begin(), upcoming_.end(),
                     [](const transaction& a, const transaction& b) { return a.first_offset < b.first_offset; });
}

bool aborted_filter::is_aborted(const batch_view& batch)
{
    for (; next_ < upcoming_.size() && upcoming_[next_].first_offset <= batch.last_offset(); ++next_)
        open_.insert(upcoming_[next_].producer_id);
    if (!batch.is_control()) return batch.is_transactional() && open_.contains(batch.producer_id());
    for (const record_view& record : batch) {
        control_record control;
        if (read_control_record(record, control) == errc{} && control.type == control_type::abort)
            open_.erase(batch.producer_id());
    }
    return false;
}

} // namespace odradek
