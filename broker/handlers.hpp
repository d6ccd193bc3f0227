// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/core.hpp>
#include <odradek/broker/exchange.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/create_partitions.hpp>
#include <odradek/protocol/generated/messages/create_topics.hpp>
#include <odradek/protocol/generated/messages/delete_records.hpp>
#include <odradek/protocol/generated/messages/delete_topics.hpp>
#include <odradek/protocol/generated/messages/describe_cluster.hpp>
#include <odradek/protocol/generated/messages/describe_configs.hpp>
#include <odradek/protocol/generated/messages/describe_producers.hpp>
#include <odradek/protocol/generated/messages/describe_topic_partitions.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/incremental_alter_configs.hpp>
#include <odradek/protocol/generated/messages/init_producer_id.hpp>
#include <odradek/protocol/generated/messages/list_offsets.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/offset_for_leader_epoch.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace odradek::broker {

/// A text of an error as an answer carries it: one that repeats what a client sent may be longer than a string of the protocol may be.
[[nodiscard]] inline std::string error_text(std::string text)
{
    constexpr std::size_t longest = 1000;
    if (text.size() <= longest) return text;
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end; // not inside a letter
    return text.substr(0, end) + "...";
}

/// What the broker does for each API, a file each: answer() does the work and responds, now or later; refuse() responds with one
/// error wherever the answer has room for it, as a broker does that cannot even begin.
///
/// Called by the core on its thread. The request's views live as long as the exchange.

void answer(core& in, const exchange_ptr& x, const api_versions_request& request);
void refuse(core& in, exchange& x, const api_versions_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const metadata_request& request);
void refuse(core& in, exchange& x, const metadata_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const produce_request& request);
void refuse(core& in, exchange& x, const produce_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const init_producer_id_request& request);
void refuse(core& in, exchange& x, const init_producer_id_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const fetch_request& request);
void refuse(core& in, exchange& x, const fetch_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const list_offsets_request& request);
void refuse(core& in, exchange& x, const list_offsets_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const offset_for_leader_epoch_request& request);
void refuse(core& in, exchange& x, const offset_for_leader_epoch_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const create_topics_request& request);
void refuse(core& in, exchange& x, const create_topics_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const delete_topics_request& request);
void refuse(core& in, exchange& x, const delete_topics_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const create_partitions_request& request);
void refuse(core& in, exchange& x, const create_partitions_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const delete_records_request& request);
void refuse(core& in, exchange& x, const delete_records_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const describe_configs_request& request);
void refuse(core& in, exchange& x, const describe_configs_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const incremental_alter_configs_request& request);
void refuse(core& in, exchange& x, const incremental_alter_configs_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const describe_cluster_request& request);
void refuse(core& in, exchange& x, const describe_cluster_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const describe_topic_partitions_request& request);
void refuse(core& in, exchange& x, const describe_topic_partitions_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const describe_producers_request& request);
void refuse(core& in, exchange& x, const describe_producers_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const sasl_handshake_request& request);
void refuse(core& in, exchange& x, const sasl_handshake_request& request, broker_errc why);

void answer(core& in, const exchange_ptr& x, const sasl_authenticate_request& request);
void refuse(core& in, exchange& x, const sasl_authenticate_request& request, broker_errc why);

/// The same for a token without a header, as tokens come behind SaslHandshake 0: in place of an error the connection ends.
void answer_bare_token(core& in, exchange& x);
void refuse_bare_token(core& in, exchange& x, std::string_view why);

} // namespace odradek::broker
