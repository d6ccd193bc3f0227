// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <string>
#include <variant>

// A broker that answers a client's mechanism with anything.
// Input: a byte that chooses (0 PLAIN, 1 AWS, 2 SCRAM-SHA-256, 3 SCRAM-SHA-512; 4 more with the keys in the cache, 8 more with
// the password that the seeds were not made for), then the broker's messages, each with two bytes of length before it.

using namespace odradek;

namespace {

void zeros(std::span<std::byte> out)
{
    std::fill(out.begin(), out.end(), std::byte{0});
}

sasl_options chosen(std::size_t kind, std::string_view password)
{
    switch (kind) {
    case 0: return plain{.username = "user", .password = password};
    case 1: return aws{.authorization_identity = "a", .access_key_id = "b", .secret_access_key = password};
    case 2: return scram_sha_256{.username = "user", .password = password, .max_iterations = min_scram_iterations};
    default: return scram_sha_512{.username = "user", .password = password, .max_iterations = min_scram_iterations};
    }
}

void talk(fuzz_input input, std::size_t choices, const std::shared_ptr<scram_key_cache>& cache)
{
    const bool is_wrong = (choices & 8U) != 0;
    const std::string_view password = is_wrong ? "cadenza!" : "pencil/!";
    const auto client = make_client_mechanism(chosen(choices & 3U, password), {.random = zeros, .keys = cache});
    require(client->sends_reusable_secret() == ((choices & 3U) < 2), "it says whether its secret can be used again");
    for (int steps = 0;; ++steps) {
        require(steps < client_mechanism::max_messages, "it comes to an end");
        auto action = client->next();
        if (auto* sent = std::get_if<client_mechanism::send>(&action)) {
            touch(sent->bytes.bytes());
            require(client->sends_reusable_secret() || sent->bytes.reveal().find(password) == std::string_view::npos,
                    "SCRAM never sends the password");
            client->on_challenge(input.piece(input.number<std::uint16_t>()));
        } else if (auto* job = std::get_if<client_mechanism::compute>(&action)) {
            job->job();
            client->on_computed();
        } else if (auto* failed = std::get_if<auth_failure>(&action)) {
            require(failed->ec && !failed->words.empty(), "a failure has a code and words");
            require(failed->words.find(password) == std::string::npos, "no words hold the password");
            touch(failed->peer_words);
            return;
        } else {
            require((choices & 3U) < 2 || !is_wrong, "nobody proves to know a password by accident");
            return;
        }
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const std::size_t choices = input.byte();
    const auto cache = (choices & 4U) != 0 ? std::make_shared<scram_key_cache>() : nullptr;
    talk(input, choices, cache);
    if (cache) talk(input, choices, cache);
    return 0;
}
