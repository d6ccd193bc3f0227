// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/sasl_options.hpp>
#include <odradek/broker/releases.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <tests/simulation/faults.hpp>
#include <tests/simulation/workload.hpp>

namespace odradek::test {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view right_password = "right-of-the-door";
constexpr std::string_view wrong_password = "left-of-the-door";

constexpr std::array declared{
    std::string_view{"send ended: well"},
    std::string_view{"send ended: The answer was lost"},
    std::string_view{"send ended: The broker refused the authentication"},
    std::string_view{"fetch ended: well"},
    std::string_view{"auth: renewed a session"},
    std::string_view{"auth: a broker before 1.0"},
    std::string_view{"auth: without sessions that end"},
    std::string_view{"network: connection reset"},
};

sasl_options made_of(std::string_view mechanism, std::string_view password)
{
    if (mechanism == "PLAIN") return plain{.username = "alice", .password = password};
    if (mechanism == "SCRAM-SHA-256") return scram_sha_256{.username = "alice", .password = password};
    return scram_sha_512{.username = "alice", .password = password};
}

/// Clients that have to authenticate, with sessions that end every few seconds, under faults that strike the authentication above all:
/// errors, slow answers, and connections that are cut at any byte of it.
class authenticating final : public scenario {
public:
    explicit authenticating(stage& on) : on_(on)
    {
        partitions_ = static_cast<std::int32_t>(stage::between(on_.draw_options, 1, 3));
        broker::new_topic made{
            .name = "letters",
            .partitions = partitions_,
            .replication_factor = 3,
            .config = {{"retention.ms", "-1"}, {"message.timestamp.after.max.ms", "9223372036854775807"}}};
        (void)on_.world.core().cluster().create(made);
        static constexpr std::array mechanisms{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
        mechanism_ = mechanisms[static_cast<std::size_t>(on_.draw_options.below(mechanisms.size()))];
        producer_ = make("producer", stage::chance(on_.draw_options, 0.3) ? wrong_password : right_password);
        consumer_ = make("consumer", right_password);
        last_ = make("last", right_password);
    }

    std::vector<action> faults() override
    {
        std::vector<action> all = network_faults(on_);
        append(all, request_faults(on_, {api::sasl_handshake, api::sasl_authenticate, api::sasl_authenticate,
                                         api::api_versions, api::produce, api::fetch, api::metadata}));
        append(all, cluster_faults(on_));
        all.push_back(
            {"cut at a byte", 8, 1s, 20s, [this](random_source& random) -> undo { return cut_at_a_byte(random); }});
        all.push_back({"wrong password", 2, 1s, 8s, [this](random_source&) -> undo {
                           set_password(wrong_password);
                           return [this] { set_password(right_password); };
                       }});
        all.push_back({"same password again", 2, 0ms, 0ms, [this](random_source&) -> undo {
                           set_password(right_password);
                           return {};
                       }});
        return all;
    }

    std::vector<action> work() override
    {
        return {
            {"send", 20, 0ms, 0ms,
             [this](random_source& random) {
                 producer_->send("letters", partition(random), random);
                 return undo{};
             }},
            {"send several at once", 5, 0ms, 0ms,
             [this](random_source& random) {
                 for (std::uint64_t left = 2 + random.below(4); left > 0; --left)
                     producer_->send("letters", partition(random), random);
                 return undo{};
             }},
        };
    }
    [[nodiscard]] std::size_t fault_count() const override { return 45; }

    void start() override
    {
        if (on_.world.core().as().name == "0.11") on_.world.hit("auth: a broker before 1.0");
        if (on_.world.core().as().name == "2.1") on_.world.hit("auth: without sessions that end");
        for (std::int32_t p = 0; p < partitions_; ++p) read(*consumer_, p, false);
        on_.world.after(stage::between(on_.random, 10ms, 5s), [this] { set_password(right_password); });
    }

    void on_healed() override
    {
        for (std::int32_t p = 0; p < partitions_; ++p)
            for (const auto later : {1s, 5s, 20s})
                on_.world.after(later, [this, p] { producer_->send_plainly("letters", p); });
        on_.world.after(30s, [this] {
            for (const auto& one : readers_) one->stop();
            for (std::int32_t p = 0; p < partitions_; ++p) read(*last_, p, true);
        });
    }

    void on_finished() override
    {
        for (const auto& one : readers_) one->stop();
    }

    void close() override
    {
        for (const auto& one : {producer_.get(), consumer_.get(), last_.get()}) (*one)->stop();
    }

    void check(std::vector<finding>& out) override
    {
        for (const auto& one : readers_)
            if (!one->is_finished()) out.push_back({anomaly::not_recovered, "a reader does not get to the end"});
        if (!leak_.empty()) out.push_back({anomaly::phantom, "a password was logged: " + leak_});
    }

private:
    std::unique_ptr<simulated_client> make(const std::string& id, std::string_view password)
    {
        auto made = std::make_unique<simulated_client>(on_, id, [this, password](client_options& o) {
            o.security = plaintext{};
            o.sasl = made_of(mechanism_, password);
        });
        (*made)->on_log([this](log_level, std::string_view where, std::string_view text) { hear(where, text); },
                        log_level::debug);
        return made;
    }

    void hear(std::string_view where, std::string_view text)
    {
        if (text.starts_with("renewed the session")) on_.world.hit("auth: renewed a session");
        if (text.find("of-the-door") != std::string_view::npos) leak_ = text;
        on_.world.note("client " + std::string(where) + ": " + std::string(text));
    }

    std::int32_t partition(random_source& random) const
    {
        return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(partitions_)));
    }

