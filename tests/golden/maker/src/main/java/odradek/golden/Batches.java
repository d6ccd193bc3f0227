// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MemoryRecordsBuilder;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.utils.internals.ByteBufferOutputStream;

/** Makes the lines of batches.jsonl.gz: what Kafka's builders write, and what its reader says of that. */
final class Batches {
    static final long NOW = 1_700_000_000_000L;
    static final Header[] NO_HEADERS = {};

    private final Lines lines;
    private final long seed;
    private int made = 0;

    Batches(Lines lines, long seed) {
        this.lines = lines;
        this.seed = seed;
    }

    int write() throws Exception {
        for (CompressionType codec : CompressionType.values()) writeCurrent(codec);
        add("v2", "none/empty-after-compaction", "exact", empty(false));
        add("v2", "none/empty-control-after-compaction", "exact", empty(true));
        ControlBatches.write(this);
        LegacyBatches.write(this);
        OtherEncoders.write(this);
        BrokenBatches.write(this);
        return made;
    }

    void add(String group, String name, String reencode, byte[] bytes) throws IOException {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("group", group).put("name", name).put("reencode", reencode).put("hex", Lines.hex(bytes));
        BatchReader.describe(bytes, line);
        lines.add(line);
        ++made;
    }

    /** How a batch begins; a copy with one thing changed for each case. */
    record Start(byte magic, CompressionType codec, TimestampType type, long baseOffset, long logAppendTime,
        long producerId, short epoch, int sequence, boolean transactional, int leaderEpoch, long deleteHorizon) {
        static Start of(int magic, CompressionType codec) {
            return new Start((byte) magic, codec, TimestampType.CREATE_TIME, 0, -1, -1, (short) -1, -1, false, -1, -1);
        }

        Start at(long offset) {
            return new Start(magic, codec, type, offset, logAppendTime, producerId, epoch, sequence, transactional, 8,
                deleteHorizon);
        }

        Start by(long id, int itsEpoch, int itsSequence, boolean inTransaction) {
            return new Start(magic, codec, type, baseOffset, logAppendTime, id, (short) itsEpoch, itsSequence,
                inTransaction, leaderEpoch, deleteHorizon);
        }

        Start appendedAt(long time) {
            return new Start(magic, codec, TimestampType.LOG_APPEND_TIME, baseOffset, time, producerId, epoch, sequence,
                transactional, leaderEpoch, deleteHorizon);
        }

        Start horizon(long time) {
            return new Start(magic, codec, type, baseOffset, logAppendTime, producerId, epoch, sequence, transactional,
                leaderEpoch, time);
        }
    }

    /** A record to be written. */
    record Entry(long offset, long timestamp, byte[] key, byte[] value, Header... headers) {
        static Entry of(long offset, long timestamp, String key, String value) {
            return new Entry(offset, timestamp, key == null ? null : key.getBytes(),
                value == null ? null : value.getBytes(), NO_HEADERS);
        }
    }

    static byte[] build(Start start, Entry... entries) {
        ByteBufferOutputStream out = new ByteBufferOutputStream(1 << 20);
        MemoryRecordsBuilder builder = new MemoryRecordsBuilder(out, start.magic, Compression.of(start.codec).build(),
            start.type, start.baseOffset, start.logAppendTime, start.producerId, start.epoch, start.sequence,
            start.transactional, false, start.leaderEpoch, 1 << 30, start.deleteHorizon);
        for (Entry entry : entries) {
            builder.appendWithOffset(entry.offset, entry.timestamp, entry.key, entry.value, entry.headers);
        }
        return bytesOf(builder.build());
    }

    static byte[] bytesOf(MemoryRecords records) {
        return bytesOf(records.buffer());
    }

