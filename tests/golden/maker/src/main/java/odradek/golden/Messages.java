// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import odradek.golden.Release.Schema;
import odradek.golden.Release.Versions;

/**
 * Turns documents into bytes and back with Kafka's own generated classes, by reflection: they are of several releases.
 */
final class Messages {
    private static final int CORRELATION_ID = 0x01020304;
    private static final byte[] CLIENT_ID = "vec".getBytes(StandardCharsets.US_ASCII);
    private static final int[] UNKNOWN_TAGS = {17, 200, 70000};

    private final Lines lines;
    private final long seed;
    int made = 0;
    int refused = 0;

    Messages(Lines lines, long seed) {
        this.lines = lines;
        this.seed = seed;
    }

    /** Writes the lines of every message of `release` in the versions that `wanted` says. */
    void write(Release release, List<Schema> schemas, java.util.function.BiPredicate<Schema, Integer> wanted)
        throws Exception {
        schemas.sort(Comparator.comparing((Schema s) -> s.api()).thenComparing(s -> s.kind));
        for (Schema schema : schemas) {
            for (int version = schema.versions.first(); version <= schema.versions.last(); ++version) {
                if (!wanted.test(schema, version)) continue;
                for (String kind : Documents.CASES) write(release, schema, version, kind);
            }
        }
    }

    private void write(Release release, Schema schema, int version, String kind) throws Exception {
        boolean flexible = schema.flexible.contains(version);
        if (kind.equals("utags") && !flexible) return;
        long mixed = seed * 31 + Objects.hash(schema.identity(), version, kind);
        byte[] bytes;
        JsonNode document;
        try {
            Object data = read(release, schema, version, new Documents(schema, version, kind, mixed).make());
            if (kind.equals("utags")) addTags(release, data, schema, schema.json.path("fields"), version);
            bytes = encode(release, data, version);
            Object again = decode(release, schema, bytes, version);
            if (!again.equals(data))
                throw new IllegalStateException(schema.name + " v" + version + " " + kind + " changed on its way");
            document = toJson(release, schema, again, version);
            showRecords(again, document, schema, schema.json.path("fields"), version);
            if (kind.equals("utags"))
                showTags(again, (ObjectNode) document, schema, schema.json.path("fields"), version);
        } catch (InvocationTargetException error) {
            // What a definition says is not always what Kafka's own writer accepts, as a default of null in a version
            // without null.
            ++refused;
            return;
        }
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("api", schema.api())
            .put("key", schema.key)
            .put("kind", schema.kind)
            .put("v", version)
            .put("flex", flexible);
        line.put("case", kind).put("src", release.version);
        if (schema.isRpc()) {
            int header = headerVersion(release, schema, version);
            line.put("hv", header);
            if (kind.equals("minimal") || kind.equals("rich1"))
                line.put("frame", Lines.hex(frame(schema, version, header, bytes)));
        }
        line.put("hex", Lines.hex(bytes));
        line.set("json", document);
        lines.add(line);
        ++made;
    }

    private static Object read(Release release, Schema schema, int version, JsonNode document) throws Exception {
        Method read =
            release.generated(schema.dataClass() + "JsonConverter").getMethod("read", JsonNode.class, short.class);
        return read.invoke(null, document, (short) version);
    }

    private static JsonNode toJson(Release release, Schema schema, Object data, int version) throws Exception {
        Class<?> converter = release.generated(schema.dataClass() + "JsonConverter");
        return (JsonNode) converter.getMethod("write", data.getClass(), short.class, boolean.class)
            .invoke(null, data, (short) version, true);
    }

    private static byte[] encode(Release release, Object data, int version) throws Exception {
        Class<?> cacheClass = release.protocol("ObjectSerializationCache");
        Object cache = cacheClass.getConstructor().newInstance();
        Class<?> message = release.protocol("Message");
        int size = (int) message.getMethod("size", cacheClass, short.class).invoke(data, cache, (short) version);
        ByteBuffer buffer = ByteBuffer.allocate(size);
        Object accessor = release.protocol("ByteBufferAccessor").getConstructor(ByteBuffer.class).newInstance(buffer);
        message.getMethod("write", release.protocol("Writable"), cacheClass, short.class)
            .invoke(data, accessor, cache, (short) version);
        if (buffer.hasRemaining()) throw new IllegalStateException("announced " + size + " bytes, wrote fewer");
        return buffer.array();
    }

    private static Object decode(Release release, Schema schema, byte[] bytes, int version) throws Exception {
        Object accessor =
            release.protocol("ByteBufferAccessor").getConstructor(ByteBuffer.class).newInstance(ByteBuffer.wrap(bytes));
        Constructor<?> make =
            release.generated(schema.dataClass()).getConstructor(release.protocol("Readable"), short.class);
        return make.newInstance(accessor, (short) version);
    }

