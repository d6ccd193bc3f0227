// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/golden/line_source.hpp>
#include <odradek/tests/unit/client/group/group_line.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// What Java's assignors answer (tests/golden/maker, Assignors.java), and ours to the same groups. ODRADEK_ASSIGNOR_VECTORS
// names another file to compare with, which tests/golden/anew makes.

namespace odradek {
namespace {

// Sanitizers and a lack of optimisation make this slow; and each group is one like the others.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
constexpr int stride = 10;
#else
constexpr int stride = 1;
#endif

constexpr const char* assignor_names[] = {"range", "roundrobin", "sticky", "cooperative-sticky"};

class vectors {
public:
    vectors() : source_(path()) {}

    bool next(golden::json& line)
    {
        std::string text;
        do {
            if (!source_.next(text)) return false;
        } while (lines++ % stride != 0);
        line = golden::json::parse(text);
        return true;
    }

    [[nodiscard]] std::string error() const { return source_.error(); }

    int lines = 0;

private:
    static std::string path()
    {
        const char* const other = std::getenv("ODRADEK_ASSIGNOR_VECTORS");
        return other != nullptr ? other : ODRADEK_SOURCE_DIR "/tests/golden/assignors.jsonl.gz";
    }

    golden::line_source source_;
};

// Whether some member claims, from another generation than the others, what it does not subscribe to. Java's sticky assignors
// may give that back to it, for a while or for good, which shifts what comes after; sometimes they move the same partitions
// to and fro for ever.
bool goes_back_to_strangers(const golden::json& line)
{
    bool generations_differ = false;
    bool claims = false;
    const golden::json& members = golden::member(line, "members");
    for (const golden::json& each : members) {
        const std::vector<std::string_view> topics = words_of(golden::text_member(each, "topics"));
        for (const std::string_view owned : words_of(golden::text_member(each, "owned")))
            claims = claims || std::ranges::find(topics, owned.substr(0, owned.find(':'))) == topics.end();
        for (const char* const field : {"generation", "sticky", "cooperative"})
            generations_differ =
                generations_differ || each.value(field, golden::json()) != members[0].value(field, golden::json());
    }
    return claims && generations_differ;
}

// One letter a partition, without the spaces.
std::string letters_of(std::string text)
{
    std::erase(text, ' ');
    return text;
}

// How many partitions some member claims and does not get.
int moves_of(const golden::json& line, const group_picture& group, const std::string& owners)
{
    int moves = 0;
    for (std::size_t i = 0; i < group.members.size(); ++i) {
        for (const auto& owned : group.members[i].subscription.owned_partitions) {
            std::size_t first = 0;
            for (const golden::json& topic : golden::member(line, "topics")) {
                const auto count = topic.at(1).get<std::int32_t>();
                for (const std::int32_t partition : owned.partitions)
                    if (topic.at(0) == owned.topic && partition >= 0 && partition < count &&
                        owners.at(first + static_cast<std::size_t>(partition)) != owner_letter(i))
                        ++moves;
                first += static_cast<std::size_t>(count);
            }
        }
    }
    return moves;
}

// The sum of the differences between the loads of any two members.
int unevenness_of(std::size_t members, const std::string& owners)
{
    int sum = 0;
    for (std::size_t one = 0; one < members; ++one)
        for (std::size_t other = 0; other < one; ++other)
            sum += static_cast<int>(std::abs(std::ranges::count(owners, owner_letter(one)) -
                                             std::ranges::count(owners, owner_letter(other))));
    return sum;
}

// Whether some member subscribes to nothing.
bool somebody_idles(const golden::json& line)
{
    return std::ranges::any_of(golden::member(line, "members"),
                               [](const golden::json& each) { return golden::text_member(each, "topics").empty(); });
}

// Whether an answer gives a member what it does not subscribe to. Java's sticky assignors do where members that subscribe to
// nothing come first in a hash table: then they take them for members like all others.
bool misplaces(const golden::json& line, const std::string& owners)
{
    std::size_t at = 0;
    for (const golden::json& topic : golden::member(line, "topics")) {
        for (auto left = topic.at(1).get<std::int32_t>(); left > 0; --left, ++at) {
            if (owners.at(at) == '.') continue;
            std::size_t member = 0;
            while (owner_letter(member) != owners[at]) ++member;
            const golden::json& said = golden::member(line, "members").at(member);
            const std::vector<std::string_view> topics = words_of(golden::text_member(said, "topics"));
            if (std::ranges::find(topics, topic.at(0).get<std::string>()) == topics.end()) return true;
        }
    }
    return false;
}

TEST(assignor_vectors, everybody_gets_what_javas_assignors_give)
{
    struct count {
        int equal = 0;
        int different = 0;
        int beyond = 0; // and different
    };
    vectors lines;
    std::map<std::string, count> counts;
    for (golden::json line; lines.next(line);) {
        for (const char* const name : assignor_names) {
            test_group group;
            read_group(line, std::string_view(name) == "sticky" ? "sticky" : "cooperative", group);
            const group_picture picture = group.picture();
            const std::string ours = owners_text(picture, make_assignor(name)->assign(picture));
            const std::string& theirs = golden::text_member(line, name);
            count& of = counts[name];
            if (ours == theirs) {
                ++of.equal;
                continue;
            }
            // Where an answer is wrong, or none, it is no example and no measure.
            bool wrong = theirs.starts_with('!') || misplaces(line, letters_of(theirs));
            // Where what was misplaced is held back, nothing shows it.
            if (std::string_view(name) == "cooperative-sticky") wrong = wrong || somebody_idles(line);
            if (std::string_view(name).ends_with("sticky") && (wrong || goes_back_to_strangers(line))) {
                ++of.beyond;
                ASSERT_FALSE(ours.starts_with('!')) << "line " << lines.lines << ", " << name << ": " << ours;
                // What is held back is no part of the balance.
                if (wrong || std::string_view(name) != "sticky") continue;
                EXPECT_EQ(std::ranges::count(ours, '.'), std::ranges::count(theirs, '.'));
                EXPECT_LE(unevenness_of(picture.members.size(), letters_of(ours)),
                          unevenness_of(picture.members.size(), letters_of(theirs)))
                    << "line " << lines.lines << "\nours " << ours << "\nJava " << theirs;
                EXPECT_LE(moves_of(line, picture, letters_of(ours)), moves_of(line, picture, letters_of(theirs)))
                    << "line " << lines.lines << "\nours " << ours << "\nJava " << theirs;
                continue;
            }
            ++of.different;
            if (of.different > 3) continue;
            ADD_FAILURE() << "line " << lines.lines << ", " << name << "\nours " << ours << "\nJava " << theirs << '\n'
                          << line;
        }
    }
    EXPECT_EQ(lines.error(), "");
    EXPECT_GE(lines.lines, 2000);
    for (const auto& [name, of] : counts) {
        std::cout << name << ": " << of.equal << " equal, " << of.different << " different, " << of.beyond
                  << " different where Java's is no example\n";
        EXPECT_EQ(of.different, 0) << name;
        EXPECT_LE(of.beyond, lines.lines / 50) << name;
    }
}

// What Java's own class writes for a member; the order of the topics is that of a hash table there, and nobody's business.
TEST(assignor_vectors, members_say_of_themselves_what_javas_say)
{
    vectors lines;
    int compared = 0;
    for (golden::json line; lines.next(line);) {
        test_group group;
        read_group(line, "sticky", group);
        for (std::size_t i = 0; i < group.members.size(); ++i) {
            const golden::json& said = golden::member(line, "members").at(i);
            if (!said.contains("own")) continue;
            group_membership who;
            who.generation = golden::number_member<std::int32_t>(said, "own");
            const consumer_protocol_subscription& subscription = group.members[i].subscription;
            for (const char* const name : {"sticky", "cooperative-sticky"}) {
                const std::unique_ptr<assignor> ours = make_assignor(name);
                // One topic after the other, each once, as the assignment that came had them.
                std::map<std::string_view, std::vector<std::int32_t>> by_topic;
                for (const auto& each : subscription.owned_partitions)
                    for (const std::int32_t partition : each.partitions) by_topic[each.topic].push_back(partition);
                std::vector<consumer_protocol_assignment::topic_partition> topics;
                for (const auto& [topic, partitions] : by_topic) topics.push_back({topic, partitions});
                consumer_protocol_assignment assignment;
                assignment.assigned_partitions = topics;
                if (who.generation >= 0 || !topics.empty()) ours->on_assignment(assignment, who);
                const std::optional<std::vector<std::byte>> data = ours->subscription_user_data({});
                const char* const field = std::string_view(name) == "sticky" ? "sticky" : "cooperative";
                ASSERT_EQ(data.has_value(), said.contains(field));
                if (!data) continue;
                const std::vector<std::byte> theirs = golden::from_hex(golden::text_member(said, field), field);
                if (topics.size() < 2 || std::string_view(name) != "sticky") {
                    EXPECT_EQ(*data, theirs) << "line " << lines.lines << ", member " << i;
                } else {
                    EXPECT_TRUE(std::ranges::is_permutation(*data, theirs))
                        << "line " << lines.lines << ", member " << i;
                }
                ++compared;
            }
        }
    }
    EXPECT_GT(compared, 1000);
}

} // namespace
} // namespace odradek
