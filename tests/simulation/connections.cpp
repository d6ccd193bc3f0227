// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <array>
#include <tests/simulation/faults.hpp>
#include <tests/simulation/workload.hpp>

namespace odradek::test {
namespace {

using namespace std::chrono_literals;

constexpr std::array declared{
    std::string_view{"request ended: well"},           std::string_view{"network: connected"},
    std::string_view{"network: connection refused"},   std::string_view{"network: connection reset"},
    std::string_view{"network: connect timed out"},    std::string_view{"network: connection died silently"},
    std::string_view{"network: closed by the broker"}, std::string_view{"network: closed by the client"},
    std::string_view{"network: no name server"},
};

/// Connections are made, refused, cut, closed when idle and made again; ApiVersions goes wrong; answers are garbage. Each request asks
/// for something of its own, so that an answer to another one would be noticed.
class connections final : public scenario {
public:
    explicit connections(stage& on) : on_(on) { on_.story.on_vanishing(); } // brokers

    std::vector<action> faults() override
    {
        std::vector<action> all = network_faults(on_);
        append(all, network_faults(on_)); // twice as often as the others
        append(all, request_faults(on_, {api::metadata, api::api_versions, api::api_versions}));
        all.push_back({"broker restarts", 3, 100ms, 30s, [this](random_source& random) -> undo {
                           const std::int32_t node = random_node(on_, random);
                           on_.world.core().set_up(node, false);
                           on_.world.run_brokers();
                           return [this, node] { on_.world.core().set_up(node, true); };
                       }});
        all.push_back({"close idle", 6, 0ms, 0ms, [this](random_source&) {
                           on_.world.close_idle();
                           return undo{};
                       }});
        all.push_back({"refuse ApiVersions", 3, 100ms, 20s, [this](random_source& random) {
                           broker::fault one{.key = api::api_versions, .times = 1 + random.below(4)};
                           one.name = "refuse ApiVersions";
                           one.effect.error = broker_errc::unsupported_version;
                           const auto id = on_.world.core().faults().add(std::move(one));
                           return undo{[this, id] { on_.world.core().faults().remove(id); }};
                       }});
        return all;
    }

    std::vector<action> work() override
    {
        return {
            {"ask any broker", 10, 0ms, 0ms,
             [this](random_source&) {
                 request(any_broker);
                 return undo{};
             }},
            {"ask one broker", 10, 0ms, 0ms,
             [this](random_source& random) {
                 request(broker_id{random_node(on_, random)});
                 return undo{};
             }},
            {"ask many times at once", 2, 0ms, 0ms,
             [this](random_source& random) {
                 for (std::uint64_t left = 2 + random.below(10); left > 0; --left)
                     request(broker_id{random_node(on_, random)});
                 return undo{};
             }},
        };
    }
    [[nodiscard]] std::size_t work_count() const override { return 250; }

    void start() override { request(any_broker); }

    void on_healed() override
    {
        for (const auto later : {1s, 25s})
            on_.world.after(later, [this] {
                request(any_broker);
                for (const broker::node& one : on_.world.core().cluster().nodes()) request(broker_id{one.id});
            });
    }

    void close() override { client_->stop(); }

    void check(std::vector<finding>& out) override
    {
        for (std::string& text : wrong_) out.push_back({anomaly::inconsistent_offsets, std::move(text)});
    }

private:
    void request(const target& to)
    {
        request_options how;
        how.timeout = 30s;
        const auto name = std::make_shared<std::string>("topic-" + std::to_string(on_.next_value++));
        const metadata_request::metadata_request_topic topics[] = {{.name = std::string_view{*name}}};
        metadata_request wanted;
        wanted.topics = list<metadata_request::metadata_request_topic>{topics};
        const auto operation =
            on_.story.begin("request about " + *name, on_.world.now(), on_.world.now() + *how.timeout);
        client_->async_request(to, wanted, how,
                               [this, operation, name](std::error_code ec, const response<metadata_response>& answer) {
                                   on_.end(operation, "request", ec);
                                   if (ec) return;
                                   const auto& said = answer->topics;
                                   if (answer->error_code == broker_errc::none &&
                                       (said.size() != 1 || said.begin()->name.value_or("") != *name))
                                       wrong_.push_back("the answer about " + *name + " is about something else");
                               });
    }

    stage& on_;
    simulated_client client_{on_, "walker"};
    std::vector<std::string> wrong_;
};

} // namespace

scenario_info connections_scenario()
{
    return {"connections",
            [](random_source& random) {
                static constexpr std::array releases{"0.11", "1.0", "2.0", "2.8", "3.0", "3.9", "4.0"};
                simulated_world_options how;
                how.brokers = static_cast<std::int32_t>(stage::between(random, 1, 4));
                how.auto_create_topics = false;
                if (stage::chance(random, 0.5))
                    how.as = *broker::find_release(releases[static_cast<std::size_t>(random.below(releases.size()))]);
                return how;
            },
            [](stage& on) { return std::make_unique<connections>(on); }, declared};
}

} // namespace odradek::test
