// SPDX-License-Identifier: Apache-2.0
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.FeatureMetadata;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The cluster and its topics: made, described, configured, grown, deleted. */
final class Topics {
    private final Checks checks;
    private final Admin admin;

    Topics(Checks checks, Admin admin) {
        this.checks = checks;
        this.admin = admin;
    }

    void run() {
        checks.that("the cluster", this::cluster);
        checks.that("features", this::features);
        checks.that("a topic is made and says what it became", this::made);
        checks.that("a topic is made where it is told to be", this::assigned);
        checks.that("a topic that cannot be made is refused", this::notMade);
        checks.that("many topics of many partitions are described piece by piece", this::described);
        checks.that("topics that are not there", this::unknown);
        checks.that("settings of a topic", this::configured);
        checks.that("settings of a broker", this::brokerConfigured);
        checks.that("a topic grows", this::grown);
        checks.that("topics are deleted by name and by id", this::deleted);
    }

    static TopicDescription describe(Admin admin, String topic) throws Exception {
        return Checks.get(admin.describeTopics(List.of(topic)).allTopicNames()).get(topic);
    }

    private Future<?> make(NewTopic topic) {
        return admin.createTopics(List.of(topic)).all();
    }

    private void cluster() throws Exception {
        var said = admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
        Collection<Node> nodes = Checks.get(said.nodes());
        Checks.equal(Main.brokers(), nodes.size(), "brokers");
        Set<String> addresses = new TreeSet<>();
        for (Node one : nodes) {
            addresses.add(one.host() + ":" + one.port());
            Checks.isTrue(!one.isFenced(), one + " is fenced");
        }
        Checks.equal(new TreeSet<>(List.of(Main.BROKERS.split(","))), addresses, "addresses");
        Checks.isTrue(nodes.contains(Checks.get(said.controller())), "the controller is one of the brokers");
        Checks.isTrue(!Checks.get(said.clusterId()).isEmpty(), "there is a cluster id");
        Checks.equal(nodes.size(), Checks.get(admin.describeCluster(new DescribeClusterOptions().includeFencedBrokers(true)).nodes()).size(),
                "brokers with the fenced ones");
    }

    private void features() throws Exception {
        FeatureMetadata said = Checks.get(admin.describeFeatures().featureMetadata());
        var finalized = said.finalizedFeatures().get("metadata.version");
        Checks.isTrue(finalized != null, "metadata.version is finalized");
        var supported = said.supportedFeatures().get("metadata.version");
        Checks.isTrue(supported.minVersion() <= finalized.minVersionLevel() && finalized.maxVersionLevel() <= supported.maxVersion(),
                "its level " + finalized + " is in " + supported);
        Checks.isTrue(said.finalizedFeaturesEpoch().isPresent(), "there is an epoch");
    }

    private void made() throws Exception {
        NewTopic wanted = new NewTopic("made", Optional.empty(), Optional.of((short) 1)).configs(Map.of("retention.ms", "123456"));
        CreateTopicsResult checked = admin.createTopics(List.of(wanted), new CreateTopicsOptions().validateOnly(true));
        Checks.get(checked.all());
        Checks.isTrue(!Checks.get(admin.listTopics().names()).contains("made"), "only checked, and yet there");
        CreateTopicsResult said = admin.createTopics(List.of(wanted));
        Checks.equal(1, Checks.get(said.numPartitions("made")), "partitions");
        Checks.equal(1, Checks.get(said.replicationFactor("made")), "replicas");
        Checks.equal("123456", Checks.get(said.config("made")).get("retention.ms").value(), "retention.ms");
        Uuid id = Checks.get(said.topicId("made"));
        Checks.soon(() -> describe(admin, "made"));
        TopicDescription shown = describe(admin, "made");
        Checks.equal(id, shown.topicId(), "id");
        Checks.equal(1, shown.partitions().size(), "partitions shown");
        Checks.isTrue(!shown.isInternal(), "not internal");
        for (TopicPartitionInfo one : shown.partitions()) {
            Checks.isTrue(one.leader() != null, one + " has a leader");
            Checks.equal(List.of(one.leader()), one.isr(), "in-sync replicas of " + one);
            Checks.equal(List.of(one.leader()), one.replicas(), "replicas of " + one);
        }
        TopicDescription byId = Checks.get(admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds()).get(id);
        Checks.equal("made", byId.name(), "name by id");
        Checks.equal(shown.partitions().get(0).leader(), byId.partitions().get(0).leader(), "leader by id");
        Checks.isTrue(Checks.get(admin.listTopics().listings()).stream().anyMatch(one -> one.topicId().equals(id)), "it is listed");
    }

