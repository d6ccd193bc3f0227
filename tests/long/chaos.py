#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Numbered records through the producer while brokers are killed and stopped in turn; what was acknowledged is there once, in order.

    chaos.py PROGRAM [-n RECORDS] [-r RECORDS_A_SECOND] [-t TIMES]

Run it under `tests/kafka/broker run -n 3 --`. PROGRAM is ours, which sends as `verifiable-producer`; Kafka's own console consumer reads.
Brokers are killed with -9 and started again, or stopped for some seconds and continued, in turn, and each is waited for before the next.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

import kafka_tools
import numbered
from numbered import keeper

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
            self.child = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder,
                                          preexec_fn=keeper.die_with_parent)
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


def disturb(brokers, times, sender):
    done = 0
    while done < times and sender.is_running():
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
    options = numbered.arguments(__doc__, records=2_000_000, rate=15_000, times=10)
    topic = f"chaos-{os.getpid()}"
    brokers = [Broker(int(pid)) for pid in os.environ["ODRADEK_KAFKA_PIDS"].split(",")]
    kafka_tools.topics("--create", "--topic", topic, "--partitions", 6, "--replication-factor", 3)
    try:
        with numbered.Sender(options, os.environ["ODRADEK_KAFKA_BROKERS"], topic, client_id="chaos", request_timeout_ms=10_000,
                             delivery_timeout_ms=120_000) as sender:
            sender.wait_until_under_way()
            done = disturb(brokers, options.times, sender)
            events = sender.events()
        return numbered.check("chaos", options, done, events)
    finally:
        for broker in brokers:
            broker.end()


if __name__ == "__main__":
    sys.exit(main())
