// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.Random;
import odradek.golden.Release.Schema;
import odradek.golden.Release.Versions;

/** Documents that a message's definition allows in one version, of a chosen kind and drawn from a seed. */
final class Documents {
    static final String[] CASES = {"default", "minimal", "nulls", "rich1", "rich2", "rich3", "edge", "utags"};
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/ ";
    private static final String[] WORLD = {
        "\u00e9", "\u0416", "\u4e2d", "\ud83d\ude00", "\u0000", "\u007f", "\u0800", "\"\\"};

    private final Schema schema;
    private final int version;
    private final String kind;
    private final Random random;

    Documents(Schema schema, int version, String kind, long seed) {
        this.schema = schema;
        this.version = version;
        this.kind = kind;
        random = new Random(seed);
    }

    ObjectNode make() {
        return struct(schema.json.path("fields"), 0);
    }

    private ObjectNode struct(JsonNode fields, int index) {
        ObjectNode made = NODES.objectNode();
        for (JsonNode field : fields) {
            boolean isTagged = Versions.has(field, "taggedVersions", version);
            boolean isThere = field.has("versions") ? Versions.has(field, "versions", version) : isTagged;
            if (!isThere) continue;
            String name = field.get("name").asText();
            made.set(Character.toLowerCase(name.charAt(0)) + name.substring(1), value(field, index));
        }
        return made;
    }

    private JsonNode value(JsonNode field, int index) {
        String type = field.get("type").asText();
        boolean nullable = Versions.has(field, "nullableVersions", version);
        boolean isKey = field.path("mapKey").asBoolean();
        if (isKey && index > 0) return keyOf(type, index);
        switch (kind) {
            case "default":
                return byDefault(field, nullable);
            case "nulls":
                if (nullable) return NODES.nullNode();
                return type.startsWith("[]") ? array(field, 1)
                    : isStruct(type)         ? nested(field, 0)
                                             : byDefault(field, false);
            case "minimal":
                return type.startsWith("[]") ? array(field, 1) : isStruct(type) ? nested(field, 0) : least(type);
            case "edge":
                return type.startsWith("[]") ? array(field, 1) : isStruct(type) ? nested(field, 0) : extreme(type);
            default:
                if (nullable && random.nextInt(5) == 0) return NODES.nullNode();
                if (random.nextInt(8) == 0) return byDefault(field, nullable);
                return type.startsWith("[]") ? array(field, random.nextInt(4))
                    : isStruct(type)         ? nested(field, 0)
                                             : any(type);
        }
    }

    private static boolean isStruct(String type) {
        return Character.isUpperCase(type.charAt(0));
    }

    private JsonNode nested(JsonNode field, int index) {
        return struct(schema.fieldsOf(field), index);
    }

    private ArrayNode array(JsonNode field, int size) {
        String type = field.get("type").asText().substring(2);
        ArrayNode made = NODES.arrayNode();
        for (int i = 0; i < size; ++i) {
            if (isStruct(type)) {
                made.add(nested(field, i));
            } else {
                made.add(switch (kind) {
                    case "default", "nulls" -> zero(type);
                    case "minimal" -> least(type);
                    case "edge" -> extreme(type);
                    default -> any(type);
                });
            }
        }
        return made;
    }

    /** Keys of one collection have to differ, or Kafka's own collections drop them. */
    private JsonNode keyOf(String type, int index) {
        return switch (type) {
            case "string" -> NODES.textNode("key" + index);
            case "uuid" -> uuid(7, index);
            case "bool" -> NODES.booleanNode(index % 2 == 0);
            default -> NODES.numberNode((long) index + 1);
        };
    }

    private JsonNode byDefault(JsonNode field, boolean nullable) {
        String type = field.get("type").asText();
        JsonNode given = field.get("default");
        boolean isNull = given != null && given.isTextual() && given.asText().equals("null")
            || given == null && type.equals("records");
        if (isNull) return nullable ? NODES.nullNode() : zeroOf(field, type);
        if (given == null || given.isNull() || type.startsWith("[]") || isStruct(type)) return zeroOf(field, type);
        return switch (type) {
            case "string" -> NODES.textNode(given.asText());
            case "bool" -> NODES.booleanNode(Boolean.parseBoolean(given.asText()));
            case "float64" -> NODES.numberNode(Double.parseDouble(given.asText()));
            case "bytes", "records", "uuid" -> zero(type);
            default -> NODES.numberNode(Long.decode(given.asText()));
        };
    }

