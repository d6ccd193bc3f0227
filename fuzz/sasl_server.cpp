// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/auth/plain_server.hpp>
#include <odradek/auth/scram_server.hpp>

#include <memory>
#include <string>
#include <variant>

// A client that tells a server's mechanism anything.
// Input: a byte that chooses (0 PLAIN, 1 SCRAM-SHA-256, 2 SCRAM-SHA-512; 4 more with the password that the seeds were not made
// for), then the client's messages, each with two bytes of length before it.

using namespace odradek;

namespace {

constexpr std::string_view right = "pencil/!";
constexpr std::string_view wrong = "cadenza!";

// Derived once, since that takes a while.
const scram_credentials& credentials(scram_hash hash, bool is_wrong)
{
    static const auto make = [](scram_hash h, std::string_view password) {
        return make_scram_credentials(h, secret{password}, "salt of a user", 4096);
    };
    static const scram_credentials all[2][2] = {
        {make(scram_hash::sha_256, right), make(scram_hash::sha_256, wrong)},
        {make(scram_hash::sha_512, right), make(scram_hash::sha_512, wrong)},
    };
    return all[hash == scram_hash::sha_256 ? 0 : 1][is_wrong ? 1 : 0];
}

std::unique_ptr<server_mechanism> make_server(std::size_t kind, bool is_wrong)
{
    if (kind == 0)
        return std::make_unique<plain_server>([is_wrong](std::string_view name) -> std::optional<secret> {
            if (name != "user") return std::nullopt;
            return secret{is_wrong ? wrong : right};
        });
    const scram_hash hash = kind == 1 ? scram_hash::sha_256 : scram_hash::sha_512;
    return std::make_unique<scram_server>(
        hash,
        [hash, is_wrong](std::string_view name, bool) -> std::optional<scram_credentials> {
            if (name != "user") return std::nullopt;
            return credentials(hash, is_wrong);
        },
        "servers+nonce");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const std::size_t choices = input.byte();
    const bool is_wrong = (choices & 4U) != 0;
    const std::size_t kind = (choices & 3U) % 3;
    const auto server = make_server(kind, is_wrong);
    for (int steps = 0;; ++steps) {
        const bytes_view message = input.piece(input.number<std::uint16_t>());
        server->on_response(message);
        auto action = server->next();
        if (auto* sent = std::get_if<server_mechanism::send>(&action)) {
            require(steps == 0 && kind != 0, "there is one answer before the verdict, and none with PLAIN");
            touch(sent->bytes.bytes());
        } else if (auto* done = std::get_if<server_mechanism::done>(&action)) {
            require(done->principal == "user", "there is only one user");
            require(kind == 0 || !is_wrong, "nobody proves to know a password by accident");
            require(kind != 0 || message.text().ends_with(is_wrong ? wrong : right), "the password was sent");
            touch(done->bytes.bytes());
            server->on_response(input.rest());
            require(std::holds_alternative<server_mechanism::done>(server->next()), "a verdict stays");
            return 0;
        } else {
            const auto& failed = std::get<auth_failure>(action);
            require(failed.ec && !failed.words.empty(), "a failure has a code and words");
            server->on_response(input.rest());
            require(std::holds_alternative<auth_failure>(server->next()), "a verdict stays");
            return 0;
        }
    }
}