    private void assigned() throws Exception {
        List<Integer> all = Checks.get(admin.describeCluster().nodes()).stream().map(Node::id).sorted().toList();
        List<Integer> reversed = new ArrayList<>(all);
        Collections.reverse(reversed);
        Map<Integer, List<Integer>> replicas = Map.of(0, all, 1, reversed);
        Checks.get(make(new NewTopic("assigned", replicas)));
        Checks.soon(() -> describe(admin, "assigned"));
        for (TopicPartitionInfo one : describe(admin, "assigned").partitions())
            Checks.equal(replicas.get(one.partition()), one.replicas().stream().map(Node::id).toList(), "replicas of " + one.partition());
    }

    private void notMade() throws Exception {
        Checks.refused(TopicExistsException.class, make(new NewTopic("made", 1, (short) 1)), "a second one");
        Checks.refused(InvalidTopicException.class, make(new NewTopic("no slash/please", 1, (short) 1)), "a name");
        Checks.refused(InvalidPartitionsException.class, make(new NewTopic("none", 0, (short) 1)), "no partitions");
        Checks.refused(InvalidReplicationFactorException.class,
                make(new NewTopic("none", 1, (short) (Main.brokers() + 1))), "more replicas than brokers");
        Checks.refused(InvalidConfigurationException.class,
                make(new NewTopic("none", 1, (short) 1).configs(Map.of("retention.ms", "soon"))), "a setting's value");
        Checks.refused(InvalidConfigurationException.class,
                make(new NewTopic("none", 1, (short) 1).configs(Map.of("no.such.thing", "1"))), "a setting's name");
        Checks.isTrue(!Checks.get(admin.listTopics().names()).contains("none"), "refused, and yet there");
    }

    private void described() throws Exception {
        List<NewTopic> wanted = List.of(new NewTopic("many-a", 7, (short) 1), new NewTopic("many-b", 1, (short) 1),
                new NewTopic("many-c", 5, (short) 1));
        Checks.get(admin.createTopics(wanted).all());
        var names = wanted.stream().map(NewTopic::name).toList();
        Checks.soon(() -> Checks.get(admin.describeTopics(names).allTopicNames()));
        var pieces = admin.describeTopics(TopicCollection.ofTopicNames(names), new DescribeTopicsOptions().partitionSizeLimitPerResponse(2));
        Map<String, TopicDescription> said = Checks.get(pieces.allTopicNames());
        for (NewTopic one : wanted) {
            List<TopicPartitionInfo> partitions = said.get(one.name()).partitions();
            Checks.equal(one.numPartitions(), partitions.size(), "partitions of " + one.name());
            for (int i = 0; i < partitions.size(); ++i) Checks.equal(i, partitions.get(i).partition(), "order in " + one.name());
        }
        Set<Integer> leaders = new HashSet<>();
        for (TopicPartitionInfo one : said.get("many-a").partitions()) leaders.add(one.leader().id());
        Checks.equal(Main.brokers(), leaders.size(), "brokers that lead something of seven partitions");
    }

