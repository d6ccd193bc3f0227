// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.errors.InvalidMetadataException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.protocol.Errors;

/** Makes the golden files with Kafka's own classes: Maker FOLDER [SEED [OLDER_KAFKA_CLIENTS_JAR]]. */
public final class Maker {
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 1 || arguments.length > 3) {
            System.err.println("usage: Maker FOLDER [SEED [OLDER_KAFKA_CLIENTS_JAR]]");
            System.exit(2);
        }
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
        Release newest = Release.ofClassPath();
        writeMessages(folder, seed, newest, arguments.length > 2 ? Release.ofJar(Path.of(arguments[2])) : null);
        try (Lines lines = new Lines(folder.resolve("coordinator-records.jsonl.gz"))) {
            Messages messages = new Messages(lines, seed);
            messages.write(newest, select(newest, true), (schema, version) -> true);
            System.out.printf(
                "coordinator-records: %d lines, %d documents refused by Kafka%n", messages.made, messages.refused);
        }
        try (Lines lines = new Lines(folder.resolve("batches.jsonl.gz"))) {
            System.out.printf("batches: %d lines%n", new Batches(lines, seed).write());
        }
        writeErrors(folder.resolve("errors.txt"), newest.version);
    }

    private static void writeMessages(Path folder, long seed, Release newest, Release older) throws Exception {
        try (Lines lines = new Lines(folder.resolve("vectors.jsonl.gz"))) {
            Messages messages = new Messages(lines, seed);
            messages.write(newest, select(newest, false), (schema, version) -> true);
            if (older != null) {
                // The older release speaks only for the versions that the newest has given up.
                Map<String, Release.Versions> known = new HashMap<>();
                for (Release.Schema schema : newest.schemas) known.put(schema.identity(), schema.versions);
                messages.write(older, select(older, false),
                    (schema, version)
                        -> !known.getOrDefault(schema.identity(), new Release.Versions(0, -1)).contains(version));
            }
            System.out.printf("vectors: %d lines, %d documents refused by Kafka%n", messages.made, messages.refused);
        }
    }

    private static List<Release.Schema> select(Release release, boolean coordinator) {
        List<Release.Schema> found = new ArrayList<>();
        for (Release.Schema schema : release.schemas) {
            if (schema.kind.startsWith("coordinator") == coordinator && !schema.kind.equals("metadata"))
                found.add(schema);
        }
        return found;
    }

    /** The facts that tests/unit/protocol/error_test.cpp compares our table with. */
    private static void writeErrors(Path path, String version) throws Exception {
        Map<Integer, Errors> byCode = new TreeMap<>();
        for (Errors error : Errors.values()) byCode.put((int) error.code(), error);
        try (PrintStream out = new PrintStream(Files.newOutputStream(path), false, StandardCharsets.US_ASCII)) {
            out.printf("# Kafka's own error codes: number, name, retriable, refreshes the metadata."
                    + " Made by tests/golden/maker with kafka-clients %s.\n",
                version);
            byCode.forEach(
                (code, error)
                    -> out.printf("%d %s %b %b\n", code, error.name(), error.exception() instanceof RetriableException,
                        error.exception() instanceof InvalidMetadataException));
        }
    }

    private Maker() {
    }
}
