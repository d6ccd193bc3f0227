// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls_engine.hpp>
#include <odradek/net/tls_words.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>

namespace odradek {
namespace {

constexpr std::size_t first_read_size = tls_engine::record_size + 512; // a full record with its overhead
constexpr std::size_t largest_read_size = std::size_t{256} << 10;
constexpr std::size_t record_overhead = 96; // the most that a cipher of TLS 1.2 or 1.3 adds to a record

// A name as it is asked for and verified: without the dot of the root (R36), an address without its zone.
std::string plain_name(std::string name)
{
    name.erase(std::min(name.find('%'), name.size()));
    if (name.ends_with('.')) name.pop_back();
    return name;
}

bool is_address(const std::string& host)
{
    std::error_code ec;
    (void)asio::ip::make_address(host, ec);
    return !ec;
}

} // namespace

// What OpenSSL calls, and how it finds the engine.
struct tls_engine::callbacks {
    static int index()
    {
        static const int ours = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
        return ours;
    }
    static tls_engine* engine_of(const SSL* ssl) { return static_cast<tls_engine*>(SSL_get_ex_data(ssl, index())); }

    // A BIO over the engine's two buffers, so that each byte is copied once into them or out of them.
    static const BIO_METHOD* method()
    {
        static BIO_METHOD* const ours = [] {
            BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "odradek");
            BIO_meth_set_read_ex(made, read);
            BIO_meth_set_write_ex(made, write);
            BIO_meth_set_ctrl(made, control);
            return made;
        }();
        return ours;
    }
    static int read(BIO* bio, char* into, std::size_t room, std::size_t* size)
    {
        tls_buffer& input = static_cast<tls_engine*>(BIO_get_data(bio))->input_;
        BIO_clear_retry_flags(bio);
        *size = std::min(room, input.size());
        if (*size == 0) {
            BIO_set_retry_read(bio);
            return 0;
        }
        std::memcpy(into, input.view().data(), *size);
        input.consume(*size);
        return 1;
    }
    static int write(BIO* bio, const char* from, std::size_t size, std::size_t* written)
    {
        tls_buffer& output = static_cast<tls_engine*>(BIO_get_data(bio))->output_;
        BIO_clear_retry_flags(bio);
        *written = 0;
        if (output.size() + size > most_output) return 0; // a peer that asks, and does not read what it is answered
        output.append(bytes_view(from, size));
        *written = size;
        return 1;
    }
    static long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

    // Notes why a certificate is refused, while it is at hand.
    static int verify(int is_good, X509_STORE_CTX* at)
    {
        auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(at, SSL_get_ex_data_X509_STORE_CTX_idx()));
        tls_engine& self = *engine_of(ssl);
        if (self.options_.is_foreign)
            if (auto users = SSL_CTX_get_verify_callback(SSL_get_SSL_CTX(ssl))) is_good = users(is_good, at);
        if (is_good == 0 && (self.options_.is_server || self.options_.verify)) {
            const int error = X509_STORE_CTX_get_error(at);
            const bool is_for_another =
                error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_IP_ADDRESS_MISMATCH;
            X509* about = is_for_another ? X509_STORE_CTX_get0_cert(at) : X509_STORE_CTX_get_current_cert(at);
            self.refusal_ =
                detail::refusal_words(error, about, self.options_.is_server ? "the client" : self.options_.host);
        }
        return is_good;
    }

    static void inform(const SSL* ssl, int where, int value)
    {
        if ((where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT) return;
        if (tls_engine* self = engine_of(ssl)) self->alert_ = value & 0xff;
    }

    // The peer asks for a certificate. One that it cannot accept is kept back, as Java's clients do: where a certificate is
    // only wished for, the connection then comes about without one (librdkafka 2.8).
    static int choose_certificate(SSL* ssl, void* engine)
    {
        auto& self = *static_cast<tls_engine*>(engine);
        self.was_asked_ = true;
        X509* leaf = SSL_get_certificate(ssl);
        self.has_certificate_ = leaf != nullptr;
        const STACK_OF(X509_NAME)* wanted = SSL_get0_peer_CA_list(ssl);
        if (leaf == nullptr || wanted == nullptr || sk_X509_NAME_num(wanted) == 0) return 1;
        const auto is_wanted = [wanted](X509* one) {
            for (int i = 0; i < sk_X509_NAME_num(wanted); ++i)
                if (X509_NAME_cmp(sk_X509_NAME_value(wanted, i), X509_get_issuer_name(one)) == 0) return true;
            return false;
        };
        STACK_OF(X509)* chain = nullptr;
        SSL_get0_chain_certs(ssl, static_cast<void*>(&chain));
        bool found = is_wanted(leaf);
        for (int i = 0; !found && chain != nullptr && i < sk_X509_num(chain); ++i)
            found = is_wanted(sk_X509_value(chain, i));
        if (!found) {
            SSL_certs_clear(ssl);
            self.is_withheld_ = true;
        }
        return 1;
    }

    static int keep(SSL* ssl, SSL_SESSION* one)
    {
        tls_engine* self = engine_of(ssl);
        if (self == nullptr || !self->options_.sessions || SSL_SESSION_is_resumable(one) == 0) return 0;
        self->options_.sessions->put(self->options_.broker, {one, SSL_SESSION_free});
        return 1; // the reference is ours now
    }
};

