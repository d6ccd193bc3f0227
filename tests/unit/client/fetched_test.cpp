// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/aborted_filter.hpp>
#include <odradek/client/fetched.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/record_batch_builder.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace odradek {
namespace {

using transaction = aborted_filter::transaction;

// One batch whose records have their offsets as values.
std::string batch_at(std::int64_t offset, int records, seal_options how = {}, bytes_view control_key = {})
{
    record_batch_builder builder{{.base_offset = offset}};
    for (int i = 0; i < records; ++i) {
        std::string value = std::to_string(offset + i);
        if (!control_key.empty()) value.assign(6, '\0'); // version and coordinator epoch
        nullable<bytes_view> key;
        if (!control_key.empty()) key = control_key;
        EXPECT_EQ(builder.append(1000 + i, key, bytes_view{value}), errc{});
    }
    sealed_batch sealed;
    EXPECT_FALSE(builder.seal(how, default_codecs(), sealed));
    return std::string{sealed.bytes().text()};
}

std::string of_transaction(std::int64_t offset, int records, std::int64_t producer)
{
    return batch_at(offset, records,
                    {.producer_id = producer, .producer_epoch = 0, .base_sequence = 0, .transactional = true});
}

std::string marker(std::int64_t offset, std::int64_t producer, bool commit)
{
    const char key[] = {0, 0, 0, static_cast<char>(commit ? 1 : 0)};
    return batch_at(offset, 1, {.producer_id = producer, .producer_epoch = 0, .transactional = true, .control = true},
                    bytes_view{key, 4});
}

struct taken {
    fetched result;
    batch_error error;
    std::vector<std::int64_t> offsets; ///< Of the records that are seen.
};

taken take(const std::string& records, std::int64_t offset, fetch_options options = {},
           const std::vector<transaction>& aborted = {})
{
    byte_buffer bytes; // the answer's own memory, as on a connection
    EXPECT_TRUE(bytes.append(bytes_view{records}));
    response_frame frame;
    frame.bytes = odradek::frame{std::move(bytes)};
    fetched::partition_answer answer;
    answer.high_watermark = 100;
    answer.last_stable_offset = 90;
    answer.records = frame.bytes.bytes();
    answer.aborted_transactions = list<transaction>{aborted};
    taken out;
    out.error = out.result.take("letters", offset, options, answer, std::move(frame), arena{});
    for (const fetched_batch& batch : out.result)
        for (const record_view& record : batch) {
            EXPECT_EQ(record.value()->text(), std::to_string(record.offset()));
            out.offsets.push_back(record.offset());
        }
    return out;
}

using offsets = std::vector<std::int64_t>;

TEST(fetched, gives_the_records_of_all_batches_in_order)
{
    const taken t = take(batch_at(5, 3) + batch_at(8, 2), 5);
    EXPECT_FALSE(t.error);
    EXPECT_EQ(t.offsets, (offsets{5, 6, 7, 8, 9}));
    EXPECT_EQ(t.result.next_offset(), 10);
    EXPECT_EQ(t.result.size(), 2u);
    EXPECT_FALSE(t.result.is_at_end());
}

TEST(fetched, drops_what_lies_before_the_offset_that_was_asked_for) // B20, R4
{
    for (const compression codec : all_compressions) {
        if (!default_codecs().has(codec)) continue;
        const taken t = take(batch_at(5, 3, {.codec = codec}) + batch_at(8, 2, {.codec = codec}), 7);
        EXPECT_EQ(t.offsets, (offsets{7, 8, 9})) << name(codec);
    }
    EXPECT_EQ(take(batch_at(0, 3) + batch_at(3, 2), 4).offsets, (offsets{4}));
}

TEST(fetched, keeps_its_views_when_it_is_moved)
{
    fetched moved_to;
    {
        taken t = take(batch_at(5, 2, {.codec = compression::gzip}), 5);
        moved_to = std::move(t.result);
    }
    ASSERT_EQ(moved_to.size(), 1u);
    EXPECT_EQ((*moved_to.begin()->begin()).value()->text(), "5");
}

TEST(fetched, takes_a_batch_that_is_cut_off_for_the_end) // R1, B20
{
    const std::string whole = batch_at(5, 3);
    const std::string cut = batch_at(8, 2);
    for (std::size_t length = 0; length < cut.size(); ++length) {
        const taken t = take(whole + cut.substr(0, length), 5);
        EXPECT_FALSE(t.error);
        EXPECT_EQ(t.result.next_offset(), 8);
        EXPECT_EQ(t.result.cut_off_bytes(), length);
    }
}

TEST(fetched, says_that_more_bytes_are_needed_when_not_even_the_first_batch_is_whole) // R2
{
    const std::string cut = batch_at(5, 3);
    EXPECT_EQ(take(cut.substr(0, cut.size() - 1), 5).error.code(), errc::batch_too_large);
}

TEST(fetched, takes_a_first_batch_of_any_size) // B22
{
    fetch_options options;
    options.partition_max_bytes = 10;
    options.max_bytes = 10;
    EXPECT_EQ(take(batch_at(5, 300), 5, options).offsets.size(), 300u);
}

TEST(fetched, refuses_batches_that_lead_nowhere) // B20
{
    const taken t = take(batch_at(0, 3), 5);
    EXPECT_EQ(t.error.code(), errc::invalid_batch);
}

TEST(fetched, goes_past_batches_without_records) // B35
{
    const taken t = take(batch_at(5, 0, {.last_offset_delta = 4}) + batch_at(10, 1), 5);
    EXPECT_FALSE(t.error);
    EXPECT_EQ(t.offsets, (offsets{10}));
    const taken only = take(batch_at(5, 0, {.last_offset_delta = 4}), 5);
    EXPECT_FALSE(only.error);
    EXPECT_TRUE(only.result.empty());
    EXPECT_EQ(only.result.next_offset(), 10);
}

TEST(fetched, never_shows_control_records_but_goes_past_them) // B35, R3
{
    for (const auto isolation : {isolation_level::read_committed, isolation_level::read_uncommitted}) {
        fetch_options options;
        options.isolation = isolation;
        const taken t = take(of_transaction(5, 2, 1) + marker(7, 1, true), 5, options);
        EXPECT_EQ(t.offsets, (offsets{5, 6}));
        EXPECT_EQ(t.result.next_offset(), 8);
        EXPECT_EQ(t.result.control_batches(), 1u);
    }
}

// Two producers' transactions, interleaved: 1 aborts from 5, 2 commits, 1 commits afterwards.
std::string interleaved()
{
    return of_transaction(5, 1, 1) + of_transaction(6, 1, 2) + of_transaction(7, 1, 1) + marker(8, 1, false) +
           of_transaction(9, 1, 1) + marker(10, 2, true) + marker(11, 1, true) + batch_at(12, 1);
}

TEST(fetched, hides_the_batches_of_aborted_transactions_when_reading_committed) // R3
{
    const taken t = take(interleaved(), 5, {}, {{.producer_id = 1, .first_offset = 5}});
    EXPECT_EQ(t.offsets, (offsets{6, 9, 12}));
    EXPECT_EQ(t.result.aborted_batches(), 2u);
    EXPECT_EQ(t.result.next_offset(), 13);
}

TEST(fetched, shows_the_batches_of_aborted_transactions_when_reading_uncommitted)
{
    fetch_options options;
    options.isolation = isolation_level::read_uncommitted;
    EXPECT_EQ(take(interleaved(), 5, options, {{.producer_id = 1, .first_offset = 5}}).offsets,
              (offsets{5, 6, 7, 9, 12}));
}

TEST(fetched, sorts_the_aborted_transactions_itself) // B1
{
    const std::string log = of_transaction(5, 1, 1) + marker(6, 1, false) + of_transaction(7, 1, 2) +
                            marker(8, 2, false) + of_transaction(9, 1, 1) + marker(10, 1, false) + batch_at(11, 1);
    const std::vector<transaction> unsorted{{.producer_id = 1, .first_offset = 9},
                                            {.producer_id = 2, .first_offset = 7},
                                            {.producer_id = 1, .first_offset = 5}};
    EXPECT_EQ(take(log, 5, {}, unsorted).offsets, (offsets{11}));
}

TEST(fetched, gives_the_good_batches_before_a_bad_one_and_fails_at_the_bad_one)
{
    std::string bad = batch_at(8, 2);
    bad.back() = static_cast<char>(bad.back() ^ 1);
    const taken t = take(batch_at(5, 3) + bad, 5);
    EXPECT_FALSE(t.error);
    EXPECT_EQ(t.offsets, (offsets{5, 6, 7}));
    EXPECT_EQ(t.result.next_problem().code(), errc::checksum_mismatch);
    const taken next = take(bad, 8);
    EXPECT_EQ(next.error.code(), errc::checksum_mismatch);
    EXPECT_EQ(next.error.base_offset(), 8);
}

TEST(fetched, leaves_checksums_alone_when_told_so)
{
    std::string bad = batch_at(5, 1);
    bad[batch_layout::crc] = static_cast<char>(bad[batch_layout::crc] ^ 1);
    fetch_options options;
    options.check_crc = false;
    EXPECT_EQ(take(bad, 5, options).offsets, (offsets{5}));
}

TEST(fetched, knows_whether_the_end_was_reached_by_what_the_isolation_shows)
{
    EXPECT_TRUE(take(batch_at(89, 1), 89).result.is_at_end());
    fetch_options options;
    options.isolation = isolation_level::read_uncommitted;
    EXPECT_FALSE(take(batch_at(89, 1), 89, options).result.is_at_end());
    EXPECT_TRUE(take(batch_at(99, 1), 99, options).result.is_at_end());
}

TEST(fetched, is_empty_when_nothing_came)
{
    const taken t = take("", 50);
    EXPECT_FALSE(t.error);
    EXPECT_TRUE(t.result.empty());
    EXPECT_EQ(t.result.next_offset(), 50);
}

} // namespace
} // namespace odradek
