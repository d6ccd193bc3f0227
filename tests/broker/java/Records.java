// SPDX-License-Identifier: Apache-2.0
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Records: written by the idempotent producer, read by a consumer without a group. */
final class Records {
    private static final int PARTITIONS = 3;
    private static final int COUNT = 3000;
    private static final long FIRST_TIME = 1_790_000_000_000L;

    private final Checks checks;
    private final Admin admin;

    Records(Checks checks, Admin admin) {
        this.checks = checks;
        this.admin = admin;
    }

    void run() {
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            checks.that("records with " + codec + " come back as they were", () -> everyRecord(codec));
            checks.that("a batch of one large record with " + codec, () -> largeRecord(codec));
        }
        checks.that("a consumer goes where it is told", this::seek);
        checks.that("a consumer beyond the end is told so, or put where it wants", this::outOfRange);
        checks.that("a consumer that waits gets what comes", this::waiting);
        checks.that("acks 0 and 1", this::fewerAcks);
        checks.that("a topic comes to be when somebody writes to it", this::autoCreated);
        checks.that("the broker's time", this::appendTime);
        checks.that("what a topic does not want is refused", this::refused);
        checks.that("several producers in turn", this::severalProducers);
    }

    static KafkaProducer<byte[], byte[]> producer(Map<String, ?> more) {
        Map<String, Object> all = new HashMap<>(Map.of("linger.ms", 10, "delivery.timeout.ms", 60_000));
        all.putAll(more);
        return new KafkaProducer<>(Main.settings(all), new ByteArraySerializer(), new ByteArraySerializer());
    }

    static KafkaConsumer<byte[], byte[]> consumer(Map<String, ?> more) {
        Map<String, Object> all = new HashMap<>(Map.of("enable.auto.commit", false, "auto.offset.reset", "none"));
        all.putAll(more);
        return new KafkaConsumer<>(Main.settings(all), new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void make(String topic, int partitions, Map<String, String> config) throws Exception {
        Map<String, String> all = new HashMap<>(config);
        all.put("retention.ms", "-1"); // our records are of a day long gone
        Checks.get(admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(all))).all());
        // Once its leaders know of it: nobody tells a producer with acks 0.
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        for (TopicPartition one : partitions(topic, partitions)) ends.put(one, OffsetSpec.latest());
        // A broker that has not heard of the topic says that there is none; on a busy machine that may last.
        for (int left = 50; ; --left) {
            try {
                Checks.get(admin.listOffsets(ends).all());
                return;
            } catch (ExecutionException e) {
                if (left == 0 || !(e.getCause() instanceof UnknownTopicOrPartitionException)) throw e;
                Thread.sleep(100);
            }
        }
    }

    /** Record i of a test: some have no key, some no value, some an empty one, some headers. */
    private static ProducerRecord<byte[], byte[]> recordOf(String topic, int i) {
        byte[] key = i % 5 == 0 ? null : bytes("key " + i % 17);
        byte[] value = i % 7 == 0 ? null : i % 11 == 0 ? new byte[0] : bytes(("value " + i + " ").repeat(1 + i % 9));
        var made = new ProducerRecord<>(topic, i % PARTITIONS, FIRST_TIME + i, key, value);
        for (int h = 0; h < i % 4; ++h) made.headers().add(new RecordHeader("h" + h, h == 2 ? null : bytes("" + i)));
        return made;
    }

    private static void same(ProducerRecord<byte[], byte[]> sent, ConsumerRecord<byte[], byte[]> got) {
        String which = "record " + got.partition() + "@" + got.offset();
        Checks.isTrue(Arrays.equals(sent.key(), got.key()), which + ": its key");
        Checks.isTrue(Arrays.equals(sent.value(), got.value()), which + ": its value");
        Checks.equal(sent.headers(), got.headers(), which + ": its headers");
        Checks.equal(sent.timestamp(), got.timestamp(), which + ": its timestamp");
        Checks.equal(TimestampType.CREATE_TIME, got.timestampType(), which + ": the kind of it");
    }

    /** Reads what is assigned from where the consumer is, until there are so many. */
    static List<ConsumerRecord<byte[], byte[]>> read(KafkaConsumer<byte[], byte[]> from, int count) {
        List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
        long until = System.nanoTime() + Checks.PATIENCE.toNanos();
        while (all.size() < count && System.nanoTime() < until)
            for (ConsumerRecord<byte[], byte[]> one : from.poll(Duration.ofMillis(200))) all.add(one);
        Checks.equal(count, all.size(), "records read");
        return all;
    }

    static List<TopicPartition> partitions(String topic, int count) {
        List<TopicPartition> all = new ArrayList<>();
        for (int i = 0; i < count; ++i) all.add(new TopicPartition(topic, i));
        return all;
    }

    private void everyRecord(String codec) throws Exception {
        String topic = "records-" + codec;
        make(topic, PARTITIONS, Map.of());
        List<Future<RecordMetadata>> placed = new ArrayList<>();
        try (var producer = producer(Map.of("compression.type", codec))) {
            for (int i = 0; i < COUNT; ++i) placed.add(producer.send(recordOf(topic, i)));
        }
        for (int i = 0; i < COUNT; ++i) {
            RecordMetadata at = Checks.get(placed.get(i));
            Checks.equal(i % PARTITIONS, at.partition(), "partition of record " + i);
            Checks.equal((long) (i / PARTITIONS), at.offset(), "offset of record " + i);
            Checks.equal(FIRST_TIME + i, at.timestamp(), "timestamp of record " + i);
        }
        for (String isolation : List.of("read_uncommitted", "read_committed")) {
            try (var consumer = consumer(Map.of("isolation.level", isolation, "max.partition.fetch.bytes", 4000))) {
                List<TopicPartition> all = partitions(topic, PARTITIONS);
                consumer.assign(all);
                consumer.seekToBeginning(all);
                long[] next = new long[PARTITIONS];
                for (var one : read(consumer, COUNT)) {
                    Checks.equal(next[one.partition()]++, one.offset(), "next offset in " + one.partition());
                    same(recordOf(topic, (int) one.offset() * PARTITIONS + one.partition()), one);
                }
                for (TopicPartition one : all) Checks.equal((long) COUNT / PARTITIONS, consumer.position(one), "position in " + one);
            }
        }
    }

    private void largeRecord(String codec) throws Exception {
        String topic = "large-" + codec;
        make(topic, 1, Map.of("max.message.bytes", "6000000"));
        byte[] value = new byte[5_000_000];
        for (int i = 0; i < value.length; ++i) value[i] = (byte) (i * 31 + i / 1000);
        try (var producer = producer(Map.of("compression.type", codec, "max.request.size", 6_000_000));
                var consumer = consumer(Map.of())) { // whose limits are smaller: the first batch comes all the same (KIP-74)
            Checks.equal(0L, Checks.get(producer.send(new ProducerRecord<>(topic, value))).offset(), "offset");
            consumer.assign(partitions(topic, 1));
            consumer.seekToBeginning(partitions(topic, 1));
            Checks.isTrue(Arrays.equals(value, read(consumer, 1).get(0).value()), "it comes back whole");
        }
    }

    private void seek() throws Exception {
        TopicPartition at = new TopicPartition("records-zstd", 1);
        long end = COUNT / PARTITIONS;
        try (var consumer = consumer(Map.of("max.poll.records", 1))) {
            consumer.assign(List.of(at));
            for (long offset : new long[] {0, end - 1, 500, 501, 1}) {
                consumer.seek(at, offset);
                Checks.equal(offset, read(consumer, 1).get(0).offset(), "first record after a seek");
                Checks.equal(offset + 1, consumer.position(at), "position after it");
            }
            consumer.seekToEnd(List.of(at));
            Checks.equal(end, consumer.position(at), "position at the end");
            Checks.equal(Map.of(at, 0L), consumer.beginningOffsets(List.of(at)), "beginning");
            Checks.equal(Map.of(at, end), consumer.endOffsets(List.of(at)), "end");
            Checks.equal(end - 500, end(consumer, at, 500), "lag");
            long time = FIRST_TIME + 500 * PARTITIONS + 1;
            var found = consumer.offsetsForTimes(Map.of(at, time)).get(at);
            Checks.equal(500L, found.offset(), "offset at a time");
            Checks.equal(time, found.timestamp(), "time at it");
            found = consumer.offsetsForTimes(Map.of(at, time - 1)).get(at);
            Checks.equal(500L, found.offset(), "offset at a time between two records");
            Checks.equal(0L, consumer.offsetsForTimes(Map.of(at, 0L)).get(at).offset(), "offset at the beginning of time");
            Checks.equal(null, consumer.offsetsForTimes(Map.of(at, FIRST_TIME + COUNT)).get(at), "offset of a time that has not come");
        }
    }

    private static long end(KafkaConsumer<byte[], byte[]> consumer, TopicPartition at, long offset) {
        consumer.seek(at, offset - 1);
        read(consumer, 1);
        return consumer.currentLag(at).orElse(-1);
    }

    private void outOfRange() throws Exception {
        TopicPartition at = new TopicPartition("records-none", 0);
        try (var consumer = consumer(Map.of())) {
            consumer.assign(List.of(at));
            try {
                consumer.poll(Duration.ofSeconds(1));
                throw new AssertionError("no offset, and yet read");
            } catch (NoOffsetForPartitionException expected) {
                // as it should be: there is no group, and no way to reset
            }
            consumer.seek(at, 1_000_000);
            try {
                read(consumer, 1);
                throw new AssertionError("read from beyond the end");
            } catch (OffsetOutOfRangeException e) {
                Checks.equal(Map.of(at, 1_000_000L), e.offsetOutOfRangePartitions(), "what is out of range");
            }
        }
        try (var consumer = consumer(Map.of("auto.offset.reset", "earliest"))) {
            consumer.assign(List.of(at));
            consumer.seek(at, 1_000_000);
            Checks.equal(0L, read(consumer, COUNT / PARTITIONS).get(0).offset(), "the first one after a reset");
        }
    }

    private void waiting() throws Exception {
        make("waited-for", PARTITIONS, Map.of());
        // A fetch waits longer than we do: only what comes ends it in time.
        var consumer = consumer(Map.of("fetch.max.wait.ms", 240_000, "request.timeout.ms", 300_000, "default.api.timeout.ms", 300_000));
        try (var producer = producer(Map.of("linger.ms", 0))) {
            consumer.assign(partitions("waited-for", PARTITIONS));
            consumer.seekToBeginning(consumer.assignment());
            Checks.isTrue(consumer.poll(Duration.ofMillis(500)).isEmpty(), "nothing is there yet");
            for (int i = 0; i < 20; ++i) {
                Checks.get(producer.send(recordOf("waited-for", i)));
                same(recordOf("waited-for", i), read(consumer, 1).get(0));
            }
        } finally {
            consumer.close(CloseOptions.timeout(Duration.ZERO)); // it would wait for its last fetch
        }
    }

    private void fewerAcks() throws Exception {
        make("fewer-acks", 2, Map.of());
        for (String acks : List.of("0", "1")) {
            TopicPartition at = new TopicPartition("fewer-acks", Integer.parseInt(acks));
            try (var producer = producer(Map.of("acks", acks, "enable.idempotence", false))) {
                for (int i = 0; i < 500; ++i) producer.send(new ProducerRecord<>(at.topic(), at.partition(), null, bytes("" + i)));
            }
            try (var consumer = consumer(Map.of())) {
                consumer.assign(List.of(at));
                consumer.seekToBeginning(List.of(at));
                int i = 0;
                for (var one : read(consumer, 500)) Checks.equal("" + i++, new String(one.value(), StandardCharsets.UTF_8), "value");
            }
        }
    }

    private void autoCreated() throws Exception {
        try (var producer = producer(Map.of())) {
            Checks.equal(0L, Checks.get(producer.send(new ProducerRecord<>("from-nothing", bytes("first")))).offset(), "offset");
        }
        Checks.equal(1, Topics.describe(admin, "from-nothing").partitions().size(), "its partitions");
    }

    private void appendTime() throws Exception {
        make("append-time", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        long before = System.currentTimeMillis();
        try (var producer = producer(Map.of("compression.type", "lz4")); var consumer = consumer(Map.of())) {
            RecordMetadata at = Checks.get(producer.send(new ProducerRecord<>("append-time", 0, 5L, null, bytes("late"))));
            Checks.isTrue(at.timestamp() >= before, "the producer is told the broker's time: " + at.timestamp());
            consumer.assign(partitions("append-time", 1));
            consumer.seekToBeginning(consumer.assignment());
            var got = read(consumer, 1).get(0);
            Checks.equal(TimestampType.LOG_APPEND_TIME, got.timestampType(), "kind of time");
            Checks.equal(at.timestamp(), got.timestamp(), "time");
        }
    }

    private void refused() throws Exception {
        make("small-ones", 1, Map.of("max.message.bytes", "1000"));
        make("with-keys", 1, Map.of("cleanup.policy", "compact"));
        make("of-today", 1, Map.of("message.timestamp.before.max.ms", "1000"));
        try (var producer = producer(Map.of())) {
            Checks.refused(RecordTooLargeException.class, producer.send(new ProducerRecord<>("small-ones", new byte[2000])), "a large one");
            Checks.refused(InvalidRecordException.class, producer.send(new ProducerRecord<>("with-keys", bytes("no key"))), "one without key");
            Checks.refused(InvalidTimestampException.class,
                    producer.send(new ProducerRecord<>("of-today", 0, 5L, null, bytes("old"))), "an old one");
            // The producer goes on, in the sequence that these left.
            Checks.equal(0L, Checks.get(producer.send(new ProducerRecord<>("small-ones", bytes("small")))).offset(), "the next one");
        }
    }

    private void severalProducers() throws Exception {
        make("in-turn", 1, Map.of());
        int producers = 4;
        List<KafkaProducer<byte[], byte[]>> all = new ArrayList<>();
        for (int i = 0; i < producers; ++i) all.add(producer(Map.of("linger.ms", 0)));
        try {
            for (int i = 0; i < 40; ++i)
                Checks.equal((long) i, Checks.get(all.get(i % producers).send(new ProducerRecord<>("in-turn", bytes("" + i)))).offset(), "offset");
        } finally {
            for (var one : all) one.close();
        }
        var states = Checks.get(admin.describeProducers(partitions("in-turn", 1)).all()).get(new TopicPartition("in-turn", 0)).activeProducers();
        Checks.equal(producers, states.size(), "producers");
        Checks.equal((long) producers, states.stream().map(one -> one.producerId()).distinct().count(), "their ids");
        for (var one : states) {
            Checks.equal(0, one.producerEpoch(), "epoch of " + one);
            Checks.equal(40 / producers - 1, one.lastSequence(), "last sequence of " + one);
        }
    }
}
