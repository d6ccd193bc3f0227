// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>
#include <odradek/tools/cli/redact.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>

namespace odradek::cli {
namespace {

using json = nlohmann::ordered_json;

constexpr std::array fields{
    secret_field{"SaslAuthenticateRequest", "authBytes", secret_rule::always},
    secret_field{"SaslAuthenticateResponse", "authBytes", secret_rule::always},
    secret_field{"CreateDelegationTokenResponse", "hmac", secret_rule::always},
    secret_field{"RenewDelegationTokenRequest", "hmac", secret_rule::always},
    secret_field{"ExpireDelegationTokenRequest", "hmac", secret_rule::always},
    secret_field{"DescribeDelegationTokenResponse", "tokens[].hmac", secret_rule::always},
    secret_field{"AlterUserScramCredentialsRequest", "upsertions[].salt", secret_rule::always},
    secret_field{"AlterUserScramCredentialsRequest", "upsertions[].saltedPassword", secret_rule::always},
    // Whole requests and answers, of which any may be one of those above.
    secret_field{"EnvelopeRequest", "requestData", secret_rule::always},
    secret_field{"EnvelopeRequest", "requestPrincipal", secret_rule::always},
    secret_field{"EnvelopeResponse", "responseData", secret_rule::always},
    // SCRAM credentials and delegation tokens are records of the cluster's metadata.
    secret_field{"FetchSnapshotResponse", "topics[].partitions[].unalignedRecords", secret_rule::always},
    secret_field{"FetchResponse", "responses[].partitions[].records", secret_rule::cluster_state},
    secret_field{"CreateTopicsRequest", "topics[].configs[].value", secret_rule::setting},
    secret_field{"CreateTopicsResponse", "topics[].configs[].value", secret_rule::setting},
    secret_field{"DescribeConfigsResponse", "results[].configs[].value", secret_rule::setting},
    secret_field{"DescribeConfigsResponse", "results[].configs[].synonyms[].value", secret_rule::setting},
    secret_field{"AlterConfigsRequest", "resources[].configs[].value", secret_rule::setting},
    secret_field{"IncrementalAlterConfigsRequest", "resources[].configs[].value", secret_rule::setting},
};

/// What is known from the structs around a field.
struct surroundings {
    bool sensitive = false;
    bool cluster_state = false;
};

bool says_password(std::string name)
{
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    constexpr std::array<std::string_view, 5> words{"password", "passphrase", "secret", "credential", "jaas"};
    return name.ends_with(".key") ||
           std::ranges::any_of(words, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

bool text_is(const json& object, const char* key, std::string_view text)
{
    const auto at = object.find(key);
    return at != object.end() && at->is_string() && at->get_ref<const std::string&>() == text;
}

surroundings look_around(const json& object, surroundings known)
{
    if (const auto at = object.find("isSensitive"); at != object.end() && at->is_boolean() && at->get<bool>())
        known.sensitive = true;
    // The metadata's topic has an id that is the same in every cluster.
    if (text_is(object, "topic", "__cluster_metadata") || text_is(object, "topicId", "AAAAAAAAAAAAAAAAAAAAAQ"))
        known.cluster_state = true;
    return known;
}

/// Whether the object that holds the value is a setting with the name of a password: brokers cannot mark what they are sent.
bool is_password(const json& setting)
{
    const auto name = setting.find("name");
    return name != setting.end() && name->is_string() && says_password(*name);
}

std::size_t secret_size(const std::string& text, secret_rule rule)
{
    if (rule == secret_rule::setting) return text.size();
    return base64_size(text, base64_alphabet::standard).value_or(text.size());
}

void hide(json& value, secret_rule rule)
{
    if (value.is_string()) {
        const std::size_t size = secret_size(value.get_ref<const std::string&>(), rule);
        value = fmt::format("<redacted {} {}>", size, size == 1 ? "byte" : "bytes");
    } else if (!value.is_null()) {
        value = "<redacted>";
    }
}

void walk(json& node, std::string_view path, secret_rule rule, surroundings known)
{
    if (!node.is_object()) return;
    known = look_around(node, known);
    const std::size_t dot = path.find('.');
    std::string_view name = path.substr(0, dot);
    const bool each = name.ends_with("[]");
    if (each) name.remove_suffix(2);
    const auto child = node.find(std::string{name});
    if (child == node.end()) return;
    if (dot == std::string_view::npos) {
        const bool applies = rule == secret_rule::always ||
                             (rule == secret_rule::setting && (known.sensitive || is_password(node))) ||
                             (rule == secret_rule::cluster_state && known.cluster_state);
        if (applies) hide(*child, rule);
    } else if (!each) {
        walk(*child, path.substr(dot + 1), rule, known);
    } else if (child->is_array()) {
        for (json& element : *child) walk(element, path.substr(dot + 1), rule, known);
    }
}

} // namespace

std::span<const secret_field> secret_fields() noexcept
{
    return fields;
}

void redact(std::string_view message_name, nlohmann::ordered_json& message)
{
    for (const secret_field& field : fields) {
        if (field.message == message_name) walk(message, field.path, field.rule, {});
    }
}

} // namespace odradek::cli
