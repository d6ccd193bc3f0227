// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/features.hpp>
#include <odradek/tools/cli/producer_settings.hpp>

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

namespace odradek::cli {

producer_options producer_options_of(properties settings, const producer_arguments& flags)
{
    const auto set = [&](std::string_view property, const std::optional<std::string>& value, std::string_view flag) {
        if (!value) return;
        if (const auto error = settings.set(property, *value))
            throw usage_failure(fmt::format("{}: {}", flag, error.message));
    };
    set("compression.type", flags.codec, "-z");
    set("linger.ms", flags.linger, "--linger");
    set("acks", flags.acks, "--acks");
    set("batch.size", flags.batch_size, "--batch-size");
    if (flags.idempotent) set("enable.idempotence", "true", "--idempotent");
    if (const auto conflict = settings.producer_conflict()) throw usage_failure(conflict.message);
    producer_options options = settings.producer();
    (void)check_codec(name(options.compression)); // one that a property names may not be built in either
    return options;
}

} // namespace odradek::cli