    void set_password(std::string_view password)
    {
        (void)(*producer_)->set_credentials(made_of(mechanism_, password));
        on_.world.network().cut({});
        on_.world.run_brokers();
    }

    // Versions, the mechanism's name and its messages are some hundred bytes; a little more, and the first request is under way.
    undo cut_at_a_byte(random_source& random)
    {
        const auto draw = std::make_shared<random_source>(random.next());
        on_.world.network().cut_after = [draw]() -> std::optional<std::uint64_t> {
            if (draw->below(4) == 0) return std::nullopt;
            return draw->below(1'500);
        };
        on_.world.network().cut({});
        on_.world.run_brokers();
        return [this] {
            on_.world.network().cut_after = nullptr;
            on_.world.network().cut({}); // those that would still be cut
            on_.world.run_brokers();
        };
    }

    void read(simulated_client& by, std::int32_t p, bool until_end)
    {
        const std::uint64_t number = readers_.size() + 1;
        readers_.push_back(
            std::make_shared<partition_reader>(on_, by, number, "letters", p, on_.world.seed_for(5000 + number)));
        readers_.back()->start(until_end);
    }

    stage& on_;
    std::int32_t partitions_ = 1;
    std::string mechanism_;
    std::string leak_;
    std::unique_ptr<simulated_client> producer_;
    std::unique_ptr<simulated_client> consumer_;
    std::unique_ptr<simulated_client> last_;
    std::vector<std::shared_ptr<partition_reader>> readers_;
};

simulated_world_options world_of(random_source& random)
{
    simulated_world_options how;
    how.sasl_mechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
    how.authentication.users.emplace("alice", right_password);
    const double drawn = random.uniform();
    // From less than what a connection that is cut needs to come back, to more than it is used for.
    const auto lifetime = stage::between(random, 1s, 40s);
    if (drawn < 0.15)
        how.as = *broker::find_release("0.11");
    else if (drawn < 0.25)
        how.as = *broker::find_release("2.1");
    else
        how.authentication.session_lifetime = lifetime; // brokers have that since 2.2
    return how;
}

} // namespace

scenario_info auth_scenario()
{
    return {"auth", world_of, [](stage& on) { return std::make_unique<authenticating>(on); }, declared};
}

} // namespace odradek::test
