// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import static odradek.golden.Batches.NOW;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import odradek.golden.Batches.Entry;
import odradek.golden.Batches.Start;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.KRaftVersionRecord;
import org.apache.kafka.common.message.LeaderChangeMessage;
import org.apache.kafka.common.message.SnapshotFooterRecord;
import org.apache.kafka.common.message.SnapshotHeaderRecord;
import org.apache.kafka.common.message.VotersRecord;
import org.apache.kafka.common.record.internal.CompressionType;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Control batches: ends of transactions, and what the controllers write into their own log. */
final class ControlBatches {
    static void write(Batches out) throws IOException {
        byte[] abort = end(ControlRecordType.ABORT, 2, 11, 0);
        byte[] commit = end(ControlRecordType.COMMIT, 3, 12, 7);
        out.add("control", "commit", "exact", end(ControlRecordType.COMMIT, 30, 77, 12));
        out.add("control", "abort", "exact", end(ControlRecordType.ABORT, 31, 77, 13));
        out.add("control", "abort-epoch-max", "exact",
            end(ControlRecordType.ABORT, Long.MAX_VALUE - 1, Long.MAX_VALUE, Integer.MAX_VALUE));
        out.add("control", "leader-change", "exact",
            Batches.bytesOf(MemoryRecords.withLeaderChangeMessage(0, NOW, 1, room(),
                new LeaderChangeMessage()
                    .setLeaderId(1)
                    .setVoters(List.of(voter(1), voter(2)))
                    .setGrantingVoters(List.of(voter(2))))));
        out.add("control", "snapshot-header", "exact",
            Batches.bytesOf(MemoryRecords.withSnapshotHeaderRecord(
                0, NOW, 1, room(), new SnapshotHeaderRecord().setLastContainedLogTimestamp(NOW))));
        out.add("control", "snapshot-footer", "exact",
            Batches.bytesOf(MemoryRecords.withSnapshotFooterRecord(9, NOW, 1, room(), new SnapshotFooterRecord())));
        out.add("control", "kraft-version", "exact",
            Batches.bytesOf(MemoryRecords.withKRaftVersionRecord(
                3, NOW, 1, room(), new KRaftVersionRecord().setKRaftVersion((short) 1))));
        out.add("control", "kraft-voters", "exact",
            Batches.bytesOf(MemoryRecords.withVotersRecord(4, NOW, 1, room(),
                new VotersRecord().setVoters(
                    List.of(new VotersRecord.Voter().setVoterId(1).setVoterDirectoryId(new Uuid(0, 1)))))));
        Start data = Start.of(2, CompressionType.LZ4).by(11, 0, 0, true);
        out.add("control", "txn-data-then-abort-then-commit", "semantic",
            Batches.join(Batches.build(data, Entry.of(0, NOW, "a", "aborted")),
                Batches.build(
                    Start.of(2, CompressionType.NONE).at(1).by(12, 0, 0, true), Entry.of(1, NOW, "b", "committed")),
                abort, commit));
    }

    private static byte[] end(ControlRecordType type, long offset, long producerId, int coordinatorEpoch) {
        return Batches.bytesOf(MemoryRecords.withEndTransactionMarker(
            offset, NOW, 6, producerId, (short) 2, new EndTransactionMarker(type, coordinatorEpoch)));
    }

    private static LeaderChangeMessage.Voter voter(int id) {
        return new LeaderChangeMessage.Voter().setVoterId(id);
    }

    private static ByteBuffer room() {
        return ByteBuffer.allocate(1024);
    }

    private ControlBatches() {
    }
}
