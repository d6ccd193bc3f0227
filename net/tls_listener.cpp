// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls.hpp>
#include <odradek/net/tls_context.hpp>
#include <odradek/net/tls_transport.hpp>

#include <utility>

namespace odradek {
namespace {

// What the listeners of a factory share.
struct listening_parts {
    std::shared_ptr<listener_factory> inner;
    std::shared_ptr<class clock> time;
    std::shared_ptr<logger> log;
    tls_context context;

    listening_parts(std::shared_ptr<listener_factory> below, tls_server options, std::shared_ptr<class clock> now,
                    std::shared_ptr<logger> to)
        : inner(std::move(below)), time(std::move(now)), log(std::move(to)), context(std::move(options))
    {}

    // In place: a server's files are few, and its thread is its own.
    [[nodiscard]] std::error_code refresh()
    {
        if (!context.is_due(time->now())) return {};
        const tls_context::outcome found = context.refresh(time->now());
        if (log && !found.warning.empty()) log->write(log_level::warning, "tls", found.warning);
        if (log && found.ec) log->write(log_level::error, "tls", describe(found.ec, found.about));
        return found.ec;
    }
};

class tls_listener final : public listener {
public:
    tls_listener(std::unique_ptr<listener> inner, std::shared_ptr<listening_parts> parts,
                 asio::any_io_executor executor)
        : inner_(std::move(inner)), parts_(std::move(parts)), executor_(std::move(executor))
    {}

    [[nodiscard]] endpoint where() const override { return inner_->where(); }

    void accept(completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        auto wrap = [parts = parts_, executor = executor_,
                     done = std::move(done)](std::error_code ec, std::unique_ptr<transport> accepted) mutable {
            if (ec) return done.fail(ec);
            (void)parts->refresh();
            tls_engine::options how;
            how.is_server = true;
            how.client_auth = parts->context.server_options()->client_auth;
            done.succeed(std::make_unique<tls_transport>(std::move(accepted), executor,
                                                         parts->context.current().context.get(), std::move(how)));
        };
        inner_->accept({std::move(wrap), executor_});
    }

    void stop() noexcept override { inner_->stop(); }

private:
    std::unique_ptr<listener> inner_;
    std::shared_ptr<listening_parts> parts_;
    asio::any_io_executor executor_;
};

class tls_listener_factory final : public listener_factory {
public:
    explicit tls_listener_factory(std::shared_ptr<listening_parts> parts) : parts_(std::move(parts)) {}

    [[nodiscard]] std::unique_ptr<listener> listen(const listen_request& request, std::error_code& error) override
    {
        error = parts_->refresh();
        if (error) return nullptr;
        auto inner = parts_->inner->listen(request, error);
        if (!inner) return nullptr;
        return std::make_unique<tls_listener>(std::move(inner), parts_, request.executor);
    }

private:
    std::shared_ptr<listening_parts> parts_;
};

} // namespace

std::shared_ptr<listener_factory> make_tls_listener_factory(std::shared_ptr<listener_factory> inner, tls_server options,
                                                            std::shared_ptr<class clock> time,
                                                            std::shared_ptr<logger> log)
{
    return std::make_shared<tls_listener_factory>(
        std::make_shared<listening_parts>(std::move(inner), std::move(options), std::move(time), std::move(log)));
}

} // namespace odradek
