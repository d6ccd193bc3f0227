#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What librdkafka finds in brokers that want a password, which lasts two seconds, or a certificate: see tests/broker/secured.

Run it with the interpreter that `tools/peers confluent-kafka` prints.
"""

import json
import os
import sys
import time

from checks import BROKERS, PATIENCE, close, equal, soon, that
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

PROTOCOL = os.environ["ODRADEK_SECURED"]
FILES = os.environ["ODRADEK_CERTIFICATES"]
SASL = PROTOCOL.startswith("SASL")
MECHANISM = "SCRAM-SHA-512" if PROTOCOL == "SASL_SSL" else "PLAIN"
COUNT = 70
BETWEEN = 0.1  # seconds, so that all of it takes several lives of a session


def settings(password="alice-secret", mechanism=MECHANISM, certificate=True, **more):
    ours = {"bootstrap.servers": BROKERS, "client.id": "secured", "security.protocol": PROTOCOL, **more}
    if PROTOCOL.endswith("SSL"):
        ours["ssl.ca.location"] = f"{FILES}/ca.pem"
    if SASL:
        ours |= {"sasl.mechanism": mechanism, "sasl.username": "alice", "sasl.password": password}
    elif certificate:
        ours |= {"ssl.certificate.location": f"{FILES}/client.pem", "ssl.key.location": f"{FILES}/client.key"}
    return ours


class connections:
    """How often the connections of a client ended, by what it tells of itself."""

    def __init__(self):
        self.lost = {}
        self.told = 0

    def settings(self):
        return {"statistics.interval.ms": 200, "stats_cb": self.note}

    def note(self, text):
        self.told += 1
        for name, one in json.loads(text)["brokers"].items():
            self.lost[name] = one["disconnects"]


def records():
    admin = AdminClient(settings())
    admin.create_topics([NewTopic("secured", num_partitions=2, replication_factor=1)])["secured"].result(PATIENCE)
    soon(lambda: "secured" in admin.list_topics(timeout=PATIENCE).topics, "the topic is shown")
    of_producer, of_consumer = connections(), connections()
    source = Consumer(settings(**of_consumer.settings(), **{"group.id": "none", "enable.auto.commit": False, "auto.offset.reset": "error"}))
    source.assign([TopicPartition("secured", i, 0) for i in range(2)])
    sender = Producer(settings(**of_producer.settings(), **{"enable.idempotence": True, "linger.ms": 0}))
    got, errors = [], []
    for number in range(COUNT):
        sender.produce("secured", str(number), partition=number % 2, on_delivery=lambda error, _: errors.append(error) if error else None)
        sender.poll(0)
        for one in source.consume(100, BETWEEN):
            if one.error():
                raise KafkaException(one.error())
            got.append(int(one.value()))
    equal(0, sender.flush(PATIENCE), "records left to be delivered")
    until = time.monotonic() + PATIENCE
    while len(got) < COUNT and time.monotonic() < until:
        got += [int(one.value()) for one in source.consume(100, 0.1)]
    equal([], errors, "deliveries that failed")
    equal(list(range(COUNT)), sorted(got), "records that came back")
    for who, noted in (("producer", of_producer), ("consumer", of_consumer)):
        equal(True, noted.told > 0, f"the {who} tells of itself")
        equal({name: 0 for name in noted.lost}, noted.lost, f"connections that the {who} lost")
    source.close()


def refused(code, words, **how):
    errors = []
    quiet = {"error_cb": errors.append, "log_level": 0, "reconnect.backoff.ms": 1000}
    admin = AdminClient(settings(**quiet, **how))
    try:
        admin.list_topics(timeout=5)
    except KafkaException:
        pass
    else:
        raise AssertionError("let in")
    soon(lambda: admin.poll(0.1) is None or errors, "an error is told")
    found = [one for one in errors if one.code() == code]
    equal(True, bool(found), f"{KafkaError(code).name()} is among {errors}")
    equal(True, words in found[0].str(), f"'{words}' is in '{found[0].str()}'")


def main():
    with that("records come back, however often the session is renewed"):
        records()
    if SASL:
        words = "Invalid username or password" if MECHANISM == "PLAIN" else f"due to invalid credentials with SASL mechanism {MECHANISM}"
        with that("a wrong password is refused in the broker's words"):
            refused(KafkaError._AUTHENTICATION, words, password="wrong")
        with that("a mechanism that the broker has not is refused"):
            refused(KafkaError._AUTHENTICATION, "SCRAM-SHA-256", mechanism="SCRAM-SHA-256")
    else:
        with that("a client without a certificate is refused"):
            refused(KafkaError._TRANSPORT, "certificate required", certificate=False)
    return close()


if __name__ == "__main__":
    sys.exit(main())
