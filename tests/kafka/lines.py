#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints a text of the given size in bytes, the same one each time: lines of many lengths, some empty, some of 900 kB, with UTF-8.

    lines.py BYTES
"""

import random
import sys

WORDS = ("spool thread stairs letter clerk castle window judge door evening burrow colony harbour dog father singer "
         "schön größer ночь 夜明け ελπίδα 🧵 naïve Ångström").split()


def main():
    left = int(sys.argv[1])
    draw = random.Random(883)
    longest = 900_000
    while left > 0:
        kind = draw.random()
        if kind < 0.10:
            line = ""
        elif kind < 0.1002:
            line = " ".join(draw.choices(WORDS, k=longest // 5))
        else:
            line = f"{draw.getrandbits(64):016x} " + " ".join(draw.choices(WORDS, k=draw.randrange(1, 30)))
        data = line.encode()[: min(longest, left - 1)].decode(errors="ignore").encode() + b"\n"
        sys.stdout.buffer.write(data)
        left -= len(data)


if __name__ == "__main__":
    main()