    private void unknown() throws Exception {
        Checks.refused(UnknownTopicOrPartitionException.class, admin.describeTopics(List.of("nowhere")).allTopicNames(), "describe");
        Checks.refused(UnknownTopicIdException.class,
                admin.describeTopics(TopicCollection.ofTopicIds(List.of(Uuid.randomUuid()))).allTopicIds(), "describe by id");
        Checks.refused(UnknownTopicOrPartitionException.class, admin.deleteTopics(List.of("nowhere")).all(), "delete");
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "nowhere");
        Checks.refused(UnknownTopicOrPartitionException.class, admin.describeConfigs(List.of(topic)).all(), "describe its settings");
        Checks.refused(UnknownTopicOrPartitionException.class,
                admin.createPartitions(Map.of("nowhere", NewPartitions.increaseTo(3))).all(), "grow");
    }

    private Future<Void> alter(ConfigResource of, OpType how, String name, String value) {
        return admin.incrementalAlterConfigs(Map.of(of, List.of(new AlterConfigOp(new ConfigEntry(name, value), how)))).all();
    }

    private ConfigEntry setting(ConfigResource of, String name) throws Exception {
        Config said = Checks.get(admin.describeConfigs(List.of(of), new DescribeConfigsOptions().includeSynonyms(true)
                .includeDocumentation(true)).all()).get(of);
        ConfigEntry one = said.get(name);
        if (one == null) throw new AssertionError("no setting " + name);
        return one;
    }

    private void configured() throws Exception {
        Checks.get(make(new NewTopic("configured", 1, (short) 1)));
        ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, "configured");
        Checks.soon(() -> Checks.equal("604800000", setting(topic, "retention.ms").value(), "by default"));
        Checks.equal(ConfigEntry.ConfigSource.DEFAULT_CONFIG, setting(topic, "retention.ms").source(), "by default");
        Checks.get(alter(topic, OpType.SET, "retention.ms", "5000"));
        Checks.soon(() -> Checks.equal("5000", setting(topic, "retention.ms").value(), "set"));
        ConfigEntry set = setting(topic, "retention.ms");
        Checks.equal(ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, set.source(), "set");
        Checks.equal(ConfigEntry.ConfigType.LONG, set.type(), "type");
        Checks.isTrue(!set.isReadOnly() && !set.isSensitive(), "it can be seen and changed");
        Checks.equal("retention.ms", set.synonyms().get(0).name(), "first synonym");
        Checks.get(alter(topic, OpType.APPEND, "cleanup.policy", "compact"));
        Checks.soon(() -> Checks.equal("delete,compact", setting(topic, "cleanup.policy").value(), "appended"));
        Checks.get(alter(topic, OpType.SUBTRACT, "cleanup.policy", "delete"));
        Checks.soon(() -> Checks.equal("compact", setting(topic, "cleanup.policy").value(), "subtracted"));
        Checks.get(alter(topic, OpType.DELETE, "retention.ms", ""));
        Checks.soon(() -> Checks.equal("604800000", setting(topic, "retention.ms").value(), "taken back"));
        Checks.refused(InvalidConfigurationException.class, alter(topic, OpType.SET, "retention.ms", "soon"), "a value");
        Checks.refused(InvalidConfigurationException.class, alter(topic, OpType.SET, "no.such.thing", "1"), "a name");
    }

    private void brokerConfigured() throws Exception {
        for (Node one : Checks.get(admin.describeCluster().nodes())) {
            ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, one.idString());
            Checks.equal("1048588", setting(broker, "message.max.bytes").value(), "message.max.bytes of " + one);
        }
    }

    private void grown() throws Exception {
        Checks.get(make(new NewTopic("grown", 2, (short) 1)));
        Checks.get(admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(5))).all());
        Checks.soon(() -> Checks.equal(5, describe(admin, "grown").partitions().size(), "partitions"));
        Checks.refused(InvalidPartitionsException.class,
                admin.createPartitions(Map.of("grown", NewPartitions.increaseTo(4))).all(), "fewer");
    }

    private void deleted() throws Exception {
        CreateTopicsResult made = admin.createTopics(List.of(new NewTopic("gone-a", 1, (short) 1), new NewTopic("gone-b", 1, (short) 1)));
        Checks.get(made.all());
        Checks.get(admin.deleteTopics(List.of("gone-a")).all());
        Checks.get(admin.deleteTopics(TopicCollection.ofTopicIds(List.of(Checks.get(made.topicId("gone-b"))))).all());
        Checks.soon(() -> {
            Set<String> left = Checks.get(admin.listTopics().names());
            Checks.isTrue(!left.contains("gone-a") && !left.contains("gone-b"), "deleted, and yet there: " + left);
        });
    }
}
