#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that a seed gives the same bytes at the same times in every process, and, with --compiler, from another compiler too.

    same_history.py PROGRAM [--compiler NAME]

With a compiler it builds the program once more, in build/simulate-NAME; exit code 77 if there is no such compiler.
"""
import os
import pathlib
import shutil
import subprocess
import sys

SEEDS = "1..40"


def hashes(program):
    done = subprocess.run([program, "--seeds", SEEDS, "--hashes"], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.splitlines()


def build_with(compiler):
    root = pathlib.Path(__file__).resolve().parents[2]
    folder = root / "build" / f"simulate-{compiler}"
    subprocess.run(
        ["cmake", "-S", root, "-B", folder, "-G", "Ninja", f"-DCMAKE_CXX_COMPILER={compiler}", "-DCMAKE_BUILD_TYPE=Release",
         "-DCMAKE_CXX_FLAGS_RELEASE=-O1",  # another compiler is what is wanted, not its last word
         "-DODRADEK_WERROR=ON", "-DODRADEK_BENCH=OFF", "-DODRADEK_EXAMPLES=OFF", "-DODRADEK_FUZZ=OFF"],
        check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", folder, "-j", str(os.cpu_count()), "--target", "odradek_simulate"], check=True,
                   stdout=subprocess.DEVNULL)
    return folder / "tests" / "simulation" / "odradek_simulate"


def main():
    program = sys.argv[1]
    other = program
    if "--compiler" in sys.argv:
        compiler = sys.argv[sys.argv.index("--compiler") + 1]
        if not shutil.which(compiler):
            print(f"there is no {compiler}")
            return 77
        other = build_with(compiler)
    first, second = hashes(program), hashes(other)
    different = [f"{one} | {two}" for one, two in zip(first, second) if one != two]
    kinds = len({line.split()[-1] for line in first})
    print(f"{len(first)} runs, {kinds} different hashes, {len(different)} lines differ between processes")
    for line in different[:10]:
        print(line)
    return 0 if kinds > 1 and len(first) == len(second) and not different else 1


if __name__ == "__main__":
    sys.exit(main())
