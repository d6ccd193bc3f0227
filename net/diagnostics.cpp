// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/diagnostics.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/protocol/api.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace odradek {
namespace {

void append_item(std::string& out, std::string_view item)
{
    if (!out.empty()) out += ", ";
    out += item;
}

std::string api_text(api key)
{
    const api_info* info = find_api(key);
    return info != nullptr ? std::string(info->name) : "API " + std::to_string(static_cast<int>(key));
}

// Codes speak in sentences, diagnostics in clauses.
bool says(std::string_view text, std::string_view words)
{
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    return std::search(text.begin(), text.end(), words.begin(), words.end(), same) != text.end();
}

} // namespace

std::string_view text(delivery how_far) noexcept
{
    switch (how_far) {
    case delivery::not_delivered: return "not delivered";
    case delivery::possibly_delivered: return "possibly delivered";
    case delivery::persisted: return "persisted";
    }
    return "unknown";
}

diagnostics::diagnostics(std::string client_message) : client_message_(clause(one_line(std::move(client_message)))) {}

diagnostics& diagnostics::set_broker_message(std::string_view words)
{
    broker_message_ = words.substr(0, max_broker_message);
    return *this;
}

diagnostics& diagnostics::set_client_message(std::string words)
{
    client_message_ = clause(one_line(std::move(words)));
    return *this;
}

diagnostics& diagnostics::add_context(std::string_view words)
{
    std::string outer = clause(one_line(std::string(words)));
    client_message_ = client_message_.empty() ? std::move(outer) : std::move(outer) + ": " + client_message_;
    return *this;
}

diagnostics& diagnostics::set_peer(endpoint where, std::int32_t node_id)
{
    peer_ = std::move(where);
    node_id_ = node_id;
    return *this;
}

diagnostics& diagnostics::set_request(api key, api_version version, std::int32_t correlation_id)
{
    api_ = key;
    version_ = version;
    correlation_id_ = correlation_id;
    return *this;
}

diagnostics& diagnostics::set_how_far(delivery how_far) noexcept
{
    how_far_ = how_far;
    return *this;
}

std::string diagnostics::to_string() const
{
    std::string place;
    if (peer_) append_item(place, one_line(odradek::to_string(*peer_)));
    if (node_id_ >= 0) append_item(place, "node " + std::to_string(node_id_));
    if (api_) {
        append_item(place, api_text(*api_) + " v" + std::to_string(version_.value));
        if (correlation_id_ >= 0) append_item(place, "correlation id " + std::to_string(correlation_id_));
        append_item(place, text(how_far_));
    }
    std::string line = client_message_;
    if (!place.empty()) line += line.empty() ? "(" + place + ")" : " (" + place + ")";
    if (!broker_message_.empty()) {
        line += line.empty() ? "the broker says " : "; the broker says ";
        line += quoted_line(broker_message_);
    }
    return line;
}

std::string describe(std::error_code why, const diagnostics& about)
{
    std::string meaning = clause(why.message());
    std::string known = about.to_string();
    if (known.empty()) return meaning;
    if (says(known, meaning)) return known;
    return meaning + (known.front() == '(' ? " " : ": ") + known;
}

} // namespace odradek
