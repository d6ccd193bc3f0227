// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Everything that a program needs to speak to Kafka: the client, its options, the errors. Programs that only want the
/// codec include <odradek/protocol/codec.hpp> and the messages, and link odradek::protocol.

#include <odradek/client/client.hpp>
#include <odradek/client/producer/producer.hpp>
#include <odradek/client/properties.hpp>
#include <odradek/net/error.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/awaitable.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>
