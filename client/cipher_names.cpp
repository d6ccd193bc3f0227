// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/cipher_names.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

constexpr std::string_view of_tls_1_3[] = {
    "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",   "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256",
};

struct translation {
    std::string_view standard;
    std::string_view openssl;
};

// Without those that authenticate nobody.
constexpr translation key_exchanges[] = {
    {"ECDHE_ECDSA", "ECDHE-ECDSA-"},
    {"ECDHE_RSA", "ECDHE-RSA-"},
    {"DHE_RSA", "DHE-RSA-"},
    {"DHE_DSS", "DHE-DSS-"},
    {"RSA", ""},
};

// Without those that nobody should use any more, which OpenSSL has left out too.
constexpr translation encryptions[] = {
    {"AES_256_GCM_SHA384", "AES256-GCM-SHA384"},
    {"AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
    {"CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305"},
    {"AES_256_CBC_SHA384", "AES256-SHA384"},
    {"AES_256_CBC_SHA256", "AES256-SHA256"},
    {"AES_128_CBC_SHA256", "AES128-SHA256"},
    {"AES_256_CBC_SHA", "AES256-SHA"},
    {"AES_128_CBC_SHA", "AES128-SHA"},
};

const translation* find(const translation* begin, const translation* end, std::string_view standard) noexcept
{
    const auto* const found = std::find_if(begin, end, [&](const translation& t) { return t.standard == standard; });
    return found == end ? nullptr : found;
}

// TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 is ECDHE-RSA-AES128-GCM-SHA256; empty if it is none that we know.
std::string translated(std::string_view name)
{
    constexpr std::string_view with = "_WITH_";
    name.remove_prefix(4); // TLS_
    const std::size_t at = name.find(with);
    if (at == std::string_view::npos) return {};
    const auto* const exchange = find(std::begin(key_exchanges), std::end(key_exchanges), name.substr(0, at));
    const auto* const encryption = find(std::begin(encryptions), std::end(encryptions), name.substr(at + with.size()));
    if (exchange == nullptr || encryption == nullptr) return {};
    return std::string{exchange->openssl}.append(encryption->openssl);
}

void add(std::string& list, std::string_view entry)
{
    if (!list.empty()) list.push_back(':');
    list.append(entry);
}

} // namespace

cipher_choice read_cipher_suites(std::string_view text)
{
    constexpr std::string_view separators = ":, \t"; // those of OpenSSL, and Java's comma
    cipher_choice out;
    out.all_named = true;
    while (!text.empty()) {
        const std::string_view entry = text.substr(0, text.find_first_of(separators));
        text.remove_prefix(std::min(text.size(), entry.size() + 1));
        if (entry.empty() || entry == "TLS_EMPTY_RENEGOTIATION_INFO_SCSV") continue; // no suite, and always said
        if (!entry.starts_with("TLS_")) {
            out.all_named = false;
            add(out.ciphers, entry);
        } else if (std::find(std::begin(of_tls_1_3), std::end(of_tls_1_3), entry) != std::end(of_tls_1_3)) {
            add(out.cipher_suites, entry);
        } else if (const std::string name = translated(entry); !name.empty()) {
            add(out.ciphers, name);
        } else if (out.unknown.empty()) {
            out.unknown = entry;
        }
    }
    if (out.ciphers.empty() && out.cipher_suites.empty()) out.all_named = false; // nothing is said
    return out;
}

} // namespace odradek::detail
