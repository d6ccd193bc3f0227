// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client.hpp>
#include <odradek/client/core.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace odradek::detail {

/// Any request of the user's.
class request_operation final : public operation {
public:
    request_operation(const client_core& core, const target& to, const request_options& options,
                      std::unique_ptr<user_call> call);

    asio::awaitable<failure> run(client_core& core) override;
    void fail(failure why) override { call_->fail(why.ec, std::move(why.about)); }
    template <class Cancel>
    void on_cancel(Cancel cancel)
    {
        call_->on_cancel(std::move(cancel));
    }

private:
    std::string text_; // what the target's view refers to
    target to_;
    request_options options_;
    std::unique_ptr<user_call> call_;
};

/// A fresh picture of the cluster for the user.
class metadata_operation final : public operation {
public:
    using completion_type = completion<void(std::error_code, cluster_snapshot)>;

    metadata_operation(const client_core& core, std::span<const std::string> topics, const metadata_options& options,
                       completion_type done);

    asio::awaitable<failure> run(client_core& core) override;
    void fail(failure why) override { done_.fail(why.ec, std::move(why.about)); }
    template <class Cancel>
    void on_cancel(Cancel cancel)
    {
        done_.on_cancel(std::move(cancel));
    }

private:
    std::vector<metadata_request::metadata_request_topic> topics_;
    metadata_request request_;
    typed_call<metadata_request> call_;
    completion_type done_;
};

} // namespace odradek::detail
