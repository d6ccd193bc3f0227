#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Numbered records through the producer while proxies cut and slow its connections; what was acknowledged is there once, in order.

    toxiproxy.py PROGRAM [-n RECORDS] [-r RECORDS_A_SECOND] [-t TIMES]

Run it under `tests/kafka/broker run -n 3 -p --`. PROGRAM is ours, which sends as `verifiable-producer` through a proxy before each broker;
Kafka's own console consumer reads past them. The brokers themselves are well and no trouble is longer than the delivery time-out, so no
record may fail either.
"""

import contextlib
import os
import sys
import time

import kafka_tools
import numbered
import proxies

UP, DOWN = "upstream", "downstream"  # requests, answers
SLOW = [("latency", UP, {"latency": 150, "jitter": 100}), ("latency", DOWN, {"latency": 150, "jitter": 100})]
ONE, ALL = False, True

# What happens, to which of the proxies, for how many seconds, and the toxics; none: nobody listens there.
DISTURBANCES = [
    ("reset before a request arrives", ONE, 3, [("reset_peer", UP, {"timeout": 0})]),
    ("cut in the middle of a request", ONE, 4, [("limit_data", UP, {"bytes": 5_003})]),
    ("swallow answers", ONE, 14, [("timeout", DOWN, {"timeout": 0})]),
    ("nobody listens", ONE, 5, None),
    ("latency with jitter", ALL, 8, SLOW),
    ("reset instead of an answer", ONE, 3, [("reset_peer", DOWN, {"timeout": 0})]),
    ("cut in the middle of an answer", ONE, 4, [("limit_data", DOWN, {"bytes": 1_031})]),
    ("swallow requests", ONE, 14, [("timeout", UP, {"timeout": 0})]),
    ("little bandwidth for requests", ONE, 8, [("bandwidth", UP, {"rate": 15})]),
    ("nobody listens", ALL, 4, None),
    ("swallow answers, then close", ALL, 6, [("timeout", DOWN, {"timeout": 1_500})]),
    ("slow, and reset now and then", ALL, 8, [*SLOW, ("reset_peer", DOWN, {"timeout": 700})]),
    ("bytes in small pieces", ONE, 5, [("slicer", way, {"average_size": 60, "size_variation": 50, "delay": 50}) for way in (UP, DOWN)]),
    ("cut in the middle of any answer", ALL, 5, [("limit_data", DOWN, {"bytes": 2_053})]),
]


def disturb(between, times, sender):
    """One after another, from the first one again if there are to be more; returns how many there were."""
    done = 0
    while done < times:
        what, everywhere, seconds, toxics = DISTURBANCES[done % len(DISTURBANCES)]
        names = between.names if everywhere else [between.names[done % len(between.names)]]
        time.sleep(2)
        if not sender.is_running():
            break
        before = between.accepted()
        with contextlib.ExitStack() as trouble:
            for name in names:
                trouble.enter_context(between.down(name) if toxics is None else between.poisoned(name, toxics))
            time.sleep(seconds)
        print(f"toxiproxy: {what}, {', '.join(names)}, {seconds} s: {between.accepted() - before} new connections", flush=True)
        done += 1
    return done


def main():
    options = numbered.arguments(__doc__, records=2_000_000, rate=12_000, times=len(DISTURBANCES))
    topic = f"toxiproxy-{os.getpid()}"
    server = proxies.fetch()
    kafka_tools.topics("--create", "--topic", topic, "--partitions", 6, "--replication-factor", 3)
    with proxies.Proxies(server) as between:
        with numbered.Sender(options, between.bootstrap, topic, keys=100, client_id="toxiproxy",
                             request_timeout_ms=5_000, delivery_timeout_ms=120_000) as sender:
            sender.wait_until_under_way()
            done = disturb(between, options.times, sender)
            events = sender.events()
        connections = between.accepted()
    print(f"toxiproxy: {connections} connections in all", flush=True)
    idle = [] if connections >= 2 * done else ["the sender hardly had to connect anew"]
    return numbered.check("toxiproxy", options, done, events, may_fail=False, also_wrong=idle)


if __name__ == "__main__":
    sys.exit(main())
