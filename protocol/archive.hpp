// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/types.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace odradek {

/// What the generated codec() templates and the archives that they are instantiated with share: the names of a field,
/// the description of a tagged field, and the failure that remembers where it happened. Users meet none of it.
///
/// Everything here lives on the stack of one decode() or encode().

/// A tagged field that this version of the library does not know: kept, and written back in its place.
struct tagged_field {
    std::uint32_t tag = 0; ///< Its number in the section.
    bytes_view value;      ///< Its payload, as it came.

    friend bool operator==(const tagged_field&, const tagged_field&) = default;
};

/// The names of a field.
struct field_info {
    const char* name; ///< In C++ and in error paths: `topic_id`.
    const char* json; ///< In JSON, as Kafka's own tools write it: `topicId`.
};

/// What a codec() reads into or writes from: `const T` for archives that must not change it.
template <class Archive, class T>
using archived = std::conditional_t<Archive::is_const, const T, T>;

/// One known tagged field of a struct. `field` runs the archive's function for it, `is_default` says whether it can be
/// left out.
template <class Field, class IsDefault>
struct tagged {
    std::uint32_t number; ///< Its tag.
    bool live;            ///< Whether it is a tagged field in this version.
    const field_info& info;
    Field field;
    IsDefault is_default;
};

namespace detail {

/// The first failure of an archive. The path grows from the inside out, as the calls return, so success pays nothing
/// for it.
class codec_failure {
public:
    [[nodiscard]] bool failed() const noexcept { return code_ != errc{}; }

    /// Remembers a failure; only the first counts. `name` may be null: then the place is the struct itself.
    ODRADEK_EXPORT void set(errc code, const char* name, std::size_t offset, std::string detail);
    /// The failure happened inside the struct `name`.
    ODRADEK_EXPORT void inside(const char* name);
    /// The failure happened in item `index` of the array `name`.
    ODRADEK_EXPORT void inside(const char* name, std::size_t index);
    /// The failure happened in item `index` of an array that has no name.
    ODRADEK_EXPORT void inside_index(std::size_t index);
    /// The failure happened in item `index` of the array that set() named.
    ODRADEK_EXPORT void index(std::size_t index);
    /// The error for the caller; none if nothing failed.
    [[nodiscard]] ODRADEK_EXPORT codec_error finish(std::string_view message_name) const;

private:
    errc code_{};
    std::size_t offset_ = 0;
    std::string path_; // each part with a leading dot
    std::string detail_;
};

} // namespace detail

} // namespace odradek
