// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <string_view>
#include <system_error>

namespace odradek {

/// The error codes that brokers send: Kafka's own table, -1 to 136, under Kafka's own names.
///
/// A plain number: nobody owns it, every function on it is pure and thread-safe, the texts that they return are constants.
/// A code that a newer broker invents keeps its number, has no name here and is not retriable. As a std::error_code it
/// belongs to kafka_category(). The sentences are ours; which codes are retriable follows Apache Kafka 4.4.0.
enum class broker_errc : std::int16_t {
    unknown_server_error = -1,
    none,
    offset_out_of_range,
    corrupt_message,
    unknown_topic_or_partition,
    invalid_fetch_size,
    leader_not_available,
    not_leader_or_follower,
    request_timed_out,
    broker_not_available,
    replica_not_available,
    message_too_large,
    stale_controller_epoch,
    offset_metadata_too_large,
    network_exception,
    coordinator_load_in_progress,
    coordinator_not_available,
    not_coordinator,
    invalid_topic_exception,
    record_list_too_large,
    not_enough_replicas,
    not_enough_replicas_after_append,
    invalid_required_acks,
    illegal_generation,
    inconsistent_group_protocol,
    invalid_group_id,
    unknown_member_id,
    invalid_session_timeout,
    rebalance_in_progress,
    invalid_commit_offset_size,
    topic_authorization_failed,
    group_authorization_failed,
    cluster_authorization_failed,
    invalid_timestamp,
    unsupported_sasl_mechanism,
    illegal_sasl_state,
    unsupported_version,
    topic_already_exists,
    invalid_partitions,
    invalid_replication_factor,
    invalid_replica_assignment,
    invalid_config,
    not_controller,
    invalid_request,
    unsupported_for_message_format,
    policy_violation,
    out_of_order_sequence_number,
    duplicate_sequence_number,
    invalid_producer_epoch,
    invalid_txn_state,
    invalid_producer_id_mapping,
    invalid_transaction_timeout,
    concurrent_transactions,
    transaction_coordinator_fenced,
    transactional_id_authorization_failed,
    security_disabled,
    operation_not_attempted,
    kafka_storage_error,
    log_dir_not_found,
    sasl_authentication_failed,
    unknown_producer_id,
    reassignment_in_progress,
    delegation_token_auth_disabled,
    delegation_token_not_found,
    delegation_token_owner_mismatch,
    delegation_token_request_not_allowed,
    delegation_token_authorization_failed,
    delegation_token_expired,
    invalid_principal_type,
    non_empty_group,
    group_id_not_found,
    fetch_session_id_not_found,
    invalid_fetch_session_epoch,
    listener_not_found,
    topic_deletion_disabled,
    fenced_leader_epoch,
    unknown_leader_epoch,
    unsupported_compression_type,
    stale_broker_epoch,
    offset_not_available,
    member_id_required,
    preferred_leader_not_available,
    group_max_size_reached,
    fenced_instance_id,
    eligible_leaders_not_available,
    election_not_needed,
    no_reassignment_in_progress,
    group_subscribed_to_topic,
    invalid_record,
    unstable_offset_commit,
    throttling_quota_exceeded,
    producer_fenced,
    resource_not_found,
    duplicate_resource,
    unacceptable_credential,
    inconsistent_voter_set,
    invalid_update_version,
    feature_update_failed,
    principal_deserialization_failure,
    snapshot_not_found,
    position_out_of_range,
    unknown_topic_id,
    duplicate_broker_registration,
    broker_id_not_registered,
    inconsistent_topic_id,
    inconsistent_cluster_id,
    transactional_id_not_found,
    fetch_session_topic_id_error,
    ineligible_replica,
    new_leader_elected,
    offset_moved_to_tiered_storage,
    fenced_member_epoch,
    unreleased_instance_id,
    unsupported_assignor,
    stale_member_epoch,
    mismatched_endpoint_type,
    unsupported_endpoint_type,
    unknown_controller_id,
    unknown_subscription_id,
    telemetry_too_large,
    invalid_registration,
    transaction_abortable,
    invalid_record_state,
    share_session_not_found,
    invalid_share_session_epoch,
    fenced_state_epoch,
    invalid_voter_key,
    duplicate_voter,
    voter_not_found,
    invalid_regular_expression,
    rebootstrap_required,
    streams_invalid_topology,
    streams_invalid_topology_epoch,
    streams_topology_fenced,
    share_session_limit_reached,
    group_deletion_failed,
    streams_topology_description_update_failed,
    controller_id_not_registered,
};

/// Kafka's name, as "NOT_LEADER_OR_FOLLOWER"; empty for a code that this library does not know.
[[nodiscard]] ODRADEK_EXPORT std::string_view name(broker_errc code) noexcept;

/// One sentence on what the broker means; says so for a code that this library does not know.
[[nodiscard]] ODRADEK_EXPORT std::string_view text(broker_errc code) noexcept;

/// Whether the same request may succeed a little later. False for none and for unknown codes.
[[nodiscard]] ODRADEK_EXPORT bool is_retriable(broker_errc code) noexcept;

/// Whether the client's picture of topics and leaders is out of date and has to be fetched again before the next attempt.
/// Only retriable codes do. coordinator_not_available and not_coordinator do not: they ask for a new look-up of the coordinator.
[[nodiscard]] ODRADEK_EXPORT bool refreshes_metadata(broker_errc code) noexcept;

/// Whether the work in progress (a transaction, a membership of a group) has to be given up, while the same producer or
/// consumer may begin anew.
[[nodiscard]] ODRADEK_EXPORT bool is_abortable(broker_errc code) noexcept;

/// The category "kafka". Its messages read "NOT_LEADER_OR_FOLLOWER (6): This broker no longer ...".
[[nodiscard]] ODRADEK_EXPORT const std::error_category& kafka_category() noexcept;

/// Makes broker_errc a std::error_code.
[[nodiscard]] inline std::error_code make_error_code(broker_errc code) noexcept
{
    return {static_cast<int>(code), kafka_category()};
}

} // namespace odradek

template <>
struct std::is_error_code_enum<odradek::broker_errc> : std::true_type {};
