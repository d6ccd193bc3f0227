#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes C++ of what a document shows: each block that begins with ```cpp becomes a function that returns its `options`, and the command
line in the block behind it (```sh) becomes the properties that it sets.

    snippets.py DOCUMENT OUTPUT

Blocks that begin with "```cpp later" show what is not there yet, and are left out.
"""

import json
import pathlib
import re
import shlex
import sys

BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def settings_of(command):
    """Names and values; one that comes from the environment has a "$" before its variable's name."""
    words = shlex.split(command.replace("\\\n", " "), comments=True)
    flags = {"-b": lambda word: ("bootstrap.servers", word), "-X": lambda word: tuple(word.split("=", 1)),
             "--property-env": lambda word: tuple(word.replace("=", "=$", 1).split("=", 1))}
    if words[:2] != ["odradek", "metadata"] or len(words) % 2 or any(flag not in flags for flag in words[2::2]):
        sys.exit(f"snippets: cannot read the command line: {command}")
    return [flags[flag](word) for flag, word in zip(words[2::2], words[3::2])]


def snippets(text):
    """Line, code and settings (none if no command line follows) of each."""
    blocks = list(BLOCK.finditer(text))
    for block, following in zip(blocks, [*blocks[1:], None]):
        if block[1] != "cpp" or block[2].strip():
            continue
        line = text.count("\n", 0, block.start()) + 2
        yield line, block[3], settings_of(following[3]) if following and following[1] == "sh" else []


def main():
    document, output = map(pathlib.Path, sys.argv[1:])
    found = list(snippets(document.read_text()))
    out = ["// Made by tests/docs/snippets.py.", '#include <tests/docs/snippets.hpp>', "namespace kafka = odradek;", "namespace {"]
    for line, code, _ in found:
        out += [f"kafka::client_options at_line_{line}()", "{", f'#line {line} "{document.name}"', code.rstrip(), "return options;", "}"]
    out += ["} // namespace", "std::vector<snippet> snippets()", "{", "return {"]
    for line, _, settings in found:
        pairs = ", ".join(f"{{{json.dumps(name)}, {json.dumps(value)}}}" for name, value in settings)
        out.append(f"{{{line}, at_line_{line}, {{{pairs}}}}},")
    output.write_text("\n".join([*out, "};", "}", ""]))


if __name__ == "__main__":
    main()