    private static int headerVersion(Release release, Schema schema, int version) throws Exception {
        Class<?> types = release.generated("ApiMessageType");
        Object type = types.getMethod("fromApiKey", short.class).invoke(null, (short) schema.key);
        return (short) types.getMethod(schema.kind + "HeaderVersion", short.class).invoke(type, (short) version);
    }

    private static byte[] frame(Schema schema, int version, int header, byte[] body) {
        ByteBuffer made = ByteBuffer.allocate(64 + body.length).putInt(0);
        if (schema.kind.equals("request")) {
            made.putShort((short) schema.key).putShort((short) version).putInt(CORRELATION_ID);
            if (header >= 1) made.putShort((short) CLIENT_ID.length).put(CLIENT_ID);
            if (header >= 2) made.put((byte) 0);
        } else {
            made.putInt(CORRELATION_ID);
            if (header >= 1) made.put((byte) 0);
        }
        made.put(body).putInt(0, made.position() - 4);
        byte[] bytes = new byte[made.position()];
        made.flip().get(bytes);
        return bytes;
    }

    /** What is done with each struct of a message. */
    private interface Visit {
        void struct(Object data, JsonNode document, JsonNode fields) throws Exception;
    }

    private static void walk(Object data, JsonNode document, Schema schema, JsonNode fields, int version, Visit visit)
        throws Exception {
        visit.struct(data, document, fields);
        for (JsonNode field : fields) {
            String type = field.get("type").asText();
            boolean isArray = type.startsWith("[]");
            String spec = field.has("versions") ? "versions" : "taggedVersions";
            if (!Character.isUpperCase(type.charAt(isArray ? 2 : 0)) || !Versions.has(field, spec, version)) continue;
            String name = lowered(field);
            Object value = data.getClass().getMethod(name).invoke(data);
            JsonNode shown = document == null ? null : document.get(name);
            if (value == null || document != null && shown == null)
                continue; // a tagged field at its default is not written
            if (!isArray) {
                walk(value, shown, schema, schema.fieldsOf(field), version, visit);
                continue;
            }
            Iterator<JsonNode> items = shown == null ? null : shown.iterator();
            for (Object item : (Iterable<?>) value) {
                walk(item, items == null ? null : items.next(), schema, schema.fieldsOf(field), version, visit);
            }
        }
    }

    private void addTags(Release release, Object data, Schema schema, JsonNode fields, int version) throws Exception {
        Constructor<?> tag = release.protocol("types.RawTaggedField").getConstructor(int.class, byte[].class);
        int[] count = {0};
        walk(data, null, schema, fields, version, (struct, unused, alsoUnused) -> {
            @SuppressWarnings("unchecked")
            List<Object> tags = (List<Object>) struct.getClass().getMethod("unknownTaggedFields").invoke(struct);
            for (int i = 0; i < 1 + count[0] % UNKNOWN_TAGS.length; ++i) {
                byte[] payload = new byte[(count[0] * 3 + i) % 9];
                java.util.Arrays.fill(payload, (byte) (0xd0 + count[0] + i));
                tags.add(tag.newInstance(UNKNOWN_TAGS[i], payload));
            }
            ++count[0];
        });
    }

    /** Kafka's converters leave the bytes of records out. */
    private static void showRecords(Object data, JsonNode document, Schema schema, JsonNode fields, int version)
        throws Exception {
        walk(data, document, schema, fields, version, (struct, shown, fieldsOfStruct) -> {
            for (JsonNode field : fieldsOfStruct) {
                if (!field.get("type").asText().equals("records") || !Versions.has(field, "versions", version))
                    continue;
                String name = lowered(field);
                Object records = struct.getClass().getMethod(name).invoke(struct);
                if (records == null) continue;
                ByteBuffer bytes = (ByteBuffer) records.getClass().getMethod("buffer").invoke(records);
                ((ObjectNode) shown).put(name, Base64.getEncoder().encodeToString(Batches.bytesOf(bytes)));
            }
        });
    }

    private static String lowered(JsonNode field) {
        String name = field.get("name").asText();
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    private void showTags(Object data, ObjectNode document, Schema schema, JsonNode fields, int version)
        throws Exception {
        walk(data, document, schema, fields, version, (struct, shown, unused) -> {
            List<?> tags = (List<?>) struct.getClass().getMethod("unknownTaggedFields").invoke(struct);
            if (tags.isEmpty()) return;
            ArrayNode list = ((ObjectNode) shown).putArray("_unknownTags");
            for (Object tag : tags) {
                list.addObject()
                    .put("tag", (int) tag.getClass().getMethod("tag").invoke(tag))
                    .put("hex", Lines.hex((byte[]) tag.getClass().getMethod("data").invoke(tag)));
            }
        });
    }
}
