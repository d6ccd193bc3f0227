// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/request_operation.hpp>

namespace odradek::detail {

request_operation::request_operation(const client_core& core, const target& to, const request_options& options,
                                     std::unique_ptr<user_call> call)
    : to_(to), options_(options), call_(std::move(call))
{
    deadline = deadline_after(core.now(), options.timeout.value_or(core.options().default_api_timeout));
    if (auto* leader = std::get_if<leader_of>(&to_)) {
        text_ = leader->topic;
        leader->topic = text_;
    } else if (auto* wanted = std::get_if<coordinator>(&to_)) {
        text_ = wanted->key;
        wanted->key = text_;
    }
}

asio::awaitable<failure> request_operation::run(client_core& core)
{
    request_call& call = call_->call();
    if (const auto* broker = std::get_if<broker_id>(&to_); broker != nullptr && broker->id < 0)
        co_return failure{errc::invalid_argument, diagnostics{std::string{call.name()} + " needs a target"}};
    failure why = co_await core.exchange(*this, call, to_, options_);
    if (!why) call_->succeed();
    co_return why;
}

namespace {

using asked_topic = metadata_request::metadata_request_topic;

std::vector<asked_topic> asked(std::span<const std::string> topics)
{
    std::vector<asked_topic> result;
    for (const std::string& name : topics) result.push_back({.topic_id = {}, .name = name});
    return result;
}

metadata_request request_for(const std::vector<asked_topic>& topics, bool allow_creation)
{
    metadata_request request;
    if (topics.empty())
        request.topics = nullptr;
    else
        request.topics = list<asked_topic>{topics};
    request.allow_auto_topic_creation = allow_creation;
    return request;
}

} // namespace

metadata_operation::metadata_operation(const client_core& core, std::span<const std::string> topics,
                                       const metadata_options& options, completion_type done)
    : topics_(asked(topics)), request_(request_for(topics_, options.allow_auto_topic_creation)), call_(request_),
      done_(std::move(done))
{
    deadline = deadline_after(core.now(), options.timeout.value_or(core.options().default_api_timeout));
}

asio::awaitable<failure> metadata_operation::run(client_core& core)
{
    failure why = co_await core.exchange(*this, call_, any_broker, {});
    if (why) co_return why;
    const metadata_response& answer = call_.answer();
    if (answer.error_code != broker_errc::none)
        co_return failure{answer.error_code, diagnostics{"metadata was refused"}};
    auto picture = std::make_shared<cluster>();
    picture->apply_all(answer, core.now(), call_.version());
    done_.succeed(std::move(picture));
    co_return failure{};
}

} // namespace odradek::detail
