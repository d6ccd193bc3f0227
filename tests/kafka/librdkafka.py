#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""librdkafka, through confluent-kafka, as a peer that reads and writes lines.

    librdkafka.py produce TOPIC [-p PARTITION] [-X NAME=VALUE]... <FILE    one record a line
    librdkafka.py consume TOPIC [-p PARTITION] [-X NAME=VALUE]... >FILE    one partition from its beginning to its present end
    librdkafka.py brokers [-X NAME=VALUE]...                               the brokers that the cluster names, HOST:PORT
    librdkafka.py version

Run it with the interpreter that `tools/peers confluent-kafka` prints; the brokers come from ODRADEK_KAFKA_BROKERS, which
tests/kafka/broker sets. It ends with 1 when a record was refused, a partition cannot be read or no broker answers, and then says why.
"""

import argparse
import os
import sys

import confluent_kafka


def settings(options, **ours):
    return {"bootstrap.servers": os.environ["ODRADEK_KAFKA_BROKERS"], **ours, **dict(each.split("=", 1) for each in options.settings)}


def produce(options):
    refused = []
    producer = confluent_kafka.Producer(settings(options, **{"linger.ms": 20, "message.max.bytes": 100_000_000}))

    def placed(error, _):
        if error:
            refused.append(error)

    for line in sys.stdin.buffer:
        record = line[:-1] if line.endswith(b"\n") else line
        while True:
            try:
                producer.produce(options.topic, record, partition=options.partition, on_delivery=placed)
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)
    left = producer.flush(60)
    if refused or left:
        sys.exit(f"librdkafka: {len(refused)} records refused ({refused[:1]}), {left} not delivered")


def consume(options):
    consumer = confluent_kafka.Consumer(settings(options, **{"group.id": "none", "enable.auto.commit": False,
                                                             "enable.partition.eof": True, "check.crcs": True}))
    consumer.assign([confluent_kafka.TopicPartition(options.topic, options.partition, confluent_kafka.OFFSET_BEGINNING)])
    while True:
        message = consumer.poll(60)
        if message is None:
            sys.exit("librdkafka: no record and no end for 60 s")
        error = message.error()
        if error and error.code() == confluent_kafka.KafkaError._PARTITION_EOF:
            break
        if error:
            sys.exit(f"librdkafka: {error}")
        sys.stdout.buffer.write((message.value() or b"") + b"\n")
    consumer.close()
    sys.stdout.buffer.flush()


def brokers(options):
    """The first trouble ends it, since librdkafka itself would try again."""
    trouble = []
    client = confluent_kafka.Producer(settings(options, error_cb=trouble.append, log_level=0))
    for _ in range(20):
        client.poll(0)
        if trouble:
            sys.exit(f"librdkafka: {trouble[0]}")
        try:
            print("\n".join(f"[{broker.host}]:{broker.port}" if ":" in broker.host else f"{broker.host}:{broker.port}" for broker in client.list_topics(timeout=1).brokers.values()))
            return
        except confluent_kafka.KafkaException as error:
            last = error
    sys.exit(f"librdkafka: {last}")


def main():
    parser = argparse.ArgumentParser(prog="librdkafka.py")
    parser.add_argument("verb", choices=["produce", "consume", "brokers", "version"])
    parser.add_argument("topic", nargs="?")
    parser.add_argument("-p", dest="partition", type=int, default=0)
    parser.add_argument("-X", dest="settings", action="append", default=[], metavar="NAME=VALUE")
    options = parser.parse_args()
    if options.verb == "version":
        print(f"confluent-kafka {confluent_kafka.__version__}, librdkafka {confluent_kafka.libversion()[0]}")
    elif options.verb == "brokers":
        brokers(options)
    elif not options.topic:
        parser.error("a topic is needed")
    else:
        {"produce": produce, "consume": consume}[options.verb](options)


if __name__ == "__main__":
    main()