void tls_engine::ssl_deleter::operator()(ssl_st* one) const noexcept
{
    SSL_free(one);
}

void tls_engine::keep_sessions(ssl_ctx_st* context) noexcept
{
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, callbacks::keep);
}

tls_engine::tls_engine(ssl_ctx_st* context, options how)
    : options_(std::move(how)), ssl_(SSL_new(context)), read_size_(first_read_size)
{
    options_.host = plain_name(std::move(options_.host));
    BIO* bio = ssl_ ? BIO_new(callbacks::method()) : nullptr;
    if (bio == nullptr) {
        fail(errc::out_of_memory, "OpenSSL gives no SSL");
        return;
    }
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_ex_data(ssl_.get(), callbacks::index(), this);
    SSL_set_options(ssl_.get(), SSL_OP_NO_RENEGOTIATION);
    if (SSL_CTX_get_info_callback(context) == nullptr) SSL_set_info_callback(ssl_.get(), callbacks::inform);
    if (options_.is_server)
        set_up_server();
    else if (!set_up_client())
        fail(errc::invalid_option,
             "no broker can have the name \"" + detail::printable(options_.host, 300) + "\" that is to be verified");
}

tls_engine::~tls_engine()
{
    // OpenSSL takes a session for broken whose connection was not shut down, and Kafka's peers do not wait for farewells.
    if (ssl_ && is_ready_ && !error_) SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void tls_engine::set_up_server()
{
    int mode = SSL_VERIFY_NONE;
    if (options_.client_auth != client_authentication::none) mode = SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE;
    if (options_.client_auth == client_authentication::required) mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    SSL_set_verify(ssl_.get(), mode, callbacks::verify);
    SSL_set_accept_state(ssl_.get());
}

bool tls_engine::set_up_client()
{
    SSL* ssl = ssl_.get();
    SSL_set_connect_state(ssl);
    SSL_set_verify(ssl, options_.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, callbacks::verify);
    if (!options_.is_foreign) SSL_set_cert_cb(ssl, callbacks::choose_certificate, this);
    const std::string& host = options_.host;
    const bool has_address = is_address(host);
    const bool verifies = options_.verify && options_.verify_host;
    if (verifies && host.empty()) return false; // OpenSSL would then accept any name
    if (!has_address && !host.empty() && SSL_set_tlsext_host_name(ssl, host.c_str()) != 1) return false;
    if (verifies) {
        X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
        X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        const int set = has_address ? X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str())
                                    : X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size());
        if (set != 1) return false;
    }
    if (options_.sessions)
        if (const auto session = options_.sessions->take(options_.broker)) SSL_set_session(ssl, session.get());
    return true;
}

