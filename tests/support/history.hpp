// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek::test {

/// What can be wrong with a history. The names are those of Jepsen's Kafka workload where it has one.
enum class anomaly : std::uint8_t {
    inconsistent_offsets, ///< One place in a partition had two values.
    duplicate,            ///< One value lies at two places, and nobody allowed that.
    lost,                 ///< An acknowledged value lies before others that were read, and nobody ever read it.
    unseen,               ///< An acknowledged value behind everything that was read.
    phantom,              ///< A value was read whose send is known to have failed, or that nobody sent.
    reordered,            ///< A later send got an earlier place, or the records of one send do not follow each other.
    skipped,              ///< A reader went past offsets.
    went_back,            ///< A reader saw offsets again.
    completed_twice,      ///< An operation ended twice.
    never_completed,      ///< An operation did not end.
    late,                 ///< An operation ended after its deadline.
    gave_up,              ///< An operation ended before its deadline with an error that calls for another attempt.
    not_recovered,        ///< After the last fault had healed an operation did not end well in time.
};

/// "lost", "duplicate", ...
[[nodiscard]] std::string_view name(anomaly what) noexcept;

/// One thing that is wrong, in words.
struct finding {
    anomaly what{};
    std::string text;
};

/// How a send ended.
enum class send_end : std::uint8_t {
    acknowledged,
    failed,  ///< Nothing was written, as far as the sender says.
    unknown, ///< It may have been written.
};

/// What one reader saw at one offset.
struct seen_record {
    std::int64_t offset = -1;
    std::int32_t epoch = -1; ///< Leader epoch of its batch.
    std::uint64_t value = 0;
};

/// What may be said about one send beforehand.
struct send_rules {
    bool may_duplicate = false; ///< The sender repeats it though it may have been written.
    std::uint64_t process = 0;  ///< Sends of one process lie in their order; 0: nothing is said.
    bool has_offset = true;     ///< Whether an acknowledgement says where it lies: not with acks 0.
};

/// The history of a run: operations, sends, acknowledgements and reads, and what is wrong with them.
///
/// Owned by a run. Values are unique: two sends never send the same one. Partitions are named by topic and number; a topic that is
/// deleted and made again is told by another name. Source: Jepsen's kafka workload (anomalies), with deadlines and recovery added.
class history {
public:
    using id = std::size_t;

    // Operations of any kind

    /// Something was started that has to end by `deadline`.
    [[nodiscard]] id begin(std::string what, steady_time now, steady_time deadline);
    void end(id which, std::error_code ec, steady_time now);
    [[nodiscard]] std::string_view describe(id which) const { return operations_[which].what; }
    [[nodiscard]] bool has_ended(id which) const { return operations_[which].ended; }

    // Sends; each is an operation too

    [[nodiscard]] id begin_send(std::string_view topic, std::int32_t partition, std::vector<std::uint64_t> values,
                                send_rules rules, steady_time now, steady_time deadline);
    /// `partition` is where it went if it was left open. `base` is -1 if no offset is known.
    void end_send(id which, send_end how, std::error_code ec, std::int32_t partition, std::int64_t base,
                  steady_time now);

    // Reads

    /// A reader asked for `from` on and saw these. `log_start` is the first offset that is still there.
    void on_read(std::uint64_t reader, std::string_view topic, std::int32_t partition, std::int64_t from,
                 std::span<const seen_record> seen, std::int64_t next, std::int64_t log_start = 0);
    /// A reader chose its own place.
    void on_seek(std::uint64_t reader, std::string_view topic, std::int32_t partition);

    // What was done to the cluster

    /// Everything at or behind `offset` was lost on purpose.
    void on_truncated(std::string_view topic, std::int32_t partition, std::int64_t offset, steady_time now);
    /// Topics or brokers come and go: that something does not exist is an answer then, and nobody has to ask until the deadline.
    void on_vanishing();
    /// Whether what a reader at `position` had read was lost on purpose, so that the broker may say that there is no such offset.
    [[nodiscard]] bool was_cut_off(std::string_view topic, std::int32_t partition, std::int64_t position) const;
    /// Nothing goes wrong from here on; what begins later has to end well within `recovery`.
    void on_healed(steady_time now, std::chrono::milliseconds recovery);

    /// Everything that is wrong. `drained`: all partitions were read to their ends.
    [[nodiscard]] std::vector<finding> check(bool drained = true) const;

    [[nodiscard]] std::size_t sends() const noexcept { return sends_.size(); }
    [[nodiscard]] std::size_t acknowledged() const noexcept;
    [[nodiscard]] std::size_t operations() const noexcept { return operations_.size(); }
    /// Operations that have not ended.
    [[nodiscard]] std::size_t pending() const noexcept { return pending_; }

private:
    using partition_key = std::pair<std::string, std::int32_t>;
    struct operation {
        std::string what;
        steady_time began{};
        steady_time deadline{};
        steady_time ended_at{};
        std::error_code ec{};
        bool ended = false;
    };
    struct send {
        id operation = 0;
        partition_key to;
        std::vector<std::uint64_t> values;
        send_rules rules;
        send_end how = send_end::unknown;
        std::int64_t base = -1;
    };
    struct truncation {
        std::int64_t offset = 0;
        steady_time when{};
    };
    struct place { // epoch is -1 where only one value can be at an offset
        std::int64_t offset = -1;
        std::int32_t epoch = -1;
        friend auto operator<=>(const place&, const place&) = default;
    };
    struct partition_view {
        std::map<place, std::uint64_t> values; // what was read
        std::int64_t highest = -1;
    };

    void find(anomaly what, std::string text) { found_.push_back({what, std::move(text)}); }
    void check_operations(std::vector<finding>& out) const;
    void check_places(std::vector<finding>& out) const;
    void check_acknowledged(std::vector<finding>& out, bool drained) const;
    void check_order(std::vector<finding>& out) const;
    void check_processes(std::vector<finding>& out) const;
    [[nodiscard]] bool was_cut_off(const partition_key& in, std::int64_t offset) const;
    [[nodiscard]] bool is_excused(const send& one, std::int64_t offset) const;
    [[nodiscard]] std::optional<std::size_t> interval_of(const send& one) const;

    std::vector<operation> operations_;
    std::vector<send> sends_;
    std::map<id, std::size_t> send_of_;           // by operation
    std::map<std::uint64_t, std::size_t> sender_; // by value
    std::map<partition_key, partition_view> read_;
    std::map<std::pair<std::uint64_t, partition_key>, std::int64_t> positions_; // by reader
    std::map<partition_key, std::vector<truncation>> truncations_;
    std::optional<steady_time> healed_;
    std::chrono::milliseconds recovery_{0};
    bool things_vanish_ = false;
    std::vector<finding> found_;
    std::size_t pending_ = 0;
};

} // namespace odradek::test
