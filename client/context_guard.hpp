// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace odradek::detail {

class client_core;

/// From now on `core` is told (abandon()) when the execution context of its strand is shut down: its coroutines hold it, it
/// holds the connections, and those hold the coroutines, which only the end of the context may cut.
void watch_context(client_core& core);

} // namespace odradek::detail
