// SPDX-License-Identifier: Apache-2.0
#include <tests/support/simulated_cluster.hpp>
#include <utility>

namespace odradek::test {

simulated_cluster::simulated_cluster(std::shared_ptr<stream_world> world, broker::core::options how)
    : world_(std::move(world)), core_(std::move(how))
{}

bool simulated_cluster::accept(const std::shared_ptr<simulated_stream>& stream)
{
    const auto id = core_.open(stream->node);
    if (!id) return false;
    sessions_.emplace(*id, session{.stream = stream});
    stream->on_broker_readable = [this, id = *id] { on_readable(id); };
    return true;
}

broker::moment simulated_cluster::now() const
{
    const auto wall = world_->time->wall_now().time_since_epoch();
    return {world_->time->now().time_since_epoch(),
            std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()};
}

void simulated_cluster::run()
{
    if (std::exchange(running_, true)) return;
    for (auto actions = core_.take_actions(); !actions.empty(); actions = core_.take_actions())
        for (broker::action& one : actions) carry_out(std::move(one));
    running_ = false;
    arm();
}

void simulated_cluster::on_readable(broker::connection_id which)
{
    feed(which);
    run();
}

void simulated_cluster::feed(broker::connection_id which)
{
    const auto found = sessions_.find(which);
    if (found == sessions_.end()) return;
    session& from = found->second;
    for (frame request; !from.busy;) {
        if (const bytes_view bytes = from.stream->broker_peek(); !bytes.empty()) {
            from.splitter.append(bytes);
            from.stream->broker_take(bytes.size());
        }
        from.splitter.set_limits(core_.intake_of(which, frame_limits::after_authentication).frames);
        if (!from.splitter.next(request)) break;
        from.busy = true;
        from.since = world_->time->now();
        ++requests_;
        core_.receive(which, std::move(request), now());
    }
    if (from.splitter.error() || (from.stream->broker_sees_end() && from.stream->broker_peek().empty())) drop(which);
}

void simulated_cluster::carry_out(broker::action what)
{
    const auto found = sessions_.find(what.to);
    if (found == sessions_.end()) return;
    if (what.bytes.size() != 0) found->second.stream->broker_write(what.bytes.segments());
    if (what.what == broker::action::kind::close) return drop(what.to);
    found->second.busy = false;
    feed(what.to);
}

void simulated_cluster::drop(broker::connection_id which)
{
    auto session = sessions_.extract(which);
    if (session.empty()) return;
    session.mapped().stream->on_broker_readable = nullptr;
    session.mapped().stream->broker_close();
    core_.closed(which);
}

std::size_t simulated_cluster::close_idle()
{
    std::vector<broker::connection_id> idle;
    for (const auto& [id, one] : sessions_)
        if (!one.busy) idle.push_back(id);
    for (const broker::connection_id one : idle) drop(one);
    return idle.size();
}

std::size_t simulated_cluster::close_stuck(std::chrono::milliseconds longer_than)
{
    std::vector<broker::connection_id> stuck;
    for (const auto& [id, one] : sessions_)
        if (one.busy && world_->time->now() - one.since > longer_than) stuck.push_back(id);
    for (const broker::connection_id one : stuck) drop(one);
    return stuck.size();
}

void simulated_cluster::arm()
{
    const auto next = core_.wake_at();
    if (!next || (armed_ && *armed_ <= next->steady)) return;
    armed_ = next->steady;
    world_->time->schedule(steady_time{std::chrono::duration_cast<steady_time::duration>(next->steady)},
                           [this, at = next->steady] {
                               if (armed_ != at) return;
                               armed_.reset();
                               core_.wake(now());
                               run();
                           });
}

} // namespace odradek::test
