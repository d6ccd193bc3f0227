// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/scram_message.hpp>
#include <odradek/protocol/base64.hpp>

#include <algorithm>
#include <charconv>
#include <limits>

namespace odradek::detail {
namespace {

// Goes through the attributes `name=value` between commas.
class attribute_reader {
public:
    explicit attribute_reader(std::string_view message) noexcept : left_(message) {}

    // True and the value if the next attribute has this name; else nothing moves.
    bool take(std::string_view name, std::string_view& value) noexcept
    {
        if (at_end_ || !left_.starts_with(name) || left_.substr(name.size(), 1) != "=") return false;
        begins_at_ = position_;
        const std::size_t end = std::min(left_.find(','), left_.size());
        value = left_.substr(name.size() + 1, end - name.size() - 1);
        advance(end);
        return true;
    }

    // The next attribute, whatever its name.
    bool take_any(std::string_view& name, std::string_view& value) noexcept
    {
        if (at_end_) return false;
        name = left_.substr(0, left_.find_first_of("=,"));
        return !name.empty() && take(name, value);
    }

    // What is left are attributes that RFC 5802 lets one ignore.
    bool only_extensions_left() noexcept
    {
        std::string_view name;
        std::string_view value;
        while (take_any(name, value)) {
        }
        return at_end_;
    }

    [[nodiscard]] bool at_end() const noexcept { return at_end_; }
    [[nodiscard]] std::size_t begins_at() const noexcept { return begins_at_; } // of the last attribute that was taken

private:
    void advance(std::size_t end) noexcept
    {
        at_end_ = end == left_.size();
        const std::size_t taken = at_end_ ? end : end + 1; // with its comma, behind which another one has to come
        left_.remove_prefix(taken);
        position_ += taken;
    }

    std::string_view left_;
    std::size_t position_ = 0;
    std::size_t begins_at_ = 0;
    bool at_end_ = false;
};

constexpr std::string_view too_long = "the message is too long";
constexpr std::string_view mandatory = "the message demands an extension (m=), and none is known";

bool is_nonce(std::string_view text) noexcept
{
    return !text.empty() &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != ','; });
}

bool decode_base64(std::string_view text, std::vector<std::byte>& out)
{
    const auto size = base64_size(text, base64_alphabet::standard);
    if (!size || *size == 0) return false;
    out.resize(*size);
    return from_base64(text, base64_alphabet::standard, out.data());
}

bool is_true(std::string_view text) noexcept
{
    constexpr std::string_view word = "true";
    return std::equal(text.begin(), text.end(), word.begin(), word.end(), [](char left, char right) {
        return (left >= 'A' && left <= 'Z' ? left + ('a' - 'A') : left) == right;
    });
}

} // namespace

std::string scram_escaped(std::string_view name)
{
    std::string escaped;
    for (const char c : name) {
        if (c == ',')
            escaped += "=2C";
        else if (c == '=')
            escaped += "=3D";
        else
            escaped += c;
    }
    return escaped;
}

std::optional<std::string> scram_unescaped(std::string_view name)
{
    std::string plain_name;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '=') {
            plain_name += name[i];
            continue;
        }
        const std::string_view code = name.substr(i + 1, 2);
        if (code != "2C" && code != "3D") return std::nullopt;
        plain_name += code == "2C" ? ',' : '=';
        i += 2;
    }
    return plain_name;
}

std::string_view parse(std::string_view message, scram_client_first& out)
{
    if (message.size() > longest_scram_message) return too_long;
    if (message.find('\0') != std::string_view::npos) return "the client's first message contains a NUL";
    if (!message.starts_with("n,")) return "the client asks for channel binding, or its header cannot be read";
    const std::size_t comma = message.find(',', 2);
    if (comma == std::string_view::npos) return "the client's first message has no header";
    out.gs2_header = message.substr(0, comma + 1);
    out.bare = message.substr(comma + 1);
    if (const std::string_view authzid = message.substr(2, comma - 2); !authzid.empty()) {
        const auto name = authzid.starts_with("a=") ? scram_unescaped(authzid.substr(2)) : std::nullopt;
        if (!name || name->empty()) return "the authorization id cannot be read";
        out.authzid = *name;
    }
    attribute_reader attributes{out.bare};
    std::string_view value;
    if (attributes.take("m", value)) return mandatory;
    if (!attributes.take("n", value)) return "the client's first message has no user name";
    const auto username = scram_unescaped(value);
    if (!username || username->empty()) return "the user name cannot be read";
    out.username = *username;
    if (!attributes.take("r", out.nonce) || !is_nonce(out.nonce)) return "the client's first message has no nonce";
    std::string_view name;
    while (attributes.take_any(name, value))
        if (name == "tokenauth") out.token_auth = is_true(value);
    return attributes.at_end() ? std::string_view{} : "the client's first message cannot be read to its end";
}

std::string_view parse(std::string_view message, scram_server_first& out)
{
    if (message.size() > longest_scram_message) return too_long;
    attribute_reader attributes{message};
    std::string_view value;
    if (attributes.take("m", value)) return mandatory;
    if (!attributes.take("r", out.nonce) || !is_nonce(out.nonce)) return "the server's first message has no nonce";
    if (!attributes.take("s", value) || !decode_base64(value, out.salt))
        return "the server's first message has no salt";
    if (!attributes.take("i", value) || value.empty() || value.front() < '1' || value.front() > '9')
        return "the server's first message has no count of iterations";
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out.iterations);
    if (end != value.data() + value.size()) return "the server's first message has no count of iterations";
    if (error != std::errc{}) out.iterations = std::numeric_limits<int>::max();
    return attributes.only_extensions_left() ? std::string_view{}
                                             : "the server's first message cannot be read to its end";
}

std::string_view parse(std::string_view message, scram_client_final& out)
{
    if (message.size() > longest_scram_message) return too_long;
    attribute_reader attributes{message};
    std::string_view value;
    if (!attributes.take("c", value) || !decode_base64(value, out.channel))
        return "the client's final message has no channel binding";
    if (!attributes.take("r", out.nonce) || !is_nonce(out.nonce)) return "the client's final message has no nonce";
    std::string_view name;
    while (attributes.take_any(name, value) && name != "p") {
    }
    if (name != "p" || !attributes.at_end() || !decode_base64(value, out.proof))
        return "the client's final message does not end with a proof";
    out.without_proof = message.substr(0, attributes.begins_at() - 1);
    return {};
}

std::string_view parse(std::string_view message, scram_server_final& out)
{
    if (message.size() > longest_scram_message) return too_long;
    attribute_reader attributes{message};
    std::string_view value;
    if (attributes.take("e", out.error)) {
        if (out.error.empty()) return "the server's final message has an empty error";
    } else if (!attributes.take("v", value) || !decode_base64(value, out.signature)) {
        return "the server's final message has no signature";
    }
    return attributes.only_extensions_left() ? std::string_view{}
                                             : "the server's final message cannot be read to its end";
}

} // namespace odradek::detail