    private JsonNode zeroOf(JsonNode field, String type) {
        return type.startsWith("[]") ? NODES.arrayNode() : isStruct(type) ? nested(field, 0) : zero(type);
    }

    private static JsonNode zero(String type) {
        return switch (type) {
            case "string", "bytes", "records" -> NODES.textNode("");
            case "bool" -> NODES.booleanNode(false);
            case "float64" -> NODES.numberNode(0.0);
            case "uuid" -> uuid(0, 0);
            default -> NODES.numberNode(0L);
        };
    }

    private static JsonNode least(String type) {
        return switch (type) {
            case "string" -> NODES.textNode("a");
            case "bytes", "records" -> bytes(new byte[] {1});
            case "bool" -> NODES.booleanNode(true);
            case "float64" -> NODES.numberNode(1.0);
            case "uuid" -> uuid(0, 1);
            default -> NODES.numberNode(1L);
        };
    }

    private JsonNode any(String type) {
        return switch (type) {
            case "string" -> NODES.textNode(text(random.nextInt(14)));
            case "bytes", "records" -> bytes(noise(random.nextInt(40)));
            case "bool" -> NODES.booleanNode(random.nextBoolean());
            case "float64" -> NODES.numberNode(random.nextGaussian() * 1e6);
            case "uuid" -> uuid(random.nextLong(), random.nextLong());
            default -> NODES.numberNode(random.nextBoolean() ? random.nextInt(3) : inRange(type, random.nextLong()));
        };
    }

    private JsonNode extreme(String type) {
        int pick = random.nextInt(6);
        return switch (type) {
            case "string" -> NODES.textNode(text(new int[] {0, 1, 126, 127, 128, 300}[pick]));
            case "bytes", "records" -> bytes(noise(new int[] {0, 1, 126, 127, 128, 16384}[pick]));
            case "bool" -> NODES.booleanNode(pick % 2 == 0);
            case "float64" ->
                NODES.numberNode(new double[] {-0.0, Double.MAX_VALUE, Double.MIN_VALUE, -1.5, 1e300, 1.0 / 3}[pick]);
            case "uuid" -> uuid(pick == 0 ? -1 : random.nextLong(), pick == 1 ? -1 : Long.MIN_VALUE);
            default -> NODES.numberNode(inRange(type, pick < 2 ? Long.MAX_VALUE : pick < 4 ? Long.MIN_VALUE : -1));
        };
    }

    private static long inRange(String type, long value) {
        return switch (type) {
            case "int8" ->
                value >= Byte.MAX_VALUE ? Byte.MAX_VALUE : value == Long.MIN_VALUE ? Byte.MIN_VALUE : (byte) value;
            case "int16" ->
                value == Long.MAX_VALUE ? Short.MAX_VALUE : value == Long.MIN_VALUE ? Short.MIN_VALUE : (short) value;
            case "uint16" -> value == Long.MIN_VALUE ? 0 : value & 0xffff;
            case "int32" ->
                value == Long.MAX_VALUE ? Integer.MAX_VALUE : value == Long.MIN_VALUE ? Integer.MIN_VALUE : (int) value;
            case "uint32" -> value == Long.MIN_VALUE ? 0 : value & 0xffffffffL;
            case "int64" -> value;
            default -> throw new IllegalStateException("type " + type + " is unknown to this program");
        };
    }

    private String text(int length) {
        StringBuilder made = new StringBuilder();
        while (made.length() < length) {
            boolean plain = !kind.equals("rich3") || random.nextInt(4) != 0;
            made.append(plain ? String.valueOf(LETTERS.charAt(random.nextInt(LETTERS.length())))
                              : WORLD[random.nextInt(WORLD.length)]);
        }
        return made.toString();
    }

    private byte[] noise(int length) {
        byte[] made = new byte[length];
        random.nextBytes(made);
        return made;
    }

    private static JsonNode bytes(byte[] raw) {
        return NODES.textNode(Base64.getEncoder().encodeToString(raw));
    }

    private static JsonNode uuid(long high, long low) {
        byte[] raw = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
        return NODES.textNode(Base64.getUrlEncoder().withoutPadding().encodeToString(raw));
    }
}
