// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/frame.hpp>

#include <algorithm>
#include <cstring>
#include <string_view>

namespace odradek {
namespace {

constexpr std::size_t length_size = 4;
constexpr std::size_t staging_size = std::size_t{16} << 10;     // one read of many small frames
constexpr std::size_t first_body_size = std::size_t{256} << 10; // reserved before a large frame has paid for more

bool is_text(std::byte byte) noexcept
{
    const auto value = std::to_integer<unsigned char>(byte);
    return (value >= 0x20 && value < 0x7f) || value == '\r' || value == '\n' || value == '\t';
}

// The first line of what came, as far as it is text.
std::string first_line(bytes_view bytes)
{
    std::string line;
    for (const std::byte byte : bytes.subview(0, 60)) {
        if (!is_text(byte) || byte == std::byte{'\r'} || byte == std::byte{'\n'}) break;
        line += static_cast<char>(byte);
    }
    return line;
}

// An HTTP server that takes what it got for HTTP 0.9 answers without a header.
bool is_http(std::string_view line) noexcept
{
    const auto begins = [&](std::string_view word) {
        const auto same = [](char left, char right) { return (left | 0x20) == (right | 0x20); };
        return line.size() >= word.size() && std::equal(word.begin(), word.end(), line.begin(), same);
    };
    return begins("http/") || begins("<!doctype html") || begins("<html");
}

bool is_tls_record(bytes_view bytes) noexcept
{
    const auto type = std::to_integer<unsigned>(bytes[0]);
    const auto minor = std::to_integer<unsigned>(bytes[2]);
    return type >= 20 && type <= 23 && bytes[1] == std::byte{3} && minor <= 4;
}

std::string describe_tls_record(bytes_view bytes)
{
    constexpr std::string_view kinds[] = {"change of cipher", "alert", "handshake", "data"};
    const auto type = std::to_integer<unsigned>(bytes[0]);
    std::string text = "a TLS record (" + std::string(kinds[type - 20]);
    if (type == 21 && bytes.size() > 6) text += " " + std::to_string(std::to_integer<unsigned>(bytes[6]));
    return text + ")";
}

} // namespace

foreign_protocol recognise_foreign_protocol(bytes_view first)
{
    if (first.size() < length_size) return {};
    if (is_tls_record(first)) return {errc::tls_expected, describe_tls_record(first)};
    if (!std::all_of(first.begin(), first.begin() + length_size, is_text)) return {};
    const std::string line = first_line(first);
    const char* const what = is_http(line) ? "HTTP" : line.starts_with("SSH-") ? "SSH" : "text";
    return {errc::not_a_kafka_broker, std::string(what) + " (\"" + line + "\")"};
}

std::span<std::byte> frame_splitter::buffer()
{
    if (error_) return {};
    if (is_filling_body()) {
        if (body_.size() == body_.capacity() && !grow_body()) return {};
        return {body_.data() + body_.size(), std::min(body_.capacity(), wanted_) - body_.size()};
    }
    const std::size_t left = staged_.size() - staged_from_;
    if (staged_from_ != 0 && (left == 0 || staged_.capacity() - staged_.size() < staging_size / 2)) {
        if (left != 0) std::memmove(staged_.data(), staged_.data() + staged_from_, left);
        staged_.truncate(left);
        staged_from_ = 0;
    }
    std::byte* const room = staged_.extend(staged_.size() == staged_.capacity() ? staging_size : 1);
    if (room == nullptr) {
        fail(errc::out_of_memory, "no memory to read into");
        return {};
    }
    return {room, staged_.capacity() - staged_.size()};
}

void frame_splitter::commit(std::size_t count) noexcept
{
    if (!error_) (is_filling_body() ? body_ : staged_).commit(count);
}

void frame_splitter::append(bytes_view chunk)
{
    while (!chunk.empty()) {
        const std::span<std::byte> room = buffer();
        if (room.empty()) return;
        const std::size_t count = std::min(room.size(), chunk.size());
        std::memcpy(room.data(), chunk.data(), count);
        commit(count);
        chunk = chunk.subview(count);
    }
}

bool frame_splitter::next(frame& into)
{
    if (error_) return false;
    if (wanted_ != 0) {
        if (body_.size() < wanted_) return false;
        stream_from_ += length_size + wanted_;
        wanted_ = 0;
        into = frame{std::move(body_)};
        return true;
    }
    const bytes_view staged = staged_.view().subview(staged_from_);
    if (staged.size() < length_size) return false;
    const auto announced = load_big<std::int32_t>(staged.data());
    if (!check_length(announced)) return false;
    const auto length = static_cast<std::size_t>(announced);
    if (staged.size() - length_size >= length) return take_staged(length, into);
    if (length_size + length > staging_size / 2) begin_large(length);
    return false;
}

bool frame_splitter::take_staged(std::size_t length, frame& into)
{
    byte_buffer bytes;
    if (!bytes.reserve(length)) {
        fail(errc::out_of_memory, "no " + std::to_string(length) + " bytes for the frame");
        return false;
    }
    (void)bytes.append(staged_.view().subview(staged_from_ + length_size, length)); // room was reserved
    staged_from_ += length_size + length;
    stream_from_ += length_size + length;
    into = frame{std::move(bytes)};
    return true;
}

// From here on the frame's bytes are read into their final place; what was staged of it is moved there.
void frame_splitter::begin_large(std::size_t length)
{
    const bytes_view begun = staged_.view().subview(staged_from_ + length_size);
    body_.clear();
    if (!body_.reserve(std::min(length, std::max(first_body_size, begun.size())))) {
        return fail(errc::out_of_memory, "no memory for a frame of " + std::to_string(length) + " bytes");
    }
    (void)body_.append(begun); // room was reserved
    staged_.clear();
    staged_from_ = 0;
    wanted_ = length;
}

bool frame_splitter::grow_body()
{
    if (body_.reserve(std::min(wanted_, body_.size() * 2))) return true;
    fail(errc::out_of_memory, "no memory for a frame of " + std::to_string(wanted_) + " bytes");
    return false;
}

bool frame_splitter::check_length(std::int32_t length)
{
    const bool too_large = length >= 0 && static_cast<std::size_t>(length) > limits_.largest;
    const bool too_small = length < 0 || static_cast<std::size_t>(length) < limits_.smallest;
    if (!too_large && !too_small) return true;
    if (stream_from_ == 0) {
        foreign_protocol other = recognise_foreign_protocol(staged_.view().subview(staged_from_));
        if (other) {
            fail(other.code, "it speaks " + std::move(other.about));
            return false;
        }
    }
    const std::string announced = "length " + std::to_string(length);
    if (too_large) {
        fail(errc::frame_too_large, announced + ", at most " + std::to_string(limits_.largest) + " accepted");
    } else {
        fail(errc::invalid_frame_length, announced + ", at least " + std::to_string(limits_.smallest) + " expected");
    }
    return false;
}

void frame_splitter::fail(errc code, std::string detail)
{
    error_ = codec_error(make_error_code(code), "frame", static_cast<std::size_t>(stream_from_), std::move(detail));
}

} // namespace odradek
