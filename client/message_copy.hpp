// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/types.hpp>
#include <odradek/protocol/visitor.hpp>

#include <system_error>

namespace odradek::detail {

/// Makes `message`, a struct of type `type`, independent of what its views refer to: texts, bytes, lists and nullable structs
/// are copied into `memory`, whichever of the versions they belong to. The version that will be sent is not known yet when a
/// request is started, so every field counts. errc::arena_exhausted if they do not fit.
[[nodiscard]] ODRADEK_EXPORT std::error_code own_views(const erased_type& type, void* message, version_range versions,
                                                       arena& memory);

/// The same for a message of generated/messages.
template <class T>
[[nodiscard]] std::error_code own_views(T& message, arena& memory)
{
    return own_views(object_type<T>, &message, T::versions, memory);
}

} // namespace odradek::detail
