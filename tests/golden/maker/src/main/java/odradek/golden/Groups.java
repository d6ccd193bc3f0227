// SPDX-License-Identifier: Apache-2.0
package odradek.golden;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * Random consumer groups, one after the other in the life of one group: members join, leave, miss a round and lie; topics come,
 * grow, shrink and go. What a round assigned is what the members own in the next one.
 */
final class Groups {
    /** A member as its subscription shows it. */
    static final class Member {
        String id;
        String instance; // null: a dynamic member
        String rack; // null: none
        List<String> topics = new ArrayList<>();
        List<TopicPartition> owned = new ArrayList<>();
        int generation = -1;
        UserData userData = UserData.OWN;
    }

    /** What a member says to the sticky assignor, and to the cooperative one beside its fields. */
    enum UserData { OWN, WITHOUT_GENERATION, NONE, EMPTY, GARBAGE, CUT_OFF, NEGATIVE }

    /** A topic, with the racks of each partition's replicas; null where a replica has none. */
    static final class Topic {
        String name;
        List<List<String>> racks = new ArrayList<>();
    }

    final List<Member> members = new ArrayList<>();
    final Map<String, Topic> topics = new LinkedHashMap<>();

    private final Random random;
    private final boolean equal; // all members subscribe to the same topics, most of the time
    private final int racks; // how many there are; 0: nobody tells any
    private final boolean statics;
    private final boolean honest; // nothing but what well-behaved members say
    private final int most; // members that the group has at most
    private int generation;
    private int born;

    Groups(Random random) {
        this.random = random;
        equal = random.nextInt(100) < 50;
        racks = random.nextInt(100) < 40 ? 1 + random.nextInt(4) : 0;
        statics = random.nextInt(100) < 30;
        honest = random.nextInt(100) < 50;
        most = random.nextInt(100) < 60 ? 8 : 30;
        generation = random.nextInt(50);
        int count = random.nextInt(100) < 4 ? 0 : 1 + random.nextInt(random.nextInt(100) < 70 ? 5 : 12);
        for (int i = 0; i < count; ++i) addTopic();
        count = 1 + random.nextInt(most);
        for (int i = 0; i < count; ++i) join();
    }

    /** A round is over: who was assigned what, by the members' ids. Something happens, and the group meets again. */
    void goOn(Map<String, List<TopicPartition>> assigned) {
        ++generation;
        for (Member member : members) {
            if (!honest && chance(6)) continue; // it missed the round
            member.owned = new ArrayList<>(assigned.getOrDefault(member.id, List.of()));
            member.generation = generation;
            member.userData = UserData.OWN;
        }
        for (int changes = random.nextInt(4); changes > 0; --changes) change();
        if (!honest)
            for (Member member : members)
                if (chance(8)) lie(member);
    }

    private void change() {
        switch (random.nextInt(9)) {
            case 0, 1 -> {
                if (members.size() < most) join();
            }
            case 2, 3 -> {
                if (members.size() > 1) members.remove(random.nextInt(members.size()));
            }
            case 4 -> {
                if (topics.size() < 12) addTopic();
                if (equal) members.forEach(member -> member.topics = new ArrayList<>(topics.keySet()));
            }
            case 5 -> { // a topic is gone, for the cluster or for those who subscribe too
                if (topics.isEmpty()) return;
                String gone = any(new ArrayList<>(topics.keySet()));
                topics.remove(gone);
                if (chance(50)) members.forEach(member -> member.topics.remove(gone));
            }
            case 6 -> {
                if (!topics.isEmpty()) grow(any(new ArrayList<>(topics.values())), random.nextInt(8));
            }
            case 7 -> { // made anew with fewer partitions
                if (topics.isEmpty() || honest) return;
                List<List<String>> left = any(new ArrayList<>(topics.values())).racks;
                if (left.size() > 1) left.remove(left.size() - 1);
            }
            default -> {
                if (!equal || chance(20)) subscribe(any(members));
                // The order in which the coordinator lists the members is nobody's business.
                Collections.shuffle(members, random);
            }
        }
    }

    private void lie(Member member) {
        switch (random.nextInt(8)) {
            case 0 -> member.generation = Math.max(-1, generation - random.nextInt(4));
            case 1 -> member.generation = -1;
            case 2 -> member.owned.addAll(some(any(members).owned));
            case 3 -> {
                Member other = any(members);
                member.owned = new ArrayList<>(other.owned);
                if (chance(50)) member.generation = other.generation;
            }
            case 4 -> Collections.shuffle(member.owned, random);
            case 5 -> member.owned.add(new TopicPartition(chance(50) || topics.isEmpty() ? "foreign" : any(new ArrayList<>(topics.keySet())),
                random.nextInt(45) - 2));
            default -> member.userData = UserData.values()[random.nextInt(UserData.values().length)];
        }
        member.owned = new ArrayList<>(new LinkedHashSet<>(member.owned));
    }

    private void addTopic() {
        Topic topic = new Topic();
        do {
            topic.name = "t" + random.nextInt(100);
        } while (topics.containsKey(topic.name));
        // Often as many partitions as another one, since ranges are then matched together.
        int count = chance(40) && !topics.isEmpty() ? any(new ArrayList<>(topics.values())).racks.size()
                                                    : random.nextInt(chance(70) ? 13 : 41);
        grow(topic, count);
        topics.put(topic.name, topic);
    }

    private void grow(Topic topic, int by) {
        int replicas = 1 + random.nextInt(3);
        for (int i = 0; i < by && topic.racks.size() < 40; ++i) {
            List<String> of = new ArrayList<>();
            int first = random.nextInt(Math.max(racks, 1));
            for (int replica = 0; replica < replicas; ++replica)
                of.add(racks == 0 || chance(3) ? null : String.valueOf((char) ('a' + (first + replica) % racks)));
            topic.racks.add(of);
        }
    }

    private void join() {
        Member member = new Member();
        String name = switch (random.nextInt(12)) {
            case 0 -> "\u00e9";
            case 1 -> "\ufffc"; // comes behind the next one in Java, though its number is smaller
            case 2 -> "\ud83d\ude00";
            default -> "c";
        };
        member.id = name + "-" + Integer.toHexString(random.nextInt());
        if (statics && chance(70)) member.instance = "i" + random.nextInt(100) + "." + born;
        ++born;
        if (racks > 0 && chance(90)) member.rack = String.valueOf((char) ('a' + random.nextInt(racks + (chance(5) ? 1 : 0))));
        subscribe(member);
        members.add(member);
    }

    private void subscribe(Member member) {
        Set<String> chosen = new LinkedHashSet<>();
        if (equal && !chance(2)) chosen.addAll(members.isEmpty() ? topics.keySet() : members.get(0).topics);
        else chosen.addAll(some(new ArrayList<>(topics.keySet())));
        if (chosen.isEmpty() && !topics.isEmpty() && chance(80)) chosen.add(any(new ArrayList<>(topics.keySet())));
        if (!equal && chance(5)) chosen.add("missing");
        member.topics = new ArrayList<>(chosen);
        Collections.shuffle(member.topics, random);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private <T> List<T> some(List<T> list) {
        int percent = 20 + random.nextInt(80);
        return list.stream().filter(each -> chance(percent)).toList();
    }
}
