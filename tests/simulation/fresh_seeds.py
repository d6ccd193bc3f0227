#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs scenarios with seeds that nobody has tried before, and says which.

    fresh_seeds.py PROGRAM COUNT [BASE]
"""
import subprocess
import sys
import time

SCENARIOS = ("connections", "metadata", "straight", "producer", "producer_plain", "auth")


def main():
    program, count = sys.argv[1], int(sys.argv[2])
    base = int(sys.argv[3]) if len(sys.argv) > 3 else time.time_ns() // 1000 % 10**12
    print(f"fresh seeds from {base}: {program} --seeds {base}..{base + count - 1}", flush=True)
    codes = [subprocess.run([program, "--scenario", one, "--seeds", f"{base}..{base + count - 1}"]).returncode for one in SCENARIOS]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
