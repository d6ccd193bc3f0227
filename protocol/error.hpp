// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>

#include <string_view>
#include <system_error>

namespace odradek {

/// What went wrong on this side of the wire, in the whole library; what brokers report is broker_errc.
///
/// A plain number: nobody owns it, every function on it is pure and thread-safe, the texts that they return are constants.
/// As a std::error_code it belongs to odradek_category(). Errors of sockets, names and TLS keep the category that they
/// come with; condition classifies all of them. Cancelled operations end with std::errc::operation_canceled.
enum class errc {
    // Decoding and encoding
    truncated = 1,
    malformed,
    limit_exceeded,
    unexpected_null,
    array_too_long,
    string_too_long,
    too_many_tags,
    tags_out_of_order,
    arena_exhausted,
    trailing_bytes,
    unsupported_version,
    unsupported_field,
    unknown_message,
    invalid_json,
    unexpected_json,
    out_of_memory,

    // Frames
    frame_too_large,
    invalid_frame_length,
    not_a_kafka_broker,
    tls_expected,
    unexpected_response,

    // Records
    checksum_mismatch,
    invalid_batch,
    invalid_record,
    unsupported_magic,
    unknown_codec,
    codec_not_available,
    bad_compressed_data,
    output_limit,
    invalid_compression_level,
    batch_full,
    record_too_large,
    offset_out_of_sequence,

    // Connections
    connection_closed,
    connection_reset,
    connect_timed_out,
    request_timed_out,
    operation_timed_out,
    host_not_found,
    no_address,
    handshake_failed,
    invalid_response,
    no_common_version,
    unsupported_api,
    feature_not_available,
    not_built_in,
    broker_changed,
    cluster_changed,
    no_broker_available,
    bootstrap_failed,
    discovery_failed,
    endpoint_refused,

    // TLS, proxies and authentication
    tls_handshake_failed,
    tls_certificate_refused,
    tls_material_invalid,
    proxy_failed,
    proxy_refused,
    proxy_authentication_failed,
    authentication_failed,
    mechanism_not_offered,
    server_not_authentic,
    credentials_missing,
    credentials_unavailable,
    clear_text_password,

    // The client
    closed,
    invalid_option,
    invalid_argument,
    unknown_property,
    invalid_property,
    file_not_readable,
    unknown_broker,
    unknown_topic,
    unknown_topic_id,
    unknown_partition,
    invalid_topic_name,
    topic_recreated,
    no_leader,
    no_controller,
    no_coordinator,
    already_running,
    callback_failed,

    // The producer
    queue_full,
    delivery_timed_out,
    outcome_unknown,
    purged,
    partitioner_failed,
    not_idempotent,

    // Transactions
    not_transactional,
    no_transaction,
    transaction_in_progress,
    transaction_failed,
    commit_unknown,
    fenced,

    // Consumers and groups
    not_subscribed,
    not_assigned,
    subscription_conflict,
    no_group,
    no_offset,
    offset_out_of_range,
    log_truncated,
    assignment_lost,
    commit_superseded,
    poll_interval_exceeded,
    rebalance_failed,
    invalid_assignment,
    batch_too_large,
    handler_failed,
    not_acquired,
    acknowledgement_lost,
};

/// What to do about an error. Every error has exactly one of these, except success and cancellation, which have none:
/// `if (ec == condition::retriable)` holds for codes of this library, of brokers, of the system and of Asio.
enum class condition {
    retriable = 1, ///< The same may succeed a little later. Most operations retry by themselves until their deadline.
    abortable,     ///< The transaction or membership at hand is lost, but the same producer or consumer may begin anew.
    fatal,         ///< Trying again does not help: something has to be changed first.
    outcome_unknown, ///< It may have taken effect or not; repeating it may do it twice.
};

/// The enumerator's name, as "queue_full"; empty for a value that is none.
[[nodiscard]] ODRADEK_EXPORT std::string_view name(errc code) noexcept;

/// One sentence on what is wrong.
[[nodiscard]] ODRADEK_EXPORT std::string_view text(errc code) noexcept;

/// What to do about an error of this library.
[[nodiscard]] ODRADEK_EXPORT condition condition_of(errc code) noexcept;

/// The category "odradek" of errc.
[[nodiscard]] ODRADEK_EXPORT const std::error_category& odradek_category() noexcept;

/// The category "odradek.condition" of condition.
[[nodiscard]] ODRADEK_EXPORT const std::error_category& condition_category() noexcept;

/// Makes errc a std::error_code.
[[nodiscard]] inline std::error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), odradek_category()};
}

/// Makes condition a std::error_condition, so that error codes compare with it.
[[nodiscard]] inline std::error_condition make_error_condition(condition what) noexcept
{
    return {static_cast<int>(what), condition_category()};
}

} // namespace odradek

template <>
struct std::is_error_code_enum<odradek::errc> : std::true_type {};
template <>
struct std::is_error_condition_enum<odradek::condition> : std::true_type {};
