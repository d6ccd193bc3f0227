// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/unit/client/group/group_line.hpp>

#include <algorithm>
#include <charconv>

namespace odradek {
namespace {

using golden::json;
using golden::member;
using golden::text_member;

constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

std::int32_t number_in(std::string_view text)
{
    std::int32_t number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ptr != text.data() + text.size())
        throw golden::line_error("malformed line: no number: " + std::string(text));
    return number;
}

} // namespace

std::vector<std::string_view> words_of(std::string_view text, char separator)
{
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

void test_group::add_topic(std::string name, std::int32_t partitions, std::string_view racks)
{
    std::vector<std::vector<std::string_view>>& of = racks_.emplace_back();
    for (const std::string_view word : words_of(keep(std::string(racks)), ',')) {
        std::vector<std::string_view>& names = of.emplace_back();
        for (std::size_t i = 0; i < word.size(); ++i) names.push_back(word[i] == '.' ? "" : word.substr(i, 1));
    }
    topics.push_back({keep(std::move(name)), partitions, of});
}

subscribed_member& test_group::add_member(std::string id, std::string_view topics_of)
{
    subscribed_member& added = members.emplace_back();
    added.id = keep(std::move(id));
    added.subscription.topics = names_.emplace_back(words_of(keep(std::string(topics_of))));
    return added;
}

void test_group::own(std::string_view partitions)
{
    std::vector<topic_partition>& owned = owned_.emplace_back();
    for (const std::string_view topic : words_of(keep(std::string(partitions)))) {
        const std::size_t colon = topic.find(':');
        std::vector<std::int32_t>& numbers = numbers_.emplace_back();
        for (const std::string_view range : words_of(topic.substr(colon + 1), ',')) {
            const std::size_t plus = std::min(range.find('+'), range.size());
            const std::int32_t first = number_in(range.substr(0, plus));
            const std::int32_t more = plus < range.size() ? number_in(range.substr(plus + 1)) : 0;
            for (std::int32_t i = 0; i <= more; ++i) numbers.push_back(first + i);
        }
        owned.push_back({topic.substr(0, colon), numbers});
    }
    members.back().subscription.owned_partitions = owned;
}

void test_group::say(std::vector<std::byte> data)
{
    members.back().subscription.user_data = bytes_view(data_.emplace_back(std::move(data)));
}

char owner_letter(std::size_t member)
{
    return digits[member % digits.size()];
}

std::string owners_text(const group_picture& group, const std::vector<member_assignment>& answer)
{
    if (answer.size() != group.members.size()) return "!answers for " + std::to_string(answer.size());
    std::vector<std::string> texts;
    for (const assignable_topic& topic : group.topics)
        texts.emplace_back(static_cast<std::size_t>(topic.partitions), '.');
    for (std::size_t i = 0; i < answer.size(); ++i) {
        for (const assigned_topic& given : answer[i].topics) {
            const auto topic = std::ranges::find(group.topics, given.topic, &assignable_topic::name);
            if (topic == group.topics.end()) return "!no topic " + std::string(given.topic);
            const auto& subscribed = group.members[i].subscription.topics;
            if (std::ranges::find(subscribed, given.topic) == subscribed.end())
                return "!not subscribed to " + std::string(given.topic);
            if (given.partitions.empty()) return "!nothing of " + std::string(given.topic);
            for (const std::int32_t partition : given.partitions) {
                if (partition < 0 || partition >= topic->partitions)
                    return "!no partition " + std::to_string(partition);
                char& owner =
                    texts[static_cast<std::size_t>(topic - group.topics.begin())][static_cast<std::size_t>(partition)];
                if (owner != '.') return "!twice: " + std::string(given.topic) + " " + std::to_string(partition);
                owner = owner_letter(i);
            }
        }
    }
    std::string all;
    for (const std::string& text : texts) all += (&text == texts.data() ? "" : " ") + text;
    return all;
}

void read_group(const json& line, const char* user_data, test_group& into)
{
    for (const json& topic : member(line, "topics"))
        into.add_topic(topic.at(0).get<std::string>(), topic.at(1).get<std::int32_t>(), topic.at(2).get<std::string>());
    for (const json& said : member(line, "members")) {
        subscribed_member& added = into.add_member(text_member(said, "id"), text_member(said, "topics"));
        if (said.contains("instance")) added.instance_id = into.keep(text_member(said, "instance"));
        if (said.contains("rack")) added.subscription.rack_id = into.keep(text_member(said, "rack"));
        if (said.contains("generation"))
            added.subscription.generation_id = golden::number_member<std::int32_t>(said, "generation");
        into.own(text_member(said, "owned"));
        if (said.contains(user_data)) into.say(golden::from_hex(text_member(said, user_data), user_data));
    }
}

} // namespace odradek
