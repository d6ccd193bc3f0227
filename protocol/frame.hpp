// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_error.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace odradek {

/// The bytes of one message as they came: header and body, without the length in front of them.
///
/// Owned by whoever took it from a frame_splitter, move-only; used by one thread at a time. Views into it stay valid while it
/// is moved and end with it.
class frame {
public:
    frame() noexcept = default; ///< No bytes.
    /// Takes over what was read.
    explicit frame(byte_buffer&& bytes) noexcept : bytes_(std::move(bytes)) {}

    [[nodiscard]] bytes_view bytes() const noexcept { return bytes_.view(); } ///< Header and body.
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size(); } ///< How many bytes.
    [[nodiscard]] bool empty() const noexcept { return bytes_.empty(); }      ///< A default frame is empty.

    /// Hands out the memory; views stay valid as long as that lives. Empty afterwards.
    [[nodiscard]] byte_buffer take() noexcept { return std::move(bytes_); }

private:
    byte_buffer bytes_;
};

/// Which lengths a frame may announce.
struct frame_limits {
    /// Before a peer has proved who it is.
    static constexpr std::size_t before_authentication = std::size_t{1} << 20;
    /// Afterwards: what a fetch may bring, and room to spare.
    static constexpr std::size_t after_authentication = std::size_t{100} << 20;

    std::size_t largest = before_authentication; ///< Bytes after the length.
    /// A correlation id at least. 0 while bare SASL tokens are exchanged (SaslHandshake 0), which may be empty.
    std::size_t smallest = 4;
};

/// What speaks at the other end instead of Kafka.
struct foreign_protocol {
    errc code{};       ///< errc::tls_expected, errc::not_a_kafka_broker, or errc{} when nothing was recognised.
    std::string about; ///< What was recognised, with the words that it began with.

    /// Whether something was recognised.
    [[nodiscard]] explicit operator bool() const noexcept { return code != errc{}; }
};

/// Looks at the first bytes that a peer sent: an HTTP answer, another text protocol, a TLS record.
[[nodiscard]] ODRADEK_EXPORT foreign_protocol recognise_foreign_protocol(bytes_view first);

/// Cuts a stream of bytes into frames. The bytes may come in chunks of any size.
///
/// Owned by one connection and used on its strand; sans-I/O. Read into buffer(), tell commit() how much came, then take
/// frames with next() until it says no. Small frames are gathered in one buffer, so one read may bring many; a large one is
/// read straight into the memory that the frame will own. That memory grows with the bytes that came: what a peer announces
/// but does not send costs nothing. A length that cannot be right ends the stream for good, since nothing tells where the
/// next frame would begin: error() says which length, where, and what else the peer may be speaking.
///
/// Source: the framing of every Kafka request and response, a big-endian int32 in front.
class frame_splitter {
public:
    /// Waits for the first frame.
    explicit frame_splitter(frame_limits limits = {}) noexcept : limits_(limits) {}

    /// Other limits from the next frame on.
    void set_limits(frame_limits limits) noexcept { limits_ = limits; }

    /// Where the next bytes go; empty only after an error. Valid until the next call of anything here.
    [[nodiscard]] ODRADEK_EXPORT std::span<std::byte> buffer();

    /// Says that the first `count` bytes of buffer() were filled.
    ODRADEK_EXPORT void commit(std::size_t count) noexcept;

    /// Copies `chunk` in, for bytes that lie elsewhere.
    ODRADEK_EXPORT void append(bytes_view chunk);

    /// Moves the next whole frame into `into`. False: more bytes are needed, or error().
    [[nodiscard]] ODRADEK_EXPORT bool next(frame& into);

    /// Why the stream cannot be cut any further. Its offset counts the bytes of the stream.
    [[nodiscard]] const codec_error& error() const noexcept { return error_; }

    /// Whether a frame has begun and is not complete: then an end of the stream cuts it off.
    [[nodiscard]] bool is_inside_frame() const noexcept { return wanted_ != 0 || staged_from_ != staged_.size(); }

    /// Bytes that next() has not given out yet.
    [[nodiscard]] std::size_t buffered() const noexcept { return body_.size() + staged_.size() - staged_from_; }

    /// Memory that is held for bytes to come and bytes not taken yet.
    [[nodiscard]] std::size_t reserved() const noexcept { return body_.capacity() + staged_.capacity(); }

private:
    [[nodiscard]] bool is_filling_body() const noexcept { return body_.size() < wanted_; }
    [[nodiscard]] bool check_length(std::int32_t length);
    [[nodiscard]] bool take_staged(std::size_t length, frame& into);
    void begin_large(std::size_t length);
    [[nodiscard]] bool grow_body();
    void fail(errc code, std::string detail);

    frame_limits limits_;
    byte_buffer staged_;            // small frames, and the beginning of a large one
    std::size_t staged_from_ = 0;   // what lies before was given out
    byte_buffer body_;              // a large frame
    std::size_t wanted_ = 0;        // its whole length; 0: none is being read
    std::uint64_t stream_from_ = 0; // bytes of the stream before the frame at hand
    codec_error error_;
};

} // namespace odradek
