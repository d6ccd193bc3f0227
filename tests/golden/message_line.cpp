// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/header.hpp>
#include <odradek/tests/golden/former_names.hpp>
#include <odradek/tests/golden/message_line.hpp>

#include <cstring>

namespace odradek {
list<message_descriptor> coordinator_messages() noexcept;
} // namespace odradek

namespace odradek::golden {
namespace {

// What every `frame` was made with.
constexpr std::int32_t frame_correlation_id = 0x01020304;
constexpr std::string_view frame_client_id = "vec";

message_kind kind_of(const std::string& text)
{
    if (text == "request") return message_kind::request;
    if (text == "response") return message_kind::response;
    if (text == "header") return message_kind::header;
    if (text == "data") return message_kind::data;
    if (text == "coordinator-key") return message_kind::coordinator_key;
    if (text == "coordinator-value") return message_kind::coordinator_value;
    throw line_error("malformed line: kind \"" + text + "\" is unknown");
}

void expect(const codec_error& error, const char* step)
{
    if (error) throw line_error(std::string(step) + ": " + error.message());
}

void expect_equal(const std::string& difference, const char* step)
{
    if (!difference.empty()) throw line_error(std::string(step) + ": " + difference);
}

struct subject {
    const message_descriptor& type;
    api_version version;
    std::vector<std::byte> bytes;
    arena memory{};

    [[nodiscard]] void* create()
    {
        void* message = type.create(memory);
        if (message == nullptr) throw line_error("the arena has no room for the message");
        return message;
    }

