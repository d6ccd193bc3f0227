// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/json_reader.hpp>
#include <odradek/protocol/utf8.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

constexpr int deepest = 64; // no message nests by half as much

// What a string holds without memory of its own.
std::size_t inside_string() noexcept
{
    return std::string{}.capacity();
}

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

/// A recursive descent over the text; every function leaves the position where it stopped.
class json_parser {
public:
    json_parser(std::string_view text, std::size_t limit, codec_failure& failure)
        : text_(text), failure_(failure), left_(limit)
    {}

    bool document(json_value& root)
    {
        if (!value(root, 0)) return false;
        skip_space();
        return at_ == text_.size() || fail("something after the document");
    }

private:
    bool value(json_value& out, int depth)
    {
        skip_space();
        out.offset = at_;
        if (depth > deepest) return fail("nested too deeply");
        switch (peek()) {
        case '{': return object(out, depth);
        case '[': return array(out, depth);
        case '"': out.kind = json_value::type::text; return text(out.text);
        case 't': return word("true", out, json_value::type::boolean, true);
        case 'f': return word("false", out, json_value::type::boolean, false);
        case 'n': return word("null", out, json_value::type::null, false);
        default: return number(out);
        }
    }

    bool word(std::string_view expected, json_value& out, json_value::type kind, bool boolean)
    {
        if (text_.substr(at_, expected.size()) != expected) return fail("not a value");
        at_ += expected.size();
        out.kind = kind;
        out.boolean = boolean;
        return true;
    }

    bool number(json_value& out)
    {
        const std::size_t start = at_;
        if (peek() == '-') ++at_;
        const std::size_t whole = at_;
        if (!digits()) return fail(at_ == start ? "not a value" : "not a number");
        if (text_[whole] == '0' && at_ > whole + 1) return fail("a number with a leading zero");
        if (peek() == '.') {
            ++at_;
            if (!digits()) return fail("not a number");
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            if (!digits()) return fail("not a number");
        }
        out.kind = json_value::type::number;
        out.text = text_.substr(start, at_ - start);
        return out.text.capacity() == inside_string() || pay(out.text.capacity());
    }

    bool digits() noexcept
    {
        const std::size_t start = at_;
        while (is_digit(peek())) ++at_;
        return at_ != start;
    }

    bool array(json_value& out, int depth)
    {
        out.kind = json_value::type::array;
        ++at_;
        if (closes(']')) return true;
        while (true) {
            if (!room_for_one(out.items)) {
                failure_.inside_index(out.items.size());
                return false;
            }
            if (!value(out.items.emplace_back(), depth + 1)) {
                failure_.inside_index(out.items.size() - 1);
                return false;
            }
            if (closes(']')) return true;
            if (!expect(',')) return false;
        }
    }

    bool object(json_value& out, int depth)
    {
        out.kind = json_value::type::object;
        ++at_;
        if (closes('}')) return true;
        while (true) {
            skip_space();
            json_value::member each;
            each.offset = at_;
            if (peek() != '"') return fail("a name in quotes is missing");
            if (!text(each.name)) return false;
            if (!expect(':')) return false;
            if (!value(each.value, depth + 1)) {
                failure_.inside(each.name.c_str());
                return false;
            }
            if (!room_for_one(out.members)) return false;
            out.members.push_back(std::move(each));
            if (closes('}')) return names_differ(out);
            if (!expect(',')) return false;
        }
    }

    /// Sorts a copy, since an object of a hostile document may have very many members.
    bool names_differ(const json_value& of)
    {
        std::vector<const json_value::member*> sorted;
        sorted.reserve(of.members.size());
        for (const json_value::member& each : of.members) sorted.push_back(&each);
        const auto less = [](const auto* left, const auto* right) {
            return left->name != right->name ? left->name < right->name : left->offset < right->offset;
        };
        std::sort(sorted.begin(), sorted.end(), less);
        const auto same = [](const auto* left, const auto* right) { return left->name == right->name; };
        const auto twice = std::adjacent_find(sorted.begin(), sorted.end(), same);
        if (twice == sorted.end()) return true;
        at_ = twice[1]->offset;
        return fail("the name stands twice", twice[1]->name.c_str());
    }

