// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/any_message.hpp>
#include <odradek/tests/golden/line.hpp>

namespace odradek::golden {

/// `document` as our schema names its fields. A few were renamed between the releases that vectors are made with, for the
/// same bytes; a document by an older release has the former names.
[[nodiscard]] json with_current_names(const message_descriptor& type, json document);

} // namespace odradek::golden
