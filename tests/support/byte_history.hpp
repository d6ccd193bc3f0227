// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/protocol/bytes.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace odradek::test {

/// A hash over everything that happened on a network, with its time: two runs with the same value exchanged the same bytes.
///
/// Owned by a simulated world. Eight bytes at a time with the mixing of splitmix64: good enough to notice any difference, and fast.
class byte_history {
public:
    /// Kinds of things that happen.
    enum class event : std::uint8_t { connected, refused, to_broker, to_client, ended, cut };

    void note(event what, steady_time when, std::uint64_t stream) noexcept
    {
        add(static_cast<std::uint64_t>(what));
        add(static_cast<std::uint64_t>(when.time_since_epoch().count()));
        add(stream);
    }
    void note(event what, steady_time when, std::uint64_t stream, bytes_view bytes) noexcept
    {
        note(what, when, stream);
        add(bytes.size());
        const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
        std::size_t left = bytes.size();
        for (; left >= 8; left -= 8, at += 8) add(load(at, 8));
        if (left != 0) add(load(at, left));
        bytes_ += bytes.size();
    }

    [[nodiscard]] std::uint64_t value() const noexcept { return state_; }
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; } ///< That were exchanged.

private:
    void add(std::uint64_t word) noexcept
    {
        state_ = (std::rotl(state_, 5) ^ word) * 0x9e3779b97f4a7c15;
        state_ ^= state_ >> 32;
    }
    static std::uint64_t load(const unsigned char* at, std::size_t count) noexcept
    {
        std::uint64_t word = 0; // the same on every machine
        for (std::size_t i = 0; i < count; ++i) word |= static_cast<std::uint64_t>(at[i]) << (8 * i);
        return word;
    }

    std::uint64_t state_ = 0xcbf29ce484222325;
    std::uint64_t bytes_ = 0;
};

} // namespace odradek::test
