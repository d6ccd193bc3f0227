#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a broker's process costs while librdkafka writes to it, reads from it, and leaves it alone.

    broker.py NAME PID HOST:PORT [-n RECORDS] [-s BYTES] [-p PARTITIONS] [-i SECONDS]

Prints a line: CPU seconds of the broker for producing (idempotent, acks all, no compression) and for fetching, records a second,
how much its resident memory grew over the bytes of the records, and its wake-ups and CPU while nobody asked for anything. Run it with the
interpreter that `tools/peers confluent-kafka` prints; bench/run does.
"""

import argparse
import os
import pathlib
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PATIENCE = 120
TICK = os.sysconf("SC_CLK_TCK")


class Process:
    """What the kernel says of a process and all its threads."""

    def __init__(self, pid):
        self.at = pathlib.Path("/proc") / str(pid)

    def cpu(self):
        after_name = (self.at / "stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / TICK

    def resident(self):
        return self.status(self.at, "VmRSS") * 1024

    def switches(self):
        return sum(self.status(one, "voluntary_ctxt_switches") for one in (self.at / "task").iterdir())

    @staticmethod
    def status(of, name):
        for line in (of / "status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise KeyError(name)


def make(server, topic, partitions):
    admin = AdminClient({"bootstrap.servers": server})
    # As large as a log gets: no broker is to forget or to roll anything.
    config = {"retention.ms": "-1"}
    admin.create_topics([NewTopic(topic, partitions, 1, config=config)])[topic].result(PATIENCE)


def produce(server, topic, partitions, records, size):
    producer = Producer({"bootstrap.servers": server, "enable.idempotence": True, "linger.ms": 50, "batch.num.messages": 100_000,
                         "queue.buffering.max.messages": 1_000_000, "compression.type": "none"})
    each = 10_000
    values = [{"value": (b"%016d" % i).ljust(size, b".")} for i in range(each)]
    left = records
    partition = 0
    while left > 0:
        batch = values[:left]
        if len(producer) + len(batch) > 900_000:
            producer.poll(0.01)
            continue
        if producer.produce_batch(topic, batch, partition % partitions) != len(batch):
            raise SystemExit("broker.py: librdkafka takes no more records")
        left -= len(batch)
        partition += 1
    if producer.flush(PATIENCE):
        raise SystemExit(f"broker.py: {len(producer)} records are not delivered")


def fetch(server, topic, partitions, records):
    consumer = Consumer({"bootstrap.servers": server, "group.id": "none", "enable.auto.commit": False, "queued.min.messages": 500_000})
    consumer.assign([TopicPartition(topic, i, 0) for i in range(partitions)])
    count = 0
    while count < records:
        messages = consumer.consume(50_000, PATIENCE)
        if not messages or any(one.error() for one in messages):
            raise SystemExit(f"broker.py: {count} records read: {[one.error() for one in messages if one.error()][:1]}")
        count += len(messages)
    consumer.close()


def main():
    parser = argparse.ArgumentParser(prog="broker.py")
    parser.add_argument("name")
    parser.add_argument("pid", type=int)
    parser.add_argument("server")
    parser.add_argument("-n", dest="records", type=int, default=5_000_000)
    parser.add_argument("-s", dest="size", type=int, default=100)
    parser.add_argument("-p", dest="partitions", type=int, default=6)
    parser.add_argument("-i", dest="idle", type=float, default=10)
    how = parser.parse_args()
    broker = Process(how.pid)

    def measured(what, *arguments):
        cpu, began = broker.cpu(), time.monotonic()
        what(how.server, *arguments)
        return broker.cpu() - cpu, how.records / (time.monotonic() - began)

    make(how.server, "warm", how.partitions)
    produce(how.server, "warm", how.partitions, how.records // 20, how.size)
    fetch(how.server, "warm", how.partitions, how.records // 20)
    make(how.server, "bench", how.partitions)

    resident = broker.resident()
    produce_cpu, produced = measured(produce, "bench", how.partitions, how.records, how.size)
    grown = broker.resident() - resident
    fetch_cpu, fetched = measured(fetch, "bench", how.partitions, how.records)
    time.sleep(1)  # until the connections of the consumer are closed
    cpu, switches = broker.cpu(), broker.switches()
    time.sleep(how.idle)
    cpu, switches = broker.cpu() - cpu, broker.switches() - switches
    print(f"{how.name}: produce {produce_cpu:.2f} s CPU, {produced / 1e6:.2f} M records/s; fetch {fetch_cpu:.2f} s CPU, {fetched / 1e6:.2f} M "
          f"records/s; memory grew by {grown / 1e6:.0f} MB for {how.records * how.size / 1e6:.0f} MB of values "
          f"({(grown / (how.records * how.size) - 1) * 100:+.0f} %); idle for {how.idle:.0f} s: {switches} wake-ups, {cpu:.2f} s CPU")


if __name__ == "__main__":
    main()
