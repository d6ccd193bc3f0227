// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/golden/former_names.hpp>

namespace odradek::golden {
namespace {

struct renamed_field {
    api key;
    message_kind kind;
    const char* items; // the array whose items have the field; null for the message itself
    const char* former;
    const char* current;
};

// 3.9 -> 4.x
constexpr renamed_field renamed[] = {
    {api::list_config_resources, message_kind::response, nullptr, "clientMetricsResources", "configResources"},
    {api::list_config_resources, message_kind::response, "configResources", "name", "resourceName"},
    {api::txn_offset_commit, message_kind::request, nullptr, "generationId", "generationIdOrMemberEpoch"},
};

void rename(json& object, const renamed_field& field)
{
    if (!object.is_object() || !object.contains(field.former) || object.contains(field.current)) return;
    json value = std::move(object[field.former]);
    object.erase(field.former);
    object[field.current] = std::move(value);
}

} // namespace

json with_current_names(const message_descriptor& type, json document)
{
    for (const renamed_field& field : renamed) {
        if (static_cast<std::int16_t>(field.key) != type.key || field.kind != type.kind) continue;
        if (field.items == nullptr) {
            rename(document, field);
        } else if (document.is_object() && document.contains(field.items) && document[field.items].is_array()) {
            for (json& item : document[field.items]) rename(item, field);
        }
    }
    return document;
}

} // namespace odradek::golden
