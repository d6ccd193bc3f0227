// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec.hpp>

namespace odradek::detail {

codec_error unsupported(const message_face& face, api_version version)
{
    return {make_error_code(errc::unsupported_version), std::string{face.name}, 0,
            "version " + std::to_string(version.value) + ", known are " + std::to_string(face.versions.first) + " to " +
                std::to_string(face.versions.last)};
}

decode_error decode(const message_face& face, void (*read)(read_archive&, void*, api_version), bytes_view input,
                    arena& memory, api_version version, void* message, const decode_options& options)
{
    if (!face.versions.contains(version)) return unsupported(face, version);
    read_archive archive{input, memory, version >= face.flexible_since, options};
    read(archive, message, version);
    return archive.finish(face.name);
}

encode_error encode(const message_face& face, void (*write)(write_archive&, const void*, api_version),
                    const void* message, api_version version, writer& out)
{
    if (!face.versions.contains(version)) return unsupported(face, version);
    write_archive archive{out, version >= face.flexible_since};
    write(archive, message, version);
    return archive.finish(face.name);
}

} // namespace odradek::detail
