// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/client/properties.hpp>

#include <algorithm>
#include <string>
#include <string_view>

// A property file from anywhere: every complaint names a line that the text has and says something.

using namespace odradek;

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

    properties changed = read;
    const std::string unknown(200, 'x'); // so long that no name near to it is searched for
    require(static_cast<bool>(changed.set(unknown, "")), "an unknown name is refused");
    require(changed.errors().size() == read.errors().size() + 1, "its error is kept");
    return 0;
}
