// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/random.hpp>

namespace odradek {

std::uint64_t random_source::below(std::uint64_t bound)
{
    if (bound < 2) return 0;
    // Numbers from the incomplete last block would make small results more likely: draw again.
    const std::uint64_t usable = ~std::uint64_t{0} - ~std::uint64_t{0} % bound;
    std::uint64_t drawn = next();
    while (drawn >= usable) drawn = next();
    return drawn % bound;
}

std::uint64_t system_seed()
{
    std::random_device device;
    const std::uint64_t high = device();
    return high << 32U | device();
}

} // namespace odradek
