// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/batch_error.hpp>

namespace odradek {

std::string batch_error::message() const
{
    if (!*this) return "no error";
    std::string text = "batch";
    if (base_offset_ >= 0) text += " at offset " + std::to_string(base_offset_);
    text += " (byte " + std::to_string(position_) + " of the set)";
    if (record_ >= 0) text += ", record " + std::to_string(record_);
    text += ", byte " + std::to_string(place_) + (in_records_ ? " of its records: " : ": ");
    text += reason_;
    if (value_ != no_value) text += ": " + std::to_string(value_);
    return text;
}

} // namespace odradek
