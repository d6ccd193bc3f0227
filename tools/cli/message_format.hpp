// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/message.hpp>
#include <odradek/tools/cli/output.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace odradek::cli {

/// A compiled -f: how one message is written, with kcat's tokens.
///
/// %t topic, %p partition, %o offset, %k key, %K its length (-1: null), %s value, %S its length (-1: null), %R its length as
/// four bytes, big endian, %T timestamp in milliseconds, %h headers as name=value with commas, %% a percent sign; and the
/// escapes of unescape(). A null key or value prints nothing, a null header value NULL, as kcat has it.
///
/// Immutable once made; owned by one consume command.
class message_format {
public:
    /// Compiles; an unknown token is a usage failure.
    explicit message_format(std::string_view text);

    /// Writes one message.
    void write(const message& m, output& out) const;

private:
    struct piece {
        char token; // 0: the text as it is
        std::string text;
    };

    std::vector<piece> pieces_;
};

/// What consume prints without -f and -J: the key and the delimiter if there is one (-K), the value, and a newline.
class plain_format {
public:
    /// With a delimiter, keys are printed too; a null key as nothing. `print_keys` says whether there is one.
    plain_format(bool print_keys, std::string delimiter) : print_keys_(print_keys), delimiter_(std::move(delimiter)) {}

    /// Writes one message.
    void write(const message& m, output& out) const;

private:
    bool print_keys_;
    std::string delimiter_;
};

/// Writes one message as one line of JSON (-J): topic, partition, offset, tstype, ts, headers, key, payload.
///
/// Null is null. Bytes that are no UTF-8 come in base64 under another name: key_base64, payload_base64, and name_base64 and
/// value_base64 in headers. Headers are an array of {"name", "value"}, so that order and duplicates stay.
void write_json(const message& m, output& out);

} // namespace odradek::cli
