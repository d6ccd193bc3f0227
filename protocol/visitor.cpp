// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/visitor.hpp>

namespace odradek {

visitor::~visitor() = default;

} // namespace odradek
