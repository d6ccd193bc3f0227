// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/key_hash.hpp>
#include <odradek/client/producer/partitioner.hpp>
#include <odradek/protocol/crc32c.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace odradek {
namespace {

struct named_strategy {
    std::string_view name;
    partition_strategy how;
};

constexpr std::string_view uniform_sticky_class = "org.apache.kafka.clients.producer.UniformStickyPartitioner";

// In the order of the enumeration as far as it goes, so that it is the table of name() too.
constexpr std::array names{
    named_strategy{"uniform_sticky", partition_strategy::uniform_sticky},
    named_strategy{"round_robin", partition_strategy::round_robin},
    named_strategy{"random", partition_strategy::random},
    named_strategy{"consistent", partition_strategy::consistent},
    named_strategy{"consistent_random", partition_strategy::consistent_random},
    named_strategy{"murmur2", partition_strategy::murmur2},
    named_strategy{"murmur2_random", partition_strategy::murmur2_random},
    named_strategy{"fnv1a", partition_strategy::fnv1a},
    named_strategy{"fnv1a_random", partition_strategy::fnv1a_random},
    named_strategy{"kafkajs_legacy", partition_strategy::kafkajs_legacy},
    named_strategy{"org.apache.kafka.clients.producer.RoundRobinPartitioner", partition_strategy::round_robin},
    named_strategy{"org.apache.kafka.clients.producer.internals.DefaultPartitioner",
                   partition_strategy::uniform_sticky},
    named_strategy{uniform_sticky_class, partition_strategy::uniform_sticky},
};

std::uint32_t fnv1a(bytes_view key) noexcept
{
    std::uint32_t hash = 0x811c9dc5;
    for (const std::byte byte : key) {
        hash ^= std::to_integer<std::uint32_t>(byte);
        hash *= 0x01000193;
    }
    // The absolute value of the signed number, taken where the smallest one does not overflow.
    return (hash & 0x8000'0000U) != 0 ? 0U - hash : hash;
}

// One multiplication of JavaScript: the product is a double, so of more than 53 bits the lower ones are rounded away,
// and the next bit operation takes what is left modulo 2^32.
std::uint32_t multiply_as_javascript(std::uint32_t number) noexcept
{
    constexpr std::int64_t multiplier = 0x5bd1e995;
    const std::int64_t product = std::int64_t{static_cast<std::int32_t>(number)} * multiplier;
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(static_cast<double>(product)));
}

std::uint32_t murmur2_of_kafkajs(bytes_view key) noexcept
{
    // The bytes from `at` on as one number; behind the end there are zeros.
    const auto word_at = [key](std::size_t at) {
        std::uint32_t word = 0;
        for (std::size_t i = 0; i < 4 && at + i < key.size(); ++i)
            word |= std::to_integer<std::uint32_t>(key[at + i]) << (8 * i);
        return word;
    };
    std::uint32_t hash = 0x9747b28c ^ static_cast<std::uint32_t>(key.size());
    // There the count of words is not a whole number, so an incomplete last word is mixed in like the others and then,
    // as murmur2 wants it, once more.
    for (std::size_t at = 0; at < key.size(); at += 4) {
        std::uint32_t word = multiply_as_javascript(word_at(at));
        word = multiply_as_javascript(word ^ word >> 24);
        hash = multiply_as_javascript(hash) ^ word;
    }
    if (key.size() % 4 != 0) hash = multiply_as_javascript(hash ^ word_at(key.size() & ~std::size_t{3}));
    hash = multiply_as_javascript(hash ^ hash >> 13);
    return hash ^ hash >> 15;
}

// Unsigned, as librdkafka divides; for the hashes without a sign bit it makes no difference.
std::int32_t among(std::int32_t partitions, std::uint32_t hash) noexcept
{
    return static_cast<std::int32_t>(hash % static_cast<std::uint32_t>(partitions));
}

} // namespace

std::int32_t choose_partition(partition_strategy how, const std::optional<bytes_view>& key,
                              std::int32_t partitions) noexcept
{
    if (partitions < 1) return any_partition;
    const bytes_view bytes = key ? *key : bytes_view{};
    switch (how) {
    case partition_strategy::round_robin:
    case partition_strategy::random: return any_partition;
    case partition_strategy::consistent_random:
        if (bytes.empty()) return any_partition;
        [[fallthrough]];
    case partition_strategy::consistent: return among(partitions, crc32(bytes));
    case partition_strategy::uniform_sticky:
    case partition_strategy::murmur2_random:
        if (!key) return any_partition;
        [[fallthrough]];
    case partition_strategy::murmur2: return partition_of_key(bytes, partitions);
    case partition_strategy::fnv1a_random:
        if (!key) return any_partition;
        [[fallthrough]];
    case partition_strategy::fnv1a: return among(partitions, fnv1a(bytes));
    case partition_strategy::kafkajs_legacy:
        if (!key) return any_partition;
        return among(partitions, murmur2_of_kafkajs(bytes) & 0x7fff'ffffU);
    }
    return any_partition;
}

std::optional<partition_strategy> find_strategy(std::string_view name) noexcept
{
    const auto* found = std::ranges::find(names, name, &named_strategy::name);
    if (found == names.end()) return std::nullopt;
    return found->how;
}

bool ignores_keys(std::string_view name) noexcept
{
    return name == uniform_sticky_class;
}

std::string_view name(partition_strategy how) noexcept
{
    const auto* found = std::ranges::find(names, how, &named_strategy::how);
    return found == names.end() ? std::string_view{"?"} : found->name;
}

} // namespace odradek
