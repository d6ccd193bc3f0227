// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import static odradek.golden.Batches.NOW;

import java.io.IOException;
import odradek.golden.Batches.Entry;
import odradek.golden.Batches.Start;
import org.apache.kafka.common.record.internal.CompressionType;

/** Message sets of the formats 0 and 1, plain and in compressed wrappers. */
final class LegacyBatches {
    static void write(Batches out) throws IOException {
        for (int magic = 0; magic < 2; ++magic) {
            for (CompressionType codec : CompressionType.values()) {
                if (codec != CompressionType.ZSTD) write(out, magic, codec);
            }
        }
        out.add("legacy", "mixed-magic-in-one-set", "semantic",
            Batches.join(Batches.build(Start.of(0, CompressionType.NONE), Entry.of(0, -1, "a", "zero")),
                Batches.build(Start.of(1, CompressionType.GZIP).at(1), Entry.of(1, NOW, "b", "one"),
                    Entry.of(2, NOW, "c", "one")),
                Batches.build(Start.of(2, CompressionType.NONE).at(3), Entry.of(3, NOW, "d", "two"))));
    }

    private static void write(Batches out, int magic, CompressionType codec) throws IOException {
        Start start = Start.of(magic, codec);
        String prefix = "magic" + magic + "/" + codec.name + "/";
        String reencode = codec == CompressionType.NONE ? "exact" : "semantic";
        long time = magic == 0 ? -1 : NOW;
        out.add("legacy", prefix + "single", reencode, Batches.build(start, Entry.of(0, time, "k", "v")));
        out.add("legacy", prefix + "nulls", reencode,
            Batches.build(start, Entry.of(0, time, null, "v"), Entry.of(1, time, "k", null),
                Entry.of(2, time, null, null), Entry.of(3, time, "", "")));
        out.add("legacy", prefix + "offsets", reencode,
            Batches.build(start.at(500), Entry.of(500, time, "a", "1"), Entry.of(501, time, "b", "2"),
                Entry.of(502, time, "c", "3")));
        out.add("legacy", prefix + "gaps", reencode,
            Batches.build(start.at(500), Entry.of(500, time, "a", "1"), Entry.of(507, time, "b", "2"),
                Entry.of(530, time, "c", "3")));
        if (magic == 1) {
            out.add("legacy", prefix + "log-append-time", reencode,
                Batches.build(
                    start.at(10).appendedAt(NOW + 999), Entry.of(10, NOW, "a", "1"), Entry.of(11, NOW + 5, "b", "2")));
        }
        Entry[] many = Batches.many(300);
        for (int i = 0; i < many.length; ++i)
            many[i] = new Entry(i, magic == 0 ? -1 : NOW + i, many[i].key(), many[i].value(), Batches.NO_HEADERS);
        out.add("legacy", prefix + "many", reencode, Batches.build(start, many));
    }

    private LegacyBatches() {
    }
}
