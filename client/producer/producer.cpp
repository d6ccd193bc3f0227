// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>
#include <odradek/client/producer/producer_core.hpp>

#include <utility>

namespace odradek {

producer::producer(client& with, producer_options options)
    : core_(detail::producer_core::make(detail::core_of(with), std::move(options)))
{}

producer& producer::operator=(producer&& other) noexcept
{
    if (this != &other) {
        if (core_) core_->stop();
        core_ = std::move(other.core_);
    }
    return *this;
}

producer::~producer()
{
    if (core_) core_->stop();
}

asio::any_io_executor producer::get_executor() const
{
    return core_->get_executor();
}

topic_handle producer::topic(std::string_view name)
{
    detail::topic_queue* const found = core_->records().topic(name);
    return found != nullptr ? topic_handle{found} : topic_handle{core_->records().refused_name(name)};
}

std::error_code producer::try_append(detail::topic_queue* topic, const record& what, const send_options* how,
                                     delivery_callback done)
{
    return core_->append(topic, what, how, done);
}

std::string producer::explain(std::error_code why, const record& what, const send_options& how) const
{
    return describe(why, diagnostics{core_->explain(why, what, how)});
}

std::string producer::explain(std::error_code why, topic_handle topic, const record& what,
                              const send_options& how) const
{
    record named = what;
    if (topic.topic_ != nullptr)
        named.topic = topic.topic_->name;
    else if (topic.refused_ != nullptr)
        named.topic = *topic.refused_;
    else
        return describe(why, diagnostics{"the topic_handle was made without a producer and stands for no topic"});
    return explain(why, named, how);
}

void producer::purge(purge_options what)
{
    core_->purge(what);
}

void producer::on_delivery(std::function<void(const delivered_batch&)> handler)
{
    core_->on_delivery(std::move(handler));
}

event_remover producer::on_event(event_listener listener)
{
    return core_->client().events().add(std::move(listener), core_.get());
}

producer_metrics producer::metrics() const
{
    return core_->metrics();
}

void producer::start_send(const core_pointer& core, const record& what, const send_options& how, one_completion done)
{
    core->send(what, how, std::move(done));
}

void producer::start_send_many(const core_pointer& core, std::span<const topic_messages> what, const send_options& how,
                               many_completion done)
{
    core->send_many(what, how, std::move(done));
}

void producer::start_flush(const core_pointer& core, completion<void(std::error_code)> done)
{
    core->flush(std::move(done));
}

void producer::start_ready(const core_pointer& core, completion<void(std::error_code)> done)
{
    core->ready(std::move(done));
}

void producer::start_close(const core_pointer& core, std::chrono::milliseconds longest,
                           completion<void(std::error_code)> done)
{
    core->close(longest, std::move(done));
}

} // namespace odradek
