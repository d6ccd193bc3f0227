// SPDX-License-Identifier: Apache-2.0
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;

/** Where the records of a partition begin, end, and lie in time; and records that are deleted. */
final class Offsets {
    private static final long FIRST_TIME = 1_790_000_000_000L;
    private static final int COUNT = 1000;

    private final Checks checks;
    private final Admin admin;

    Offsets(Checks checks, Admin admin) {
        this.checks = checks;
        this.admin = admin;
    }

    void run() {
        checks.that("offsets of an empty partition", this::empty);
        checks.that("offsets of records", this::full);
        checks.that("records are deleted", this::deleted);
    }

    private ListOffsetsResultInfo list(TopicPartition of, OffsetSpec which) throws Exception {
        return Checks.get(admin.listOffsets(Map.of(of, which)).partitionResult(of));
    }

    private void offset(long wanted, long time, TopicPartition of, OffsetSpec which, String what) throws Exception {
        ListOffsetsResultInfo said = list(of, which);
        Checks.equal(wanted, said.offset(), what + " of " + of);
        Checks.equal(time, said.timestamp(), "time of " + what + " of " + of);
    }

    private void empty() throws Exception {
        Checks.get(admin.createTopics(List.of(new NewTopic("offsets", 3, (short) 1).configs(Map.of("retention.ms", "-1")))).all());
        TopicPartition none = new TopicPartition("offsets", 2);
        offset(0, -1, none, OffsetSpec.earliest(), "earliest");
        offset(0, -1, none, OffsetSpec.latest(), "latest");
        offset(-1, -1, none, OffsetSpec.maxTimestamp(), "greatest time");
        offset(-1, -1, none, OffsetSpec.forTimestamp(0), "a time");
        offset(0, -1, none, OffsetSpec.earliestLocal(), "earliest local");
        offset(-1, -1, none, OffsetSpec.latestTiered(), "latest tiered");
    }

    private void full() throws Exception {
        try (var producer = Records.producer(Map.of("batch.size", 2000))) {
            // In partition 1 time goes backwards.
            for (int i = 0; i < COUNT; ++i) {
                producer.send(new ProducerRecord<>("offsets", 0, FIRST_TIME + i, null, Records.bytes("value " + i)));
                producer.send(new ProducerRecord<>("offsets", 1, FIRST_TIME + COUNT - i, null, Records.bytes("value " + i)));
            }
        }
        TopicPartition on = new TopicPartition("offsets", 0);
        TopicPartition back = new TopicPartition("offsets", 1);
        offset(0, -1, on, OffsetSpec.earliest(), "earliest");
        offset(COUNT, -1, on, OffsetSpec.latest(), "latest");
        offset(COUNT - 1, FIRST_TIME + COUNT - 1, on, OffsetSpec.maxTimestamp(), "greatest time");
        offset(0, FIRST_TIME + COUNT, back, OffsetSpec.maxTimestamp(), "greatest time");
        for (int i : new int[] {0, 1, 17, 499, COUNT - 1})
            offset(i, FIRST_TIME + i, on, OffsetSpec.forTimestamp(FIRST_TIME + i), "time " + i);
        offset(-1, -1, on, OffsetSpec.forTimestamp(FIRST_TIME + COUNT), "a time that has not come");
        offset(0, FIRST_TIME + COUNT, back, OffsetSpec.forTimestamp(FIRST_TIME + 3), "the first at least so late");
        Map<TopicPartition, OffsetSpec> all = new HashMap<>();
        for (int i = 0; i < 3; ++i) all.put(new TopicPartition("offsets", i), OffsetSpec.latest());
        var said = Checks.get(admin.listOffsets(all).all());
        for (int i = 0; i < 3; ++i)
            Checks.equal(i == 2 ? 0L : COUNT, said.get(new TopicPartition("offsets", i)).offset(), "latest of partition " + i);
    }

    private void deleted() throws Exception {
        TopicPartition on = new TopicPartition("offsets", 0);
        TopicPartition back = new TopicPartition("offsets", 1);
        var said = admin.deleteRecords(Map.of(on, RecordsToDelete.beforeOffset(250), back, RecordsToDelete.beforeOffset(-1)));
        Checks.equal(250L, Checks.get(said.lowWatermarks().get(on)).lowWatermark(), "low watermark");
        Checks.equal((long) COUNT, Checks.get(said.lowWatermarks().get(back)).lowWatermark(), "low watermark at the end");
        offset(250, -1, on, OffsetSpec.earliest(), "earliest");
        offset(COUNT, -1, back, OffsetSpec.earliest(), "earliest");
        offset(250, FIRST_TIME + 250, on, OffsetSpec.forTimestamp(0), "the first time");
        Checks.refused(OffsetOutOfRangeException.class,
                admin.deleteRecords(Map.of(on, RecordsToDelete.beforeOffset(COUNT + 1))).all(), "beyond the end");
        try (var consumer = Records.consumer(Map.of("auto.offset.reset", "earliest"))) {
            consumer.assign(List.of(on));
            consumer.seek(on, 0);
            Checks.equal(250L, Records.read(consumer, COUNT - 250).get(0).offset(), "the first one that is left");
        }
    }
}
