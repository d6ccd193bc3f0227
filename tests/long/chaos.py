#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Numbered records through the producer while brokers are killed and stopped in turn; what was acknowledged is there once, in order.

    chaos.py PROGRAM [-n RECORDS] [-r RECORDS_A_SECOND] [-t TIMES]

Run it under `tests/kafka/broker run -n 3 --`. PROGRAM is ours, which sends as `verifiable-producer`; Kafka's own console consumer reads.
Brokers are killed with -9 and started again, or stopped for some seconds and continued, in turn, and each is waited for before the next.
"""

import argparse
import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from read_back import read_back

HERE = pathlib.Path(__file__).resolve().parent
PATIENCE = 120


class Broker:
    """A broker that somebody else started; once killed, it is started again as a child of ours."""

    def __init__(self, pid):
        proc = pathlib.Path("/proc") / str(pid)
        self.pid = pid
        self.command = [part.decode() for part in (proc / "cmdline").read_bytes().split(b"\0")[:-1]]
        self.folder = pathlib.Path(os.readlink(proc / "cwd"))
        self.child = None
        self.starts = 0

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        if self.child:
            self.child.wait()

    def start(self):
        self.starts += 1
        log = self.folder / f"log-{self.starts}"
        with open(log, "wb") as out:
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder)
        self.pid = self.child.pid
        until = time.monotonic() + PATIENCE
        while "Kafka Server started" not in log.read_text(errors="replace"):
            if self.child.poll() is not None or time.monotonic() > until:
                sys.exit(f"chaos: {self.folder.name} does not come back:\n{log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.2)

    def end(self):
        if self.child and self.child.poll() is None:
            self.child.kill()
            self.child.wait()


def send(program, topic, options, out):
    config = tempfile.NamedTemporaryFile("w", suffix=".properties", delete=False)
    config.write("enable.idempotence=true\nretries=2147483647\ndelivery.timeout.ms=120000\nrequest.timeout.ms=10000\n"
                 "linger.ms=5\nclient.id=chaos\n")
    config.close()
    return subprocess.Popen([program, "verifiable-producer", "--bootstrap-server", os.environ["ODRADEK_KAFKA_BROKERS"],
                             "--topic", topic, "--max-messages", str(options.records), "--throughput", str(options.rate),
                             "--acks", "-1", "--command-config", config.name], stdout=out)


def disturb(brokers, times, sender):
    done = 0
    while done < times and sender.poll() is None:
        victim = brokers[done % len(brokers)]
        time.sleep(2)
        if done % 2 == 0:
            print(f"chaos: kill -9 {victim.folder.name}", flush=True)
            victim.kill()
            time.sleep(2)
            victim.start()
        else:
            print(f"chaos: stop {victim.folder.name} for 12 s", flush=True)
            os.kill(victim.pid, signal.SIGSTOP)
            time.sleep(12)
            os.kill(victim.pid, signal.SIGCONT)
        done += 1
    return done


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("-n", dest="records", type=int, default=2_000_000)
    parser.add_argument("-r", dest="rate", type=int, default=15_000)
    parser.add_argument("-t", dest="times", type=int, default=10)
    options = parser.parse_args()
    topic = f"chaos-{os.getpid()}"
    brokers = [Broker(int(pid)) for pid in os.environ["ODRADEK_KAFKA_PIDS"].split(",")]
    subprocess.run([HERE.parent / "kafka" / "console", "create", topic, "6"], check=True)
    with tempfile.TemporaryFile("w+") as said:
        sender = send(options.program, topic, options, said)
        try:
            done = disturb(brokers, options.times, sender)
            sender.wait(timeout=600)
        finally:
            if sender.poll() is None:
                sender.kill()
        said.seek(0)
        acknowledged = {}
        failed = collections.Counter()
        for line in said:
            event = json.loads(line)
            if event["name"] == "producer_send_success":
                acknowledged[event["value"]] = (event["partition"], event["offset"])
            elif event["name"] == "producer_send_error":
                failed[event["message"][:80]] += 1
    places, complaints = read_back(topic, 20_000)
    if not places:
        sys.exit(f"chaos: nothing was read back: {complaints[-2000:]}")
    for broker in brokers:
        broker.end()

    wrong = []
    for value, place in acknowledged.items():
        if place[1] >= 0 and places.get(place) != value:
            wrong.append(f"{value} was acknowledged at {place}, where {places.get(place)} lies")
    seen = collections.Counter(places.values())
    wrong += [f"{value} is there {count} times" for value, count in seen.items() if count > 1]
    wrong += [f"{value} was acknowledged and is nowhere" for value in acknowledged if value not in seen]
    last = {}
    for (partition, offset), value in sorted(places.items()):
        if int(value) <= last.get(partition, -1):
            wrong.append(f"{value} lies at {partition}@{offset}, behind {last[partition]}")
        last[partition] = max(int(value), last.get(partition, -1))
    print(f"chaos: {options.records} records, {done} disturbances, {len(acknowledged)} acknowledged, {sum(failed.values())} failed "
          f"{dict(failed)}, {len(places)} read back, {len(wrong)} wrong")
    for line in wrong[:20]:
        print("chaos: " + line)
    if done < options.times:
        print("chaos: the sender was done before all disturbances")
    return 1 if wrong or len(acknowledged) + sum(failed.values()) != options.records or not acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
