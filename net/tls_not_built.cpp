// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls.hpp>
#include <odradek/net/tls_check.hpp>

#include <string>
#include <utility>

// What there is of TLS in a build without OpenSSL: an error that names the option.
namespace odradek {
namespace {

constexpr std::string_view words = "TLS is not in this build of the library: it needs ODRADEK_WITH_OPENSSL";

class missing_factory final : public socket_factory {
public:
    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        diagnostics about{std::string(words)};
        about.set_peer(to.broker, to.node_id);
        done.fail(errc::not_built_in, std::move(about));
    }
};

class missing_listener_factory final : public listener_factory {
public:
    [[nodiscard]] std::unique_ptr<listener> listen(const listen_request&, std::error_code& error) override
    {
        error = errc::not_built_in;
        return nullptr;
    }
};

} // namespace

refused_tls_list check_tls_lists(const tls&)
{
    return {};
}

std::shared_ptr<socket_factory> make_tls_factory(std::shared_ptr<socket_factory>, tls, tls_surroundings)
{
    return std::make_shared<missing_factory>();
}

std::shared_ptr<listener_factory> make_tls_listener_factory(std::shared_ptr<listener_factory>, tls_server,
                                                            std::shared_ptr<class clock>, std::shared_ptr<logger> log)
{
    if (log) log->write(log_level::error, "tls", words);
    return std::make_shared<missing_listener_factory>();
}

} // namespace odradek