    bool text(std::string& out)
    {
        ++at_;
        std::size_t paid = inside_string();
        while (at_ < text_.size()) {
            if (out.capacity() > paid && !pay(out.capacity() - std::exchange(paid, out.capacity()))) return false;
            const char c = text_[at_];
            if (c == '"') {
                ++at_;
                return true;
            }
            if (c == '\\') {
                if (!escape(out)) return false;
                continue;
            }
            if (static_cast<unsigned char>(c) < 0x20) return fail("a control character in a text");
            const std::size_t length = utf8_length(text_, at_);
            if (length == 0) return fail("a text that is not UTF-8");
            out.append(text_, at_, length);
            at_ += length;
        }
        return fail("a text without an end");
    }

    bool escape(std::string& out)
    {
        constexpr std::string_view letters = "\"\\/bfnrt";
        constexpr std::string_view meanings = "\"\\/\b\f\n\r\t";
        const char letter = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (const std::size_t found = letters.find(letter); letter != '\0' && found != std::string_view::npos) {
            out += meanings[found];
            at_ += 2;
            return true;
        }
        std::uint32_t code = 0;
        if (letter != 'u' || !hex(at_ + 2, code)) return fail("not an escape");
        std::size_t length = 6;
        if (code >= 0xd800 && code < 0xe000) { // half of a pair
            std::uint32_t low = 0;
            if (code >= 0xdc00 || text_.substr(at_ + 6, 2) != "\\u" || !hex(at_ + 8, low) || low < 0xdc00 ||
                low > 0xdfff) {
                return fail("half of a surrogate pair");
            }
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            length = 12;
        }
        append_utf8(out, code);
        at_ += length;
        return true;
    }

    /// Four hex digits.
    bool hex(std::size_t from, std::uint32_t& out) const noexcept
    {
        if (text_.size() < from + 4) return false;
        for (const char c : text_.substr(from, 4)) {
            const char lower = static_cast<char>(c | 0x20);
            if (!is_digit(c) && !(lower >= 'a' && lower <= 'f')) return false;
            out = out * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : lower - 'a' + 10);
        }
        return true;
    }

    bool closes(char bracket) noexcept
    {
        skip_space();
        if (peek() != bracket) return false;
        ++at_;
        return true;
    }

    bool expect(char mark)
    {
        skip_space();
        if (peek() != mark) return fail(std::string{"a '"} + mark + "' is missing");
        ++at_;
        return true;
    }

    void skip_space() noexcept
    {
        while (at_ < text_.size() && std::string_view{" \t\r\n"}.find(text_[at_]) != std::string_view::npos) ++at_;
    }

    /// Counts memory before the document takes it, or with texts as soon as they have.
    bool pay(std::size_t bytes)
    {
        if (bytes > left_) {
            failure_.set(errc::limit_exceeded, nullptr, at_,
                         "the document would take more memory than the message may");
            return false;
        }
        left_ -= bytes;
        return true;
    }

    template <class T>
    bool room_for_one(std::vector<T>& of)
    {
        if (of.size() < of.capacity()) return true;
        const std::size_t grown = std::max<std::size_t>(1, of.capacity() * 2);
        if (!pay((grown - of.capacity()) * sizeof(T))) return false;
        of.reserve(grown);
        return true;
    }

    [[nodiscard]] char peek() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    bool fail(std::string why, const char* name = nullptr)
    {
        failure_.set(errc::invalid_json, name, at_, std::move(why));
        return false;
    }

    std::string_view text_;
    codec_failure& failure_;
    std::size_t left_; // of the limit
    std::size_t at_ = 0;
};

} // namespace

json_value* json_value::find(std::string_view name, std::size_t& hint) noexcept
{
    for (std::size_t i = 0; i < members.size(); ++i) {
        const std::size_t at = (hint + i) % members.size();
        if (members[at].name != name) continue;
        hint = at + 1;
        members[at].value.used = true;
        return &members[at].value;
    }
    return nullptr;
}

void parse_json(std::string_view text, json_value& root, std::size_t limit, codec_failure& failure)
{
    (void)json_parser{text, limit, failure}.document(root);
}

} // namespace odradek::detail
