// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>

#include <cstddef>
#include <cstdint>
#include <set>
#include <vector>

namespace odradek {

/// Tells the batches of aborted transactions from the others, going through a partition's batches in their order.
///
/// A sans-I/O value on the stack of whoever opens a fetch answer. The answer names the transactions that were aborted among
/// the fetched offsets by producer and first offset, in any order (some brokers do not sort them, B1); a transaction ends
/// with its control record.
///
/// Source: KIP-98; behaviours B1, R3.
class ODRADEK_EXPORT aborted_filter {
public:
    using transaction = fetch_response::aborted_transaction;

    explicit aborted_filter(const list<transaction>& aborted);

    /// Whether this batch belongs to an aborted transaction. Call it for every batch, in order, control batches too.
    [[nodiscard]] bool is_aborted(const batch_view& batch);

private:
    std::vector<transaction> upcoming_; // ascending by first offset
    std::size_t next_ = 0;
    std::set<std::int64_t> open_; // producers whose aborted transaction we are in
};

} // namespace odradek
