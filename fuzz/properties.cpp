// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/client/properties.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>

// A property file from anywhere: every complaint names a line that the text has and says something; what is said about TLS and SASL
// becomes options that fit together, or a conflict and options that nobody connects with.

using namespace odradek;

namespace {

void check_security(const properties& read)
{
    const property_error conflict = read.client_conflict();
    const client_options options = read.client();
    const tls* t = std::get_if<tls>(&options.security);
    const bool possible = t == nullptr || !t->maximum_version || *t->maximum_version >= t->minimum_version;
    if (conflict) {
        require(!conflict.name.empty() && conflict.line == 0, "a conflict names a property and no line");
        require(t != nullptr && !possible && options.sasl, "with a conflict nobody connects");
        return;
    }
    require(possible, "there is a version of TLS");
    if (options.sasl) {
        const auth_failure wrong = check(*options.sasl);
        require(!wrong || wrong.ec == errc::not_built_in, "who we are is complete");
    }
    require(!options.sasl || !std::holds_alternative<std::monostate>(options.security), "SASL has a protocol");
    if (t == nullptr) return;
    require(t->pkcs12_file.empty() ||
                ((t->certificate_file + t->key_file).empty() && t->certificate_pem.empty() && t->key_pem.empty()),
            "there is one certificate");
    require(t->certificate_file.empty() || t->certificate_pem.empty(), "it is in one place");
    require(t->ca_file.empty() || t->ca_directory.empty(), "one place of authorities is named");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text = bytes_view{data, size}.text();
    const auto lines = static_cast<std::size_t>(
                           std::count_if(text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; })) +
                       1;

    const properties read = properties::parse(text);
    for (const property_error& error : read.errors()) {
        require(error.line >= 1 && error.line <= lines, "an error lies in the text");
        require(!error.message.empty(), "an error has words");
    }
    for (const property_description& ignored : read.ignored()) {
        require(ignored.use == property_use::ignored && !ignored.note.empty(), "an ignored property has its reason");
    }
    require(read.ok() == read.errors().empty(), "ok() means that there is no error");
    (void)read.produce();
    (void)read.producer();
    (void)read.producer_conflict();
    check_security(read);

    properties changed = read;
    for (const char* protocol : {"SSL", "SASL_PLAINTEXT", "SASL_SSL"}) { // so that what is read counts
        require(!changed.set("security.protocol", protocol), "a protocol is known");
        check_security(changed);
    }
    const std::string unknown(200, 'x'); // so long that no name near to it is searched for
    require(static_cast<bool>(changed.set(unknown, "")), "an unknown name is refused");
    require(changed.errors().size() == read.errors().size() + 1, "its error is kept");
    return 0;
}
