// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>
#include <odradek/tools/cli/json_text.hpp>
#include <odradek/tools/cli/message_format.hpp>

namespace odradek::cli {
namespace {

std::string_view name_of(timestamp_type type) noexcept
{
    switch (type) {
    case timestamp_type::create: return "create";
    case timestamp_type::log_append: return "logappend";
    case timestamp_type::none: break;
    }
    return "unknown";
}

/// `"name":"text"`, `"name":null` or `"name_base64":"..."`.
void write_bytes(std::string_view name, const nullable<bytes_view>& bytes, output& out)
{
    out.write("\"");
    out.write(name);
    if (!bytes) {
        out.write("\":null");
    } else if (is_utf8(bytes->text())) {
        out.write("\":");
        write_json_string(bytes->text(), out);
    } else {
        out.write("_base64\":\"");
        out.write(to_base64(*bytes));
        out.write("\"");
    }
}

void write_name(std::string_view name, output& out)
{
    // A header's name is UTF-8 by the protocol, but nobody checks it.
    write_bytes("name", nullable<bytes_view>{bytes_view{name}}, out);
}

} // namespace

void write_json(const message& m, output& out)
{
    const record_view& record = *m.record;
    out.write("{\"topic\":");
    write_json_string(m.topic, out);
    out.write(",\"partition\":");
    out.write_number(m.partition);
    out.write(",\"offset\":");
    out.write_number(record.offset());
    out.write(",\"tstype\":\"");
    out.write(name_of(m.timestamps));
    out.write("\",\"ts\":");
    out.write_number(record.timestamp());
    out.write(",\"headers\":[");
    bool first = true;
    for (const record_header& header : record.headers()) {
        out.write(first ? "{" : ",{");
        first = false;
        write_name(header.key, out);
        out.write(",");
        write_bytes("value", header.value, out);
        out.write("}");
    }
    out.write("],");
    write_bytes("key", record.key(), out);
    out.write(",");
    write_bytes("payload", record.value(), out);
    out.write("}\n");
}

} // namespace odradek::cli
