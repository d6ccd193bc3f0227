// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/resolver.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <netdb.h>
#include <string>
#include <sys/socket.h>
#include <sys/types.h>
#include <utility>

namespace odradek {
namespace {

using outcome = blocking_outcome<std::vector<endpoint>>;

std::error_code to_error_code(int code, int system_error)
{
    switch (code) {
    case EAI_AGAIN: return asio::error::host_not_found_try_again;
    case EAI_MEMORY: return std::make_error_code(std::errc::not_enough_memory);
    case EAI_SYSTEM: return {system_error, std::system_category()};
    case EAI_NONAME: return errc::host_not_found;
    default: return errc::no_address;
    }
}

// The system's answer in the system's order (RFC 6724). With numeric_only it asks nobody and returns at once.
outcome look_up(const endpoint& name, bool numeric_only)
{
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = numeric_only ? AI_NUMERICHOST : AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(name.host.c_str(), nullptr, &hints, &list);
    const int system_error = errno;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);

    outcome found;
    if (code == 0) {
        for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
            std::array<char, NI_MAXHOST> numeric{};
            if (::getnameinfo(one->ai_addr, one->ai_addrlen, numeric.data(), static_cast<socklen_t>(numeric.size()),
                              nullptr, 0, NI_NUMERICHOST) != 0)
                continue;
            endpoint address{numeric.data(), name.port};
            if (std::find(found.result.begin(), found.result.end(), address) == found.result.end())
                found.result.push_back(std::move(address));
        }
    }
    if (found.result.empty()) {
        found.ec = code == 0 ? make_error_code(errc::no_address) : to_error_code(code, system_error);
        found.about = diagnostics("cannot resolve host " + name.host + ": " +
                                  (code == 0 ? found.ec.message() : std::string(::gai_strerror(code))));
        found.about.set_peer(name);
    }
    return found;
}

class system_resolver final : public resolver {
public:
    explicit system_resolver(std::shared_ptr<blocking_executor> where) : where_(std::move(where)) {}

    void resolve(const asio::any_io_executor& executor, endpoint name,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        if (auto numeric = look_up(name, true); !numeric.ec) {
            done.succeed(std::move(numeric.result));
            return;
        }
        run_blocking<std::vector<endpoint>>(
            *where_, executor, [name = std::move(name)] { return look_up(name, false); }, std::move(done));
    }

private:
    std::shared_ptr<blocking_executor> where_;
};

} // namespace

std::shared_ptr<resolver> make_system_resolver(std::shared_ptr<blocking_executor> where)
{
    return std::make_shared<system_resolver>(std::move(where));
}

} // namespace odradek
