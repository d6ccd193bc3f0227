// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster_state.hpp>
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/nullable.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace odradek::broker {

/// What is wrong with one record of a batch (KIP-467).
struct bad_record {
    std::int32_t index = 0;
    std::string text;
};

/// Whether a batch may be stored: nothing that a producer sends is believed.
struct append_check {
    broker_errc error = broker_errc::none;
    std::string text{}; ///< For people.
    std::vector<bad_record> records{};
    batch_view batch{}; ///< Parsed, when there is no error.
    /// The greatest of its records' own timestamps, milliseconds, whatever the header says; -1: none has one.
    std::int64_t max_timestamp = -1;

    explicit operator bool() const noexcept { return error != broker_errc::none; }
};

/// Looks at the shape of the records of a Produce request for one partition: one batch, whole, of format 2, with a codec that
/// the request's `version` has. Brokers do so before they look who leads the partition. A batch that is cut off counts for none,
/// as it does where they read a log.
[[nodiscard]] append_check check_shape(nullable<bytes_view> records, api_version version);

/// What the records of a batch are held against.
struct append_rules {
    const topic_settings& settings;
    const codec_set& codecs;
    std::int64_t now_ms = 0; ///< The time of day.
    /// A batch that says the broker had written its times is refused, whatever the topic's: up to 2.8. Later releases refuse it
    /// only where they look at no time of it.
    bool refuses_append_time = false;
};

/// Looks at records of a good shape: the checksum right, every record readable, timestamps and keys as the topic wants them.
[[nodiscard]] append_check check_records(bytes_view records, const append_rules& rules);

} // namespace odradek::broker
