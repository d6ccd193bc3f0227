// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import static odradek.golden.Batches.NOW;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;
import java.util.zip.GZIPOutputStream;
import net.jpountz.lz4.LZ4FrameOutputStream;
import odradek.golden.Batches.Entry;
import odradek.golden.Batches.Start;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyOutputStream;

/** Batches as other encoders than Kafka's compress them, which a reader has to take as well. */
final class OtherEncoders {
    private static final int HEADER = DefaultRecordBatch.RECORD_BATCH_OVERHEAD;

    /** Makes a stream that compresses into another. */
    interface Packer {
        OutputStream into(OutputStream out) throws IOException;
    }

    static void write(Batches out) throws IOException {
        byte[] plain = plain();
        byte[] records = Arrays.copyOfRange(plain, HEADER, plain.length);
        byte[] half = Arrays.copyOfRange(records, 0, records.length / 2);
        byte[] rest = Arrays.copyOfRange(records, records.length / 2, records.length);
        out.add(
            "alt", "snappy/raw-unframed", "semantic", repack(plain, CompressionType.SNAPPY, Snappy.compress(records)));
        out.add("alt", "snappy/xerial-many-small-chunks", "semantic",
            repack(plain, CompressionType.SNAPPY, pack(records, to -> new SnappyOutputStream(to, 1024))));
        for (var size : LZ4FrameOutputStream.BLOCKSIZE.values()) lz4(out, plain, records, "lz4/" + size, size);
        lz4(out, plain, records, "lz4/content-checksum", LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
            LZ4FrameOutputStream.FLG.Bits.CONTENT_CHECKSUM);
        lz4(out, plain, records, "lz4/block-checksum", LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB,
            LZ4FrameOutputStream.FLG.Bits.BLOCK_CHECKSUM);
        out.add("alt", "lz4/content-size", "semantic",
            repack(plain, CompressionType.LZ4,
                pack(records,
                    to
                    -> new LZ4FrameOutputStream(to, LZ4FrameOutputStream.BLOCKSIZE.SIZE_64KB, records.length,
                        LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE,
                        LZ4FrameOutputStream.FLG.Bits.CONTENT_SIZE))));
        out.add("alt", "gzip/two-members", "semantic",
            repack(plain, CompressionType.GZIP,
                Batches.join(pack(half, GZIPOutputStream::new), pack(rest, GZIPOutputStream::new))));
        out.add("alt", "zstd/two-frames", "semantic",
            repack(plain, CompressionType.ZSTD,
                Batches.join(pack(half, ZstdOutputStream::new), pack(rest, ZstdOutputStream::new))));
        out.add(
            "alt", "zstd/with-content-size", "semantic", repack(plain, CompressionType.ZSTD, Zstd.compress(records)));
    }

    private static void lz4(Batches out, byte[] plain, byte[] records, String name, LZ4FrameOutputStream.BLOCKSIZE size,
        LZ4FrameOutputStream.FLG.Bits... more) throws IOException {
        var flags = Arrays.copyOf(more, more.length + 1);
        flags[more.length] = LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE;
        out.add("alt", name, "semantic",
            repack(plain, CompressionType.LZ4, pack(records, to -> new LZ4FrameOutputStream(to, size, flags))));
    }

    private static byte[] plain() {
        Entry[] entries = new Entry[40];
        for (int i = 0; i < entries.length; ++i)
            entries[i] = Entry.of(i, NOW + i, "k" + i, "abcdef".repeat(5).substring(i % 6));
        return Batches.build(Start.of(2, CompressionType.NONE), entries);
    }

    static byte[] pack(byte[] bytes, Packer packer) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = packer.into(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    /** The header of `plain` over other, already compressed records. */
    static byte[] repack(byte[] plain, CompressionType codec, byte[] packed) {
        ByteBuffer made = ByteBuffer.allocate(HEADER + packed.length);
        made.put(plain, 0, HEADER).put(packed);
        made.putInt(8, made.capacity() - 12).putShort(21, (short) (made.getShort(21) & ~7 | codec.id));
        return seal(made.array());
    }

    /** Writes the checksum of a batch anew. */
    static byte[] seal(byte[] batch) {
        CRC32C crc = new CRC32C();
        crc.update(batch, 21, batch.length - 21);
        ByteBuffer.wrap(batch).putInt(17, (int) crc.getValue());
        return batch;
    }

    private OtherEncoders() {
    }
}
