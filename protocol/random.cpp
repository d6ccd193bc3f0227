// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace odradek::detail {
namespace {

/// Small and reproducible everywhere (the splitmix64 sequence), which std::mt19937's distributions are not.
class random_numbers {
public:
    explicit random_numbers(std::uint64_t seed) noexcept : state_(seed) {}

    std::uint64_t next() noexcept
    {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::uint64_t below(std::uint64_t bound) noexcept { return next() % bound; }

private:
    std::uint64_t state_;
};

/// Sets every field that is visited.
class random_fill final : public visitor {
public:
    random_fill(api_version version, arena& memory, std::uint64_t seed, std::string_view name)
        : visitor(version, true), memory_(memory), random_(seed), name_(name)
    {}

    void message(const erased_type& type, void* object) { type.visit(*this, object, version()); }
    [[nodiscard]] codec_error finish() const { return failure_.finish(name_); }

private:
    /// Behind so many structs all lists stay empty, so that a message stays small.
    static constexpr std::size_t most_structs = 500;

    void leaf(const field_info& field, leaf_kind kind, void* value, null_state& null) override
    {
        null.is_null = null.possible && null.allowed && random_.below(4) == 0;
        if (!null.is_null) set(field, kind, value);
    }

    void object(const field_info& field, const erased_type& type, void*& object, null_state& null) override
    {
        null.is_null = null.possible && null.allowed && random_.below(3) == 0;
        if (null.is_null) return;
        if (null.possible) object = take(field, type, 1);
        if (object != nullptr) {
            ++structs_;
            type.visit(*this, object, version());
        } else {
            null.is_null = true;
        }
    }

    void items(const field_info& field, const erased_type& type, list_base& list, null_state& null) override
    {
        null.is_null = null.possible && null.allowed && random_.below(4) == 0;
        list = {};
        if (null.is_null || structs_ > most_structs) return;
        const std::size_t count = random_.below(4);
        auto* const place = static_cast<std::byte*>(take(field, type, count));
        if (place == nullptr) return;
        for (std::size_t i = 0; i < count; ++i) {
            if (type.visit == nullptr) {
                set(field, type.kind, place + i * type.size);
            } else {
                ++structs_;
                type.visit(*this, place + i * type.size, version());
            }
        }
        list = {place, count};
    }

    bool enter_tagged(const field_info&, bool) override { return random_.below(2) == 0; }

    void unknown_tags(list<tagged_field>& unknown, std::span<const std::uint32_t> known) override
    {
        if (random_.below(4) != 0) return;
        const field_info field{"tags", "_unknownTags"};
        const std::size_t count = 1 + random_.below(3);
        auto* const place = memory_.allocate_array<tagged_field>(count);
        if (place == nullptr) return no_memory(field);
        std::uint32_t tag = 0;
        for (std::size_t i = 0; i < count; ++i) {
            do tag += 1 + static_cast<std::uint32_t>(random_.below(200));
            while (std::find(known.begin(), known.end(), tag) != known.end());
            ::new (static_cast<void*>(place + i)) tagged_field{tag, bytes(field, random_.below(200))};
        }
        unknown = {place, count};
    }

    void set(const field_info& field, leaf_kind kind, void* value)
    {
        switch (kind) {
        case leaf_kind::boolean: *static_cast<bool*>(value) = random_.below(2) == 0; return;
        case leaf_kind::int8: *static_cast<std::int8_t*>(value) = number<std::int8_t>(); return;
        case leaf_kind::int16: *static_cast<std::int16_t*>(value) = number<std::int16_t>(); return;
        case leaf_kind::uint16: *static_cast<std::uint16_t*>(value) = number<std::uint16_t>(); return;
        case leaf_kind::int32: *static_cast<std::int32_t*>(value) = number<std::int32_t>(); return;
        case leaf_kind::uint32: *static_cast<std::uint32_t*>(value) = number<std::uint32_t>(); return;
        case leaf_kind::int64: *static_cast<std::int64_t*>(value) = number<std::int64_t>(); return;
        case leaf_kind::float64: *static_cast<double*>(value) = static_cast<double>(number<std::int32_t>()) / 7; return;
        case leaf_kind::error_code:
            *static_cast<broker_errc*>(value) = static_cast<broker_errc>(random_.below(140));
            return;
        case leaf_kind::uuid:
            for (std::uint8_t& byte : static_cast<uuid*>(value)->bytes) byte = number<std::uint8_t>();
            return;
        case leaf_kind::text: *static_cast<std::string_view*>(value) = text(field, length()); return;
        case leaf_kind::bytes: *static_cast<bytes_view*>(value) = bytes(field, length()); return;
        }
    }

    /// Mostly anything, sometimes the values where something changes.
    template <class T>
    T number() noexcept
    {
        switch (random_.below(8)) {
        case 0: return 0;
        case 1: return std::numeric_limits<T>::max();
        case 2: return std::numeric_limits<T>::min();
        case 3: return static_cast<T>(-1);
        default: return static_cast<T>(random_.next());
        }
    }

    /// Mostly short, sometimes around the lengths where a varint grows.
    std::size_t length() noexcept
    {
        constexpr std::array<std::size_t, 6> edges{0, 1, 126, 127, 128, 300};
        return random_.below(4) == 0 ? edges[random_.below(edges.size())] : random_.below(20);
    }

    bytes_view bytes(const field_info& field, std::size_t size)
    {
        auto* const place = memory_.allocate_array<std::byte>(size);
        if (place == nullptr) {
            no_memory(field);
            return {};
        }
        for (std::size_t i = 0; i < size; ++i) place[i] = static_cast<std::byte>(random_.next());
        return {place, size};
    }

    std::string_view text(const field_info& field, std::size_t size)
    {
        auto* const place = memory_.allocate_array<char>(size);
        if (place == nullptr) {
            no_memory(field);
            return {};
        }
        for (std::size_t i = 0; i < size; ++i) place[i] = static_cast<char>(' ' + random_.below(95));
        return {place, size};
    }

    void* take(const field_info& field, const erased_type& type, std::size_t count)
    {
        auto* const place = static_cast<std::byte*>(memory_.allocate(count * type.size, type.align));
        if (place == nullptr) {
            no_memory(field);
            return nullptr;
        }
        for (std::size_t i = 0; i < count; ++i) type.construct(place + i * type.size);
        return place;
    }

    void no_memory(const field_info& field) { failure_.set(errc::arena_exhausted, field.name, 0, "while filling it"); }

    arena& memory_;
    random_numbers random_;
    std::string_view name_;
    std::size_t structs_ = 0;
    codec_failure failure_;
};

} // namespace

codec_error fill_randomly(const message_face& face, const erased_type& type, void* message, arena& memory,
                          api_version version, std::uint64_t seed)
{
    if (!face.versions.contains(version)) return unsupported(face, version);
    random_fill fill{version, memory, seed, face.name};
    fill.message(type, message);
    return fill.finish();
}

} // namespace odradek::detail
