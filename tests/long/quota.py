#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A producer under a quota (producer_byte_rate): its rate has to be the quota's, and another producer's is not touched. And where it
exceeds the quota on one broker only, which is what brokers count by, it sends to the others as before.

    quota.py PROGRAM [-q BYTES_A_SECOND] [-s SECONDS]

Run it under `tests/kafka/broker run -n 2 --`.
"""

import argparse
import collections
import json
import os
import subprocess
import sys

import kafka_tools

CLIENT = "under-quota"
PAYLOAD = 1000
WIRE = PAYLOAD + 130  # of a record that is alone in its batch and its request


def limit(quota):
    kafka_tools.tool("kafka.admin.ConfigCommand", "--alter", "--add-config", f"producer_byte_rate={quota}", "--entity-type", "clients",
                     "--entity-name", CLIENT)


def create(topic, brokers, *more):
    """A topic with a partition on each of these brokers, in this order."""
    kafka_tools.topics("--create", "--topic", topic, "--replica-assignment", ",".join(map(str, brokers)), *more)


def send(program, client, topic, records, *more):
    done = subprocess.run([program, "bench", "produce", "-b", os.environ["ODRADEK_KAFKA_BROKERS"], "-t", topic, "-n", str(records),
                           "--payload-size", str(PAYLOAD), "--batch-size", "16384", "-X", f"client.id={client}", "-J", *map(str, more)],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    said = json.loads(done.stdout)
    if said["failed"] or said["acknowledged"] != records:
        sys.exit(f"quota: {said['acknowledged']} of {records} were acknowledged, {said['failed']} failed")
    return said["producer"]["batch_wire_bytes"] / said["seconds"], said["producer"]["throttled_ms"]


def check_rate(options):
    topic = f"quota-{os.getpid()}"
    create(topic, [1])
    free, _ = send(options.program, "free", topic, 20_000)
    limit(options.quota)
    records = options.quota * options.seconds // (PAYLOAD + 12)
    send(options.program, CLIENT, topic, records // 2)  # fills the window over which the broker averages
    rate, throttled = send(options.program, CLIENT, topic, records)
    other, _ = send(options.program, "free", topic, 20_000)
    print(f"quota: {options.quota} bytes/s asked, {rate:.0f} bytes/s sent, {throttled} ms throttled; without a quota "
          f"{free / 1e6:.0f} MB/s before and {other / 1e6:.0f} MB/s after", flush=True)
    # More than the quota would be the broker's mistake; who waits longer than told, or twice, is at a half or less even on a busy machine.
    return 0.7 <= rate / options.quota <= 1.1 and throttled > 0 and other > 3 * options.quota


class Arrivals:
    """What a run left in a topic that stamps batches as they come. Partition 0 is broker 2's, the others are broker 1's."""

    def __init__(self, topic):
        times = collections.defaultdict(list)
        for time, partition, _ in kafka_tools.consume(topic, 10_000, "timestamp", "partition")[0]:
            times[int(partition)].append(int(time))
        here = [time for partition, some in times.items() if partition != 0 for time in some]
        self.here, self.there = len(here), len(times[0])
        self.batches_here = sum(len(set(some)) for partition, some in times.items() if partition != 0)
        self.batches_there = len(set(times[0]))
        self.meanwhile = sum(time <= max(times[0]) for time in here) / len(here)

    def __str__(self):
        return (f"{self.there} records in {self.batches_there} batches to broker 2, {self.here} in {self.batches_here} to broker 1, where "
                f"{self.meanwhile:.0%} of them were when the last one had come to broker 2")


def check_other_broker(options):
    """One producer sends three times as much to broker 1 as to broker 2, and its quota lies between. It sends a record at a time while
    nobody holds it up, and many at once where it has been told to wait: so the number of batches tells whether it waited."""
    rate = 80  # records a second for each partition
    records = 4 * rate * options.seconds
    runs = {}
    limit(2 * rate * WIRE)
    for client in ("free", CLIENT):
        topic = f"quota-{client}-{os.getpid()}"
        create(topic, [2, 1, 1, 1], "--config", "message.timestamp.type=LogAppendTime")
        _, throttled = send(options.program, client, topic, records, "--partitions", 4, "--rate", 4 * rate)
        runs[client] = Arrivals(topic)
        print(f"quota: {client}: {runs[client]}; {throttled} ms throttled", flush=True)
    free, held_up = runs["free"], runs[CLIENT]
    return (throttled > 0 and held_up.batches_here < free.batches_here / 2 and held_up.meanwhile < 0.95 and
            held_up.batches_there > free.batches_there * 0.8)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("-q", dest="quota", type=int, default=1_000_000)
    parser.add_argument("-s", dest="seconds", type=int, default=30)
    options = parser.parse_args()
    checks = [check_rate(options), check_other_broker(options)]
    return 0 if all(checks) else 1


if __name__ == "__main__":
    sys.exit(main())
