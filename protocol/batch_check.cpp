// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/varint.hpp>

namespace odradek {
namespace {

// What is wrong with a record, and where: made once, when the walk fails.
struct fault {
    const char* reason = nullptr;
    const std::byte* place = nullptr;
    std::int64_t value = batch_error::no_value;
};

// A cursor over the encoded records that stops at the first fault.
class record_walk {
public:
    record_walk(const std::byte* from, const std::byte* end) noexcept : at_(from), end_(end) {}

    bool at_end() const noexcept { return at_ == end_; }
    const fault& found() const noexcept { return fault_; }
    const std::byte* position() const noexcept { return at_; }

    bool record() noexcept
    {
        const std::byte* const start = at_;
        std::int32_t length = 0;
        if (!number(end_, length)) return fail("premature end: fewer records than the header counts", start);
        if (length < 0 || length > end_ - at_) return fail("record length is not inside the batch", start, length);
        const std::byte* const end = at_ + length;
        std::int32_t offset_delta = 0;
        std::int32_t headers = 0;
        if (at_ == end) return fail("record ends before its attributes", at_);
        ++at_;
        if (!long_number(end)) return fail("bad timestamp delta", at_);
        if (!number(end, offset_delta)) return fail("bad offset delta", at_);
        if (!bytes(end, -1)) return fail_or_keep("bad key length");
        if (!bytes(end, -1)) return fail_or_keep("bad value length");
        if (!number(end, headers)) return fail("bad number of headers", at_);
        if (headers != 0 && !header_list(end, headers)) return false;
        if (at_ != end) return fail("record is longer than its content; bytes left", at_, end - at_);
        return true;
    }

private:
    bool header_list(const std::byte* end, std::int32_t headers) noexcept
    {
        // Two bytes a header at least, so a count that cannot be true ends here and not after a long walk.
        if (headers < 0 || headers > (end - at_) / 2) return fail("bad number of headers", at_, headers);
        for (std::int32_t i = 0; i < headers; ++i) {
            if (!bytes(end, 0)) return fail_or_keep("bad length of a header's name");
            if (!bytes(end, -1)) return fail_or_keep("bad length of a header's value");
        }
        return true;
    }

    bool number(const std::byte* end, std::int32_t& value) noexcept
    {
        if (at_ != end && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]] {
            value = unzigzag(static_cast<std::uint32_t>(*at_++));
            return true;
        }
        std::uint32_t coded = 0;
        const std::byte* const behind = read_uvarint(at_, end, coded);
        if (behind == nullptr) return false;
        value = unzigzag(coded);
        at_ = behind;
        return true;
    }

    bool long_number(const std::byte* end) noexcept
    {
        if (at_ != end && static_cast<std::uint8_t>(*at_) < 0x80) [[likely]] {
            ++at_;
            return true;
        }
        std::uint64_t coded = 0;
        const std::byte* const behind = read_uvarlong(at_, end, coded);
        if (behind == nullptr) return false;
        at_ = behind;
        return true;
    }

    bool bytes(const std::byte* end, std::int32_t least) noexcept
    {
        const std::byte* const start = at_;
        std::int32_t length = 0;
        if (!number(end, length)) return false;
        if (length < least || length > end - at_) {
            fault_ = {nullptr, start, length};
            return false;
        }
        if (length > 0) at_ += length;
        return true;
    }

    bool fail(const char* reason, const std::byte* place, std::int64_t value = batch_error::no_value) noexcept
    {
        fault_ = {reason, place, value};
        return false;
    }

    bool fail_or_keep(const char* reason) noexcept
    {
        if (fault_.place == nullptr) fault_.place = at_;
        fault_.reason = reason;
        return false;
    }

    const std::byte* at_;
    const std::byte* end_;
    fault fault_;
};

} // namespace

batch_error batch_view::check_records(bytes_view records) noexcept
{
    const auto place = [&](const std::byte* at) { return static_cast<std::size_t>(at - records.begin()); };
    record_walk walk{records.begin(), records.end()};
    for (std::int32_t i = 0; i < count_; ++i) {
        if (walk.record()) [[likely]]
            continue;
        const fault& found = walk.found();
        batch_error error{errc::invalid_record, found.reason, place(found.place), found.value, true};
        error.blame(i);
        return error;
    }
    if (!walk.at_end()) {
        return {errc::invalid_record, "more records than the header counts", place(walk.position()), count_, true};
    }
    records_ = records;
    return {};
}

} // namespace odradek
