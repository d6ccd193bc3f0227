// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/broker_error.hpp>

#include <iterator>
#include <string>

namespace odradek {
namespace {

enum class answer : std::uint8_t {
    ok,
    retry,    ///< again, a little later
    metadata, ///< again, with fresh metadata
    abort,    ///< give up the transaction or membership, then begin anew
    fatal     ///< the same request will not succeed
};

struct row {
    std::string_view name;
    answer what;
    std::string_view text;
};

constexpr int lowest = -1;

using enum answer;
// The row of a code is at its number minus `lowest`.
constexpr row rows[] = {
    {"UNKNOWN_SERVER_ERROR", fatal, "The broker failed in a way that it has no code for."},
    {"NONE", ok, "No error."},
    {"OFFSET_OUT_OF_RANGE", fatal, "The offset lies outside what the partition's log holds."},
    {"CORRUPT_MESSAGE", retry,
     "The broker could not accept the batch: wrong checksum, wrong size, or no key where the topic is compacted."},
    {"UNKNOWN_TOPIC_OR_PARTITION", metadata,
     "The broker does not have this topic or partition, or does not know of it yet."},
    {"INVALID_FETCH_SIZE", fatal, "The fetch asked for an impossible number of bytes."},
    {"LEADER_NOT_AVAILABLE", metadata, "The partition has no leader at the moment; an election is under way."},
    {"NOT_LEADER_OR_FOLLOWER", metadata, "This broker no longer leads the partition, or holds no replica of it."},
    {"REQUEST_TIMED_OUT", retry, "The broker did not finish within the time that the request allowed."},
    {"BROKER_NOT_AVAILABLE", fatal, "The broker named in the request is not running."},
    {"REPLICA_NOT_AVAILABLE", metadata, "This broker's replica of the partition cannot serve at the moment."},
    {"MESSAGE_TOO_LARGE", fatal, "The batch is larger than the broker or the topic accepts (max.message.bytes)."},
    {"STALE_CONTROLLER_EPOCH", fatal, "The request came from a controller that has been replaced."},
    {"OFFSET_METADATA_TOO_LARGE", fatal, "The text stored beside a committed offset is too long for the broker."},
    {"NETWORK_EXCEPTION", metadata, "The broker lost a connection that it needed to answer."},
    {"COORDINATOR_LOAD_IN_PROGRESS", retry, "The coordinator is still reading its state from the log."},
    {"COORDINATOR_NOT_AVAILABLE", retry,
     "The coordinator is not available yet, or its internal topic is being created."},
    {"NOT_COORDINATOR", retry, "This broker is not the coordinator of that group or transactional id."},
    {"INVALID_TOPIC_EXCEPTION", fatal,
     "The topic's name is not allowed, or the topic is internal and not open to this request."},
    {"RECORD_LIST_TOO_LARGE", fatal, "The batch does not fit into one segment of the partition's log."},
    {"NOT_ENOUGH_REPLICAS", retry,
     "Fewer replicas are in sync than the topic demands (min.insync.replicas), so nothing was written."},
    {"NOT_ENOUGH_REPLICAS_AFTER_APPEND", retry, "The batch was written, but fewer replicas than demanded have it."},
    {"INVALID_REQUIRED_ACKS", fatal, "The acks value is none of -1, 0 and 1."},
    {"ILLEGAL_GENERATION", abort, "The group has moved on to another generation."},
    {"INCONSISTENT_GROUP_PROTOCOL", fatal,
     "The member has no protocol in common with the rest of the group, or named none."},
    {"INVALID_GROUP_ID", fatal, "The group id is empty or not allowed."},
    {"UNKNOWN_MEMBER_ID", abort, "The coordinator does not know this member; it has to join again."},
    {"INVALID_SESSION_TIMEOUT", fatal,
     "The session timeout lies outside the broker's limits (group.min and group.max.session.timeout.ms)."},
    {"REBALANCE_IN_PROGRESS", abort, "The group is rebalancing; the member has to join again."},
    {"INVALID_COMMIT_OFFSET_SIZE", fatal, "The committed offsets make a record that is too large for the broker."},
    {"TOPIC_AUTHORIZATION_FAILED", fatal, "The user may not do this with the topic."},
    {"GROUP_AUTHORIZATION_FAILED", fatal, "The user may not do this with the group."},
    {"CLUSTER_AUTHORIZATION_FAILED", fatal, "The user may not do this with the cluster."},
    {"INVALID_TIMESTAMP", fatal, "A record's timestamp is too far from the broker's clock."},
    {"UNSUPPORTED_SASL_MECHANISM", fatal, "The broker does not offer this SASL mechanism."},
    {"ILLEGAL_SASL_STATE", fatal, "The request does not fit where the SASL exchange stands."},
    {"UNSUPPORTED_VERSION", fatal, "The broker does not speak this version of the API."},
    {"TOPIC_ALREADY_EXISTS", fatal, "A topic of this name exists already."},
    {"INVALID_PARTITIONS", fatal, "The number of partitions is too small."},
    {"INVALID_REPLICATION_FACTOR", fatal, "The replication factor is below one or above the number of brokers."},
    {"INVALID_REPLICA_ASSIGNMENT", fatal, "The list of replicas for the partitions is not valid."},
    {"INVALID_CONFIG", fatal, "A configuration value is not valid."},
    {"NOT_CONTROLLER", retry, "This broker is not the cluster's controller."},
    {"INVALID_REQUEST", fatal, "The broker found the request's content invalid; its own log says why."},
    {"UNSUPPORTED_FOR_MESSAGE_FORMAT", fatal, "The topic's old message format cannot serve this request."},
    {"POLICY_VIOLATION", fatal, "A policy of the cluster forbids the request."},
    {"OUT_OF_ORDER_SEQUENCE_NUMBER", abort, "A batch arrived whose sequence number does not follow the one before."},
    {"DUPLICATE_SEQUENCE_NUMBER", fatal, "The batch is in the log already; this was a repetition of it."},
    {"INVALID_PRODUCER_EPOCH", abort, "The producer's epoch is older than the one that the broker knows."},
    {"INVALID_TXN_STATE", fatal, "The transaction is not in a state that allows this."},
    {"INVALID_PRODUCER_ID_MAPPING", abort, "The producer id does not belong to this transactional id."},
    {"INVALID_TRANSACTION_TIMEOUT", fatal,
     "The transaction timeout is above the broker's limit (transaction.max.timeout.ms)."},
    {"CONCURRENT_TRANSACTIONS", retry, "The transaction's previous step is still being completed."},
    {"TRANSACTION_COORDINATOR_FENCED", fatal,
     "The markers came from a transaction coordinator that has been replaced."},
    {"TRANSACTIONAL_ID_AUTHORIZATION_FAILED", fatal, "The user may not use this transactional id."},
    {"SECURITY_DISABLED", fatal, "No authorizer is configured on the broker, so there are no rules to read or change."},
    {"OPERATION_NOT_ATTEMPTED", fatal,
     "The broker did not get to this part of the request, because another part failed."},
    {"KAFKA_STORAGE_ERROR", metadata, "The partition's disk failed on this broker."},
    {"LOG_DIR_NOT_FOUND", fatal, "The broker has no such log folder."},
    {"SASL_AUTHENTICATION_FAILED", fatal, "The credentials were refused."},
    {"UNKNOWN_PRODUCER_ID", abort,
     "The broker holds no state for this producer id, for example because its records have expired."},
    {"REASSIGNMENT_IN_PROGRESS", fatal, "The partition is being reassigned already."},
    {"DELEGATION_TOKEN_AUTH_DISABLED", fatal, "Delegation tokens are switched off on the broker."},
    {"DELEGATION_TOKEN_NOT_FOUND", fatal, "The delegation token does not exist."},
    {"DELEGATION_TOKEN_OWNER_MISMATCH", fatal, "Only the delegation token's owner or renewers may do this."},
    {"DELEGATION_TOKEN_REQUEST_NOT_ALLOWED", fatal,
     "Delegation tokens are not handled over this connection: its authentication is too weak, or itself by a token."},
    {"DELEGATION_TOKEN_AUTHORIZATION_FAILED", fatal, "The user may not do this with delegation tokens."},
    {"DELEGATION_TOKEN_EXPIRED", fatal, "The delegation token has expired."},
    {"INVALID_PRINCIPAL_TYPE", fatal, "The kind of principal is not supported."},
    {"NON_EMPTY_GROUP", fatal, "The group still has members."},
    {"GROUP_ID_NOT_FOUND", fatal, "The group does not exist."},
    {"FETCH_SESSION_ID_NOT_FOUND", retry, "The broker has forgotten the fetch session."},
    {"INVALID_FETCH_SESSION_EPOCH", retry, "The fetch session is at another epoch than the request."},
    {"LISTENER_NOT_FOUND", metadata, "The leader has no listener of the name on which the metadata was asked for."},
    {"TOPIC_DELETION_DISABLED", fatal, "The broker's configuration forbids the deletion of topics."},
    {"FENCED_LEADER_EPOCH", metadata, "The leader epoch in the request is older than the broker's."},
    {"UNKNOWN_LEADER_EPOCH", retry, "The leader epoch in the request is newer than the broker's."},
    {"UNSUPPORTED_COMPRESSION_TYPE", fatal,
     "The batches are compressed in a way that this version of the request does not allow."},
    {"STALE_BROKER_EPOCH", fatal, "The broker has registered again since; the request carries its earlier epoch."},
    {"OFFSET_NOT_AVAILABLE", retry, "The new leader cannot name a safe offset yet."},
    {"MEMBER_ID_REQUIRED", fatal, "The member has to join again with the id that the coordinator has just given it."},
    {"PREFERRED_LEADER_NOT_AVAILABLE", metadata, "The preferred leader could not take over."},
    {"GROUP_MAX_SIZE_REACHED", fatal, "The group has as many members as it may have."},
    {"FENCED_INSTANCE_ID", fatal, "Another member has taken this group instance id."},
    {"ELIGIBLE_LEADERS_NOT_AVAILABLE", metadata, "No replica can be elected as leader."},
    {"ELECTION_NOT_NEEDED", metadata, "The partition has the right leader already."},
    {"NO_REASSIGNMENT_IN_PROGRESS", fatal, "The partition is not being reassigned."},
    {"GROUP_SUBSCRIBED_TO_TOPIC", fatal,
     "The group is subscribed to the topic, so its offsets there cannot be deleted."},
    {"INVALID_RECORD", fatal, "The broker checked a record and refused it; the batch was not written."},
    {"UNSTABLE_OFFSET_COMMIT", retry, "Offsets of a transaction that is still open stand in the way."},
    {"THROTTLING_QUOTA_EXCEEDED", retry, "A quota on cluster changes is used up for the moment."},
    {"PRODUCER_FENCED", fatal, "A newer producer with the same transactional id has taken over."},
    {"RESOURCE_NOT_FOUND", fatal, "Something that the request names does not exist."},
    {"DUPLICATE_RESOURCE", fatal, "The request names the same thing twice."},
    {"UNACCEPTABLE_CREDENTIAL", fatal, "The new credential does not meet the broker's demands."},
    {"INCONSISTENT_VOTER_SET", fatal, "Sender or receiver is not one of the expected voters."},
    {"INVALID_UPDATE_VERSION", fatal, "The version given for the update is not valid."},
    {"FEATURE_UPDATE_FAILED", fatal, "The cluster's features could not be updated."},
    {"PRINCIPAL_DESERIALIZATION_FAILURE", fatal, "The forwarded request's principal could not be read."},
    {"SNAPSHOT_NOT_FOUND", fatal, "The snapshot does not exist."},
    {"POSITION_OUT_OF_RANGE", fatal, "The position lies outside the snapshot."},
    {"UNKNOWN_TOPIC_ID", metadata, "The broker does not know this topic id, or not yet."},
    {"DUPLICATE_BROKER_REGISTRATION", fatal, "Another running broker has this id."},
    {"BROKER_ID_NOT_REGISTERED", fatal, "No broker of this id is registered."},
    {"INCONSISTENT_TOPIC_ID", metadata,
     "The topic id belongs to another topic than the log that was found, as after deletion and creation."},
    {"INCONSISTENT_CLUSTER_ID", fatal, "The request was meant for another cluster."},
    {"TRANSACTIONAL_ID_NOT_FOUND", fatal, "The transactional id does not exist."},
    {"FETCH_SESSION_TOPIC_ID_ERROR", retry, "The fetch session mixes requests with and without topic ids."},
    {"INELIGIBLE_REPLICA", fatal, "A replica that may not be in sync was named as such."},
    {"NEW_LEADER_ELECTED", fatal, "The change was made, and a new leader came with it."},
    {"OFFSET_MOVED_TO_TIERED_STORAGE", fatal, "The offset has been moved to remote storage."},
    {"FENCED_MEMBER_EPOCH", abort,
     "The member's epoch is no longer valid; it gives up its partitions and joins again."},
    {"UNRELEASED_INSTANCE_ID", fatal, "Another member still uses this group instance id."},
    {"UNSUPPORTED_ASSIGNOR", fatal, "No member assignor in common, or the broker lacks the one asked for."},
    {"STALE_MEMBER_EPOCH", abort, "The member's epoch is old; its next heartbeat brings the current one."},
    {"MISMATCHED_ENDPOINT_TYPE", fatal,
     "The request went to a controller where a broker was expected, or the reverse."},
    {"UNSUPPORTED_ENDPOINT_TYPE", fatal, "The broker does not serve this kind of endpoint yet."},
    {"UNKNOWN_CONTROLLER_ID", fatal, "No controller of this id is known."},
    {"UNKNOWN_SUBSCRIPTION_ID", fatal, "The telemetry subscription has changed; it has to be fetched again."},
    {"TELEMETRY_TOO_LARGE", fatal, "The pushed metrics are larger than the broker accepts."},
    {"INVALID_REGISTRATION", fatal, "The controller refused the registration."},
    {"TRANSACTION_ABORTABLE", abort,
     "The transaction cannot be completed and has to be aborted; the transactional id stays usable."},
    {"INVALID_RECORD_STATE", fatal, "The record is not in a state in which it can be acknowledged."},
    {"SHARE_SESSION_NOT_FOUND", retry, "The broker has forgotten the share session."},
    {"INVALID_SHARE_SESSION_EPOCH", retry, "The share session is at another epoch than the request."},
    {"FENCED_STATE_EPOCH", fatal, "The share group's state belongs to a newer epoch."},
    {"INVALID_VOTER_KEY", fatal, "The voter's key does not match the replica that received the request."},
    {"DUPLICATE_VOTER", fatal, "The voter is in the set already."},
    {"VOTER_NOT_FOUND", fatal, "The voter is not in the set."},
    {"INVALID_REGULAR_EXPRESSION", fatal, "The regular expression is not valid."},
    {"REBOOTSTRAP_REQUIRED", fatal,
     "What the client knows of the cluster is out of date, or of another one; it starts again from its bootstrap "
     "list."},
    {"STREAMS_INVALID_TOPOLOGY", fatal, "The streams topology is not valid."},
    {"STREAMS_INVALID_TOPOLOGY_EPOCH", fatal, "The epoch of the streams topology is not valid."},
    {"STREAMS_TOPOLOGY_FENCED", fatal, "The streams topology has been replaced by a newer one."},
    {"SHARE_SESSION_LIMIT_REACHED", retry, "The broker holds as many share sessions as it may."},
    {"GROUP_DELETION_FAILED", fatal, "The group could not be deleted; the result's message says why."},
    {"STREAMS_TOPOLOGY_DESCRIPTION_UPDATE_FAILED", fatal,
     "The description of the streams topology could not be stored; the result's message says why."},
    {"CONTROLLER_ID_NOT_REGISTERED", fatal, "No controller of this id is registered."},
};
static_assert(std::size(rows) == 138);

const row* find(broker_errc code) noexcept
{
    const int index = static_cast<int>(code) - lowest;
    return index >= 0 && index < static_cast<int>(std::size(rows)) ? &rows[index] : nullptr;
}

class category final : public std::error_category {
public:
    const char* name() const noexcept override { return "kafka"; }

    std::string message(int value) const override
    {
        if (value < INT16_MIN || value > INT16_MAX)
            return "error code " + std::to_string(value) + " is none of Kafka's";
        const auto code = static_cast<broker_errc>(value);
        const std::string number = "(" + std::to_string(value) + "): ";
        const row* known = find(code);
        return (known ? std::string(known->name) + " " : std::string("unknown error ")) + number +
               std::string(text(code));
    }
};

} // namespace

std::string_view name(broker_errc code) noexcept
{
    const row* known = find(code);
    return known ? known->name : std::string_view{};
}

std::string_view text(broker_errc code) noexcept
{
    const row* known = find(code);
    return known ? known->text : "The broker sent an error code that this version of the library does not know.";
}

bool is_retriable(broker_errc code) noexcept
{
    const row* known = find(code);
    return known && (known->what == retry || known->what == metadata);
}

bool refreshes_metadata(broker_errc code) noexcept
{
    const row* known = find(code);
    return known && known->what == metadata;
}

bool is_abortable(broker_errc code) noexcept
{
    const row* known = find(code);
    return known && known->what == abort;
}

const std::error_category& kafka_category() noexcept
{
    static const category instance;
    return instance;
}

} // namespace odradek