tls_engine::progress tls_engine::handshake()
{
    if (error_) return progress::failed;
    if (is_ready_) return progress::done;
    if (!has_heard_ && !input_.empty()) {
        has_heard_ = true;
        if (const bytes_view first = input_.view(); !detail::can_be_tls(first)) {
            fail(errc::tls_handshake_failed, detail::stranger_words(first, options_.is_server));
            if (const std::string_view said = first.text(); said.front() >= ' ' && said.front() <= '~')
                about_.set_broker_message(detail::printable(said.substr(0, said.find_first_of("\r\n")), 80));
            return progress::failed;
        }
    }
    ERR_clear_error();
    const int returned = SSL_do_handshake(ssl_.get());
    if (returned == 1) {
        is_ready_ = true;
        return progress::done;
    }
    if (SSL_get_error(ssl_.get(), returned) == SSL_ERROR_WANT_READ) return progress::wants_input;
    return fail_handshake();
}

tls_engine::progress tls_engine::read(std::span<std::byte> into, std::size_t& size)
{
    size = 0;
    if (error_) return progress::failed;
    if (is_closed_) return progress::closed;
    while (size < into.size()) {
        std::size_t got = 0;
        ERR_clear_error();
        const int returned = SSL_read_ex(ssl_.get(), into.data() + size, into.size() - size, &got);
        if (returned != 1) {
            // What came before an end or a failure is handed out first; they are found again at the next read.
            const progress seen = judge(returned);
            return size != 0 ? progress::done : seen;
        }
        has_data_ = true;
        size += got;
        if (input_.empty() && SSL_pending(ssl_.get()) == 0) break;
    }
    return progress::done;
}

tls_engine::progress tls_engine::peek()
{
    if (error_) return progress::failed;
    if (is_closed_) return progress::closed;
    std::byte first{};
    std::size_t got = 0;
    ERR_clear_error();
    const int returned = SSL_peek_ex(ssl_.get(), &first, 1, &got);
    return returned == 1 ? progress::done : judge(returned);
}

tls_engine::progress tls_engine::judge(int returned)
{
    switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return progress::wants_input;
    case SSL_ERROR_ZERO_RETURN: is_closed_ = true; return progress::closed;
    default: return fail_stream();
    }
}

tls_engine::progress tls_engine::encrypt(tls_plaintext& from)
{
    if (error_) return progress::failed;
    std::array<std::byte, record_size> gathered; // small parts share a record
    std::size_t most_gathered = 0;
    bool is_well = true;
    const std::size_t expected = std::min(from.size(), chunk_size + record_size);
    (void)output_.room(expected + (expected / record_size + 1) * record_overhead);
    while (is_well && !from.empty() && output_.size() < chunk_size) {
        const bytes_view next = from.front();
        if (next.size() >= record_size || next.size() == from.size()) {
            const std::size_t size = std::min(next.size(), record_size);
            is_well = write_record(next.subview(0, size));
            from.consume(size);
            continue;
        }
        std::size_t filled = 0;
        while (filled < record_size && !from.empty()) {
            const bytes_view part = from.front().subview(0, record_size - filled);
            std::memcpy(gathered.data() + filled, part.data(), part.size());
            filled += part.size();
            from.consume(part.size());
        }
        most_gathered = std::max(most_gathered, filled);
        is_well = write_record({gathered.data(), filled});
    }
    if (most_gathered != 0) OPENSSL_cleanse(gathered.data(), most_gathered); // a password may have been in it
    return is_well ? progress::done : progress::failed;
}

