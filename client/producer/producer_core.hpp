// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/core.hpp>
#include <odradek/client/producer/accumulator.hpp>
#include <odradek/client/producer/batch_verdict.hpp>
#include <odradek/client/producer/memory_waiter.hpp>
#include <odradek/client/producer/producer.hpp>
#include <odradek/client/producer/send_order.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <atomic>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::detail {

/// What moves a producer's batches: asks for topics and for the producer id, sends what is ready, judges answers, and ends every
/// batch once.
///
/// Shared by the handle and by everything that waits for it; on the client's strand, except wake(), append() and what is said to be
/// for any thread. It decides nothing about order and numbers (send_order), about answers (judge_batch) or about memory and
/// partitions (accumulator). Every event ends in step(), which does what has become due; nothing is pending on the executor
/// while nothing is to be delivered. Callbacks run at the end of a step, when everything is consistent.
class producer_core final : public client_user, public std::enable_shared_from_this<producer_core> {
public:
    [[nodiscard]] static std::shared_ptr<producer_core> make(std::shared_ptr<client_core> client,
                                                             producer_options options);

    producer_core(std::shared_ptr<client_core> client, producer_options options);
    ~producer_core() override;

    // Any thread

    [[nodiscard]] std::error_code append(topic_queue* topic, const record& what, const send_options* how,
                                         delivery_callback& done);
    void send(const record& what, const send_options& how, completion<void(std::error_code, placed)> done);
    void send_many(std::span<const topic_messages> what, const send_options& how,
                   completion<void(std::error_code, std::vector<sent>)> done);
    void flush(completion<void(std::error_code)> done);
    void ready(completion<void(std::error_code)> done);
    void close(std::chrono::milliseconds longest, completion<void(std::error_code)> done);
    void purge(purge_options what);
    void stop();
    void wake();
    [[nodiscard]] producer_metrics metrics() const;
    [[nodiscard]] std::string explain(std::error_code why, const record& what, const send_options& how) const;
    [[nodiscard]] accumulator& records() noexcept { return accumulator_; }
    [[nodiscard]] client_core& client() noexcept { return *client_; }
    void on_delivery(std::function<void(const delivered_batch&)> handler) { delivery_handler_ = std::move(handler); }
    [[nodiscard]] asio::any_io_executor get_executor() const { return client_->world().executor; }

    // client_user; on the strand
    [[nodiscard]] bool is_busy() const override;
    void on_client_stopped() override;
    void abandon() noexcept override;

    // For the operations that it starts; on the strand
    void on_topic_found(topic_queue& topic, failure why);
    void on_topic_refreshed(topic_queue& topic, failure why);
    void on_identity(producer_id id);
    void on_no_identity(failure why);
    void note_identity_failure(const failure& why) { identity_failure_ = why; }

private:
    using batch_pointer = std::shared_ptr<produce_batch>;

    // One broker: what is ready for it, and how much is under way.
    struct broker_line {
        std::int32_t node_id = -1;
        std::deque<partition_queue*> ready;
        std::weak_ptr<connection> on;
        bool acquiring = false;
        std::int32_t in_flight = 0;
        steady_time muted_until{};
    };
    // A Produce request under way.
    struct sent_request {
        std::vector<batch_pointer> batches;
        broker_line* to = nullptr;
        steady_time at{};
        api_version version{};
        acks how = acks::all;
        std::vector<uuid> topics; // their ids then, by batch
    };
    // A batch that has ended, and how.
    struct ended_batch {
        batch_pointer batch;
        failure why;
        std::int64_t base_offset = -1;
        std::int64_t append_time = -1;
        std::int32_t records = -1; ///< How many of its records that is about; -1: all.
    };
    struct owed_send;
    // Records that somebody does not want to be sent any more: `contexts` names the deliveries of those that have not ended, at the
    // moment in which it is asked, since another delivery may have the same address later. `end` gets how many were withdrawn.
    struct cancellation {
        std::function<std::vector<const void*>()> contexts;
        std::function<void(std::size_t withdrawn)> end;
    };
    // A flush: what it waits for, and whom it is owed to.
    struct pending_flush {
        std::uint64_t round = 0;
        std::uint64_t number = 0;
        completion<void(std::error_code)> done;
    };

    // producer_core.cpp
    void step();
    void take_news();
    void release_flushed();
    void release_lingering(steady_time now);
    void release_retries(steady_time now);
    void run_callbacks();
    void serve_waiters();
    void arm(steady_time now);
    void finish_flushes();
    void end(const batch_pointer& batch, failure why, std::int64_t base_offset = -1, std::int64_t append_time = -1);
    void call_deliveries(ended_batch& one);
    void fail_everything(const failure& why);
    void give_up(const batch_pointer& batch, failure why);
    void enlist(const batch_pointer& batch);
    void retry_later(partition_queue& p, const produce_batch* failed = nullptr);
    void drop_waiters(const failure& why);
    void cancel(cancellation one);
    void withdraw_cancelled();
    [[nodiscard]] std::vector<const void*> withdraw(std::span<const void* const> contexts);
    void expire_waiters(steady_time now);
    void cancel_operation(std::uint64_t number);
    [[nodiscard]] std::uint64_t watch_cancellation(completion<void(std::error_code)>& done);
    [[nodiscard]] diagnostics refusal(std::error_code why, const record& what, const send_options& how) const;
    void end_waiter(memory_waiter& one, failure why);
    void close_aged(steady_time now);
    [[nodiscard]] std::chrono::milliseconds age_interval() const noexcept;
    void wait_for_memory(const record& what, const send_options& how, delivery_callback done);

