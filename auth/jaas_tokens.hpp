// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace odradek::detail {

/// Cuts a JAAS text into words, as java.io.StreamTokenizer does with the settings of Kafka's JaasConfig: words of letters,
/// digits and "._-$" that begin with a letter, "_" or "$"; texts in double or single quotes with C's escapes; comments from "/" to the
/// end of the line and between "/*" and "*/". Private to the library; the text has to outlive it.
class jaas_tokens {
public:
    enum class kind : std::uint8_t {
        end,      // of the text
        text,     // a word, or what was in quotes
        symbol,   // '=', ';' or another character alone
        number,   // what begins like one: Java takes it for no text
        unclosed, // a quote without its other end on the line
    };

    struct token {
        kind what = kind::end;
        secret content{};   // of a text
        char symbol = 0;    // of a symbol
        std::size_t at = 0; // where it begins
    };

    explicit jaas_tokens(std::string_view text) noexcept : text_(text) {}

    /// The next one. After the end it stays the end; after an unclosed quote nothing is promised.
    [[nodiscard]] token next();

private:
    void skip_blanks_and_comments() noexcept;
    [[nodiscard]] token word();
    [[nodiscard]] token quoted();
    [[nodiscard]] bool unescape(std::string& out);
    [[nodiscard]] bool is_word_character(std::size_t at, bool first) const noexcept;
    [[nodiscard]] char peek(std::size_t ahead = 0) const noexcept
    {
        return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
    }

    std::string_view text_;
    std::size_t position_ = 0;
};

} // namespace odradek::detail
