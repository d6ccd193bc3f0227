// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/compression/codec.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/nullable.hpp>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::test {

/// The batches that Kafka's own classes made or judged: tests/golden/batches.jsonl.gz, one JSON document each.
inline const std::vector<nlohmann::json>& batch_vectors()
{
    static const std::vector<nlohmann::json> all = [] {
        std::string text;
        gzFile file = gzopen(ODRADEK_SOURCE_DIR "/tests/golden/batches.jsonl.gz", "rb");
        std::vector<char> part(1 << 20);
        for (int size = 0; file != nullptr && (size = gzread(file, part.data(), 1 << 20)) > 0;) {
            text.append(part.data(), static_cast<std::size_t>(size));
        }
        if (file != nullptr) gzclose(file);
        std::vector<nlohmann::json> documents;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = std::min(text.find('\n', at), text.size());
            if (end > at) documents.push_back(nlohmann::json::parse(text.substr(at, end - at)));
            at = end + 1;
        }
        return documents;
    }();
    return all;
}

inline compression codec_of(const nlohmann::json& batch)
{
    return *compression_from_name(batch["codec"].get<std::string>());
}

/// Whether this build has the codecs of all batches of a vector.
inline bool built_in(const nlohmann::json& vector)
{
    return std::ranges::all_of(vector["batches"],
                               [](const nlohmann::json& batch) { return default_codecs().has(codec_of(batch)); });
}

inline std::vector<std::byte> from_hex(std::string_view hex)
{
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(digit(hex[i]) << 4U | digit(hex[i + 1])));
    }
    return bytes;
}

inline std::string from_base64(std::string_view text)
{
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        if (c == '=') break;
        bits = bits << 6U | static_cast<std::uint32_t>(digits.find(c));
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<char>(bits >> static_cast<unsigned>(count)));
    }
    return bytes;
}

/// A key or value of a vector: base64, or null.
inline std::optional<std::string> field(const nlohmann::json& value)
{
    if (value.is_null()) return std::nullopt;
    return from_base64(value.get<std::string>());
}

inline std::optional<std::string> field(const nullable<bytes_view>& value)
{
    if (!value) return std::nullopt;
    return std::string{value->text()};
}

inline nullable<bytes_view> view_of(const std::optional<std::string>& value)
{
    if (!value) return nullptr;
    return bytes_view{*value};
}

} // namespace odradek::test
