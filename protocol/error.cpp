// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <cstddef>
#include <iterator>
#include <string>

namespace odradek {
namespace {

constexpr auto retriable = condition::retriable;
constexpr auto abortable = condition::abortable;
constexpr auto fatal = condition::fatal;
constexpr auto unknown = condition::outcome_unknown;

struct row {
    errc code;
    std::string_view name;
    condition what;
    std::string_view text;
};

constexpr row rows[] = {
    {errc::truncated, "truncated", fatal, "The bytes end before the value does."},
    {errc::malformed, "malformed", fatal, "The bytes are not what the format allows here."},
    {errc::limit_exceeded, "limit_exceeded", fatal, "A count or length is above the limit that was set."},
    {errc::unexpected_null, "unexpected_null", fatal, "Null stands where the schema allows none."},
    {errc::array_too_long, "array_too_long", fatal, "An array has more elements than are accepted."},
    {errc::string_too_long, "string_too_long", fatal, "A string is longer than the format can carry."},
    {errc::too_many_tags, "too_many_tags", fatal, "A section of tagged fields has more entries than are accepted."},
    {errc::tags_out_of_order, "tags_out_of_order", fatal,
     "The tags of a section do not ascend, or one stands there twice."},
    {errc::arena_exhausted, "arena_exhausted", fatal, "The decoded message needs more memory than the arena may take."},
    {errc::trailing_bytes, "trailing_bytes", fatal, "Bytes are left after the end of the message."},
    {errc::unsupported_version, "unsupported_version", fatal,
     "This library does not have that version of the message."},
    {errc::unsupported_field, "unsupported_field", fatal,
     "A field has a value, but the version that is spoken lacks the field."},
    {errc::unknown_message, "unknown_message", fatal, "There is no message of that name or number."},
    {errc::invalid_json, "invalid_json", fatal, "The text is not JSON."},
    {errc::unexpected_json, "unexpected_json", fatal,
     "The JSON does not fit the message: a missing, unknown or wrongly typed member."},
    {errc::out_of_memory, "out_of_memory", fatal, "Memory could not be had."},
    {errc::frame_too_large, "frame_too_large", fatal, "A frame announces more bytes than are accepted."},
    {errc::invalid_frame_length, "invalid_frame_length", fatal, "A frame announces a length that no message has."},
    {errc::not_a_kafka_broker, "not_a_kafka_broker", fatal, "The other side does not speak Kafka's protocol."},
    {errc::tls_expected, "tls_expected", fatal, "The other side speaks TLS, and this connection does not."},
    {errc::unexpected_response, "unexpected_response", retriable,
     "A response came that answers no request of this connection."},
    {errc::checksum_mismatch, "checksum_mismatch", fatal, "A checksum does not match the bytes that it covers."},
    {errc::invalid_batch, "invalid_batch", fatal, "A record batch's header is not valid."},
    {errc::invalid_record, "invalid_record", fatal,
     "A record, or the number of records, is not what the batch announces."},
    {errc::unsupported_magic, "unsupported_magic", fatal,
     "A record batch has a format that does not exist or is not read here."},
    {errc::unknown_codec, "unknown_codec", fatal, "A record batch names a compression codec that does not exist."},
    {errc::codec_not_available, "codec_not_available", fatal, "This build of the library lacks the compression codec."},
    {errc::bad_compressed_data, "bad_compressed_data", fatal, "Compressed data cannot be unpacked."},
    {errc::output_limit, "output_limit", fatal, "Unpacking would give more bytes than are accepted."},
    {errc::invalid_compression_level, "invalid_compression_level", fatal, "The codec does not have that level."},
    {errc::batch_full, "batch_full", retriable, "The open batch has no room for the record."},
    {errc::record_too_large, "record_too_large", fatal, "The record is too large."},
    {errc::offset_out_of_sequence, "offset_out_of_sequence", fatal,
     "The offsets of records or batches do not follow each other."},
    {errc::connection_closed, "connection_closed", retriable, "The other side closed the connection."},
    {errc::connection_reset, "connection_reset", retriable, "The connection broke."},
    {errc::connect_timed_out, "connect_timed_out", retriable, "The connection was not ready in time."},
    {errc::request_timed_out, "request_timed_out", retriable, "The answer did not come in time."},
    {errc::operation_timed_out, "operation_timed_out", fatal, "The operation did not end before its deadline."},
    {errc::host_not_found, "host_not_found", fatal, "The host's name does not exist."},
    {errc::no_address, "no_address", fatal, "The host's name has no address that can be used."},
    {errc::handshake_failed, "handshake_failed", retriable, "The broker ended the connection during the handshake."},
    {errc::invalid_response, "invalid_response", fatal, "The broker's answer does not make sense."},
    {errc::no_common_version, "no_common_version", fatal,
     "The broker and this library have no version of the API in common."},
    {errc::unsupported_api, "unsupported_api", fatal, "The broker does not offer the API."},
    {errc::feature_not_available, "feature_not_available", fatal,
     "The cluster has not enabled a feature that this needs."},
    {errc::not_built_in, "not_built_in", fatal, "This build of the library was made without that part."},
    {errc::broker_changed, "broker_changed", retriable, "The broker at this address is another one than expected."},
    {errc::cluster_changed, "cluster_changed", retriable, "The broker belongs to another cluster than expected."},
    {errc::no_broker_available, "no_broker_available", retriable,
     "No broker of the cluster can be reached at the moment."},
    {errc::bootstrap_failed, "bootstrap_failed", retriable,
     "None of the bootstrap addresses gave a picture of the cluster."},
    {errc::discovery_failed, "discovery_failed", retriable, "The function that lists the brokers failed or gave none."},
    {errc::endpoint_refused, "endpoint_refused", fatal,
     "The broker's address is one that this client may not connect to."},
    {errc::tls_handshake_failed, "tls_handshake_failed", fatal, "TLS could not be agreed on."},
    {errc::tls_certificate_refused, "tls_certificate_refused", fatal,
     "The broker's certificate is not trusted, or not for this name."},
    {errc::tls_material_invalid, "tls_material_invalid", fatal,
     "A certificate, key or list of authorities cannot be used."},
    {errc::proxy_failed, "proxy_failed", retriable, "The proxy could not reach the broker."},
    {errc::proxy_refused, "proxy_refused", fatal, "The proxy refused the connection, or does not speak as it should."},
    {errc::proxy_authentication_failed, "proxy_authentication_failed", fatal, "The proxy refused the credentials."},
    {errc::authentication_failed, "authentication_failed", fatal, "The broker refused the authentication."},
    {errc::mechanism_not_offered, "mechanism_not_offered", fatal, "The broker does not offer the SASL mechanism."},
    {errc::server_not_authentic, "server_not_authentic", fatal, "The broker failed to prove that it knows the secret."},
    {errc::credentials_missing, "credentials_missing", fatal, "There are no credentials to authenticate with."},
    {errc::credentials_unavailable, "credentials_unavailable", retriable, "The credentials could not be fetched."},
    {errc::clear_text_password, "clear_text_password", fatal,
     "A password would go over a connection without TLS, which was not asked for."},
    {errc::closed, "closed", fatal, "The client, producer or consumer is closed."},
    {errc::invalid_option, "invalid_option", fatal, "An option has a value that is not allowed."},
    {errc::invalid_argument, "invalid_argument", fatal, "An argument has a value that is not allowed."},
    {errc::unknown_property, "unknown_property", fatal, "There is no property of that name."},
    {errc::invalid_property, "invalid_property", fatal, "A property's value cannot be used."},
    {errc::file_not_readable, "file_not_readable", fatal, "A file cannot be read."},
    {errc::unknown_broker, "unknown_broker", retriable, "No broker of that id is known."},
    {errc::unknown_topic, "unknown_topic", retriable, "The topic is not known to the cluster."},
    {errc::unknown_topic_id, "unknown_topic_id", retriable, "The topic's id is not known to the cluster."},
    {errc::unknown_partition, "unknown_partition", retriable, "The topic has no such partition."},
    {errc::invalid_topic_name, "invalid_topic_name", fatal, "A topic cannot have that name."},
    {errc::topic_recreated, "topic_recreated", fatal, "The topic was deleted and created anew under the same name."},
    {errc::no_leader, "no_leader", retriable, "The partition has no leader at the moment."},
    {errc::no_controller, "no_controller", retriable, "The cluster has no controller at the moment."},
    {errc::no_coordinator, "no_coordinator", retriable,
     "There is no coordinator for the group or transaction at the moment."},
    {errc::already_running, "already_running", fatal, "The operation is in progress already and cannot run twice."},
    {errc::callback_failed, "callback_failed", fatal, "A function given by the user failed."},
    {errc::queue_full, "queue_full", retriable, "The producer holds as many bytes as it may."},
    {errc::delivery_timed_out, "delivery_timed_out", abortable,
     "The record was not delivered in time; it was never sent."},
    {errc::outcome_unknown, "outcome_unknown", unknown,
     "The answer was lost: the request may have taken effect, or not."},
    {errc::purged, "purged", abortable, "The record was withdrawn before it was sent."},
    {errc::partitioner_failed, "partitioner_failed", fatal, "The partitioner failed."},
    {errc::not_idempotent, "not_idempotent", fatal, "This needs an idempotent producer."},
    {errc::not_transactional, "not_transactional", fatal, "The producer has no transactional id."},
    {errc::no_transaction, "no_transaction", fatal, "No transaction is open."},
    {errc::transaction_in_progress, "transaction_in_progress", fatal, "A transaction is open already."},
    {errc::transaction_failed, "transaction_failed", abortable, "The transaction has failed and can only be aborted."},
    {errc::commit_unknown, "commit_unknown", unknown,
     "The answer to the commit was lost: the transaction may be committed, or not."},
    {errc::fenced, "fenced", fatal, "A newer producer or member has taken over."},
    {errc::not_subscribed, "not_subscribed", fatal, "The consumer is neither subscribed nor assigned to anything."},
    {errc::not_assigned, "not_assigned", fatal, "The partition is not assigned to this consumer."},
    {errc::subscription_conflict, "subscription_conflict", fatal,
     "Subscribing, subscribing by pattern and assigning exclude each other."},
    {errc::no_group, "no_group", fatal, "The consumer has no group id."},
    {errc::no_offset, "no_offset", fatal, "The partition has no committed offset, and no reset is configured."},
    {errc::offset_out_of_range, "offset_out_of_range", fatal,
     "The position lies outside the partition's log, and no reset is configured."},
    {errc::log_truncated, "log_truncated", fatal,
     "The log lost records that had been read: the position lies beyond its end."},
    {errc::assignment_lost, "assignment_lost", abortable, "The partition was taken away from this consumer."},
    {errc::commit_superseded, "commit_superseded", abortable,
     "A later commit of the same partition overtook this one."},
    {errc::poll_interval_exceeded, "poll_interval_exceeded", abortable,
     "The application took longer between two polls than the group allows."},
    {errc::rebalance_failed, "rebalance_failed", retriable, "The group could not agree on an assignment."},
    {errc::invalid_assignment, "invalid_assignment", fatal,
     "The assignment or subscription of a member cannot be read."},
    {errc::batch_too_large, "batch_too_large", fatal,
     "A batch does not fit into the memory that the consumer may use."},
    {errc::handler_failed, "handler_failed", fatal, "The message handler failed."},
    {errc::not_acquired, "not_acquired", fatal, "The record is not acquired by this share consumer, or no longer."},
    {errc::acknowledgement_lost, "acknowledgement_lost", unknown,
     "The answer was lost: the acknowledgement may have taken effect, or not."},
};

// A code's row is found by its number, so the rows stand in the order of the enumerators.
consteval bool in_order()
{
    for (std::size_t i = 0; i < std::size(rows); ++i)
        if (static_cast<std::size_t>(rows[i].code) != i + 1) return false;
    return true;
}
static_assert(in_order() && rows[std::size(rows) - 1].code == errc::acknowledgement_lost);

const row* find(errc code) noexcept
{
    const int index = static_cast<int>(code) - 1;
    return index >= 0 && index < static_cast<int>(std::size(rows)) ? &rows[index] : nullptr;
}

class own_category final : public std::error_category {
public:
    const char* name() const noexcept override { return "odradek"; }
    std::string message(int value) const override { return std::string(text(static_cast<errc>(value))); }
};

} // namespace

std::string_view name(errc code) noexcept
{
    const row* known = find(code);
    return known ? known->name : std::string_view{};
}

condition condition_of(errc code) noexcept
{
    const row* known = find(code);
    return known ? known->what : condition::fatal;
}

std::string_view text(errc code) noexcept
{
    const row* known = find(code);
    return known ? known->text : "This is no error code of the library.";
}

const std::error_category& odradek_category() noexcept
{
    static const own_category instance;
    return instance;
}

} // namespace odradek
