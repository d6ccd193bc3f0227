#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks what the documents say about the tree: paths exist, a `file: function` of a walk is in that file, and the README's first
program is examples/00_first.cpp.

    docs.py     prints what is not true; exits with 1 if there is something
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("docs/*.md"))]
FOLDERS = "protocol|compression|auth|net|client|broker|tools|tests|fuzz|bench|examples|docs|docker|cmake"
PATH = re.compile(rf"(?<![\w/.])((?:{FOLDERS})/[\w./*-]*[\w*/])")
# "client/core.cpp: `start` ...": names after a file belong to it until the next file.
WALK = re.compile(rf"((?:{FOLDERS})/[\w./-]+\.[ch]pp): (`\w+`(?:(?:, | and )`\w+`)*)")
# A table's "net/a.hpp, b.hpp": the later ones lie beside the first.
ROW = re.compile(rf"^\| ((?:{FOLDERS})/[^|]+) \|", re.MULTILINE)


def breaches(name, text):
    for path in PATH.findall(text):
        if not any(ROOT.glob(path.rstrip("/"))) and "NN" not in path and "results" not in path:
            yield f"{name}: there is no {path}"
    for row in ROW.findall(text):
        folder = row.split("/")[0]
        for part in row.split(", "):
            if re.fullmatch(r"[\w.]+\.[ch]pp", part) and not (ROOT / folder / part).exists():
                yield f"{name}: there is no {folder}/{part}"
    for file, functions in WALK.findall(" ".join(text.split())):
        if (ROOT / file).exists():
            code = (ROOT / file).read_text()
            for function in re.findall(r"`(\w+)`", functions):
                if not re.search(rf"\b{function}\s*\(", code):
                    yield f"{name}: {file} has no {function}()"


def main():
    found = []
    for name in DOCUMENTS:
        found += breaches(name, (ROOT / name).read_text())
    program = re.search(r"```cpp\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    if not program or program[1] != (ROOT / "examples/00_first.cpp").read_text().split("\n", 1)[1]:
        found.append("README.md: its first program is not examples/00_first.cpp")
    print("\n".join(found + [f"docs: {len(DOCUMENTS)} documents, {len(found)} breaches"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
