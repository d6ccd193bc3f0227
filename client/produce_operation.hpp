// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/core.hpp>
#include <odradek/client/partition_operation.hpp>
#include <odradek/client/placed.hpp>
#include <odradek/client/produce_exchange.hpp>
#include <odradek/client/produce_options.hpp>
#include <odradek/client/record.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/protocol/record_batch_builder.hpp>

#include <memory>
#include <span>

namespace odradek::detail {

/// A straight produce: one batch, written once into its final form on the caller's thread, sent to its partition's leader.
class produce_operation final : public partition_operation {
public:
    using completion_type = completion<void(std::error_code, placed)>;

    produce_operation(const client_core& core, const destination& to, std::span<const record> records,
                      const produce_options& options, completion_type done);

    void fail(failure why) override;
    /// Calls `cancel` when the caller cancels; only inside the initiating function.
    template <class Cancel>
    void on_cancel(Cancel cancel)
    {
        done_.on_cancel(std::move(cancel));
    }

protected:
    api key() const noexcept override { return api::produce; }
    bool allow_creation() const noexcept override { return options_.allow_auto_topic_creation; }
    bool is_safe() const noexcept override { return options_.retry_duplicates; }
    failure before_attempt(client_core& core) override;
    request_options limits(const leader_place& place) const override;
    void explain_no_version(const connection& on, failure& why) const override;
    std::chrono::milliseconds attempt_timeout(const client_core& core) const override;
    failure encode(api_version version, const leader_place& place, outgoing_request& out) override;
    verdict judge(client_core& core, const peer_reference& by, const leader_place& place,
                  response_frame frame) override;

private:
    failure fill(std::span<const record> records, const destination& to, std::int64_t now);
    failure seal();
    void succeed(const leader_place& place, std::int64_t offset, std::int64_t append_time);

    produce_options options_;
    completion_type done_;
    bool choose_partition_;
    failure invalid_; // found while copying, reported when the operation runs
    record_batch_builder builder_;
    std::int64_t first_timestamp_ = -1;
    std::shared_ptr<sealed_batch> batch_;
    produce_exchange exchange_;
};

} // namespace odradek::detail
