// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/net/resolver_lookup.hpp>
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

using outcome = detail::shared_lookups::outcome;
using kind = detail::shared_lookups::kind;

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

std::string name_of(const addrinfo& one, int flags)
{
    std::array<char, NI_MAXHOST> host{};
    const int code =
        ::getnameinfo(one.ai_addr, one.ai_addrlen, host.data(), static_cast<socklen_t>(host.size()), nullptr, 0, flags);
    return code == 0 ? host.data() : "";
}

// Whoever serves the reverse zone chooses this name: it has to be one.
std::string canonical_name_of(const addrinfo& one)
{
    std::string host = name_of(one, NI_NAMEREQD);
    const auto parsed = parse_endpoint(host);
    return parsed && parsed->host == host ? host : "";
}

// The system's answer in the system's order (RFC 6724). With AI_NUMERICHOST it asks nobody and returns at once.
outcome look_up(const endpoint& name, int flags, kind what)
{
    if (!is_host(name.host)) {
        outcome wrong;
        wrong.ec = errc::host_not_found;
        wrong.about = diagnostics("no host has the name " + quoted_line(name.host));
        return wrong;
    }
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = flags;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(name.host.c_str(), nullptr, &hints, &list);
    const int system_error = errno;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, &::freeaddrinfo);

    outcome found;
    if (code == 0) {
        for (const addrinfo* one = list; one != nullptr; one = one->ai_next) {
            std::string host = what == kind::canonical_names ? canonical_name_of(*one) : std::string{};
            if (host.empty()) host = name_of(*one, NI_NUMERICHOST);
            if (host.empty()) continue;
            endpoint address{std::move(host), name.port};
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
    explicit system_resolver(std::shared_ptr<blocking_executor> where)
        : lookups_(detail::shared_lookups::make(std::move(where), [](const std::string& host, kind what) {
              return look_up({host, 0}, AI_ADDRCONFIG, what);
          }))
    {}

    void resolve(const asio::any_io_executor& executor, endpoint name,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        if (auto numeric = look_up(name, AI_NUMERICHOST, kind::addresses); !numeric.ec)
            return done.succeed(std::move(numeric.result));
        lookups_->want(executor, name, kind::addresses, std::move(done));
    }

    void canonical_names(const asio::any_io_executor& executor, endpoint name,
                         completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        lookups_->want(executor, name, kind::canonical_names, std::move(done));
    }

private:
    std::shared_ptr<detail::shared_lookups> lookups_;
};

} // namespace

void resolver::canonical_names(const asio::any_io_executor&, endpoint name,
                               completion<void(std::error_code, std::vector<endpoint>)> done)
{
    done.succeed({std::move(name)});
}

std::shared_ptr<resolver> make_system_resolver(std::shared_ptr<blocking_executor> where)
{
    return std::make_shared<system_resolver>(std::move(where));
}

} // namespace odradek