bool tls_engine::write_record(bytes_view plaintext)
{
    std::size_t written = 0;
    ERR_clear_error();
    if (SSL_write_ex(ssl_.get(), plaintext.data(), plaintext.size(), &written) != 1) {
        fail_stream();
        return false;
    }
    records_.push_back({output_.size(), plaintext.size()});
    return true;
}

void tls_engine::close_notify()
{
    if (has_said_farewell_ || error_ || !is_ready_) return;
    has_said_farewell_ = true;
    ERR_clear_error();
    (void)SSL_shutdown(ssl_.get());
    ERR_clear_error();
}

std::span<std::byte> tls_engine::input_room()
{
    return input_.room(read_size_);
}

void tls_engine::commit_input(std::size_t size)
{
    if (size >= read_size_)
        read_size_ = std::min(read_size_ * 2, largest_read_size); // there may be more where it came from
    input_.commit(size);
}

void tls_engine::take_output(tls_buffer& into, std::vector<record>& records)
{
    std::swap(output_, into);
    std::swap(records_, records);
    records_.clear();
}

void tls_engine::give_back(tls_buffer& from) noexcept
{
    if (output_.empty() && output_.capacity() < from.capacity()) std::swap(output_, from);
}

void tls_engine::release_memory() noexcept
{
    if (input_.empty()) input_.release();
    if (output_.empty()) output_.release();
    read_size_ = first_read_size;
    if (ssl_) SSL_free_buffers(ssl_.get());
}

std::string tls_engine::describe() const
{
    if (!is_ready_) return "TLS";
    return std::string(SSL_get_version(ssl_.get())) + ", " + SSL_get_cipher_name(ssl_.get());
}

bool tls_engine::was_resumed() const noexcept
{
    return ssl_ && SSL_session_reused(ssl_.get()) == 1;
}

tls_engine::progress tls_engine::fail(std::error_code ec, std::string words)
{
    if (error_) return progress::failed;
    error_ = ec;
    about_ = diagnostics(std::move(words));
    return progress::failed;
}

void tls_engine::on_end(std::error_code why)
{
    if (error_) return;
    const std::string who = options_.is_server ? "the client" : "the other side";
    const bool is_plain_end = why == asio::error::eof;
    const std::string how = is_plain_end ? " closed the connection " : " broke the connection ";
    std::string words = who + how + "during the TLS handshake";
    if (!has_heard_ && !options_.is_server)
        words = who + how + "before it answered the TLS handshake; it may not expect TLS, as a plain listener of Kafka";
    if (!is_plain_end) words += " (" + why.message() + ")";
    fail(is_plain_end ? errc::connection_closed : errc::connection_reset, std::move(words));
}

tls_engine::progress tls_engine::fail_handshake()
{
    if (options_.sessions) options_.sessions->forget(options_.broker);
    if (!refusal_.empty()) {
        ERR_clear_error();
        return fail(errc::tls_certificate_refused, refusal_);
    }
    return fail_stream();
}

// A failure of the handshake, or afterwards: with TLS 1.3 a broker judges the client's certificate when for the client the handshake is over.
tls_engine::progress tls_engine::fail_stream()
{
    const std::string reason = detail::take_openssl_reason();
    const std::string with = options_.is_server ? std::string{"the client"} : options_.host;
    const bool is_late_judgement = !has_data_ && detail::is_about_certificate(alert_);
    const std::error_code ec = !is_ready_ || is_late_judgement ? errc::tls_handshake_failed : errc::connection_reset;
    if (alert_ >= 0) {
        auto ours = detail::own_certificate::not_asked_for;
        if (was_asked_)
            ours = !has_certificate_ ? detail::own_certificate::missing
                   : is_withheld_    ? detail::own_certificate::withheld
                                     : detail::own_certificate::sent;
        return fail(ec, "TLS with " + with + " failed: " + detail::alert_words(alert_, options_.is_server, ours));
    }
    return fail(ec, "TLS with " + with + (is_ready_ ? " broke: " : " failed: ") + reason);
}

} // namespace odradek
