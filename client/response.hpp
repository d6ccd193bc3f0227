// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/connection.hpp>
#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <utility>

namespace odradek {

/// An answer, with the bytes and the memory that its views point into.
///
/// Move-only, owned by whoever asked; used by one thread at a time. Everything reached through -> lives as long as this
/// object, also after it was moved. A default one holds an answer with every field at its default.
template <class T>
class response {
public:
    response() = default;

    /// Takes over what `decoded` refers to.
    response(T decoded, response_frame bytes, arena memory, std::int32_t node_id) noexcept
        : value_(decoded), frame_(std::move(bytes)), memory_(std::move(memory)), node_id_(node_id)
    {}

    [[nodiscard]] const T& operator*() const noexcept { return value_; }
    [[nodiscard]] const T* operator->() const noexcept { return &value_; }

    /// The version that it was answered in.
    [[nodiscard]] api_version version() const noexcept { return frame_.version; }
    /// Who answered; -1 for a bootstrap server.
    [[nodiscard]] std::int32_t node_id() const noexcept { return node_id_; }
    /// The encoded message, without header.
    [[nodiscard]] bytes_view body() const noexcept { return frame_.body; }

private:
    T value_{};
    response_frame frame_;
    arena memory_;
    std::int32_t node_id_ = -1;
};

} // namespace odradek
