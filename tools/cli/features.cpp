// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/features.hpp>

#include <fmt/format.h>

namespace odradek::cli {
namespace {

std::string codec_names(bool built_in)
{
    std::string names;
    for (const compression codec : all_compressions) {
        if (default_codecs().has(codec) != built_in) continue;
        if (!names.empty()) names += ' ';
        names += name(codec);
    }
    return names;
}

} // namespace

compression check_codec(std::string_view codec_name)
{
    const auto codec = compression_from_name(codec_name);
    if (!codec)
        throw usage_failure(
            fmt::format(R"(-z: there is no codec "{}"; there are none, gzip, snappy, lz4 and zstd)", codec_name));
    if (!default_codecs().has(*codec))
        throw usage_failure(
            fmt::format("-z: {} was not built into this program; it has {}", codec_name, codec_names(true)));
    return *codec;
}

std::string version_text()
{
    std::string text = fmt::format("odradek {}\ncodecs: {}", ODRADEK_VERSION, codec_names(true));
    if (const std::string missing = codec_names(false); !missing.empty())
        text += fmt::format("\nnot built in: {}", missing);
    return text;
}

} // namespace odradek::cli
