// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace odradek::test {

/// While it lives, looks into every block that is given back with delete, for a text that should not be there any more.
///
/// One at a time; it sees all of the test program, so the test itself must keep the text in memory that it does not give back
/// meanwhile (a literal). Blocks of malloc, OpenSSL's among them, are not seen.
class freed_memory {
public:
    explicit freed_memory(std::string_view wanted) noexcept;
    freed_memory(const freed_memory&) = delete;
    freed_memory& operator=(const freed_memory&) = delete;
    ~freed_memory();

    [[nodiscard]] int found() const noexcept;  ///< Blocks that held the text.
    [[nodiscard]] int looked() const noexcept; ///< Blocks that were given back.
};

} // namespace odradek::test
