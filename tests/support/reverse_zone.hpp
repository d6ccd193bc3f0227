// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/resolver.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>

#include <map>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek::test {

/// A resolver that knows some names in reverse, and no address. Hosts that begin with "silent" are never answered about.
class reverse_zone final : public resolver {
public:
    std::map<std::string, std::vector<std::string>> names;

    void resolve(const asio::any_io_executor&, endpoint,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        done.fail(errc::no_address);
    }
    void canonical_names(const asio::any_io_executor&, endpoint name,
                         completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        if (name.host.starts_with("silent")) {
            waiting_ = std::move(done);
            waiting_.on_cancel([this] { std::exchange(waiting_, {}).fail(asio::error::operation_aborted); });
            return;
        }
        const auto known = names.find(name.host);
        if (known == names.end()) return done.fail(errc::host_not_found, diagnostics("there is no " + name.host));
        std::vector<endpoint> found;
        for (const std::string& one : known->second) found.push_back({one, name.port});
        done.succeed(std::move(found));
    }

private:
    completion<void(std::error_code, std::vector<endpoint>)> waiting_;
};

} // namespace odradek::test
