// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tcp.hpp>
#include <odradek/odradek.hpp>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

/// One piece of C++ of docs/connecting.md, and the properties of the command line behind it.
struct snippet {
    int line = 0;
    odradek::client_options (*make)() = nullptr;
    std::vector<std::pair<std::string, std::string>>
        properties; ///< Empty without one; "$NAME" is a variable's content.
};

/// All of them, in order; tests/docs/snippets.py writes it.
std::vector<snippet> snippets();
