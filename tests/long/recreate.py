#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A topic is deleted and made again while records are sent to it: every send ends, sending goes on in the new topic, and what was
acknowledged there is there once and in order.

    recreate.py PROGRAM [-n RECORDS] [-r RECORDS_A_SECOND] [-t TIMES]

Run it under `tests/kafka/broker run --`.
"""

import os
import sys
import time

import numbered
from kafka_tools import read_back, topics


def main():
    options = numbered.arguments(__doc__, records=60_000, rate=2_000, times=2)
    topic = f"again-{os.getpid()}"
    topics("--create", "--topic", topic, "--partitions", 3)
    with numbered.Sender(options, os.environ["ODRADEK_KAFKA_BROKERS"], topic, allow_auto_create_topics="false") as sender:
        made_at = 0.0
        for _ in range(options.times):
            time.sleep(4)
            topics("--delete", "--topic", topic)
            time.sleep(1)
            topics("--create", "--topic", topic, "--partitions", 3)
            made_at = time.time()
        events = sender.events()
    told = numbered.acknowledged(events)
    # What was sent well after the last making can only be in the newest topic.
    late = [event for event in told if event["timestamp"] / 1000 > made_at + 2]
    places = read_back(topic, 10_000)[0]
    wrong = [*numbered.misplaced(late, places), *numbered.repeated(places), *numbered.disordered(places)]
    if len(events) != options.records or not late:
        wrong.append(f"{len(events)} records ended")
    return numbered.verdict("recreate", f"{options.records} records, made anew {options.times} times, {len(told)} acknowledged "
                            f"({len(late)} of them late), failed {dict(numbered.failures(events))}, {len(places)} in the newest topic", wrong)


if __name__ == "__main__":
    sys.exit(main())
