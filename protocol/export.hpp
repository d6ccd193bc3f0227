// SPDX-License-Identifier: Apache-2.0
#pragma once

/// ODRADEK_EXPORT marks what a shared build shows to its users; everything else is hidden. Nothing in a static build.
#if defined(ODRADEK_STATIC)
#define ODRADEK_EXPORT
#elif defined(_WIN32)
#if defined(ODRADEK_BUILDING)
#define ODRADEK_EXPORT __declspec(dllexport)
#else
#define ODRADEK_EXPORT __declspec(dllimport)
#endif
#else
#define ODRADEK_EXPORT __attribute__((visibility("default")))
#endif
