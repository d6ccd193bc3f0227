// SPDX-License-Identifier: Apache-2.0
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.SslAuthenticationException;
import org.apache.kafka.common.errors.UnsupportedSaslMechanismException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What Kafka's own client finds in brokers that want a password, which lasts two seconds, or a certificate: see tests/broker/secured. */
public final class Secured {
    private static final String PROTOCOL = System.getenv("ODRADEK_SECURED");
    private static final String FILES = System.getenv("ODRADEK_CERTIFICATES");
    private static final boolean SASL = PROTOCOL.startsWith("SASL");
    private static final String MECHANISM = PROTOCOL.equals("SASL_SSL") ? "SCRAM-SHA-512" : "PLAIN";
    private static final int COUNT = 70;
    /** Between two records, so that all of them take several lives of a session. */
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static Properties settings(String mechanism, String password, boolean certificate) {
        Properties all = Main.settings(Map.of("security.protocol", PROTOCOL, "default.api.timeout.ms", "20000", "request.timeout.ms", "20000"));
        if (PROTOCOL.endsWith("SSL")) {
            all.put("ssl.truststore.type", "PEM");
            all.put("ssl.truststore.location", FILES + "/ca.pem");
        }
        if (SASL) {
            String module = mechanism.equals("PLAIN") ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
            all.put("sasl.mechanism", mechanism);
            all.put("sasl.jaas.config",
                    "org.apache.kafka.common.security." + module + " required username=\"alice\" password=\"" + password + "\";");
        } else if (certificate) {
            all.put("ssl.keystore.type", "PEM");
            all.put("ssl.keystore.location", FILES + "/client-both.pem");
        }
        return all;
    }

    private static Properties settings() {
        return settings(MECHANISM, "alice-secret", true);
    }

    private static double metric(Map<MetricName, ? extends Metric> all, String name) {
        double sum = 0;
        for (var one : all.entrySet())
            if (one.getKey().name().equals(name) && !one.getKey().tags().containsKey("node-id"))
                sum += ((Number) one.getValue().metricValue()).doubleValue();
        return sum;
    }

    private static void records() throws Exception {
        try (Admin admin = Admin.create(settings())) {
            Checks.get(admin.createTopics(List.of(new NewTopic("secured", 2, (short) 1))).all());
        }
        List<TopicPartition> partitions = List.of(new TopicPartition("secured", 0), new TopicPartition("secured", 1));
        Properties reading = settings();
        reading.put("auto.offset.reset", "earliest");
        reading.put("enable.auto.commit", "false");
        List<Integer> got = new ArrayList<>();
        List<Future<?>> sent = new ArrayList<>();
        try (Producer<String, String> producer = new KafkaProducer<>(settings(), new StringSerializer(), new StringSerializer());
                Consumer<String, String> consumer = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(partitions);
            for (int i = 0; i < COUNT; ++i) {
                sent.add(producer.send(new ProducerRecord<>("secured", i % 2, null, Integer.toString(i))));
                Thread.sleep(PAUSE.toMillis());
                for (ConsumerRecord<String, String> one : consumer.poll(Duration.ZERO)) got.add(Integer.valueOf(one.value()));
            }
            for (Future<?> one : sent) Checks.get(one);
            Checks.soon(() -> {
                for (ConsumerRecord<String, String> one : consumer.poll(PAUSE)) got.add(Integer.valueOf(one.value()));
                Checks.isTrue(got.size() >= COUNT, got.size() + " records came back");
            });
            Checks.equal(IntStream.range(0, COUNT).boxed().toList(), got.stream().sorted().toList(), "records that came back");
            for (var of : List.of(producer.metrics(), consumer.metrics())) {
                Checks.equal(0.0, metric(of, "failed-reauthentication-total"), "re-authentications that failed");
                Checks.isTrue(!SASL || metric(of, "successful-reauthentication-total") >= 4, "re-authentications: "
                        + metric(of, "successful-reauthentication-total"));
            }
        }
    }

    private static void refused(Class<? extends Exception> wanted, String words, Properties with) throws Exception {
        try (Admin admin = Admin.create(with)) {
            admin.describeCluster().nodes().get(Checks.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (wanted.isInstance(e.getCause()) && e.getCause().getMessage().contains(words)) return;
            throw new AssertionError("refused with " + e.getCause() + ", not with " + wanted.getSimpleName() + ": " + words);
        }
        throw new AssertionError("let in");
    }

    public static void main(String[] none) {
        Checks checks = new Checks();
        checks.that("records come back over " + PROTOCOL + ", however often the session is renewed", Secured::records);
        if (SASL) {
            String words = MECHANISM.equals("PLAIN") ? "Authentication failed: Invalid username or password"
                    : "Authentication failed during authentication due to invalid credentials with SASL mechanism " + MECHANISM;
            checks.that("a wrong password is refused in Kafka's words",
                    () -> refused(SaslAuthenticationException.class, words, settings(MECHANISM, "wrong", true)));
            checks.that("a mechanism that the broker has not is refused with those that it has",
                    () -> refused(UnsupportedSaslMechanismException.class, "PLAIN", settings("SCRAM-SHA-256", "alice-secret", true)));
        } else {
            checks.that("a client without a certificate is refused",
                    () -> refused(SslAuthenticationException.class, "", settings(MECHANISM, "", false)));
        }
        System.exit(checks.close());
    }
}
