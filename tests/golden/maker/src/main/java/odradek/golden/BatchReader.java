// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.DefaultRecordBatch;
import org.apache.kafka.common.record.internal.EndTransactionMarker;
import org.apache.kafka.common.record.internal.MemoryRecords;
import org.apache.kafka.common.record.internal.MutableRecordBatch;
import org.apache.kafka.common.record.internal.Record;

/** Writes down what Kafka's own reader sees in a set of batches, errors included. */
final class BatchReader {
    private static final int ATTRIBUTES = 21;

    static void describe(byte[] bytes, ObjectNode line) {
        ArrayNode batches = line.putArray("batches");
        int consumed = 0;
        Throwable thrown = null;
        try {
            for (MutableRecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
                ObjectNode described = describe(batch); // before it counts: an unknown codec shows here
                batches.add(described);
                consumed += batch.sizeInBytes();
                addRecords(batch, described);
            }
        } catch (RuntimeException error) {
            thrown = error;
        }
        line.put("trailingBytes", bytes.length - consumed);
        if (thrown != null) addError(line, thrown);
    }

    private static void addError(ObjectNode node, Throwable error) {
        node.put("error", error.getClass().getSimpleName()).put("errorMessage", error.getMessage());
    }

    private static ObjectNode describe(MutableRecordBatch batch) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("magic", batch.magic()).put("sizeInBytes", batch.sizeInBytes());
        String codec = batch.compressionType().name;
        boolean isValid = batch.isValid();
        boolean isCurrent = batch instanceof DefaultRecordBatch;
        if (isCurrent || isValid)
            node.put("baseOffset", batch.baseOffset());
        else
            node.put("baseOffset", batch.lastOffset()); // one message: its own offset
        node.put("lastOffset", batch.lastOffset()).put("maxTimestamp", batch.maxTimestamp());
        node.put("timestampType", batch.timestampType().toString().isEmpty() ? "" : batch.timestampType().name());
        node.put("codec", codec).put("crcValid", isValid);
        if (isCurrent) addHeader((DefaultRecordBatch) batch, node);
        return node;
    }

    private static void addHeader(DefaultRecordBatch batch, ObjectNode node) {
        ByteBuffer raw = ByteBuffer.allocate(batch.sizeInBytes());
        batch.writeTo(raw);
        node.put("partitionLeaderEpoch", batch.partitionLeaderEpoch()).put("crc", batch.checksum());
        node.put("attributes", raw.getShort(ATTRIBUTES))
            .put("lastOffsetDelta", batch.lastOffset() - batch.baseOffset());
        node.put("baseTimestamp", batch.baseTimestamp()).put("producerId", batch.producerId());
        node.put("producerEpoch", batch.producerEpoch()).put("baseSequence", batch.baseSequence());
        node.put("lastSequence", batch.lastSequence()).put("isTransactional", batch.isTransactional());
        node.put("isControl", batch.isControlBatch()).put("count", batch.countOrNull());
        if (batch.deleteHorizonMs().isPresent()) node.put("deleteHorizonMs", batch.deleteHorizonMs().getAsLong());
    }

    private static void addRecords(MutableRecordBatch batch, ObjectNode node) {
        ArrayNode records = JsonNodeFactory.instance.arrayNode();
        try {
            batch.ensureValid();
            for (Record record : batch) records.add(describe(batch, record));
            node.set("records", records);
        } catch (RuntimeException | Error error) { // the codecs throw errors of their own
            addError(node, error);
        }
    }

    private static ObjectNode describe(MutableRecordBatch batch, Record record) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("offset", record.offset()).put("timestamp", record.timestamp());
        node.put("key", base64(record.key())).put("value", base64(record.value()));
        if (batch.magic() < 2) return node;
        ArrayNode headers = node.putArray("headers");
        for (Header header : record.headers()) {
            headers.addObject()
                .put("k", header.key())
                .put("v", header.value() == null ? null : base64(ByteBuffer.wrap(header.value())));
        }
        node.put("sequence", record.sequence()).put("sizeInBytes", record.sizeInBytes());
        if (batch.isControlBatch()) {
            ControlRecordType type = ControlRecordType.parse(record.key());
            node.put("controlType", type.name());
            if (type == ControlRecordType.COMMIT || type == ControlRecordType.ABORT) {
                node.put("coordinatorEpoch", EndTransactionMarker.deserialize(record).coordinatorEpoch());
            }
        }
        return node;
    }

    private static String base64(ByteBuffer bytes) {
        return bytes == null ? null : Base64.getEncoder().encodeToString(Batches.bytesOf(bytes));
    }

    private BatchReader() {
    }
}
