// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/secret.hpp>

#include <cstring>
#include <utility>

namespace odradek {

void wipe(std::span<std::byte> memory) noexcept
{
    volatile std::byte* const bytes = memory.data(); // nobody reads them any more, so plain writes could be left out
    for (std::size_t i = 0; i < memory.size(); ++i) bytes[i] = std::byte{0};
}

void wipe(std::string& text) noexcept
{
    text.resize(text.capacity()); // does not allocate
    wipe(std::as_writable_bytes(std::span{text}));
    text.clear();
}

bool equal_in_constant_time(bytes_view left, bytes_view right) noexcept
{
    if (left.size() != right.size()) return false;
    volatile unsigned difference = 0; // so that no compiler stops at the first one
    for (std::size_t i = 0; i < left.size(); ++i)
        difference = difference | std::to_integer<unsigned>(left[i] ^ right[i]);
    return difference == 0;
}

secret::secret(bytes_view bytes) : secret(of_size(bytes.size()))
{
    if (!bytes.empty()) std::memcpy(memory_.get(), bytes.data(), bytes.size());
}

secret::secret(std::string_view text) : secret(bytes_view{text}) {}

secret::secret(const std::string& text) : secret(bytes_view{text}) {}

secret::secret(std::string&& text) : secret(bytes_view{text})
{
    wipe(text);
}

secret::secret(const char* text) : secret(text == nullptr ? std::string_view{} : std::string_view{text}) {}

secret::secret(const secret& other) : secret(other.bytes()) {}

secret::secret(secret&& other) noexcept : memory_(std::move(other.memory_)), size_(std::exchange(other.size_, 0)) {}

secret& secret::operator=(const secret& other)
{
    if (this != &other) *this = secret{other};
    return *this;
}

secret& secret::operator=(secret&& other) noexcept
{
    if (this == &other) return *this;
    clear();
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    return *this;
}

secret::~secret()
{
    wipe(writable());
}

secret secret::of_size(std::size_t size)
{
    secret made;
    if (size != 0) made.memory_ = std::make_unique<std::byte[]>(size);
    made.size_ = size;
    return made;
}

secret secret::joined(std::initializer_list<std::string_view> parts)
{
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    secret made = of_size(size);
    std::byte* end = made.memory_.get();
    for (const std::string_view part : parts) {
        if (part.empty()) continue;
        std::memcpy(end, part.data(), part.size());
        end += part.size();
    }
    return made;
}

std::string_view secret::reveal() const noexcept
{
    return bytes().text();
}

void secret::clear() noexcept
{
    wipe(writable());
    memory_.reset();
    size_ = 0;
}

} // namespace odradek
