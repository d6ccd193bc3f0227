#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a seed gives the same bytes at the same times in every process.

    same_history.py PROGRAM [OTHER]

OTHER is the same program as another compiler made it; the default is PROGRAM once more. Exit code 77 if there is no OTHER.
"""
import pathlib
import subprocess
import sys

SEEDS = "1..40"


def hashes(program):
    done = subprocess.run([program, "--seeds", SEEDS, "--hashes"], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def main():
    program = sys.argv[1]
    other = sys.argv[-1]
    if not pathlib.Path(other).exists():
        print(f"there is no {other}")
        return 77
    first, second = hashes(program), hashes(other)
    different = [f"{one} | {two}" for one, two in zip(first, second) if one != two]
    kinds = len({line.split()[-1] for line in first})
    print(f"{len(first)} runs, {kinds} different hashes, {len(different)} lines differ between processes")
    for line in different[:10]:
        print(line)
    return 0 if kinds > 1 and len(first) == len(second) and not different else 1


if __name__ == "__main__":
    sys.exit(main())
