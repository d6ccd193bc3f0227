// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace odradek::broker {

/// What one part of the cluster holds of the memory that the cluster may hold in all.
///
/// Owned by that part; the total is the cluster's and outlives it. What was added is given back when the part is gone.
class memory_charge {
public:
    explicit memory_charge(std::size_t& total, std::size_t bytes = 0) noexcept : total_(&total) { set(bytes); }
    memory_charge(memory_charge&& other) noexcept : total_(other.total_), bytes_(other.bytes_) { other.bytes_ = 0; }
    memory_charge(const memory_charge&) = delete;
    memory_charge& operator=(const memory_charge&) = delete;
    ~memory_charge() { set(0); }

    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; } ///< What is held.
    void add(std::size_t bytes) noexcept { set(bytes_ + bytes); }       ///< More is held.
    void remove(std::size_t bytes) noexcept { set(bytes_ - bytes); }    ///< Less is held; not less than nothing.
    /// So much is held from now on.
    void set(std::size_t bytes) noexcept
    {
        *total_ = *total_ - bytes_ + bytes;
        bytes_ = bytes;
    }

private:
    std::size_t* total_;
    std::size_t bytes_ = 0;
};

} // namespace odradek::broker
