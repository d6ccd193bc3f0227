#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What the verifiable producer tells about its records is so, while the brokers in the environment misbehave; ODRADEK_CLI names the program.

Idempotent: every record is acknowledged, and in the topic once, where it was said to be, in the order of the numbers. Without retries:
none that was acknowledged is missing, none is there twice, and each ended once.
"""

import collections
import json
import os
import subprocess
import sys
import tempfile

import checks
from checks import equal, that

PROGRAM = os.environ["ODRADEK_CLI"]
RECORDS = 10_000
SMALL_BATCHES = "linger.ms=1\nbatch.size=2000\nrequest.timeout.ms=1000\ndelivery.timeout.ms=60000\n"


def produce(topic, settings):
    """The events of a run."""
    with tempfile.NamedTemporaryFile("w", suffix=".properties") as file:
        file.write(SMALL_BATCHES + settings)
        file.flush()
        done = subprocess.run([PROGRAM, "verifiable-producer", "--bootstrap-server", checks.BROKERS, "--topic", topic, "--max-messages",
                               str(RECORDS), "--throughput", "10000", "--command-config", file.name],
                              stdout=subprocess.PIPE, timeout=2 * checks.PATIENCE, text=True)
    equal(0, done.returncode, "exit code")
    return [json.loads(line) for line in done.stdout.splitlines()]


def read(topic):
    """(partition, offset, number) of every record, each partition in its order."""
    done = subprocess.run([PROGRAM, "consume", "-b", checks.BROKERS, "-t", topic, "-o", "beginning", "-e", "-f", "%p %o %s\\n"],
                          stdout=subprocess.PIPE, timeout=checks.PATIENCE, check=True, text=True)
    return [tuple(map(int, line.split())) for line in done.stdout.splitlines()]


def check(topic, events):
    """How many were acknowledged."""
    ends = [int(event["value"]) for event in events if "value" in event]
    equal(list(range(RECORDS)), sorted(ends), "each number ended once")
    acknowledged = {(e["partition"], e["offset"], int(e["value"])) for e in events if e["name"] == "producer_send_success"}
    there = read(topic)
    equal(set(), acknowledged - set(there), "what was acknowledged and is not there")
    twice = [number for number, times in collections.Counter(number for _, _, number in there).items() if times > 1]
    equal([], twice, "what is there twice")
    return len(acknowledged), there


def main():
    with that("an idempotent producer writes every record once and in order"):
        count, there = check("once", produce("once", "enable.idempotence=true\nretries=1000000\n"))
        equal(RECORDS, count, "acknowledged")
        for partition in {partition for partition, _, _ in there}:
            numbers = [number for p, _, number in there if p == partition]
            equal(sorted(numbers), numbers, f"the order in partition {partition}")

    with that("a producer without retries writes none twice"):
        check("tried-once", produce("tried-once", ""))

    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
