// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// The records that both producers of bench/compare send: the same bytes for the same number.
///
/// Made before the clock starts and only read afterwards, so any thread may. Values look like JSON of a shop's events:
/// names repeat, numbers do not. They come from a pool that is larger than a batch, so that none repeats inside of one, and
/// small enough not to weigh much in the memory that is measured.
class payloads {
public:
    /// `pool` bytes of values of `size` bytes each, rounded down to a power of two of them, so that choosing costs a mask.
    payloads(std::size_t pool, std::size_t size)
        : size_(size), mask_(std::bit_floor(std::max<std::size_t>(pool / size, 1)) - 1)
    {
        values_.reserve((mask_ + 1) * size);
        for (std::size_t i = 0; i <= mask_; ++i) {
            add_value();
            add_key();
        }
    }

    /// Value of the record of this number.
    [[nodiscard]] std::string_view value(std::uint64_t number) const
    {
        return {values_.data() + (number & mask_) * size_, size_};
    }
    /// Key of the record of this number: 8 to 16 bytes.
    [[nodiscard]] std::string_view key(std::uint64_t number) const
    {
        const key_place& place = keys_[number & mask_];
        return {place.text.data(), place.size};
    }
    /// Value of its header "trace": 16 bytes.
    [[nodiscard]] std::string_view trace(std::uint64_t number) const
    {
        const key_place& place = keys_[number & mask_];
        return {place.text.data(), place.text.size()};
    }
    /// Value of its header "source".
    [[nodiscard]] static std::string_view source(std::uint64_t number)
    {
        constexpr std::array<std::string_view, 4> all{"web", "ios", "android", "till"};
        return all[number % all.size()];
    }

private:
    struct key_place {
        std::array<char, 16> text{};
        std::size_t size = 0;
    };

    /// splitmix64: the same numbers everywhere, unlike the distributions of the C++ library.
    std::uint64_t random()
    {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31);
    }

    void add_value()
    {
        constexpr std::array<std::string_view, 8> kinds{"page_view", "add_to_cart", "checkout", "search",
                                                        "sign_in",   "sign_out",    "refund",   "wish"};
        constexpr std::array<std::string_view, 8> fields{"shop",   "region", "campaign", "referrer",
                                                         "device", "basket", "article",  "session"};
        std::string text;
        text += R"({"id":)" + std::to_string(random() % 1'000'000'000);
        text += R"(,"user":"u)" + std::to_string(random() % 1'000'000);
        text += R"(","kind":")";
        text += kinds[random() % kinds.size()];
        text += R"(","cents":)" + std::to_string(random() % 100'000);
        while (text.size() + 1 < size_) {
            text += R"(,")";
            text += fields[random() % fields.size()];
            text += R"(":")" + std::to_string(random() % 100'000'000) + '"';
        }
        // Cut to the size wherever that falls: nobody parses it.
        text.resize(size_, ' ');
        text.back() = '}';
        values_ += text;
    }

    void add_key()
    {
        key_place place;
        std::uint64_t digits = random();
        for (char& c : place.text) {
            c = "0123456789abcdef"[digits & 15];
            digits >>= 4;
        }
        place.size = 8 + random() % 9;
        keys_.push_back(place);
    }

    std::size_t size_;
    std::uint64_t mask_;
    std::uint64_t state_ = 1;
    std::string values_;
    std::vector<key_place> keys_;
};

} // namespace bench
