// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/compression/codecs.hpp>

namespace odradek {

const codec_set& default_codecs() noexcept
{
    static const codec_set codecs = [] {
        codec_set set;
        const auto entry = [&set](compression codec) -> codec_set::entry& {
            return set.entries[static_cast<std::size_t>(codec)];
        };
        entry(compression::gzip) = detail::gzip_codec();
#ifdef ODRADEK_WITH_SNAPPY
        entry(compression::snappy) = detail::snappy_codec();
#endif
#ifdef ODRADEK_WITH_LZ4
        entry(compression::lz4) = detail::lz4_codec();
#endif
#ifdef ODRADEK_WITH_ZSTD
        entry(compression::zstd) = detail::zstd_codec();
#endif
        return set;
    }();
    return codecs;
}

} // namespace odradek
