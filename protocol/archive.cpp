// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/archive.hpp>

#include <utility>

namespace odradek::detail {
namespace {

std::string bracketed(std::size_t index)
{
    std::string text = std::to_string(index);
    return text.insert(0, 1, '[').append(1, ']');
}

} // namespace

void codec_failure::set(errc code, const char* name, std::size_t offset, std::string detail)
{
    if (failed()) return;
    code_ = code;
    offset_ = offset;
    detail_ = std::move(detail);
    if (name != nullptr) inside(name);
}

void codec_failure::inside(const char* name)
{
    path_.insert(0, name).insert(0, 1, '.');
}

void codec_failure::inside(const char* name, std::size_t index)
{
    inside_index(index);
    inside(name);
}

void codec_failure::inside_index(std::size_t index)
{
    path_.insert(0, bracketed(index));
}

void codec_failure::index(std::size_t index)
{
    path_ += bracketed(index);
}

codec_error codec_failure::finish(std::string_view message_name) const
{
    if (!failed()) return {};
    return {make_error_code(code_), std::string{message_name} + path_, offset_, detail_};
}

} // namespace odradek::detail
