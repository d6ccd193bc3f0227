// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import static odradek.golden.Batches.NOW;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;
import odradek.golden.Batches.Entry;
import odradek.golden.Batches.Start;
import org.apache.kafka.common.record.internal.CompressionType;

/** Batches with one thing wrong each: what a reader has to refuse, and the few that it has to take all the same. */
final class BrokenBatches {
    private static final int RECORDS = 61;

    static void write(Batches out) throws IOException {
        byte[] good = plain(CompressionType.NONE);
        change(out, "crc-payload-flip", good, b -> b.put(78, (byte) (b.get(78) ^ 1)));
        change(out, "crc-field-flip", good, b -> b.put(17, (byte) (b.get(17) ^ 1)));
        change(out, "leader-epoch-flip-is-not-covered-by-crc", good, b -> b.put(15, (byte) (b.get(15) ^ 1)));
        change(out, "base-offset-flip-is-not-covered-by-crc", good, b -> b.put(7, (byte) (b.get(7) ^ 1)));
        for (int kept : new int[] {good.length - 1, RECORDS, 17, 16, 12, 11, 1}) {
            out.add(
                "invalid", "truncated-to-" + kept + "-bytes", "none", Batches.join(good, Arrays.copyOf(good, kept)));
        }
        out.add("invalid", "only-truncated-batch", "none", Arrays.copyOf(good, 40));
        out.add("invalid", "empty-set", "none", new byte[0]);
        change(out, "magic-3", good, b -> b.put(16, (byte) 3));
        change(out, "magic-minus-1", good, b -> b.put(16, (byte) -1));
        change(out, "batch-length-too-small", good, b -> b.putInt(8, 13));
        change(out, "batch-length-negative", good, b -> b.putInt(8, -1));
        for (CompressionType codec :
            new CompressionType[] {CompressionType.NONE, CompressionType.GZIP, CompressionType.ZSTD}) {
            resealed(out, codec.name + "-count-more-than-records", plain(codec), b -> b.putInt(57, 3));
            resealed(out, codec.name + "-count-less-than-records", plain(codec), b -> b.putInt(57, 1));
        }
        resealed(out, "count-negative", good, b -> b.putInt(57, -1));
        for (int codec = 5; codec < 8; ++codec) {
            short bits = (short) codec;
            resealed(out, "codec-" + codec, good, b -> b.putShort(21, bits));
        }
        for (CompressionType codec : CompressionType.values()) {
            if (codec == CompressionType.NONE || codec == CompressionType.SNAPPY) continue;
            resealed(out, "says-" + codec.name + "-is-plain", good, b -> b.putShort(21, codec.id));
        }
        resealed(out, "unused-attribute-bit-7-set", good, b -> b.putShort(21, (short) 0x80));
        resealed(out, "record-length-negative", good, b -> b.put(RECORDS, (byte) 1));
        resealed(out, "record-length-one-too-long", good, b -> b.put(RECORDS, (byte) (b.get(RECORDS) + 2)));
        resealed(out, "record-length-one-too-short", good, b -> b.put(RECORDS, (byte) (b.get(RECORDS) - 2)));
        resealed(out, "key-length-past-end", good, b -> b.put(RECORDS + 4, (byte) 0x7e));
        resealed(out, "value-length-past-end", good, b -> b.put(RECORDS + 6, (byte) 0x7e));
        resealed(out, "header-count-too-large", good, b -> b.put(RECORDS + 8, (byte) 0x7e));
        resealed(out, "header-count-negative", good, b -> b.put(RECORDS + 8, (byte) 1));
        byte[] legacy = Batches.build(Start.of(1, CompressionType.NONE), Entry.of(0, NOW, "k", "v"));
        change(out, "magic1-crc-flip", legacy, b -> b.put(12, (byte) (b.get(12) ^ 1)));
        out.add("invalid", "magic1-truncated", "none", Arrays.copyOf(legacy, legacy.length - 1));
        change(out, "magic1-size-too-small", legacy, b -> b.putInt(8, 13));
        resealed(out, "lz4-header-checksum-flip", plain(CompressionType.LZ4),
            b -> b.put(RECORDS + 6, (byte) (b.get(RECORDS + 6) ^ 1)));
        resealed(
            out, "lz4-frame-magic-flip", plain(CompressionType.LZ4), b -> b.put(RECORDS, (byte) (b.get(RECORDS) ^ 1)));
        resealed(out, "zstd-magic-flip", plain(CompressionType.ZSTD), b -> b.put(RECORDS, (byte) (b.get(RECORDS) ^ 1)));
        resealed(out, "gzip-magic-flip", plain(CompressionType.GZIP), b -> b.put(RECORDS, (byte) (b.get(RECORDS) ^ 1)));
        resealed(
            out, "snappy-chunk-length-huge", plain(CompressionType.SNAPPY), b -> b.putInt(RECORDS + 16, 0x40000000));
    }

    private static byte[] plain(CompressionType codec) {
        return Batches.build(Start.of(2, codec).at(5), Entry.of(5, NOW, "a", "1"), Entry.of(6, NOW, "b", "2"));
    }

    private static void change(Batches out, String name, byte[] good, Consumer<ByteBuffer> what) throws IOException {
        byte[] bad = good.clone();
        what.accept(ByteBuffer.wrap(bad));
        out.add("invalid", name, "none", bad);
    }

    private static void resealed(Batches out, String name, byte[] good, Consumer<ByteBuffer> what) throws IOException {
        byte[] bad = good.clone();
        what.accept(ByteBuffer.wrap(bad));
        out.add("invalid", name, "none", OtherEncoders.seal(bad));
    }

    private BrokenBatches() {
    }
}
