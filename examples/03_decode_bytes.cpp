// SPDX-License-Identifier: Apache-2.0
//
// The codec alone: no network, no Asio. Encodes a request, decodes the bytes again, prints both as JSON, and shows what an
// error says about bytes that are cut off. Links odradek::protocol only.
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <iostream>
#include <vector>

namespace kafka = odradek;

int main()
{
    constexpr kafka::api_version version{12};
    const kafka::metadata_request::metadata_request_topic topics[] = {{.name = "letters"}, {.name = "diaries"}};
    kafka::metadata_request request;
    request.topics = kafka::list<kafka::metadata_request::metadata_request_topic>{topics};
    request.allow_auto_topic_creation = false;

    kafka::writer out;
    if (const auto error = kafka::encode(request, version, out)) {
        std::cerr << error.message() << '\n';
        return 1;
    }
    const std::vector<std::byte> bytes = out.flatten();
    std::cout << bytes.size() << " bytes\n" << kafka::to_json(request, version) << '\n';

    kafka::arena memory; // what the decoded message's lists live in; its texts are views into `bytes`
    kafka::metadata_request decoded;
    if (const auto error = kafka::decode(kafka::bytes_view{bytes}, memory, version, decoded)) {
        std::cerr << error.message() << '\n';
        return 1;
    }
    for (const auto& topic : *decoded.topics) std::cout << "topic " << *topic.name << '\n';

    const auto error = kafka::decode(kafka::bytes_view{bytes}.subview(0, 30), memory, version, decoded);
    std::cout << "cut off: at " << error.path() << ", byte " << error.offset() << ": " << error.code().message()
              << '\n';
    return error ? 0 : 1;
}
