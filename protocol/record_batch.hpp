// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Record batches, both ways: written by record_batch_builder, read by batch_view and record_set_reader.

#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/record_batch_builder.hpp>
#include <odradek/protocol/record_set_reader.hpp>
