// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/endpoint_filter.hpp>
#include <odradek/protocol/error.hpp>

#include <exception>

namespace odradek {
namespace {

class filtered_factory final : public socket_factory {
public:
    filtered_factory(std::shared_ptr<socket_factory> inner, endpoint_filter filter)
        : inner_(std::move(inner)), filter_(std::move(filter))
    {}

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        std::error_code ec;
        std::string why;
        if (to.node_id >= 0) {
            try {
                why = filter_(to.broker, to.node_id);
                if (!why.empty()) ec = errc::endpoint_refused;
            } catch (const std::exception& e) {
                ec = errc::callback_failed;
                why = std::string{"the endpoint filter threw: "} + e.what();
            } catch (...) {
                ec = errc::callback_failed;
                why = "the endpoint filter threw";
            }
        }
        if (!ec) return inner_->connect(std::move(to), std::move(done));
        const char* what = ec == errc::endpoint_refused ? " is refused by the endpoint filter: " : ": ";
        diagnostics about{"node " + std::to_string(to.node_id) + " at " + to_string(to.broker) + what + why};
        about.set_peer(to.broker, to.node_id);
        done.fail(ec, std::move(about));
    }

private:
    std::shared_ptr<socket_factory> inner_;
    endpoint_filter filter_;
};

} // namespace

std::shared_ptr<socket_factory> make_filtered_factory(std::shared_ptr<socket_factory> inner, endpoint_filter filter)
{
    return std::make_shared<filtered_factory>(std::move(inner), std::move(filter));
}

} // namespace odradek
