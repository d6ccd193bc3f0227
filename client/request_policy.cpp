// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/request_policy.hpp>

#include <cstdint>

namespace odradek {

bool is_safe_to_repeat(api key) noexcept
{
    switch (key) {
    // They only read.
    case api::fetch:
    case api::list_offsets:
    case api::metadata:
    case api::offset_fetch:
    case api::find_coordinator:
    case api::describe_groups:
    case api::list_groups:
    case api::api_versions:
    case api::offset_for_leader_epoch:
    case api::describe_acls:
    case api::describe_configs:
    case api::describe_log_dirs:
    case api::describe_delegation_token:
    case api::list_partition_reassignments:
    case api::describe_client_quotas:
    case api::describe_user_scram_credentials:
    case api::describe_quorum:
    case api::describe_cluster:
    case api::describe_producers:
    case api::describe_transactions:
    case api::list_transactions:
    case api::consumer_group_describe:
    case api::get_telemetry_subscriptions:
    case api::list_config_resources:
    case api::describe_topic_partitions:
    case api::share_group_describe:
    case api::streams_group_describe:
    case api::describe_share_group_offsets: return true;

    // The second time they find done what they ask for, and say so in the same words.
    case api::heartbeat:
    case api::consumer_group_heartbeat:
    case api::share_group_heartbeat:
    case api::streams_group_heartbeat:
    case api::sync_group:
    case api::delete_records: // up to a named offset
    case api::add_partitions_to_txn:
    case api::add_offsets_to_txn:
    case api::txn_offset_commit:
    case api::end_txn: // in the same direction
    case api::write_txn_markers:
    case api::init_producer_id: // an id or epoch that nobody heard of is never used
    case api::alter_configs:
    case api::create_acls:
    case api::alter_replica_log_dirs:
    case api::alter_partition_reassignments:
    case api::alter_client_quotas:
    case api::offset_delete: return true;

    // Everything else does something a second time (produce, join_group without a member id, create_delegation_token), might
    // undo what came after it (offset_commit, delete_topics), or would answer that its own first success is in its way
    // (create_topics, create_partitions, elect_leaders).
    default: return false;
    }
}

namespace {

// The first version in which the broker answers at once and leaves the waiting to the client: each API took a new version
// for that in Kafka 2.0. APIs that are younger have always been so.
std::int16_t first_throttled_version(api key) noexcept
{
    switch (key) {
    case api::fetch: return 8;
    case api::produce:
    case api::metadata: return 6;
    case api::offset_commit:
    case api::offset_fetch: return 4;
    case api::list_offsets:
    case api::join_group:
    case api::create_topics: return 3;
    case api::find_coordinator:
    case api::heartbeat:
    case api::leave_group:
    case api::sync_group:
    case api::describe_groups:
    case api::list_groups:
    case api::api_versions:
    case api::delete_topics:
    case api::describe_configs: return 2;
    case api::delete_records:
    case api::init_producer_id:
    case api::add_partitions_to_txn:
    case api::add_offsets_to_txn:
    case api::end_txn:
    case api::txn_offset_commit:
    case api::describe_acls:
    case api::create_acls:
    case api::delete_acls:
    case api::alter_configs:
    case api::alter_replica_log_dirs:
    case api::describe_log_dirs:
    case api::create_partitions:
    case api::create_delegation_token:
    case api::renew_delegation_token:
    case api::expire_delegation_token:
    case api::describe_delegation_token:
    case api::delete_groups: return 1;
    default: return 0;
    }
}

} // namespace

bool client_throttles(api key, api_version version) noexcept
{
    return version.value >= first_throttled_version(key);
}

bool is_worth_retrying(api key, broker_errc code) noexcept
{
    switch (code) {
    case broker_errc::fetch_session_id_not_found: // whoever keeps a session begins a new one instead
    case broker_errc::invalid_fetch_session_epoch:
    case broker_errc::fetch_session_topic_id_error:
    case broker_errc::share_session_not_found:
    case broker_errc::invalid_share_session_epoch: return false;
    case broker_errc::request_timed_out: return is_safe_to_repeat(key); // the broker may still be at it
    default: return is_retriable(code);
    }
}

connection_role role_of(api key) noexcept
{
    switch (key) {
    case api::produce: return connection_role::produce;
    case api::fetch:
    case api::share_fetch: return connection_role::fetch;
    default: return connection_role::general;
    }
}

} // namespace odradek
