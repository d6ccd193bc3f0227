// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/sticky_user_data.hpp>
#include <odradek/protocol/reader.hpp>
#include <odradek/protocol/writer.hpp>

namespace odradek::detail {
namespace {

constexpr std::int32_t no_generation = -1;

// The length of an array, of which each item takes at least `least` bytes; a length that cannot be is a failure.
std::size_t length_of_array(reader& in, std::size_t least) noexcept
{
    const std::int32_t length = in.int32();
    if (length >= 0 && static_cast<std::size_t>(length) <= in.remaining() / least)
        return static_cast<std::size_t>(length);
    in.fail(errc::malformed);
    return 0;
}

} // namespace

std::vector<std::byte> write_sticky_data(const consumer_protocol_assignment& assignment, std::int32_t generation)
{
    writer out;
    out.int32(static_cast<std::int32_t>(assignment.assigned_partitions.size()));
    for (const auto& each : assignment.assigned_partitions) {
        out.int16(static_cast<std::int16_t>(each.topic.size()));
        out.bytes(each.topic);
        out.int32(static_cast<std::int32_t>(each.partitions.size()));
        for (const std::int32_t partition : each.partitions) out.int32(partition);
    }
    out.int32(generation);
    return out.flatten();
}

claim read_sticky_claim(const group_table& group, std::uint32_t member)
{
    const nullable<bytes_view>& data = group.said_by(member).subscription.user_data;
    if (!data.has_value() || data->empty()) return {};
    reader in(*data);
    claim said;
    for (std::size_t topics = length_of_array(in, 6); topics > 0 && !in.failed(); --topics) {
        const std::int16_t length = in.int16();
        if (length < 0) in.fail(errc::malformed);
        const std::string_view topic = in.bytes(length < 0 ? 0 : static_cast<std::size_t>(length)).text();
        for (std::size_t count = length_of_array(in, 4); count > 0; --count) {
            const std::uint32_t partition = group.find(topic, in.int32());
            if (partition != nobody) said.partitions.push_back(partition);
        }
    }
    if (in.failed()) return {{}, no_generation};
    if (in.remaining() >= 4) said.generation = in.int32();
    return said;
}

std::vector<std::byte> write_cooperative_data(std::int32_t generation)
{
    writer out;
    out.int32(generation);
    return out.flatten();
}

claim read_cooperative_claim(const group_table& group, std::uint32_t member)
{
    const consumer_protocol_subscription& subscription = group.said_by(member).subscription;
    claim said;
    for (const auto& each : subscription.owned_partitions) {
        for (const std::int32_t number : each.partitions) {
            const std::uint32_t partition = group.find(each.topic, number);
            if (partition != nobody) said.partitions.push_back(partition);
        }
    }
    if (subscription.generation_id >= 0) {
        said.generation = subscription.generation_id;
    } else if (subscription.user_data.has_value()) {
        reader in(*subscription.user_data);
        const std::int32_t generation = in.int32();
        said.generation = in.failed() ? no_generation : generation;
    }
    return said;
}

} // namespace odradek::detail
