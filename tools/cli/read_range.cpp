// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/read_range.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace odradek::cli {
namespace {

asio::awaitable<std::int64_t> ask(session& in, const std::string& topic, std::int32_t partition, std::int64_t timestamp)
{
    const timed_position at{.topic = topic, .partition = partition, .timestamp = timestamp};
    const list_offsets_options options{.isolation = in.settings().fetch().isolation, .timeout = std::nullopt};
    try {
        const listed_offset answer = co_await in.client().async_list_offsets(at, options);
        co_return answer.offset;
    } catch (const odradek::error& e) {
        if (in.signal() != 0)
            throw failure("interrupted before it was known where to begin", exit_code::signalled + in.signal());
        throw failure(fmt::format("cannot find an offset in \"{}\", partition {}: {}", topic, partition, e.what()));
    }
}

} // namespace

asio::awaitable<read_range> find_range(session& in, const std::string& topic, std::int32_t partition,
                                       const offset_spec& spec, bool exit_at_end)
{
    using origin = offset_spec::origin;
    read_range range{.partition = partition, .end = std::nullopt};
    // The end first: what is appended meanwhile is behind it, and a beginning that moves on cannot pass it unnoticed.
    const std::int64_t end = co_await ask(in, topic, partition, offset::end);
    const std::int64_t beginning = co_await ask(in, topic, partition, offset::beginning);
    switch (spec.from) {
    case origin::beginning: range.next = beginning; break;
    case origin::end: range.next = end; break;
    case origin::tail: range.next = std::max(beginning, spec.value > end ? 0 : end - spec.value); break;
    case origin::absolute:
        if (spec.value < beginning || spec.value > end)
            range.out_of_range = fmt::format(R"(offset {} is out of range: "{}", partition {} has offsets {} to {})",
                                             spec.value, topic, partition, beginning, end);
        range.next = std::clamp(spec.value, beginning, end);
        break;
    case origin::timestamp: {
        const std::int64_t found = co_await ask(in, topic, partition, spec.value);
        range.next = found >= 0 ? found : end;
        break;
    }
    }
    range.wanted = spec.from == origin::absolute ? spec.value : range.next;
    if (exit_at_end) range.end = end;
    if (spec.end_timestamp) {
        const std::int64_t found = co_await ask(in, topic, partition, *spec.end_timestamp);
        range.end = found >= 0 ? std::min(found, end) : end;
    }
    co_return range;
}

} // namespace odradek::cli
