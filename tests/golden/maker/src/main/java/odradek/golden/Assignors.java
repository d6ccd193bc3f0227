// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Assignment;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.GroupSubscription;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.Subscription;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/** Makes assignors.jsonl.gz with Java's own assignors: Assignors FOLDER [SEED [GROUPS]]. */
public final class Assignors {
    private static final String NOBODY = ".";
    private static final String DIGITS = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private final Map<String, Integer> oddities = new TreeMap<>();

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 1 || arguments.length > 3) {
            System.err.println("usage: Assignors FOLDER [SEED [GROUPS]]");
            System.exit(2);
        }
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
        int groups = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 4000;
        Assignors maker = new Assignors();
        try (Lines lines = new Lines(folder.resolve("assignors.jsonl.gz"))) {
            maker.write(lines, new Random(seed), groups);
        }
        System.out.printf("assignors: %d groups; where Java's own answer is odd: %s%n", groups, maker.oddities);
    }

    private void write(Lines lines, Random random, int groups) throws Exception {
        while (groups > 0) {
            Groups group = new Groups(random);
            boolean cooperative = random.nextBoolean();
            for (int rounds = 1 + random.nextInt(6); rounds > 0 && groups > 0; --rounds, --groups) {
                ObjectNode line = JSON.objectNode();
                line.set("topics", topics(group));
                line.set("members", members(group));
                Map<String, List<TopicPartition>> followed = null;
                for (ConsumerPartitionAssignor assignor : List.of(new RangeAssignor(), new RoundRobinAssignor(),
                         new StickyAssignor(), new CooperativeStickyAssignor())) {
                    Map<String, List<TopicPartition>> result = assign(assignor, group, line);
                    boolean follow = cooperative == assignor instanceof CooperativeStickyAssignor;
                    if (follow) followed = result;
                }
                lines.add(line);
                if (followed == null) followed = Map.of();
                group.goOn(followed);
            }
        }
    }

    /**
     * Lets an assignor assign, and writes who got which partition. The assignor sees only partitions that exist: with others it
     * may assign one twice, or end with an exception; how often it does is counted.
     */
    private Map<String, List<TopicPartition>> assign(ConsumerPartitionAssignor assignor, Groups group, ObjectNode line) {
        String answer;
        Map<String, List<TopicPartition>> result = null;
        try {
            result = runForAWhile(assignor, group);
            answer = result == null ? "!does not end" : owners(group, result);
            if (result == null) count(assignor.name() + " does not end");
        } catch (RuntimeException failure) {
            answer = "!" + failure.getClass().getSimpleName();
            count(assignor.name() + " ends with " + failure.getClass().getSimpleName());
        }
        line.put(assignor.name(), answer);
        if (answer.startsWith("!")) return null;
        boolean beyond = group.members.stream().anyMatch(member -> member.owned.stream().anyMatch(owned -> !exists(group, owned)));
        if (!beyond) return result;
        try {
            String unfiltered = owners(group, run(assignor, group, false));
            if (!unfiltered.equals(answer)) count(assignor.name() + " with partitions that do not exist " +
                (unfiltered.startsWith("!") ? unfiltered : "answers otherwise"));
        } catch (RuntimeException failure) {
            count(assignor.name() + " with partitions that do not exist ends with " + failure.getClass().getSimpleName());
        }
        return result;
    }

    private void count(String oddity) {
        oddities.merge(oddity, 1, Integer::sum);
    }

    private static boolean exists(Groups group, TopicPartition partition) {
        Groups.Topic topic = group.topics.get(partition.topic());
        // A topic that is not there at all is no trouble: the assignors leave it out themselves.
        return topic == null || topic.racks.isEmpty() || partition.partition() >= 0 && partition.partition() < topic.racks.size();
    }

    /** Null if the assignor has not ended after 20 seconds of a processor: it may go round for ever, moving the same partitions. */
    @SuppressWarnings("removal")
    private static Map<String, List<TopicPartition>> runForAWhile(ConsumerPartitionAssignor assignor, Groups group) {
        FutureTask<Map<String, List<TopicPartition>>> task = new FutureTask<>(() -> run(assignor, group, true));
        Thread thread = new Thread(task);
        thread.setDaemon(true);
        thread.start();
        try {
            while (true) {
                try {
                    return task.get(100, TimeUnit.MILLISECONDS);
                } catch (TimeoutException notYet) {
                    if (ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId()) < 20_000_000_000L) continue;
                    thread.stop(); // nothing else ends it, and it has nothing that others use
                    return null;
                }
            }
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException known) throw known;
            throw new IllegalStateException(failure);
        } catch (InterruptedException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static Map<String, List<TopicPartition>> run(ConsumerPartitionAssignor assignor, Groups group, boolean existing) {
        // As Java's consumer builds it, so that the order in which it is gone through is the same.
        Map<String, Subscription> subscriptions = new HashMap<>();
        for (Groups.Member member : group.members) {
            List<TopicPartition> owned = existing ? member.owned.stream().filter(each -> exists(group, each)).toList() : member.owned;
            byte[] data = assignor instanceof StickyAssignor          ? sticky(member, owned)
                : assignor instanceof CooperativeStickyAssignor ? cooperative(member)
                                                                : null;
            Subscription subscription = new Subscription(member.topics, data == null ? null : ByteBuffer.wrap(data), owned,
                member.generation >= 0 && keepsGeneration(member) ? member.generation : -1, Optional.ofNullable(member.rack));
            subscription.setGroupInstanceId(Optional.ofNullable(member.instance));
            subscriptions.put(member.id, subscription);
        }
        Map<String, List<TopicPartition>> result = new HashMap<>();
        assignor.assign(cluster(group), new GroupSubscription(subscriptions))
            .groupAssignment()
            .forEach((id, assignment) -> result.put(id, assignment.partitions()));
        return result;
    }

    /** Does the subscription have the field? It came with version 2; before, the cooperative assignor's user data told it. */
    private static boolean keepsGeneration(Groups.Member member) {
        return member.userData != Groups.UserData.WITHOUT_GENERATION && member.userData != Groups.UserData.CUT_OFF;
    }

    @SuppressWarnings("removal") // of the constructor of ConsumerGroupMetadata, to which there is no other way
    private static byte[] sticky(Groups.Member member, List<TopicPartition> owned) {
        if (member.generation < 0 && owned.isEmpty() && member.userData == Groups.UserData.OWN) return null; // never assigned
        StickyAssignor its = new StickyAssignor();
        its.onAssignment(new Assignment(owned), new ConsumerGroupMetadata("g", member.generation, member.id, Optional.empty()));
        byte[] whole = its.subscriptionUserData(Set.copyOf(member.topics)).array();
        return switch (member.userData) {
            case OWN -> whole;
            case WITHOUT_GENERATION -> Arrays.copyOf(whole, whole.length - 4); // version 0
            case NONE -> null;
            case EMPTY -> new byte[0];
            case GARBAGE -> new byte[] {0, 0, 0, 1, 0, 3, 'a', 'b'};
            case CUT_OFF -> Arrays.copyOf(whole, whole.length * 2 / 3);
            case NEGATIVE -> new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xfe, 0, 0, 0, 9};
        };
    }

    @SuppressWarnings("removal")
    private static byte[] cooperative(Groups.Member member) {
        CooperativeStickyAssignor its = new CooperativeStickyAssignor();
        its.onAssignment(
            new Assignment(List.of()), new ConsumerGroupMetadata("g", member.generation, member.id, Optional.empty()));
        byte[] whole = its.subscriptionUserData(Set.of()).array();
        return switch (member.userData) {
            case NONE -> null;
            case EMPTY -> new byte[0];
            case GARBAGE, CUT_OFF -> Arrays.copyOf(whole, 3);
            default -> whole;
        };
    }

    private static Cluster cluster(Groups group) {
        Map<String, Node> nodes = new HashMap<>();
        List<PartitionInfo> partitions = new ArrayList<>();
        for (Groups.Topic topic : group.topics.values()) {
            for (int i = 0; i < topic.racks.size(); ++i) {
                Node[] replicas = topic.racks.get(i)
                                      .stream()
                                      .map(rack -> nodes.computeIfAbsent(String.valueOf(rack), any -> new Node(nodes.size(), "h", 1, rack)))
                                      .toArray(Node[] ::new);
                partitions.add(new PartitionInfo(topic.name, i, replicas[0], replicas, replicas));
            }
        }
        return new Cluster("c", nodes.values(), partitions, Set.of(), Set.of());
    }

    /** A letter for each partition, which is its owner's place among the members; the topics in their order, a space between. */
    private static String owners(Groups group, Map<String, List<TopicPartition>> result) {
        Map<TopicPartition, String> owner = new HashMap<>();
        for (int i = 0; i < group.members.size(); ++i) {
            for (TopicPartition partition : result.get(group.members.get(i).id)) {
                Groups.Topic topic = group.topics.get(partition.topic());
                if (topic == null || partition.partition() < 0 || partition.partition() >= topic.racks.size())
                    return "!assigns what does not exist";
                if (owner.put(partition, DIGITS.substring(i, i + 1)) != null) return "!assigns a partition twice";
            }
        }
        List<String> texts = new ArrayList<>();
        for (Groups.Topic topic : group.topics.values()) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < topic.racks.size(); ++i)
                text.append(owner.getOrDefault(new TopicPartition(topic.name, i), NOBODY));
            texts.add(text.toString());
        }
        return String.join(" ", texts);
    }

    private static ArrayNode topics(Groups group) {
        ArrayNode list = JSON.arrayNode();
        for (Groups.Topic topic : group.topics.values()) {
            List<String> racks = new ArrayList<>();
            for (List<String> of : topic.racks) {
                StringBuilder text = new StringBuilder();
                of.forEach(rack -> text.append(rack == null ? NOBODY : rack));
                racks.add(text.toString());
            }
            list.add(JSON.arrayNode().add(topic.name).add(topic.racks.size()).add(String.join(",", racks)));
        }
        return list;
    }

    private static ArrayNode members(Groups group) {
        ArrayNode list = JSON.arrayNode();
        for (Groups.Member member : group.members) {
            ObjectNode node = JSON.objectNode();
            node.put("id", member.id);
            if (member.instance != null) node.put("instance", member.instance);
            if (member.rack != null) node.put("rack", member.rack);
            node.put("topics", String.join(" ", member.topics));
            node.put("owned", list(member.owned));
            if (member.generation >= 0 && keepsGeneration(member)) node.put("generation", member.generation);
            byte[] data = sticky(member, member.owned);
            if (data != null) node.put("sticky", Lines.hex(data));
            data = cooperative(member);
            if (data != null) node.put("cooperative", Lines.hex(data));
            // Then our own assignor has to say the same of what is owned.
            if (member.userData == Groups.UserData.OWN) node.put("own", member.generation);
            list.add(node);
        }
        return list;
    }

    /** "t1:0-3,5 t2:1" in the order of the list. */
    private static String list(List<TopicPartition> partitions) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < partitions.size();) {
            TopicPartition first = partitions.get(i);
            int last = i;
            while (last + 1 < partitions.size()
                && partitions.get(last + 1).equals(new TopicPartition(first.topic(), first.partition() + last + 1 - i)))
                ++last;
            if (i == 0) text.append(first.topic()).append(':');
            else if (!partitions.get(i - 1).topic().equals(first.topic())) text.append(' ').append(first.topic()).append(':');
            else text.append(',');
            text.append(first.partition());
            if (last > i) text.append('+').append(last - i);
            i = last + 1;
        }
        return text.toString();
    }
}
