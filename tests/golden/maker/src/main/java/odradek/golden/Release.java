// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.jar.JarFile;

/** One release of Kafka: its message definitions and, by a class loader of its own, its classes. */
final class Release {
    private static final ObjectMapper JSON = new ObjectMapper().enable(JsonParser.Feature.ALLOW_COMMENTS);
    private static final String[] PACKAGES = {"org.apache.kafka.common.message",
        "org.apache.kafka.coordinator.group.generated", "org.apache.kafka.coordinator.transaction.generated"};

    final String version;
    final ClassLoader classes;
    final List<Schema> schemas = new ArrayList<>();

    private Release(ClassLoader classes, List<Path> jars) throws IOException {
        this.classes = classes;
        String found = null;
        for (Path path : jars) {
            try (JarFile jar = new JarFile(path.toFile())) {
                for (var entries = jar.entries(); entries.hasMoreElements();) {
                    var entry = entries.nextElement();
                    if (!entry.getName().matches("common/message/\\w+\\.json")) continue;
                    try (InputStream in = jar.getInputStream(entry)) {
                        schemas.add(new Schema(JSON.readTree(in)));
                    }
                }
                var properties = jar.getEntry("kafka/kafka-version.properties");
                if (properties != null) {
                    Properties values = new Properties();
                    values.load(jar.getInputStream(properties));
                    found = values.getProperty("version");
                }
            }
        }
        if (found == null || schemas.isEmpty()) throw new IOException("no release of Kafka in " + jars);
        version = found;
    }

    /** The release that this program is compiled and run with. */
    static Release ofClassPath() throws Exception {
        List<Path> jars = new ArrayList<>();
        for (String name : List.of("org.apache.kafka.common.protocol.Errors",
                 "org.apache.kafka.coordinator.group.generated.OffsetCommitKey",
                 "org.apache.kafka.coordinator.transaction.generated.TransactionLogKey")) {
            jars.add(Path.of(Class.forName(name).getProtectionDomain().getCodeSource().getLocation().toURI()));
        }
        return new Release(Release.class.getClassLoader(), jars);
    }

    /** Another release beside it, from its jar of kafka-clients. */
    static Release ofJar(Path jar) throws IOException {
        URL[] urls = {jar.toUri().toURL()};
        ClassLoader apart = new URLClassLoader(urls, Release.class.getClassLoader()) {
            @Override
            protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
                if (!name.startsWith("org.apache.kafka.")) return super.loadClass(name, resolve);
                synchronized (getClassLoadingLock(name)) {
                    Class<?> loaded = findLoadedClass(name);
                    return loaded != null ? loaded : findClass(name);
                }
            }
        };
        return new Release(apart, List.of(jar));
    }

    /** A generated class by its simple name. */
    Class<?> generated(String name) throws ClassNotFoundException {
        for (String prefix : PACKAGES) {
            try {
                return Class.forName(prefix + "." + name, true, classes);
            } catch (ClassNotFoundException other) {
                // in one of the next packages
            }
        }
        throw new ClassNotFoundException(name + " of Kafka " + version);
    }

    Class<?> protocol(String name) throws ClassNotFoundException {
        return Class.forName("org.apache.kafka.common.protocol." + name, true, classes);
    }

    /** The definition of one message. */
    static final class Schema {
        final JsonNode json;
        final String name;
        final String kind;
        final int key;
        final Versions versions;
        final Versions flexible;

        Schema(JsonNode json) {
            this.json = json;
            name = json.get("name").asText();
            kind = json.get("type").asText();
            key = json.path("apiKey").asInt(-1);
            versions = Versions.parse(json.path("validVersions").asText("none"), Short.MAX_VALUE);
            flexible = Versions.parse(json.path("flexibleVersions").asText("none"), Short.MAX_VALUE);
        }

        boolean isRpc() {
            return kind.equals("request") || kind.equals("response");
        }

        /** The API's name for requests and responses. */
        String api() {
            return isRpc() ? name.substring(0, name.length() - kind.length()) : name;
        }

        /** What is the same message in another release, though it may be called otherwise there. */
        String identity() {
            return isRpc() ? kind + " " + key : kind + " " + name;
        }

        String dataClass() {
            return isRpc() || kind.equals("header") ? name + "Data" : name;
        }

        /** The fields of a struct: of the field itself, or shared within the message. */
        JsonNode fieldsOf(JsonNode field) {
            if (field.has("fields")) return field.get("fields");
            String type = field.get("type").asText().replace("[]", "");
            for (JsonNode struct : json.path("commonStructs")) {
                if (struct.get("name").asText().equals(type)) return struct.get("fields");
            }
            throw new IllegalStateException("no struct " + type + " in " + name);
        }
    }

    /** An inclusive range of versions, empty if first is above last. */
    record Versions(int first, int last) {
        static Versions parse(String text, int highest) {
            if (text.equals("none") || text.isEmpty()) return new Versions(0, -1);
            if (text.endsWith("+"))
                return new Versions(Integer.parseInt(text.substring(0, text.length() - 1)), highest);
            int dash = text.indexOf('-');
            if (dash < 0) return new Versions(Integer.parseInt(text), Integer.parseInt(text));
            return new Versions(Integer.parseInt(text.substring(0, dash)), Integer.parseInt(text.substring(dash + 1)));
        }

        boolean contains(int version) {
            return version >= first && version <= last;
        }

        static boolean has(JsonNode field, String attribute, int version) {
            return parse(field.path(attribute).asText("none"), Short.MAX_VALUE).contains(version);
        }
    }
}
