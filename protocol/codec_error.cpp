// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec_error.hpp>

#include <utility>

namespace odradek {

codec_error::codec_error(std::error_code code, std::string path, std::size_t offset, std::string detail)
    : details_(std::make_shared<const details>(details{code, std::move(path), offset, std::move(detail)}))
{}

std::error_code codec_error::code() const noexcept
{
    return details_ ? details_->code : std::error_code{};
}

const std::string& codec_error::path() const noexcept
{
    static const std::string none;
    return details_ ? details_->path : none;
}

std::size_t codec_error::offset() const noexcept
{
    return details_ ? details_->offset : 0;
}

std::string codec_error::message() const
{
    if (!details_) return "no error";
    std::string text =
        details_->path + " at offset " + std::to_string(details_->offset) + ": " + details_->code.message();
    if (details_->detail.empty()) return text;
    if (text.ends_with('.')) text.pop_back(); // the sentence goes on
    text += " (" + details_->detail + ")";
    return text;
}

} // namespace odradek
