// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/message.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace odradek {

/// A message whose type is only known at run time: what a proxy, a fuzzer or a command line needs. The message itself
/// is an opaque object in an arena, made by create(), and valid as long as the arena is.
///
/// Descriptors are constants of the library; thread-safe. A program that uses the table links the codec of every
/// message.
struct ODRADEK_EXPORT message_descriptor {
    std::string_view name;      ///< "FetchResponse".
    std::string_view api_name;  ///< "Fetch"; for what is no request and no response, the same as `name`.
    message_kind kind;          ///< What the message is.
    std::int16_t key;           ///< Of the API or of the coordinator's record; -1 where there is none.
    version_range versions;     ///< What can be read and written.
    version_range negotiated;   ///< What a client chooses from.
    api_version flexible_since; ///< First version with tagged fields; 32767 for none.

    /// A message with all fields at their defaults; null when the arena is at its limit.
    [[nodiscard]] void* create(arena& memory) const noexcept;
    /// decode() into `message`, which create() made.
    [[nodiscard]] decode_error decode(bytes_view input, arena& memory, api_version version, void* message,
                                      const decode_options& options = {}) const;
    /// encode() of `message`.
    [[nodiscard]] encode_error encode(const void* message, api_version version, writer& out) const;
    /// to_json() of `message`.
    [[nodiscard]] std::string to_json(const void* message, api_version version) const;
    /// from_json() into `message`.
    [[nodiscard]] decode_error from_json(std::string_view json, arena& memory, api_version version,
                                         void* message) const;
    /// fill_randomly() of `message`.
    [[nodiscard]] codec_error fill_randomly(void* message, arena& memory, api_version version,
                                            std::uint64_t seed) const;
    /// compare() of two messages of this type.
    [[nodiscard]] std::string compare(const void* left, const void* right, api_version version) const;

    detail::erased_type type;                                        ///< The struct behind it, for the functions above.
    void (*read)(read_archive& archive, void* message, api_version); ///< Its codec().
    void (*write)(write_archive& archive, const void* message, api_version); ///< Its codec().
};

namespace detail {

template <class T>
[[nodiscard]] constexpr message_descriptor describe() noexcept
{
    std::string_view api_name = T::message_name;
    if constexpr (T::kind == message_kind::request) api_name.remove_suffix(std::string_view{"Request"}.size());
    if constexpr (T::kind == message_kind::response) api_name.remove_suffix(std::string_view{"Response"}.size());
    std::int16_t key = -1;
    if constexpr (requires { T::api_key; }) {
        key = static_cast<std::int16_t>(T::api_key);
    } else {
        key = T::record_id;
    }
    return {T::message_name,
            api_name,
            T::kind,
            key,
            T::versions,
            T::negotiated,
            T::flexible_since,
            object_type<T>,
            [](read_archive& archive, void* message, api_version version) {
                codec(archive, *static_cast<T*>(message), version);
            },
            [](write_archive& archive, const void* message, api_version version) {
                codec(archive, *static_cast<const T*>(message), version);
            }};
}

} // namespace detail

/// Every message of the library: requests and responses in the order of their keys, then headers and data.
[[nodiscard]] ODRADEK_EXPORT list<message_descriptor> all_messages() noexcept;

/// The request or response of an API; null if there is none.
[[nodiscard]] ODRADEK_EXPORT const message_descriptor* find_message(api key, message_kind kind) noexcept;
/// The message with this name, with or without Request or Response: "Fetch" and "FetchRequest"; null if there is none.
[[nodiscard]] ODRADEK_EXPORT const message_descriptor* find_message(std::string_view name, message_kind kind) noexcept;
/// The same in another table, as that of a generated set of one's own.
[[nodiscard]] ODRADEK_EXPORT const message_descriptor* find_message(list<message_descriptor> table,
                                                                    std::string_view name, message_kind kind) noexcept;

} // namespace odradek
