// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/header.hpp>
#include <odradek/tests/golden/line.hpp>
#include <odradek/tests/golden/line_source.hpp>
#include <odradek/tests/golden/message_line.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace odradek {
namespace {

constexpr std::size_t arena_cap = std::size_t{1} << 20;

// A golden message: what it is and its bytes.
struct golden_message {
    const message_descriptor& type;
    api_version version;
    std::vector<std::byte> bytes;
    std::string label;
};

void for_each_golden_message(const std::function<void(const golden_message&)>& use)
{
    std::size_t count = 0;
    for (const char* file : {"vectors.jsonl.gz", "coordinator-records.jsonl.gz"}) {
        golden::line_source lines{std::string(ODRADEK_SOURCE_DIR "/tests/golden/") + file};
        for (std::string text; lines.next(text); ++count) {
            const golden::json line = golden::json::parse(text);
            use({golden::type_of(line), api_version{golden::number_member<std::int16_t>(line, "v")},
                 golden::from_hex(golden::text_member(line, "hex"), "hex"), golden::label_of_message(line)});
            if (testing::Test::HasFailure()) return;
        }
        ASSERT_EQ(lines.error(), "");
    }
    ASSERT_GT(count, 6000u);
}

// Every place that a version of a message has, with "[]" for any index: what a path may say.
class all_places final : public visitor {
public:
    all_places(const message_descriptor& of, api_version version) : visitor(version, false), path_(of.name)
    {
        places_.insert(path_);
        inside("", of.type);
    }

    [[nodiscard]] bool has(std::string_view path) const
    {
        std::string general;
        bool in_index = false;
        for (const char c : path) {
            in_index = in_index && c != ']';
            if (!in_index) general += c;
            in_index = in_index || c == '[';
        }
        return places_.contains(general);
    }

private:
    void leaf(const field_info& field, detail::leaf_kind, void*, null_state&) override { add(field.name); }
    void object(const field_info& field, const detail::erased_type& type, void*&, null_state&) override
    {
        add(field.name);
        inside(std::string(".") + field.name, type);
    }
    void items(const field_info& field, const detail::erased_type& type, detail::list_base&, null_state&) override
    {
        add(field.name);
        places_.insert(path_ + '.' + field.name + "[]");
        if (type.visit != nullptr) inside(std::string(".") + field.name + "[]", type);
    }
    bool enter_tagged(const field_info&, bool) override { return true; }
    void unknown_tags(list<tagged_field>&, std::span<const std::uint32_t>) override { add("tags"); }

    void add(const char* name) { places_.insert(path_ + '.' + name); }
    void inside(const std::string& step, const detail::erased_type& type)
    {
        void* const any = memory_.allocate(type.size, type.align);
        ASSERT_NE(any, nullptr);
        type.construct(any);
        path_ += step;
        type.visit(*this, any, version());
        path_.resize(path_.size() - step.size());
    }

