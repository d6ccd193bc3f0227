// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/batch_verdict.hpp>

namespace odradek {

batch_verdict judge_batch(broker_errc code, std::int64_t base_offset, const batch_facts& batch) noexcept
{
    if (code != broker_errc::none && code != broker_errc::duplicate_sequence_number && base_offset >= 0)
        return refreshes_metadata(code) ? batch_verdict::unknown_and_moved : batch_verdict::unknown;
    switch (code) {
    case broker_errc::none:
    case broker_errc::duplicate_sequence_number: return batch_verdict::done;

    case broker_errc::unknown_topic_or_partition:
    case broker_errc::unknown_topic_id:
        if (batch.unknown_answers + 1 >= believed_unknown_answers) return batch_verdict::refused;
        return batch.unknown_answers == 0 ? batch_verdict::again : batch_verdict::follow_or_wait;

    case broker_errc::request_timed_out:
    case broker_errc::not_enough_replicas_after_append:
    case broker_errc::network_exception:
    case broker_errc::unknown_server_error: return batch_verdict::unknown;

    case broker_errc::out_of_order_sequence_number:
        return batch.numbered ? batch_verdict::out_of_order : batch_verdict::refused;
    case broker_errc::unknown_producer_id:
    case broker_errc::invalid_producer_id_mapping:
    case broker_errc::invalid_producer_epoch:
        return batch.numbered ? batch_verdict::producer_unknown : batch_verdict::refused;

    case broker_errc::message_too_large:
    case broker_errc::record_list_too_large: return batch.records > 1 ? batch_verdict::split : batch_verdict::refused;

    case broker_errc::invalid_record:
    case broker_errc::invalid_timestamp: return batch.names_culprits ? batch_verdict::culprits : batch_verdict::refused;

    case broker_errc::unsupported_compression_type:
        return batch.compressed ? batch_verdict::other_codec : batch_verdict::refused;

    default:
        if (!is_retriable(code)) return batch_verdict::refused;
        return refreshes_metadata(code) ? batch_verdict::follow_or_wait : batch_verdict::wait;
    }
}

} // namespace odradek
