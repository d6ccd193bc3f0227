// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/record.hpp>

#include <array>
#include <cstddef>
#include <mutex>
#include <string>
#include <string_view>

namespace odradek::detail {

/// What a user's partitioner did wrong with the last few records, for whoever asks why a record was not taken: the answer is an
/// error code alone, and the partitioner must not be called once more.
///
/// Owned by a producer's accumulator; any thread. Nothing of a record is kept but where its bytes lay, which tells one record from
/// another as long as the caller has it; of two that lay in one place the later one counts.
class partitioner_refusals {
public:
    static constexpr std::size_t kept = 16;            ///< Records, at most.
    static constexpr std::size_t longest_words = 1024; ///< An exception's words may be anything; longer ones are cut.

    /// The partitioner failed for `what`.
    void note(const record& what, std::string_view words);
    /// What it did; empty if that is not known any more.
    [[nodiscard]] std::string words_for(const record& what) const;

private:
    struct refusal {
        record what{}; // its views are compared by place, never followed
        std::string words;
    };

    mutable std::mutex mutex_;
    std::array<refusal, kept> last_;
    std::size_t count_ = 0; // of all that there were
};

} // namespace odradek::detail