    [[nodiscard]] std::vector<std::byte> encoded(const void* message, const char* step) const
    {
        writer out;
        expect(type.encode(message, version, out), step);
        return out.flatten();
    }
};

// hex -> struct -> json, and back to the same bytes.
void check_decoding(subject& of, const json& expected)
{
    void* const message = of.create();
    expect(of.type.decode(of.bytes, of.memory, of.version, message), "decode");
    const std::string text = of.type.to_json(message, of.version);
    const json ours = json::parse(text, nullptr, false);
    if (ours.is_discarded()) throw line_error("decode: what to_json gives is no JSON");
    expect_equal(json_difference(ours, expected), "decode");
    expect_equal(bytes_difference(of.encoded(message, "encode again"), of.bytes), "encode again");
}

// json -> struct -> hex.
void check_encoding(subject& of, const json& document)
{
    void* const message = of.create();
    expect(of.type.from_json(document.dump(-1, ' ', true), of.memory, of.version, message), "from json");
    expect_equal(bytes_difference(of.encoded(message, "encode"), of.bytes), "encode");
}

void check_correlation_id(std::int32_t ours)
{
    if (ours == frame_correlation_id) return;
    throw line_error("frame: correlation id " + std::to_string(ours) + ", expected " +
                     std::to_string(frame_correlation_id));
}

bytes_view body_of_request(subject& of, bytes_view content, api_version header_version)
{
    request_header header;
    bytes_view body;
    expect(read_request_header(content, of.memory, header, body), "frame");
    check_correlation_id(header.correlation_id);
    if (header.request_api_key != of.type.key || header.request_api_version != of.version.value) {
        throw line_error("frame: key " + std::to_string(header.request_api_key) + " version " +
                         std::to_string(header.request_api_version) + " in its header");
    }
    if (header_version.value > 0 && header.client_id != nullable<std::string_view>(frame_client_id))
        throw line_error("frame: client id \"" + std::string(header.client_id.value_or("(null)")) + "\"");
    return body;
}

bytes_view body_of_response(subject& of, bytes_view content)
{
    response_header header;
    bytes_view body;
    expect(read_response_header(content, api{of.type.key}, of.version, of.memory, header, body), "frame");
    check_correlation_id(header.correlation_id);
    if (correlation_id_of(content) != header.correlation_id) throw line_error("frame: two correlation ids");
    return body;
}

// The frame of a line, cut from a stream that goes on after it, in chunks of `chunk` bytes.
frame cut(const std::vector<std::byte>& bytes, std::size_t chunk)
{
    std::vector<std::byte> stream = bytes;
    stream.resize(stream.size() + 3); // the beginning of the next frame
    frame_splitter splitter{{.largest = frame_limits::after_authentication}};
    frame found;
    bool is_found = false;
    for (std::size_t at = 0; at < stream.size(); at += chunk) {
        splitter.append(bytes_view(stream).subview(at, chunk));
        frame next;
        while (splitter.next(next)) {
            if (is_found) throw line_error("frame: more than one frame in it");
            is_found = true;
            found = std::move(next);
        }
    }
    expect(splitter.error(), "frame");
    if (!is_found) throw line_error("frame: it is not complete");
    if (splitter.buffered() != 3) throw line_error("frame: its length does not end it");
    return found;
}

void check_frame(subject& of, const std::vector<std::byte>& bytes, api_version header_version)
{
    const bool is_request = of.type.kind == message_kind::request;
    for (const std::size_t chunk : {bytes.size() + 3, std::size_t{7}, std::size_t{1}}) {
        const frame content = cut(bytes, chunk);
        const bytes_view body =
            is_request ? body_of_request(of, content.bytes(), header_version) : body_of_response(of, content.bytes());
        if (body != bytes_view(of.bytes)) throw line_error("frame: its body is not the one of the line");
    }
    void* const message = of.create();
    expect(of.type.decode(of.bytes, of.memory, of.version, message), "decode");
    writer out;
    expect(is_request ? write_request_frame(out, of.type, message, of.version, frame_correlation_id, frame_client_id)
                      : write_response_frame(out, of.type, message, of.version, frame_correlation_id),
           "write frame");
    expect_equal(bytes_difference(out.flatten(), bytes), "write frame");
}

void check_header_version(const json& line, const subject& of)
{
    const bool is_request = of.type.kind == message_kind::request;
    const auto expected = number_member<std::int16_t>(line, "hv");
    const api_version ours = is_request ? request_header_version(api{of.type.key}, of.version)
                                        : response_header_version(api{of.type.key}, of.version);
    if (ours.value != expected)
        throw line_error("header version: " + std::to_string(ours.value) + ", expected " + std::to_string(expected));
}

} // namespace

const message_descriptor& type_of(const json& line)
{
    const message_kind kind = kind_of(text_member(line, "kind"));
    const auto key = number_member<std::int16_t>(line, "key");
    const std::string& name = text_member(line, "api");
    const message_descriptor* found = nullptr;
    if (kind == message_kind::coordinator_key || kind == message_kind::coordinator_value) {
        found = find_message(coordinator_messages(), name, kind);
    } else if (kind == message_kind::request || kind == message_kind::response) {
        found = find_message(api{key}, kind);
    } else {
        found = find_message(name, kind);
    }
    if (found == nullptr) throw line_error("there is no such message in this library");
    if (found->key != key) throw line_error("key: " + std::to_string(found->key) + ", expected " + std::to_string(key));
    return *found;
}

std::string label_of_message(const json& line)
{
    std::string label;
    for (const char* name : {"api", "kind", "v", "case"}) {
        const auto found = line.is_object() ? line.find(name) : line.end();
        if (!line.is_object() || found == line.end()) continue;
        if (!label.empty()) label += ' ';
        if (std::strcmp(name, "v") == 0) label += 'v';
        label +=
            found->is_string() ? found->get<std::string>() : found->dump(-1, ' ', true, json::error_handler_t::replace);
    }
    return label;
}

void check_message(const json& line)
{
    const message_descriptor& type = type_of(line);
    subject of{type, api_version{number_member<std::int16_t>(line, "v")}, from_hex(text_member(line, "hex"), "hex")};
    const bool flexible = of.version >= type.flexible_since;
    if (bool_member(line, "flex") != flexible)
        throw line_error(std::string("flexible: ") + (flexible ? "yes" : "no") + " here");
    const json document = with_current_names(type, member(line, "json"));
    check_decoding(of, document);
    check_encoding(of, document);
    if (type.kind == message_kind::request || type.kind == message_kind::response) {
        check_header_version(line, of);
        if (line.contains("frame")) {
            const auto bytes = from_hex(text_member(line, "frame"), "frame");
            check_frame(of, bytes, api_version{number_member<std::int16_t>(line, "hv")});
        }
    }
}

} // namespace odradek::golden