    arena memory_{arena_cap};
    std::string path_;
    std::set<std::string, std::less<>> places_;
};

const all_places& places_of(const message_descriptor& type, api_version version)
{
    static std::map<std::pair<std::string_view, std::int16_t>, all_places> known;
    return known.try_emplace({type.name, version.value}, type, version).first->second;
}

// R35
TEST(bad_input, every_prefix_of_every_golden_message_is_an_error_that_names_its_place)
{
    arena memory{arena_cap};
    for_each_golden_message([&](const golden_message& golden) {
        for (std::size_t size = 0; size < golden.bytes.size(); ++size) {
            // A copy of exactly this size, so that a sanitizer sees any step beyond its end.
            const std::vector<std::byte> prefix(golden.bytes.begin(),
                                                golden.bytes.begin() + static_cast<std::ptrdiff_t>(size));
            memory.reset();
            void* const message = golden.type.create(memory);
            const decode_error error = golden.type.decode(prefix, memory, golden.version, message);
            ASSERT_TRUE(error) << golden.label << ", " << size << " bytes";
            ASSERT_TRUE(places_of(golden.type, golden.version).has(error.path()))
                << golden.label << ", " << size << " bytes: " << error.message();
            ASSERT_LE(error.offset(), size) << golden.label << ": " << error.message();
            ASSERT_LE(memory.used(), arena_cap) << golden.label;
        }
    });
}

// R35: whatever a length says, decoding ends, in memory that was paid for.
TEST(bad_input, golden_messages_with_hostile_bytes_end_in_a_message_or_an_error)
{
    std::mt19937 random{5};
    arena memory{arena_cap};
    std::size_t refused = 0;
    for_each_golden_message([&](const golden_message& golden) {
        for (int round = 0; round < 8 && !golden.bytes.empty(); ++round) {
            std::vector<std::byte> bytes = golden.bytes;
            const std::size_t at = random() % bytes.size();
            const std::byte hostile[] = {std::byte{0x7f}, std::byte{0xff}, std::byte{0x80},
                                         static_cast<std::byte>(random())};
            for (std::size_t i = at; i < std::min(bytes.size(), at + 1 + random() % 5); ++i)
                bytes[i] = hostile[round % 4];
            memory.reset();
            void* const message = golden.type.create(memory);
            const decode_error error = golden.type.decode(bytes, memory, golden.version, message);
            ASSERT_LE(memory.used(), arena_cap) << golden.label;
            if (error) {
                ++refused;
                ASSERT_TRUE(places_of(golden.type, golden.version).has(error.path()))
                    << golden.label << ": " << error.message();
                ASSERT_NE(error.code(), errc{}) << golden.label;
            }
        }
    });
    EXPECT_GT(refused, 1000u);
}

TEST(bad_input, every_prefix_of_every_header_is_an_error)
{
    for (const message_descriptor& type : all_messages()) {
        if (type.kind != message_kind::request && type.kind != message_kind::response) continue;
        for (std::int16_t v = type.versions.first; v <= type.versions.last; ++v) {
            const api_version version{v};
            const bool is_request = type.kind == message_kind::request;
            writer out;
            open_frame opened{};
            ASSERT_FALSE(is_request ? begin_request(out, api{type.key}, version, 1, "client", opened)
                                    : begin_response(out, api{type.key}, version, 1, opened));
            const std::vector<std::byte> whole = out.flatten();
            for (std::size_t size = 4; size <= whole.size(); ++size) {
                const std::vector<std::byte> bytes(whole.begin() + 4,
                                                   whole.begin() + static_cast<std::ptrdiff_t>(size));
                arena memory{arena_cap};
                request_header request;
                response_header response;
                bytes_view body;
                const decode_error error =
                    is_request ? read_request_header(bytes, memory, request, body)
                               : read_response_header(bytes, api{type.key}, version, memory, response, body);
                ASSERT_EQ(static_cast<bool>(error), size < whole.size()) << type.name << " v" << v << ", " << size;
            }
        }
    }
}

// R35: any bytes at all.
TEST(bad_input, a_splitter_takes_any_stream)
{
    std::mt19937 random{3};
    for (int round = 0; round < 2000; ++round) {
        frame_splitter splitter{{.largest = frame_limits::after_authentication}};
        std::size_t sent = 0;
        for (int chunk = 0; chunk < 20 && !splitter.error(); ++chunk) {
            std::vector<std::byte> bytes(random() % 3000);
            for (std::byte& byte : bytes) byte = random() % 3 == 0 ? static_cast<std::byte>(random()) : std::byte{0};
            splitter.append(bytes);
            sent += bytes.size();
            for (frame f; splitter.next(f);) ASSERT_LE(f.size(), sent);
            ASSERT_LE(splitter.reserved(), 2 * sent + (std::size_t{512} << 10));
        }
        ASSERT_TRUE(!splitter.error() || splitter.error().path() == "frame");
    }
}

} // namespace
} // namespace odradek
