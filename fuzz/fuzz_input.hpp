// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/endian.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <source_location>

/// What the fuzzing engine calls with each input; every target defines it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace odradek {

/// The bytes that a fuzz target was given, cut from the front into the choices and pieces that the target needs.
///
/// A cursor on the target's stack over memory of the fuzzing engine, which ends exactly where the input does, so that
/// AddressSanitizer sees every step beyond. Past the end all numbers are 0 and all pieces are empty.
class fuzz_input {
public:
    fuzz_input(const std::uint8_t* data, std::size_t size) noexcept : left_(data, size) {} ///< The whole input.

    /// The next sizeof(T) bytes as a number, big endian.
    template <class T>
    [[nodiscard]] T number() noexcept
    {
        const bytes_view bytes = piece(sizeof(T));
        return bytes.size() == sizeof(T) ? load_big<T>(bytes.data()) : T{};
    }

    /// One byte.
    [[nodiscard]] std::uint8_t byte() noexcept { return number<std::uint8_t>(); }

    /// One byte brought down below `count`, which lies between 1 and 256.
    [[nodiscard]] std::size_t below(std::size_t count) noexcept { return byte() % count; }

    /// The next `size` bytes, or what is left.
    [[nodiscard]] bytes_view piece(std::size_t size) noexcept
    {
        const bytes_view cut = left_.subview(0, size);
        left_ = left_.subview(cut.size());
        return cut;
    }

    [[nodiscard]] bytes_view rest() noexcept { return piece(left_.size()); } ///< All that is left.
    [[nodiscard]] std::size_t size() const noexcept { return left_.size(); } ///< Bytes that are left.
    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }      ///< Nothing left?

private:
    bytes_view left_;
};

/// Ends the program, and with it the fuzzing, unless `holds`: a finding. `what` says what should have held.
inline void require(bool holds, const char* what, std::source_location where = std::source_location::current())
{
    if (holds) return;
    std::fprintf(stderr, "%s:%u: does not hold: %s\n", where.file_name(), static_cast<unsigned>(where.line()), what);
    std::abort();
}

namespace detail {

inline volatile std::uint8_t touched; // so that no reading is optimised away

} // namespace detail

/// Reads every byte, so that a view to memory that is not ours any more is found.
inline void touch(bytes_view bytes) noexcept
{
    std::uint8_t total = 0;
    for (const std::byte each : bytes) total = static_cast<std::uint8_t>(total + static_cast<std::uint8_t>(each));
    detail::touched = total;
}

/// Does `part` lie inside `whole`? An empty part may lie anywhere.
[[nodiscard]] inline bool lies_in(bytes_view part, bytes_view whole) noexcept
{
    return part.empty() || (part.begin() >= whole.begin() && part.end() <= whole.end());
}

} // namespace odradek
