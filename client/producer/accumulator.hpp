// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/brief_mutex.hpp>
#include <odradek/client/producer/memory_budget.hpp>
#include <odradek/client/producer/partitioner_refusals.hpp>
#include <odradek/client/producer/produce_batch.hpp>
#include <odradek/client/producer/producer_options.hpp>
#include <odradek/client/producer/send_order.hpp>
#include <odradek/client/producer/sticky_choice.hpp>
#include <odradek/client/record.hpp>
#include <odradek/net/clock.hpp>

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace odradek::detail {

/// Batches that are collected for one place, in their order: closed ones, and behind them perhaps one that is being filled.
struct batch_line {
    std::list<std::shared_ptr<produce_batch>> closed;
    std::shared_ptr<produce_batch> open;
    std::size_t expected = 0; ///< Bytes that the next batch is likely to have, from what the last ones had.

    /// What the open batch has is what the next one is likely to have.
    void expect_another() noexcept { expected = open->builder.size() + open->builder.size() / 8; }
    /// Nothing is appended to the open batch any more; there must be one.
    void close()
    {
        expect_another();
        closed.push_back(std::move(open));
        open = nullptr;
    }
};

/// One partition of a producer.
class partition_queue {
public:
    partition_queue(topic_queue& of, std::int32_t number, std::size_t max_in_flight)
        : topic(of), index(number), order(max_in_flight)
    {}

    topic_queue& topic;
    const std::int32_t index;

    brief_mutex mutex; ///< Guards `line` and `sticky_bytes`; taken for each record.
    batch_line line;
    std::size_t sticky_bytes =
        0; ///< What came here because the partition was the current one, and the topic was not told.
    std::atomic<std::size_t> batch_limit{
        0}; ///< Bytes of a batch; lower after the broker found one too large; 0: the options'.

    // On the strand
    send_order order;                                    ///< Batches that left the line.
    std::vector<std::shared_ptr<produce_batch>> batches; ///< Those of `order` that somebody waits for.
    std::int32_t leader = -1;
    std::int32_t ready_at = -1; ///< The broker in whose list it counts; in others it may still lie, and does not count.
    std::int32_t sent_to = -1;  ///< The broker that the last batch went to.
    bool waits_for_identity = false;
    bool wants_picture = false; ///< It waits until the topic was asked for anew.
    std::uint64_t hurry_up_to =
        0;                    ///< Batches up to this number linger no more: a flush waits for them, or memory is short.
    steady_time not_before{}; ///< Backoff.
    std::uint32_t failures = 0; ///< In a row.
    std::uint32_t unknown_answers = 0;
    std::uint64_t last_request = 0; ///< The last one that it was asked for.
    steady_time last_acknowledged{};
    std::optional<steady_time> missing_since{}; ///< When the topic began to be told without it.
    kept_failure last{};                        ///< What the last attempt ended with, if no later one ended well.
};

class accumulator;

/// The partitions of a topic, as far as they are known. Never changes; a topic that grows gets another one.
struct partition_table {
    std::vector<partition_queue*> all;
    std::vector<std::int32_t> available; ///< Those with a leader; only filled for a user's own partitioner.

    friend bool operator==(const partition_table&, const partition_table&) = default;
};

/// One topic of a producer. Lives as long as the producer.
class topic_queue {
public:
    topic_queue(const accumulator& of, std::string topic_name, std::int32_t batch_size)
        : owner(&of), name(std::move(topic_name)), sticky(batch_size)
    {}

    const accumulator* const owner; ///< To be compared only: handles of different producers look alike.
    const std::string name;
    sticky_choice sticky;
    std::atomic<const partition_table*> table{nullptr}; ///< Null until the topic is known.
    std::atomic<std::uint64_t> draws{0};                ///< Counts what is drawn, beginning with a seed.

    std::mutex mutex; ///< Guards `held`; taken before any partition's.
    batch_line held;  ///< Records whose partition is not known yet.

    // On the strand
    std::vector<std::unique_ptr<partition_queue>> partitions;
    std::vector<std::unique_ptr<partition_table>> tables; ///< All there ever were, each once, since somebody may be
                                                          ///< reading one; the last is the newest.
    bool searching = false;                               ///< Somebody is asking for it, because of `held`.
    bool refreshing = false;                              ///< Somebody is asking for it, because of its leaders.
    uuid id{};
    const topic_info* info = nullptr; ///< What `partitions` was made of, to be compared only.
    std::uint64_t seen = 0;           ///< Version of the picture that `partitions` is up to.
    failure last{};                   ///< Why it was not heard of the last time that it was asked for.
};

/// Bytes of memory that a batch begins with, at least.
inline constexpr std::size_t smallest_batch = 512;
/// Whether a topic may be called so.
[[nodiscard]] bool is_topic_name(std::string_view name) noexcept;
/// Bytes that a record may take in a batch, at most.
[[nodiscard]] std::size_t record_bound(const record& what) noexcept;
/// Uniform bits from a counter.
[[nodiscard]] std::uint64_t mixed_bits(std::uint64_t counter) noexcept;

/// What the sending threads have done since the strand looked last.
struct accumulator_news {
    std::vector<std::shared_ptr<produce_batch>> fresh; ///< Batches that were begun, in that order.
    std::vector<partition_queue*> full;                ///< Partitions in which a batch was closed.
    std::vector<topic_queue*> unknown;                 ///< Topics with records whose partition is not known.
};

/// Where sending threads leave their records: finds the topic, chooses the partition, and writes the record once into the batch
/// that is open there.
///
/// Owned by a producer's core. append() and topic() may be called by any thread, the rest on the strand. It waits for nothing but
/// short locks, one a partition; the lock that all share is taken once a batch. What it takes is counted in the budget, and it
/// takes nothing that the budget does not have.
class accumulator {
public:
    /// `wake` is called, without a lock, when the strand has to look: at take_news().
    accumulator(const producer_options& options, std::shared_ptr<clock> time, std::function<void()> wake);

    /// The topic of that name, made if it is new; null if the name cannot be one.
    topic_queue* topic(std::string_view name);
    /// A name that no topic can have, as words about it will have it. Lives as long as this; of very many such names it is an empty one.
    [[nodiscard]] const std::string* refused_name(std::string_view name);

    /// Takes a record over, and its delivery, or says why not. Without a topic the record's own counts, without options those of
    /// the producer.
    /// For those who waited, `waited_since` is the round in which they began to: nobody has to be told that there is no memory, and
    /// what was closed meanwhile is still open for them; `created` is when that was, if it is not now.
    [[nodiscard]] std::error_code append(topic_queue* topic, const record& what, const send_options* how,
                                         delivery_callback& done, std::uint64_t waited_since = 0,
                                         steady_time created = {});

    /// What append() would say of it at once, without a look at the memory. Any thread.
    [[nodiscard]] std::error_code check(topic_queue* topic, const record& what, const send_options* how);

    /// What append() said, in words: topic, partition, cause.
    [[nodiscard]] std::string explain(std::error_code why, const record& what, const send_options* how = nullptr) const;

    /// Nothing is taken any more.
    void close() noexcept;
    [[nodiscard]] bool is_closed() const noexcept { return closed_.load(std::memory_order_relaxed); }

    // On the strand

    [[nodiscard]] accumulator_news take_news();
    /// The next batch of a partition: a closed one, or the one that is being filled if it was begun at `begun_by` or before. Null
    /// if there is none.
    [[nodiscard]] std::shared_ptr<produce_batch> take(partition_queue& from, steady_time begun_by);
    /// How many closed batches wait in a partition.
    [[nodiscard]] static std::size_t waiting_in(partition_queue& p);
    /// Whether a batch waits in a partition: a closed one, or with `even_open` any.
    [[nodiscard]] static bool has_batch(partition_queue& in, bool even_open);
    using batch_function = std::function<void(const std::shared_ptr<produce_batch>&)>;
    /// Hands what was held to the partitions, now that they are known, and lets everybody know of them. `retire` gets the batches
    /// that were held, without their records; `refuse` batches of what cannot be placed, with why in `last`. With
    /// `keep_missing`, what names a partition that does not exist stays.
    void place_held(topic_queue& topic, const partition_table& table, const batch_function& retire,
                    const batch_function& refuse, bool keep_missing);
    /// Whether anything is held.
    [[nodiscard]] static bool holds(topic_queue& topic);
    /// Takes everything that is held, or what was begun by then.
    [[nodiscard]] static std::vector<std::shared_ptr<produce_batch>>
    take_held(topic_queue& topic, steady_time begun_by = steady_time::max());
    /// When the first of what is held was begun; nothing if nothing is.
    [[nodiscard]] static std::optional<steady_time> held_since(topic_queue& topic);
    /// Withdraws the records whose deliveries have one of these contexts (ascending) from a batch that lies in its line.
    /// `dropped` gets their deliveries, uncalled.
    static void withdraw(produce_batch& from, std::span<const void* const> contexts,
                         std::vector<delivery_callback>& dropped);
    /// Nothing is appended to a batch any more, if it lies in its line.
    static void close(produce_batch& batch);
    /// Memory of a batch that has ended, to be used again.
    void recycle(byte_buffer memory);
    /// Frees what is kept for use.
    void trim();
    /// Frees of it what it takes until so many bytes are left; false if they are not.
    [[nodiscard]] bool make_room(std::size_t size);
    [[nodiscard]] std::uint64_t next_number() noexcept { return numbers_.fetch_add(1, std::memory_order_relaxed); }
    /// The timer of the strand will look within the linger time: a fresh batch need not wake it.
    void set_watched(bool watched) noexcept { watched_.store(watched); }
    /// Whether somebody was refused for lack of memory since it was asked last.
    [[nodiscard]] bool was_exhausted() noexcept { return exhausted_.exchange(false); }
    void note_exhausted() noexcept { exhausted_ = true; }
    /// So many bytes were not there for somebody who was refused; any thread.
    void note_lacking(std::size_t size) noexcept;
    /// The most that was not there for anybody since this was forgotten.
    [[nodiscard]] std::size_t lacking() const noexcept { return lacking_.load(std::memory_order_relaxed); }
    void forget_lacking() noexcept { lacking_.store(0, std::memory_order_relaxed); }

    /// Begins another round: async_flush waits until all batches of earlier rounds have ended. Returns the one that ends.
    [[nodiscard]] std::uint64_t next_round() noexcept { return round_.fetch_add(1); }
    /// A batch has ended.
    void note_ended(const produce_batch& batch);
    /// A batch that was made of another one.
    void note_made(const produce_batch& batch);
    /// Whether a flush of this round waits for the batch.
    [[nodiscard]] bool is_of_round(const produce_batch& batch, std::uint64_t round) const;
    /// Whether all batches up to this round have ended.
    [[nodiscard]] bool has_ended(std::uint64_t round) const;
    /// The present round.
    [[nodiscard]] std::uint64_t round() const noexcept { return round_.load(); }
    /// Takes everything that lies anywhere, for an end without calls.
    [[nodiscard]] std::vector<std::shared_ptr<produce_batch>> take_all();
    [[nodiscard]] bool is_idle() const;

    [[nodiscard]] const memory_budget& budget() const noexcept { return *budget_; }
    /// Every topic that there is now.
    [[nodiscard]] std::vector<std::pair<std::string_view, topic_queue*>> all_topics() const;

private:
    // What is appended, with everything that was decided about it.
    struct filling {
        const record& what;
        const batch_settings& settings; // the very defaults_ if they are equal
        std::int64_t timestamp;
        delivery_callback& done;
        std::size_t bound; // bytes that it may take at most
        topic_queue* topic;
        partition_queue* partition; // null: it is held
        std::int32_t wanted = -1;
        steady_time created{};         // the epoch: now
        std::uint64_t flush_round = 0; // 0: the present one
        bool forced = false;           // the memory was counted before
        bool waited = false;           // for memory, in a queue
        // What came of it
        bool fresh = false;
        bool closed = false;
        bool refused = false;    // for lack of memory, and the strand should know
        std::size_t lacking = 0; // bytes that were not there
    };

    [[nodiscard]] std::error_code admit(topic_queue*& topic, const record& what, const send_options* how,
                                        std::size_t bound);
    [[nodiscard]] batch_settings settings_of(const send_options& how) const noexcept;
    [[nodiscard]] std::error_code check(const record& what, std::size_t bound) const noexcept;
    [[nodiscard]] std::error_code check(const send_options& how) const noexcept;
    [[nodiscard]] compression codec_of(const send_options& how) const noexcept;
    [[nodiscard]] std::string too_large(const record& what) const;
    static void note_sticky(partition_queue& to, std::size_t bytes, bool is_ready);
    static void withdraw_from(produce_batch& from, std::span<const void* const> contexts,
                              std::vector<delivery_callback>& dropped);
    [[nodiscard]] std::error_code place(topic_queue& topic, const partition_table& table, const record& what,
                                        std::int32_t& partition, bool& sticky);
    [[nodiscard]] std::error_code ask_partitioner(const topic_queue& topic, const partition_table& table,
                                                  const record& what, std::int32_t& partition);
    [[nodiscard]] std::string partitioner_words(const record& what) const;
    [[nodiscard]] std::string wrong_option(std::error_code why, const send_options& how) const;
    [[nodiscard]] std::error_code fill(batch_line& line, std::size_t limit, filling& f);
    // Nothing if the partition is known by now.
    [[nodiscard]] std::optional<std::error_code> hold(topic_queue& topic, filling& f);
    void place_held_batch(topic_queue& topic, const partition_table& table, produce_batch& held,
                          batch_line* still_unknown, const batch_function& refuse);
    void end_alone(filling& f, std::error_code why);
    void join_round(produce_batch& batch, std::uint64_t round);
    [[nodiscard]] std::shared_ptr<produce_batch> begin(batch_line& line, std::size_t limit, filling& f);
    [[nodiscard]] bool grow(produce_batch& batch, std::size_t limit, filling& f);
    [[nodiscard]] bool is_of_other_age(const produce_batch& batch, const filling& f) const noexcept;
    [[nodiscard]] bool make_room_for_delivery(produce_batch& batch, filling& f);
    [[nodiscard]] bool charge(produce_batch& batch, std::size_t size, filling& f);
    [[nodiscard]] bool give_up_one(); // of the pool
    [[nodiscard]] std::size_t affordable(std::size_t needed, std::size_t wanted) const noexcept;
    void close_open(batch_line& line, filling& f);
    void enter(const std::shared_ptr<produce_batch>& batch);
    void tell(const filling& f);
    [[nodiscard]] std::size_t limit_of(const partition_queue& p) const noexcept;

    const producer_options options_;
    const batch_settings defaults_;
    const bool keyless_is_sticky_; // records without a key go to the topic's current partition
    const std::shared_ptr<clock> clock_;
    const std::function<void()> wake_;
    const std::shared_ptr<memory_budget> budget_;
    std::atomic<bool> closed_{false};
    std::atomic<bool> watched_{false};
    std::atomic<bool> exhausted_{false};
    std::atomic<std::size_t> lacking_{0};
    std::atomic<std::uint64_t> numbers_{1};
    std::atomic<std::uint64_t> round_{1};
    std::atomic<topic_queue*> last_topic_{nullptr};

    mutable std::mutex topics_mutex_;
    std::map<std::string, std::unique_ptr<topic_queue>, std::less<>> topics_;
    std::set<std::string, std::less<>> refused_names_;

    partitioner_refusals partitioner_refusals_;

    mutable std::mutex news_mutex_; // taken last
    accumulator_news news_;
    std::map<std::uint64_t, std::size_t> rounds_; // batches that have not ended, by their round

    std::mutex pool_mutex_;
    std::vector<byte_buffer> pool_; // of at least a whole batch each
};

} // namespace odradek::detail
