#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A topic is deleted and made again while records are sent to it: every send ends, sending goes on in the new topic, and what was
acknowledged there is there once and in order.

    recreate.py PROGRAM [-n RECORDS] [-r RECORDS_A_SECOND] [-t TIMES]

Run it under `tests/kafka/broker run --`.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import time

from read_back import CONSOLE, read_back


def topics(*arguments):
    subprocess.run([CONSOLE, "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", os.environ["ODRADEK_KAFKA_BROKERS"],
                    *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("-n", dest="records", type=int, default=60_000)
    parser.add_argument("-r", dest="rate", type=int, default=2_000)
    parser.add_argument("-t", dest="times", type=int, default=2)
    options = parser.parse_args()
    topic = f"again-{os.getpid()}"
    topics("--create", "--topic", topic, "--partitions", 3)
    config = tempfile.NamedTemporaryFile("w", suffix=".properties", delete=False)
    config.write("enable.idempotence=true\nretries=2147483647\nlinger.ms=5\nallow.auto.create.topics=false\n")
    config.close()
    with tempfile.TemporaryFile("w+") as said:
        sender = subprocess.Popen([options.program, "verifiable-producer", "--bootstrap-server", os.environ["ODRADEK_KAFKA_BROKERS"],
                                   "--topic", topic, "--max-messages", str(options.records), "--throughput", str(options.rate),
                                   "--acks", "-1", "--command-config", config.name], stdout=said)
        made_at = 0.0
        for _ in range(options.times):
            time.sleep(4)
            topics("--delete", "--topic", topic)
            time.sleep(1)
            topics("--create", "--topic", topic, "--partitions", 3)
            made_at = time.time()
        try:
            sender.wait(timeout=300)
        finally:
            if sender.poll() is None:
                sender.kill()
        said.seek(0)
        events = [json.loads(line) for line in said]
    acknowledged = [e for e in events if e["name"] == "producer_send_success"]
    failed = collections.Counter(e["message"][:80] for e in events if e["name"] == "producer_send_error")
    # What was sent well after the last making can only be in the newest topic.
    late = [e for e in acknowledged if e["timestamp"] / 1000 > made_at + 2]
    places = {place: int(value) for place, value in read_back(topic, 10_000)[0].items()}
    wrong = [f"{e['value']} was acknowledged at {e['partition']}@{e['offset']}, where {places.get((e['partition'], e['offset']))} lies"
             for e in late if e["offset"] >= 0 and places.get((e["partition"], e["offset"])) != int(e["value"])]
    seen = collections.Counter(places.values())
    wrong += [f"{value} is there {count} times" for value, count in seen.items() if count > 1]
    last = {}
    for (partition, offset), value in sorted(places.items()):
        if value <= last.get(partition, -1):
            wrong.append(f"{value} lies at {partition}@{offset}, behind {last[partition]}")
        last[partition] = max(value, last.get(partition, -1))
    ended = len(acknowledged) + sum(failed.values())
    print(f"recreate: {options.records} records, made anew {options.times} times, {len(acknowledged)} acknowledged ({len(late)} of them "
          f"late), failed {dict(failed)}, {len(places)} in the newest topic, {len(wrong)} wrong")
    for line in wrong[:20]:
        print("recreate: " + line)
    return 1 if wrong or ended != options.records or not late else 0


if __name__ == "__main__":
    sys.exit(main())
