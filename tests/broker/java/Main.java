// SPDX-License-Identifier: Apache-2.0
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;

/**
 * What the newest client of Apache Kafka itself finds in the brokers of ODRADEK_KAFKA_BROKERS: each check compares what it got with
 * what it must get. Closes with "N passed, N failed".
 */
public final class Main {
    static final String BROKERS = System.getenv("ODRADEK_KAFKA_BROKERS");
    /** Whether they are Odradek's: these pretend to be Kafka 4.4, of which there is no broker yet. */
    static final boolean EMBEDDED = System.getenv("ODRADEK_KAFKA_EMBEDDED") != null;

    static int brokers() {
        return BROKERS.split(",").length;
    }

    static Properties settings(Map<String, ?> more) {
        Properties all = new Properties();
        all.put("bootstrap.servers", BROKERS);
        all.put("client.id", "java-client");
        all.putAll(more);
        return all;
    }

    public static void main(String[] none) {
        Checks checks = new Checks();
        try (Admin admin = Admin.create(settings(Map.of()))) {
            new Handshakes(checks, admin).run();
            new Topics(checks, admin).run();
            new Records(checks, admin).run();
            new Offsets(checks, admin).run();
        }
        System.exit(checks.close());
    }
}