    // producer_topics.cpp
    void search(topic_queue& topic, std::optional<steady_time> unknown_since = {});
    void refresh(topic_queue& topic);
    void follow_pictures();
    void take_picture(topic_queue& topic, const topic_info& info, const cluster& picture);
    void weigh(topic_queue& topic);
    [[nodiscard]] static bool use_table(topic_queue& topic, std::unique_ptr<partition_table> table);

    // producer_expiry.cpp
    void expire(steady_time now);
    [[nodiscard]] failure cause_of_delay(const produce_batch& batch) const;
    [[nodiscard]] bool is_lost(const partition_queue& p) const;
    void fail_partition(partition_queue& p);
    void fail_topic(topic_queue& topic, const failure& why);
    void fail_those(const std::function<bool(const produce_batch&)>& which, const failure& why);

    // producer_send.cpp
    void mark_ready(partition_queue& p);
    void pump();
    void pump(broker_line& line);
    [[nodiscard]] bool send_one_request(broker_line& line, const std::shared_ptr<connection>& on);
    [[nodiscard]] batch_pointer choose_batch(partition_queue& p);
    [[nodiscard]] batch_pointer next_batch(partition_queue& p, const connection& on);
    [[nodiscard]] bool seal(const batch_pointer& batch, const connection& on);
    void tell_retries(const sent_request& request, const peer_reference& to) const;
    void seal_elsewhere(const batch_pointer& batch);
    void on_sealed(const batch_pointer& batch, const compression_error& error);
    void acquire(broker_line& line);
    void on_acquired(std::int32_t node_id, std::error_code ec, diagnostics about,
                     const std::shared_ptr<connection>& made);
    void on_answer(const std::shared_ptr<sent_request>& request, const peer_reference& by, std::error_code ec,
                   diagnostics about, response_frame frame);
    void on_lost(const sent_request& request, const failure& why);
    using partition_answer = produce_response::partition_produce_response;
    [[nodiscard]] static std::vector<const partition_answer*>
    find_answers(const sent_request& request, const produce_response& response, api_version version);
    [[nodiscard]] static std::size_t copied_bytes(const sent_request& request, std::size_t external_from);
    [[nodiscard]] std::vector<bool> take_hints(const sent_request& request, const produce_response& response,
                                               const std::vector<const partition_answer*>& answers, std::int32_t asked);
    void judge(const batch_pointer& batch, const peer_reference& by, const partition_answer* answer,
               const response_frame& frame, bool moved);
    void on_refused(const batch_pointer& batch, batch_verdict what, failure why, bool moved,
                    const std::vector<std::int32_t>& culprits);
    void try_again(const batch_pointer& batch, send_order::result how, failure why);
    static void inherit(produce_batch& part, const produce_batch& whole, const failure& why);
    void split(const batch_pointer& batch, failure why);
    void leave_out(const batch_pointer& batch, const std::vector<std::int32_t>& culprits, const failure& why);
    void recompress(const batch_pointer& batch, compression codec, const failure& why);
    void retire(const batch_pointer& batch);
    void want_picture(partition_queue& p);
    void want_identity();
    void wait_for_identity(partition_queue& p);
    void release_identity_waiters();
    void place_held(topic_queue& topic, bool keep_missing);
    void raise_epoch();
    void replace_in(partition_queue& p, const produce_batch& old, const std::vector<batch_pointer>& by);

    const std::shared_ptr<client_core> client_;
    const producer_options options_;
    failure invalid_; // an option that cannot be
    accumulator accumulator_;
    std::atomic<bool> wake_pending_{false};
    std::function<void(const delivered_batch&)> delivery_handler_;

    // Waiting for memory: any thread, under the mutex
    std::mutex waiters_mutex_;
    std::deque<std::unique_ptr<memory_waiter>> waiters_;
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::uint64_t> operations_{1}; // numbers those that may be cancelled

    // On the strand
    std::vector<cancellation> cancelled_; // in this very moment
    std::list<batch_pointer> all_;        // in the order in which their time is over
    std::deque<std::weak_ptr<produce_batch>> lingering_;
    std::multimap<steady_time, partition_queue*> retries_;
    std::map<std::int32_t, broker_line> brokers_;
    std::vector<ended_batch> ended_;
    std::vector<pending_flush> flushes_;
    std::unique_ptr<timer> timer_;
    std::optional<steady_time> armed_;
    producer_id identity_{};
    bool asking_identity_ = false;
    std::vector<partition_queue*> identity_waiters_;
    steady_time identity_not_before_{};
    failure identity_failure_; // of the last attempt to get one
    cluster_snapshot picture_;
    steady_time weighed_at_{};
    steady_time topics_used_at_{};
    steady_time aged_at_{};
    bool stepping_ = false;
    bool stopped_ = false;
    bool gave_up_ = false; // something was left when it stopped
    bool hurried_ = false; // a flush is pending, or memory is short: nothing lingers
    std::uint64_t request_count_ = 0;
    std::error_code end_reason_{};

    mutable std::mutex metrics_mutex_;
    producer_metrics metrics_;
};

} // namespace odradek::detail
