#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy on the sources that changed, and on those whose headers did.

    tidy.py BUILD_FOLDER [--all] [--seconds N] [FILE...]

"Changed" is against the point where this branch left origin's default branch; on that branch itself, against 20 commits ago. The
most recently changed files come first; after N seconds (default 150) no further file is begun, and the closing line says how many
were left. Exits with 1 on a finding and with 77 where there is no clang-tidy.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = "clang-tidy-19"
COMMITS = 20


def git(*arguments):
    done = subprocess.run(["git", "-C", ROOT, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def changed():
    """Files that differ from the base, the last committed first, after those that are not committed yet."""
    head = git("rev-parse", "HEAD")
    base = git("merge-base", "HEAD", "origin/HEAD")
    if not base or base == head:
        base = git("rev-parse", f"HEAD~{COMMITS}")
    now = git("diff", "--name-only", "HEAD").split() + git("ls-files", "-o", "--exclude-standard").split()
    since = git("log", "--format=", "--name-only", f"{base}..HEAD" if base else "HEAD").split()
    return list(dict.fromkeys(now + since))


def sources(build, names):
    """The files of the compilation database that the names stand for: themselves, or the source beside a header."""
    known = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        file = pathlib.Path(entry["file"])
        if file.is_relative_to(ROOT) and not file.is_relative_to(build) and "generated" not in file.parts:
            known[str(file.relative_to(ROOT))] = file
    if names is None:
        return list(known.values())
    wanted = [name[:-4] + ".cpp" if name.endswith(".hpp") else name for name in names]
    return [known[name] for name in dict.fromkeys(wanted) if name in known]


def check(build, file):
    command = [TOOL, "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-unused-command-line-argument",
               str(file)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return done.stdout + (done.stderr if done.returncode and not done.stdout.strip() else ""), done.returncode


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--seconds", type=float, default=150)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    if not shutil.which(TOOL):
        print(f"tidy: skipped, no {TOOL}")
        return 77
    build = options.build.resolve()
    chosen = sources(build, None if options.all else options.files or changed())
    until = time.monotonic() + options.seconds
    findings = left = 0

    def turn(file):
        return check(build, file) if time.monotonic() < until else None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as workers:
        for file, result in zip(chosen, workers.map(turn, chosen)):
            if result is None:
                left += 1
            elif result[1]:
                findings += 1
                print(f"--- {file.relative_to(ROOT)}\n{result[0]}", flush=True)
    rest = f", {left} left for want of time" if left else ""
    print(f"tidy: {len(chosen) - left} files, {findings} with findings{rest}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
