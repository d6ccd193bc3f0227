# SPDX-License-Identifier: Apache-2.0
"""What the clients in Python share: checks that are counted, and the records of a test."""

import os
import sys
import time
import traceback

BROKERS = os.environ["ODRADEK_KAFKA_BROKERS"]
PATIENCE = 60  # seconds: no broker answers later, and no client waits longer
CODECS = ["none", "gzip", "snappy", "lz4", "zstd"]
FIRST_TIME = 1_790_000_000_000
PARTITIONS = 3
COUNT = 3000

_counts = {"passed": 0, "failed": 0}


class that:
    """`with that("what"):` is one check: it passes unless something is raised inside."""

    def __init__(self, what):
        self.what = what

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind is None:
            _counts["passed"] += 1
        elif not issubclass(kind, Exception):
            return False
        else:
            _counts["failed"] += 1
            print(f"{os.path.basename(sys.argv[0])}: {self.what}: FAILED: {kind.__name__}: {error}")
            traceback.print_tb(trace, file=sys.stdout)
        return True


def equal(wanted, got, what):
    if wanted != got:
        raise AssertionError(f"{what}: {got!r}, not {wanted!r}")


def record(number):
    """Record `number` of a test as (key, value, headers): some have no key, some no value, some an empty one, some headers."""
    key = None if number % 5 == 0 else b"key %d" % (number % 17)
    value = None if number % 7 == 0 else b"" if number % 11 == 0 else b"value %d " % number * (1 + number % 9)
    headers = [(f"h{i}", None if i == 2 else b"%d" % number) for i in range(number % 4)]
    return key, value, headers


def soon(condition, what):
    """A cluster of several processes needs a moment until all of it knows of a change."""
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"{what}: not within {PATIENCE} s")
        time.sleep(0.05)


def close():
    """Prints the counts; the exit code of the program."""
    print(f"{_counts['passed']} passed, {_counts['failed']} failed")
    return 0 if _counts["passed"] and not _counts["failed"] else 1
