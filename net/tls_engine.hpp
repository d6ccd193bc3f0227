// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/diagnostics.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/tls_buffer.hpp>
#include <odradek/net/tls_options.hpp>
#include <odradek/net/tls_sessions.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <vector>

struct ssl_st; // OpenSSL's SSL

namespace odradek {

/// What is left of a list of parts that is to be encrypted. The list and what it refers to stay the caller's.
class tls_plaintext {
public:
    tls_plaintext() = default;
    explicit tls_plaintext(std::span<const bytes_view> parts) noexcept : parts_(parts)
    {
        for (const bytes_view part : parts) size_ += part.size();
        skip_empty();
    }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    /// The bytes that lie together at the front.
    [[nodiscard]] bytes_view front() const noexcept { return parts_.front().subview(offset_); }
    /// At most size of front().
    void consume(std::size_t size) noexcept
    {
        offset_ += size;
        size_ -= size;
        skip_empty();
    }

private:
    void skip_empty() noexcept
    {
        while (!parts_.empty() && offset_ == parts_.front().size()) {
            parts_ = parts_.subspan(1);
            offset_ = 0;
        }
    }

    std::span<const bytes_view> parts_;
    std::size_t offset_ = 0;
    std::size_t size_ = 0;
};

/// One side of a TLS connection without I/O: OpenSSL's SSL between a buffer of ciphertext that came and one that is to go.
///
/// Owned by one tls_transport, used on its strand. Whoever drives it calls handshake(), read() or encrypt(), sends whatever output
/// there is after each of them, and where input is wanted puts it into input_room(). A failure is for good; there may be an alert to be
/// sent then. What the peer can make it keep is bounded: one record of input beyond a read, and most_output bytes of answers.
///
/// Source: RFC 8446 and 5246; names as RFC 6125 has them; unclean ends are the stream's business (R36).
class ODRADEK_EXPORT tls_engine {
public:
    static constexpr std::size_t record_size = 16384;                       ///< Plaintext in a full record.
    static constexpr std::size_t chunk_size = std::size_t{8} * record_size; ///< What encrypt() makes at most at once.
    static constexpr std::size_t most_output = std::size_t{1} << 20;

    struct options {
        bool is_server = false;
        bool is_foreign = false;             ///< The SSL_CTX is a user's: leave its callbacks alone.
        std::string host{};                  ///< Client: the name or numeric address that is asked for and verified.
        bool verify = true;                  ///< Client: see tls.
        bool verify_host = true;             ///< Client: see tls.
        client_authentication client_auth{}; ///< Server.
        endpoint broker{};                   ///< Client: whose sessions may be resumed.
        std::shared_ptr<tls_sessions> sessions{}; ///< Client: null without resumption.
    };

    /// What became of a step.
    enum class progress : std::uint8_t {
        done,        ///< It is done.
        wants_input, ///< Nothing more is possible without more ciphertext.
        closed,      ///< The peer has said that nothing more comes (close_notify).
        failed,      ///< See error() and about().
    };

    /// A record of application data in the output.
    struct record {
        std::size_t end = 0;       ///< Where its ciphertext ends in the output.
        std::size_t plaintext = 0; ///< How many bytes of plaintext it carries.
    };

    tls_engine(ssl_ctx_st* context, options how);
    ~tls_engine();
    tls_engine(const tls_engine&) = delete;
    tls_engine& operator=(const tls_engine&) = delete;

    /// Goes on with the handshake: done, wants_input or failed.
    [[nodiscard]] progress handshake();
    [[nodiscard]] bool is_ready() const noexcept { return is_ready_; }

    /// Decrypts into `into` whatever is there; `size` bytes when done.
    [[nodiscard]] progress read(std::span<std::byte> into, std::size_t& size);
    /// Looks whether a read would give bytes, having worked off what is not application data.
    [[nodiscard]] progress peek();
    /// Encrypts from the front of `from`, in full records as far as possible, until it is empty or there is a chunk of output.
    [[nodiscard]] progress encrypt(tls_plaintext& from);
    /// Says farewell, once: the output then ends with close_notify.
    void close_notify();

    /// Room for ciphertext; valid until anything else is called.
    [[nodiscard]] std::span<std::byte> input_room();
    void commit_input(std::size_t size);
    /// The stream below ended before the handshake: a failure with words.
    void on_end(std::error_code why);

    [[nodiscard]] bool has_output() const noexcept { return !output_.empty(); }
    /// Exchanges the output for `into`, which must be empty and whose memory is used from now on.
    void take_output(tls_buffer& into, std::vector<record>& records);
    /// Takes an empty buffer back, so that its memory is used again.
    void give_back(tls_buffer& from) noexcept;
    /// Gives back all memory that an idle connection does not need.
    void release_memory() noexcept;

    [[nodiscard]] std::error_code error() const noexcept { return error_; }
    [[nodiscard]] const diagnostics& about() const noexcept { return about_; }
    /// "TLSv1.3, TLS_AES_128_GCM_SHA256", for people.
    [[nodiscard]] std::string describe() const;
    /// Whether a session was resumed.
    [[nodiscard]] bool was_resumed() const noexcept;

    /// Lets connections of this SSL_CTX hand their new sessions to options::sessions.
    static void keep_sessions(ssl_ctx_st* context) noexcept;

private:
    struct callbacks; // OpenSSL's way in
    friend struct callbacks;

    [[nodiscard]] bool set_up_client();
    void set_up_server();
    [[nodiscard]] progress judge(int returned);
    progress fail(std::error_code ec, std::string words);
    progress fail_handshake();
    progress fail_stream();
    [[nodiscard]] bool write_record(bytes_view plaintext);

    struct ssl_deleter {
        void operator()(ssl_st* one) const noexcept;
    };

    options options_;
    std::unique_ptr<ssl_st, ssl_deleter> ssl_;
    tls_buffer input_;
    tls_buffer output_;
    std::vector<record> records_;
    std::size_t read_size_ = 0;
    std::error_code error_;
    diagnostics about_;
    std::string refusal_; // why the peer's certificate is not accepted
    int alert_ = -1;      // of the peer
    bool was_asked_ = false;
    bool has_certificate_ = false;
    bool is_withheld_ = false;
    bool has_heard_ = false; // anything at all
    bool is_ready_ = false;
    bool has_data_ = false; // application data came
    bool is_closed_ = false;
    bool has_said_farewell_ = false;
};

} // namespace odradek
