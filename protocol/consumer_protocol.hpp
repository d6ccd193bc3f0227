// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/consumer_protocol_assignment.hpp>
#include <odradek/protocol/generated/messages/consumer_protocol_subscription.hpp>

namespace odradek {

/// What the members of a classic consumer group tell each other inside JoinGroup (metadata) and SyncGroup (assignment): an
/// int16 version, then a body. Brokers hand these bytes on without looking, so they come from another client's program and
/// are trusted no more than a peer's.
///
/// Functions without state. A version that is newer than ours is read as the newest that we know, and what follows is
/// ignored, as every client does: newer versions only append. Views point into the bytes that were read and into the arena.
///
/// Source: KIP-429, KIP-792, KIP-881; ConsumerProtocol of Kafka.

/// Reads the metadata of a JoinGroup member. `version`, if given, receives the version that the bytes name.
[[nodiscard]] ODRADEK_EXPORT decode_error read_subscription(bytes_view bytes, arena& memory,
                                                            consumer_protocol_subscription& into,
                                                            api_version* version = nullptr);

/// Reads the assignment that SyncGroup brings. No bytes at all are an empty assignment: that is what a broker sends to a
/// member for which the leader named nothing.
[[nodiscard]] ODRADEK_EXPORT decode_error read_assignment(bytes_view bytes, arena& memory,
                                                          consumer_protocol_assignment& into,
                                                          api_version* version = nullptr);

/// Appends the version and a subscription. The newest version is right unless a member of the group is known not to read it.
[[nodiscard]] ODRADEK_EXPORT encode_error write_subscription(writer& out,
                                                             const consumer_protocol_subscription& subscription,
                                                             api_version version = api_version{
                                                                 consumer_protocol_subscription::versions.last});

/// Appends the version and an assignment.
[[nodiscard]] ODRADEK_EXPORT encode_error write_assignment(writer& out, const consumer_protocol_assignment& assignment,
                                                           api_version version = api_version{
                                                               consumer_protocol_assignment::versions.last});

} // namespace odradek
