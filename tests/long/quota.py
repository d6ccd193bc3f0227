#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A producer under a quota (producer_byte_rate): its rate has to be the quota's, within a tenth, and another producer's is not touched.

    quota.py PROGRAM [-q BYTES_A_SECOND] [-s SECONDS]

Run it under `tests/kafka/broker run --`. The first run fills the window over which the broker averages, the second one is measured.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLIENT = "under-quota"
PAYLOAD = 1000


def console(*arguments):
    subprocess.run([HERE.parent / "kafka" / "console", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def send(program, client, topic, records):
    done = subprocess.run([program, "bench", "produce", "-b", os.environ["ODRADEK_KAFKA_BROKERS"], "-t", topic, "-n", str(records),
                           "--payload-size", str(PAYLOAD), "--batch-size", "16384", "-X", f"client.id={client}", "-J"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    said = json.loads(done.stdout)
    if said["failed"] or said["acknowledged"] != records:
        sys.exit(f"quota: {said['acknowledged']} of {records} were acknowledged, {said['failed']} failed")
    wire = said["producer"]["batch_wire_bytes"]
    return wire / said["seconds"], said["producer"]["throttled_ms"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("-q", dest="quota", type=int, default=1_000_000)
    parser.add_argument("-s", dest="seconds", type=int, default=30)
    options = parser.parse_args()
    topic = f"quota-{os.getpid()}"
    console("create", topic, 1)
    free, _ = send(options.program, "free", topic, 20_000)
    console("kafka.admin.ConfigCommand", "--bootstrap-server", os.environ["ODRADEK_KAFKA_BROKERS"], "--alter", "--add-config",
            f"producer_byte_rate={options.quota}", "--entity-type", "clients", "--entity-name", CLIENT)
    records = options.quota * options.seconds // (PAYLOAD + 12)
    send(options.program, CLIENT, topic, records // 2)
    rate, throttled = send(options.program, CLIENT, topic, records)
    other, _ = send(options.program, "free", topic, 20_000)
    print(f"quota: {options.quota} bytes/s asked, {rate:.0f} bytes/s sent, {throttled} ms throttled; without a quota "
          f"{free / 1e6:.0f} MB/s before and {other / 1e6:.0f} MB/s after")
    return 0 if abs(rate / options.quota - 1) <= 0.1 and throttled > 0 and other > 3 * options.quota else 1


if __name__ == "__main__":
    sys.exit(main())
