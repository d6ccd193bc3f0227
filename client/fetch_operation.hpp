// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/core.hpp>
#include <odradek/client/fetched.hpp>
#include <odradek/client/offset.hpp>
#include <odradek/client/partition_operation.hpp>
#include <odradek/net/completion.hpp>

namespace odradek::detail {

/// One offset, asked for with ListOffsets.
class list_offsets_operation final : public partition_operation {
public:
    using completion_type = completion<void(std::error_code, listed_offset)>;

    list_offsets_operation(const client_core& core, const timed_position& at, const list_offsets_options& options,
                           completion_type done);
    /// For another operation's use: the answer goes to `out`, what it ends with is run()'s result.
    list_offsets_operation(topic_key topic, std::int32_t partition, std::int64_t timestamp, isolation_level isolation,
                           steady_time deadline, listed_offset& out);

    void fail(failure why) override;
    template <class Cancel>
    void on_cancel(Cancel cancel)
    {
        done_.on_cancel(std::move(cancel));
    }

protected:
    api key() const noexcept override { return api::list_offsets; }
    bool is_safe() const noexcept override { return true; }
    failure encode(api_version version, const leader_place& place, outgoing_request& out) override;
    verdict judge(client_core& core, const peer_reference& by, const leader_place& place,
                  response_frame frame) override;

private:
    std::int64_t timestamp_;
    isolation_level isolation_;
    completion_type done_;
    listed_offset* out_ = nullptr;
};

/// A straight fetch: one partition, without a fetch session.
class fetch_operation final : public partition_operation {
public:
    using completion_type = completion<void(std::error_code, fetched)>;

    fetch_operation(const client_core& core, const fetch_position& from, const fetch_options& options,
                    completion_type done);

    asio::awaitable<failure> run(client_core& core) override;
    void fail(failure why) override { done_.fail(why.ec, std::move(why.about)); }
    template <class Cancel>
    void on_cancel(Cancel cancel)
    {
        done_.on_cancel(std::move(cancel));
    }

protected:
    api key() const noexcept override { return api::fetch; }
    bool allow_creation() const noexcept override { return options_.allow_auto_topic_creation; }
    bool is_safe() const noexcept override { return true; }
    request_options limits(const leader_place& place) const override;
    std::chrono::milliseconds attempt_timeout(const client_core& core) const override;
    failure encode(api_version version, const leader_place& place, outgoing_request& out) override;
    verdict judge(client_core& core, const peer_reference& by, const leader_place& place,
                  response_frame frame) override;

private:
    asio::awaitable<failure> ask_offset(client_core& core, std::int64_t timestamp, std::int64_t& offset);
    verdict judge_error(client_core& core, const leader_place& place, const fetch_response& response,
                        const fetched::partition_answer& answer, diagnostics about);

    std::int64_t offset_;
    fetch_options options_;
    completion_type done_;
};

} // namespace odradek::detail
