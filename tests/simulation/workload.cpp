// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <charconv>
#include <tests/simulation/workload.hpp>
#include <utility>

namespace odradek::test {
namespace {

using namespace std::chrono_literals;

client_options adjusted(client_options from, const std::string& id, const std::function<void(client_options&)>& adjust)
{
    from.client_id = id;
    if (adjust) adjust(from);
    return from;
}

constexpr std::string_view header_name = "value";

/// When a value says that it was made: everything about a record follows from its value, but for the length of the key.
std::chrono::system_clock::time_point time_of(std::uint64_t value)
{
    return std::chrono::system_clock::time_point{std::chrono::milliseconds{value}};
}

/// The value that a record has; 0, which nobody sends, if anything about it is not as it was sent.
std::uint64_t value_in(const record_view& record)
{
    std::uint64_t value = 0;
    const nullable<bytes_view> bytes = record.value();
    if (!bytes || !record.key()) return 0;
    const std::string_view text = bytes->text();
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return 0;
    if (record.key()->text().find_first_not_of('x') != std::string_view::npos) return 0;
    if (record.create_timestamp() != static_cast<std::int64_t>(value)) return 0;
    std::size_t headers = 0;
    for (const record_header& one : record.headers()) {
        if (one.key != header_name || !one.value || one.value->text() != text) return 0;
        ++headers;
    }
    return headers == 1 ? value : 0;
}

} // namespace

client_options random_client_options(random_source& random)
{
    client_options made;
    made.brokers = {std::string(simulated_world::bootstrap)};
    made.request_timeout = stage::between(random, 3s, 15s);
    made.setup_timeout = stage::between(random, 3s, 15s);
    made.default_api_timeout = stage::between(random, 20s, 60s);
    made.connections_max_idle = stage::between(random, 10s, 300s);
    made.metadata_max_age = stage::between(random, 20s, 300s);
    made.rebootstrap_trigger = stage::between(random, 10s, 60s);
    return made;
}

simulated_client::simulated_client(stage& on, const std::string& id, const std::function<void(client_options&)>& adjust)
    : on_(on), client_(on.world.make_environment(), adjusted(random_client_options(on.draw_options), id, adjust))
{}

void simulated_client::send(std::string topic, std::optional<std::int32_t> partition, random_source& random)
{
    produce_options how;
    how.timeout = stage::between(random, 500ms, 5s);
    how.delivery_timeout = stage::between(random, 60s, 90s);
    how.retry_duplicates = stage::chance(random, 0.6);
    const double drawn = random.uniform();
    how.acks = drawn < 0.05 ? acks::none : drawn < 0.2 ? acks::leader : acks::all;
    if (stage::chance(random, 0.1)) how.compression = compression::gzip;
    const auto count = static_cast<std::size_t>(1 + random.below(6));
    const auto padding = static_cast<std::size_t>(random.below(stage::chance(random, 0.05) ? 20'000 : 200));
    send(std::move(topic), partition, how, count, padding);
}

void simulated_client::send_plainly(std::string topic, std::int32_t partition)
{
    produce_options how;
    how.delivery_timeout = 60s;
    send(std::move(topic), partition, how, 1, 0);
}

void simulated_client::send(std::string topic, std::optional<std::int32_t> partition, const produce_options& how,
                            std::size_t count, std::size_t padding)
{
    std::vector<std::uint64_t> values;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) {
        values.push_back(on_.next_value++);
        texts.push_back(std::to_string(values.back()));
    }
    const std::string filler(padding, 'x');
    std::vector<record> records(count);
    std::vector<record_header> headers(count);
    for (std::size_t i = 0; i < count; ++i) {
        headers[i] = {.key = header_name, .value = bytes_view{texts[i]}};
        records[i].key = bytes_view{filler};
        records[i].value = bytes_view{texts[i]};
        records[i].headers = std::span{headers}.subspan(i, 1);
        records[i].timestamp = time_of(values[i]);
    }
    const steady_time now = on_.world.now();
    const history::id operation = on_.story.begin_send(
        topic, partition.value_or(-1), std::move(values),
        {.may_duplicate = how.retry_duplicates, .has_offset = how.acks != acks::none}, now, now + how.delivery_timeout);
    client_.async_produce({.topic = topic, .partition = partition}, records, how,
                          [this, operation, partition](std::error_code ec, const placed& at) {
                              on_.end_send(operation, ec, ec ? partition.value_or(-1) : at.partition, at.offset);
                          });
}

void partition_reader::start(bool until_end)
{
    until_end_ = until_end;
    fetch();
}

void partition_reader::fetch()
{
    if (stopped_) {
        finished_ = true;
        return;
    }
    fetch_options how;
    how.max_wait = until_end_ ? 100ms : stage::between(random_, 1s, 4s);
    how.timeout = 60s;
    how.partition_max_bytes = static_cast<std::int32_t>(stage::between(random_, 100, 50'000));
    const steady_time now = on_.world.now();
    const auto operation =
        on_.story.begin("fetch from " + topic_ + '-' + std::to_string(partition_) + " at " + std::to_string(position_),
                        now, now + *how.timeout);
    (*by_).async_fetch({.topic = topic_, .partition = partition_, .offset = position_}, how,
                       [self = shared_from_this(), operation](std::error_code ec, const fetched& what) {
                           self->on_fetched(operation, ec, what);
                       });
}

void partition_reader::on_fetched(history::id operation, std::error_code ec, const fetched& what)
{
    // Where the log was cut off, or is yet to come, the answer is right, though it is an error.
    const bool fine =
        ec == broker_errc::offset_out_of_range && (behind_end_ || on_.story.was_cut_off(topic_, partition_, position_));
    on_.end(operation, "fetch", ec, fine);
    if (ec) {
        if (fine) return ask_offset();
        return again();
    }
    std::vector<seen_record> seen;
    for (const fetched_batch& batch : what)
        for (const record_view& record : batch)
            seen.push_back({record.offset(), batch.header().partition_leader_epoch(), value_in(record)});
    on_.story.on_read(number_, topic_, partition_, position_, seen, what.next_offset(), what.log_start_offset());
    position_ = what.next_offset();
    behind_end_ = false;
    if (until_end_ && position_ >= what.high_watermark()) {
        finished_ = true;
        return;
    }
    fetch();
}

void partition_reader::ask_offset()
{
    const steady_time now = on_.world.now();
    const auto operation = on_.story.begin("offsets of " + topic_ + '-' + std::to_string(partition_), now, now + 40s);
    list_offsets_options how;
    how.timeout = 40s;
    (*by_).async_list_offsets({.topic = topic_, .partition = partition_, .timestamp = offset::beginning}, how,
                              [self = shared_from_this(), operation](std::error_code ec, const listed_offset& at) {
                                  self->on_.end(operation, "list offsets", ec);
                                  if (!ec) {
                                      self->position_ = at.offset;
                                      self->behind_end_ = false;
                                      self->on_.story.on_seek(self->number_, self->topic_, self->partition_);
                                  }
                                  self->again();
                              });
}

void partition_reader::again()
{
    on_.world.after(200ms, [self = shared_from_this()] { self->fetch(); });
}

} // namespace odradek::test
