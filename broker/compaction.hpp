// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/record_batch_builder.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace odradek::broker {

/// Where the last record of each key is: what compaction keeps (cleanup.policy=compact).
///
/// Made for one run over a log: first every batch is added, then each is asked what stays of it.
class key_offsets {
public:
    /// Notes the keys of a batch; batches come in the order of the log. Control batches have none.
    void add(const batch_view& batch, const codec_set& codecs);

    /// The batch without the records that a later one of the same key replaces, and without those that have no key; it keeps its
    /// range of offsets, also when nothing is left in it. Empty if all stay, or if it is not to be touched.
    [[nodiscard]] sealed_batch keep_of(bytes_view batch, const codec_set& codecs) const;

private:
    std::map<std::string, std::int64_t, std::less<>> last_;
};

} // namespace odradek::broker
