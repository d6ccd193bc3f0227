// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/request_header.hpp>
#include <odradek/tools/cli/code.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/hex.hpp>
#include <odradek/tools/cli/redact.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

namespace odradek::cli {
namespace {

using json = nlohmann::ordered_json;

// Whoever asks for one message has its bytes in memory already; the cap only stops what lies about its size.
constexpr std::size_t arena_limit = std::size_t{2} << 30;

bool same_letters(std::string_view left, std::string_view right)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    return std::ranges::equal(left, right, {}, lower, lower);
}

const api_info* find_by_name_or_key(const std::string& name)
{
    std::int16_t key = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), key);
    if (error == std::errc{} && end == name.data() + name.size()) return find_api(static_cast<api>(key));
    const auto apis = all_apis();
    const auto found =
        std::find_if(apis.begin(), apis.end(), [&](const api_info& info) { return same_letters(info.name, name); });
    return found == apis.end() ? nullptr : &*found;
}

std::string_view word(message_kind kind) noexcept
{
    return kind == message_kind::request ? "request" : "response";
}

/// The place in a JSON text where the parser stops, whatever it dislikes: its exceptions know it only for some.
class place_of_error final : public nlohmann::json_sax<json> {
public:
    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(std::int64_t) override { return true; }
    bool number_unsigned(std::uint64_t) override { return true; }
    bool number_float(double, const std::string&) override { return true; }
    bool string(std::string&) override { return true; }
    bool binary(json::binary_t&) override { return true; }
    bool start_object(std::size_t) override { return true; }
    bool key(std::string&) override { return true; }
    bool end_object() override { return true; }
    bool start_array(std::size_t) override { return true; }
    bool end_array() override { return true; }
    bool parse_error(std::size_t position, const std::string&, const json::exception&) override
    {
        byte = position;
        return false;
    }

    std::size_t byte = 0;
};

failure bad_json(std::string_view text)
{
    place_of_error place;
    (void)json::sax_parse(text, &place);
    return failure(fmt::format("bad JSON at byte {}", place.byte));
}

failure at_offset(const codec_error& error, std::size_t before)
{
    return failure(before == 0
                       ? error.message()
                       : fmt::format("{} (offsets count behind the {} bytes of the header)", error.message(), before));
}

void* create(const message_descriptor& type, arena& memory)
{
    void* message = type.create(memory);
    if (message == nullptr) throw failure("out of memory");
    return message;
}

struct decoded {
    json value;
    std::size_t size = 0; // bytes read
};

decoded decode_one(const message_descriptor& type, api_version version, bytes_view input, std::size_t before,
                   bool exactly)
{
    arena memory{arena_limit};
    void* message = create(type, memory);
    std::size_t used = 0;
    decode_options options;
    if (!exactly) options.consumed = &used;
    if (const auto error = type.decode(input, memory, version, message, options)) throw at_offset(error, before);
    // The library writes this text, so that it parses; what does not is a defect and shows as such.
    return {json::parse(type.to_json(message, version)), exactly ? input.size() : used};
}

std::vector<std::byte> encode_one(const message_descriptor& type, api_version version, const std::string& text)
{
    arena memory{arena_limit};
    void* message = create(type, memory);
    if (const auto error = type.from_json(text, memory, version, message)) throw failure(error.message());
    writer out;
    if (const auto error = type.encode(message, version, out)) throw failure(error.message());
    return out.flatten();
}

/// The header of a request says itself what follows.
void check_header(const message_choice& choice, const json& header)
{
    if (choice.body->kind != message_kind::request) return;
    for (const char* const field : {"requestApiKey", "requestApiVersion"})
        if (const json& value = header.at(field); !value.is_number_integer() ||
                                                  value < std::numeric_limits<std::int16_t>::min() ||
                                                  value > std::numeric_limits<std::int16_t>::max())
            throw failure(fmt::format("the header's {} is not a number of 16 bits", field));
    const auto key = header.at("requestApiKey").get<int>();
    const auto version = header.at("requestApiVersion").get<int>();
    if (key == choice.body->key && version == choice.version.value) return;
    const api_info* said = find_api(static_cast<api>(key));
    throw failure(fmt::format("the header is that of {} version {}, not of {} version {}",
                              said != nullptr ? std::string{said->name} : fmt::format("API {}", key), version,
                              choice.body->api_name, choice.version.value));
}

} // namespace

message_choice choose_message(const std::string& api_name, std::int64_t version, message_kind kind, bool with_header)
{
    const api_info* info = find_by_name_or_key(api_name);
    if (info == nullptr)
        throw usage_failure(fmt::format(R"(--api: there is no API "{}"; a name is like ApiVersions, a key is 0 to {})",
                                        api_name, all_apis().size() - 1));
    message_choice choice;
    choice.body = find_message(info->key, kind);
    if (choice.body == nullptr) throw usage_failure(fmt::format("--api: {} has no {}", info->name, word(kind)));
    if (version < choice.body->versions.first || version > choice.body->versions.last)
        throw usage_failure(fmt::format("--version: {} has versions {} to {}, not {}", choice.body->name,
                                        choice.body->versions.first, choice.body->versions.last, version));
    choice.version = {static_cast<std::int16_t>(version)};
    if (with_header) {
        const bool request = kind == message_kind::request;
        choice.header = find_message(request ? "RequestHeader" : "ResponseHeader", message_kind::header);
        choice.header_version = request ? request_header_version(info->key, choice.version)
                                        : response_header_version(info->key, choice.version);
    }
    return choice;
}

std::string decode_message(const message_choice& choice, std::string_view hex, bool secrets)
{
    const std::vector<std::byte> bytes = from_hex(hex);
    const bytes_view input{bytes};
    json header;
    std::size_t header_size = 0;
    if (choice.header != nullptr) {
        decoded read = decode_one(*choice.header, choice.header_version, input, 0, false);
        check_header(choice, read.value);
        header = std::move(read.value);
        header_size = read.size;
    }
    json body = decode_one(*choice.body, choice.version, input.subview(header_size), header_size, true).value;
    if (!secrets) redact(choice.body->name, body);
    json result =
        choice.header != nullptr ? json{{"header", std::move(header)}, {"body", std::move(body)}} : std::move(body);
    return result.dump(2);
}

std::string encode_message(const message_choice& choice, std::string_view text)
{
    if (choice.header == nullptr) return to_hex(encode_one(*choice.body, choice.version, std::string{text}));
    json both;
    try {
        // What is nested deeper than any message would be written out again, which takes stack for each level.
        both = json::parse(text, [](int depth, json::parse_event_t, const json&) {
            constexpr int deepest = 100;
            if (depth > deepest) throw failure("bad JSON: nested deeper than any message");
            return true;
        });
    } catch (const json::exception&) { // a number that is too large is no parse_error
        throw bad_json(text);
    }
    if (!both.is_object() || both.size() != 2 || !both.contains("header") || !both.contains("body"))
        throw failure(R"(with --header the JSON is {"header": .., "body": ..})");
    if (both["header"].is_object() && choice.body->kind == message_kind::request) {
        both["header"].emplace("requestApiKey", choice.body->key); // what --api and --version say already
        both["header"].emplace("requestApiVersion", choice.version.value);
        check_header(choice, both["header"]);
    }
    return to_hex(encode_one(*choice.header, choice.header_version, both["header"].dump())) +
           to_hex(encode_one(*choice.body, choice.version, both["body"].dump()));
}

} // namespace odradek::cli
