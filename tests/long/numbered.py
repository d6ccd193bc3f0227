# SPDX-License-Identifier: Apache-2.0
"""Numbered records through our `verifiable-producer`, and whether what it told about them is so.

A Sender is a run of the program in a process of its own. What lies in the topic comes from kafka_tools.read_back, and the checks say
what is wrong with it, a line each.
"""

import argparse
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import kafka_tools

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
import keeper

# Small batches, so that records without a key go to another partition, and another broker, many times a second.
SETTINGS = {"enable.idempotence": "true", "retries": 2147483647, "linger.ms": 5, "batch.size": 16384}
LONGEST = 600  # seconds for what is left once nothing disturbs any more


def arguments(about, records, rate, times):
    """What the tests that disturb a sender are told; the defaults are the full run."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("program", help="ours")
    parser.add_argument("-n", dest="records", type=int, default=records, help="%(default)s")
    parser.add_argument("-r", dest="rate", type=int, default=rate, help="records a second (%(default)s)")
    parser.add_argument("-t", dest="times", type=int, default=times, help="disturbances (%(default)s)")
    return parser.parse_args()


class Sender:
    """Sends the numbers from 0 as records, a line in its output for the end of each. Ends with its `with`.

    With `keys` records have so many keys in turn, so that all partitions are sent to all the time.
    """

    def __init__(self, options, bootstrap, topic, keys=0, **settings):
        self.folder = tempfile.TemporaryDirectory(prefix="odradek-numbered-")
        config = pathlib.Path(self.folder.name) / "properties"
        every = {**SETTINGS, **{name.replace("_", "."): value for name, value in settings.items()}}
        config.write_text("".join(f"{name}={value}\n" for name, value in every.items()))
        self.events_file = pathlib.Path(self.folder.name) / "events"
        self.said = open(self.events_file, "w+")
        self.process = subprocess.Popen([options.program, "verifiable-producer", "--bootstrap-server", bootstrap, "--topic", topic,
                                         "--max-messages", str(options.records), "--throughput", str(options.rate), "--acks", "-1",
                                         "--command-config", config, *(["--repeating-keys", str(keys)] if keys else [])],
                                        stdout=self.said, preexec_fn=keeper.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.said.close()
        self.folder.cleanup()

    def is_running(self):
        return self.process.poll() is None

    def wait_until_under_way(self, records=1000):
        """Returns when so many records have ended, or all."""
        while self.is_running() and self.events_file.read_bytes().count(b"\n") <= records:
            time.sleep(0.1)

    def stop(self):
        """Nothing more is sent; what was begun goes on to its end."""
        self.process.terminate()

    def events(self):
        """Of all records, in the order of their ends; waits for the last one."""
        self.process.wait(timeout=LONGEST)
        self.said.seek(0)
        return [event for event in map(json.loads, self.said) if event["name"].startswith("producer_send_")]


def acknowledged(events):
    return [event for event in events if event["name"] == "producer_send_success"]


def failures(events):
    """How many records failed with which words."""
    return collections.Counter(event["message"][:80] for event in events if event["name"] == "producer_send_error")


def misplaced(told, places):
    """What was acknowledged at a place where something else lies. An acknowledgement need not know the place."""
    for event in told:
        place = event["partition"], event["offset"]
        if event["offset"] >= 0 and places.get(place) != event["value"]:
            yield f"{event['value']} was acknowledged at {place}, where {places.get(place)} lies"


def missing(told, places):
    there = set(places.values())
    return (f"{event['value']} was acknowledged and is nowhere" for event in told if event["value"] not in there)


def repeated(places):
    seen = collections.Counter(places.values())
    return (f"{value} is there {count} times" for value, count in seen.items() if count > 1)


def disordered(places):
    last = {}
    for (partition, offset), value in sorted(places.items()):
        if int(value) <= last.get(partition, -1):
            yield f"{value} lies at {partition}@{offset}, behind {last[partition]}"
        last[partition] = max(int(value), last.get(partition, -1))


def verdict(test, summary, wrong):
    """Prints both; the exit code."""
    print(f"{test}: {summary}, {len(wrong)} wrong")
    for line in wrong[:20]:
        print(f"{test}: {line}")
    return 1 if wrong else 0


def check(test, options, done, events, may_fail=False, also_wrong=()):
    """The whole check after `done` disturbances: what was acknowledged is there once, in order; the exit code."""
    told = acknowledged(events)
    failed = failures(events)
    topic = events[0]["topic"] if events else sys.exit(f"{test}: the sender told nothing")
    places, complaints = kafka_tools.read_back(topic, 20_000)
    if not places:
        sys.exit(f"{test}: nothing was read back: {complaints[-2000:]}")
    wrong = [*also_wrong, *misplaced(told, places), *missing(told, places), *repeated(places), *disordered(places)]
    if len(events) != options.records:
        wrong.append(f"{len(events)} records ended")
    if not told or (failed and not may_fail):
        wrong.append(f"{len(told)} were acknowledged and {sum(failed.values())} failed")
    if done < options.times:
        wrong.append("the sender was done before all disturbances")
    return verdict(test, f"{options.records} records, {done} disturbances, {len(told)} acknowledged, {sum(failed.values())} failed "
                   f"{dict(failed)}, {len(places)} read back", wrong)
