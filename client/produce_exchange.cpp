// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/produce_exchange.hpp>

namespace odradek {

produce_exchange::step produce_exchange::on_answer(broker_errc code, std::int64_t base_offset) noexcept
{
    const bool was_appended = code != broker_errc::none && base_offset >= 0;
    may_be_appended_ = may_be_appended_ || was_appended;
    if (was_appended && !retry_duplicates_) return step::outcome_unknown;
    switch (code) {
    case broker_errc::none: return step::done;

    case broker_errc::unknown_topic_or_partition:
    case broker_errc::unknown_topic_id:
        if (++unknown_answers_ >= unknown_topic_answers) return step::refused;
        return unknown_answers_ == 1 ? step::again : step::follow_or_wait;

    // The broker began and cannot say how it ended, or appended without the replicas that were asked for.
    case broker_errc::request_timed_out:
    case broker_errc::not_enough_replicas_after_append:
    case broker_errc::network_exception:
    case broker_errc::unknown_server_error:
        may_be_appended_ = true;
        return retry_duplicates_ ? step::wait : step::outcome_unknown;

    default:
        if (!is_retriable(code)) return step::refused;
        return refreshes_metadata(code) ? step::follow_or_wait : step::wait;
    }
}

const produce_response::partition_produce_response* find_partition(const produce_response& response,
                                                                   std::string_view topic, const uuid& id,
                                                                   std::int32_t partition) noexcept
{
    for (const auto& t : response.responses) {
        if (t.topic_id.is_zero() ? t.name != topic : t.topic_id != id) continue;
        for (const auto& p : t.partition_responses)
            if (p.index == partition) return &p;
    }
    return nullptr;
}

std::string blamed_records(const produce_response::partition_produce_response& answer)
{
    constexpr std::size_t enough = 10;
    std::string words;
    std::size_t shown = 0;
    for (const auto& blamed : answer.record_errors) {
        if (shown++ == enough) return words + "; and " + std::to_string(answer.record_errors.size() - enough) + " more";
        if (!words.empty()) words += "; ";
        words += "record " + std::to_string(blamed.batch_index);
        if (blamed.batch_index_error_message) words += ": \"" + std::string{*blamed.batch_index_error_message} + '"';
    }
    return words;
}

} // namespace odradek
