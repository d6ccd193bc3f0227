// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <array>
#include <tests/simulation/scenario.hpp>

namespace odradek::test {

namespace {

/// "fetch ended: well".
std::string ending_name(std::string_view operation, std::error_code ec)
{
    std::string words = ec ? ec.message() : "well";
    words.resize(std::min(words.find_first_of("(:."), words.size())); // the beginning says which one it is
    while (words.ends_with(' ')) words.pop_back();
    return std::string(operation) + " ended: " + words;
}

} // namespace

void stage::end(history::id operation, std::string_view kind, std::error_code ec, bool fine)
{
    const std::string ending = ending_name(kind, ec);
    world.hit(ending);
    if (world.keeps_log()) world.note(ending + ": " + std::string(story.describe(operation)));
    story.end(operation, fine ? std::error_code{} : ec, world.now());
}

void stage::end_send(history::id operation, std::error_code ec, std::int32_t partition, std::int64_t offset)
{
    const std::string ending = ending_name("send", ec);
    world.hit(ending);
    if (world.keeps_log())
        world.note(ending + ": " + std::string(story.describe(operation)) + ", at " + std::to_string(offset) + " of " +
                   std::to_string(partition));
    send_end how = send_end::acknowledged;
    if (ec) how = ec == condition::outcome_unknown ? send_end::unknown : send_end::failed;
    story.end_send(operation, how, ec, partition, ec ? -1 : offset, world.now());
}

std::span<const scenario_info> all_scenarios()
{
    static const std::array all{connections_scenario(), metadata_scenario(),       straight_scenario(),
                                producer_scenario(),    producer_plain_scenario(), auth_scenario()};
    return all;
}

const scenario_info* find_scenario(std::string_view name)
{
    const auto all = all_scenarios();
    const auto found = std::ranges::find(all, name, &scenario_info::name);
    return found == all.end() ? nullptr : &*found;
}

} // namespace odradek::test