    static byte[] bytesOf(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    static byte[] join(byte[]... parts) {
        int size = 0;
        for (byte[] part : parts) size += part.length;
        ByteBuffer all = ByteBuffer.allocate(size);
        for (byte[] part : parts) all.put(part);
        return all.array();
    }

    private void writeCurrent(CompressionType codec) throws Exception {
        Start plain = Start.of(2, codec);
        String reencode = codec == CompressionType.NONE ? "exact" : "semantic";
        Entry[] two = {Entry.of(20, NOW, "a", "1"), Entry.of(21, NOW + 1, "b", "2")};
        current(codec, "single", build(plain, Entry.of(0, NOW, "k", "v")));
        current(codec, "null-key-value",
            build(plain.at(7), Entry.of(7, NOW, null, "v"), Entry.of(8, NOW, "k", null), Entry.of(9, NOW, null, null),
                Entry.of(10, NOW, "", "")));
        current(codec, "headers",
            build(plain.at(0),
                new Entry(0, NOW, "k".getBytes(), "v".getBytes(), Headers.of("a", "1", "a", "2", "", "", "none", null)),
                new Entry(1, NOW, null, null, Headers.of("\u00e9\ud83d\ude00", "x"))));
        current(codec, "timestamps-both-ways",
            build(plain.at(100), Entry.of(100, NOW, "a", "1"), Entry.of(101, NOW - 86_400_000L, "b", "2"),
                Entry.of(102, NOW + 86_400_000L, "c", "3"), Entry.of(103, 0, "d", "4")));
        current(codec, "log-append-time", appended(build(plain.at(20), two), NOW + 99));
        current(codec, "idempotent", build(plain.at(20).by(4711, 3, 17, false), two));
        current(codec, "transactional", build(plain.at(20).by(Long.MAX_VALUE, Short.MAX_VALUE, 0, true), two));
        current(codec, "sequence-wrap", build(plain.at(20).by(5, 0, Integer.MAX_VALUE, false), two));
        current(codec, "compacted-offset-gaps",
            build(plain.at(1000), Entry.of(1003, NOW, "a", "1"), Entry.of(1100, NOW, "b", "2"),
                Entry.of(90_000, NOW, "c", "3")));
        current(codec, "delete-horizon",
            build(plain.at(20).horizon(NOW + 86_400_000L), Entry.of(20, NOW, "a", null),
                Entry.of(21, NOW + 1, "b", null)));
        current(codec, "no-timestamp", build(plain.at(20), Entry.of(20, -1, "a", "x")));
        current(codec, "many", build(plain, many(400)));
        current(codec, "large-value",
            build(plain, new Entry(0, NOW, null, noise(new Random(seed), 35_000, 2), NO_HEADERS)));
        current(codec, "varint-length-boundaries", build(plain, boundaries()));
        add("v2", name(codec, "two-batches"), reencode,
            join(build(plain, Entry.of(0, NOW, "k", "v")), build(plain.at(1), Entry.of(1, NOW, "k", "w"))));
        for (int i = 0; i < 3; ++i)
            current(codec, "random" + i, random(plain, new Random(seed * 100 + codec.id * 10 + i)));
    }

    private void current(CompressionType codec, String what, byte[] bytes) throws IOException {
        add("v2", name(codec, what), codec == CompressionType.NONE ? "exact" : "semantic", bytes);
    }

    static String name(CompressionType codec, String what) {
        return codec.name + "/" + what;
    }

    /** As a broker does when the topic keeps the append time: the records keep their deltas. */
    private static byte[] appended(byte[] bytes, long time) {
        for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
            batch.setMaxTimestamp(TimestampType.LOG_APPEND_TIME, time);
        }
        return bytes;
    }

    private static byte[] empty(boolean control) {
        ByteBuffer buffer = ByteBuffer.allocate(DefaultRecordBatch.RECORD_BATCH_OVERHEAD);
        DefaultRecordBatch.writeEmptyHeader(
            buffer, (byte) 2, 9, (short) 1, 40, 500, 509, 3, TimestampType.CREATE_TIME, NOW, control, control);
        buffer.flip();
        return bytesOf(buffer);
    }

    static Entry[] many(int count) {
        Entry[] entries = new Entry[count];
        for (int i = 0; i < count; ++i) {
            entries[i] = new Entry(i, NOW + i, ("key" + i).getBytes(), ("value " + i + " of " + count).getBytes(),
                i % 7 == 1 ? Headers.of("h" + i, "x") : NO_HEADERS);
        }
        return entries;
    }

    private static Entry[] boundaries() {
        int[] sizes = {0, 62, 63, 64, 65, 126, 127, 128, 8190, 8191, 8192};
        Entry[] entries = new Entry[sizes.length];
        for (int i = 0; i < sizes.length; ++i)
            entries[i] = new Entry(i, NOW + (1L << (3 * i)), null, new byte[sizes[i]], NO_HEADERS);
        return entries;
    }

    private static byte[] random(Start start, Random random) {
        Entry[] entries = new Entry[1 + random.nextInt(20)];
        long offset = random.nextInt(1000);
        Start from = start.at(offset);
        for (int i = 0; i < entries.length; ++i) {
            byte[] key = random.nextInt(4) == 0 ? null : noise(random, random.nextInt(20), 8);
            byte[] value = random.nextInt(6) == 0 ? null : noise(random, random.nextInt(80), 4);
            Header[] headers = random.nextInt(3) != 0
                ? NO_HEADERS
                : Headers.of("h" + random.nextInt(1000), random.nextBoolean() ? "v" : null);
            entries[i] = new Entry(offset, NOW + random.nextInt(100_000) - 50_000, key, value, headers);
            offset += 1 + (random.nextInt(5) == 0 ? random.nextInt(50) : 0);
        }
        return build(from, entries);
    }

    /** Random bytes of `bits` bits each: fewer bits compress better. */
    static byte[] noise(Random random, int size, int bits) {
        byte[] made = new byte[size];
        for (int i = 0; i < size; ++i) made[i] = (byte) (random.nextInt(1 << bits) + (bits < 8 ? 'a' : 0));
        return made;
    }
}
