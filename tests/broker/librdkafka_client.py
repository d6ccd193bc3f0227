#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What librdkafka, through confluent-kafka, finds in the brokers of ODRADEK_KAFKA_BROKERS. Closes with "N passed, N failed".

Run it with the interpreter that `tools/peers confluent-kafka` prints.
"""

import sys

import confluent_kafka
from checks import BROKERS, CODECS, COUNT, FIRST_TIME, PARTITIONS, PATIENCE, close, equal, record, soon, that
from confluent_kafka import Consumer, IsolationLevel, KafkaError, KafkaException, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import (AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ConfigSource, NewPartitions, NewTopic,
                                   OffsetSpec)


def settings(**ours):
    return {"bootstrap.servers": BROKERS, "client.id": "librdkafka-client", **{name.replace("_", "."): value for name, value in ours.items()}}


def producer(**ours):
    return Producer(settings(enable_idempotence=True, linger_ms=10, delivery_timeout_ms=PATIENCE * 1000, **ours))


def consumer(**ours):
    return Consumer(settings(group_id="none", enable_auto_commit=False, check_crcs=True, auto_offset_reset="error", **ours))


def result(future):
    return future.result(PATIENCE)


def refused(code, future):
    try:
        result(future)
    except KafkaException as e:
        return equal(KafkaError(code).name(), e.args[0].name(), "refused with")
    raise AssertionError("not refused")


def make(admin, name, partitions=1, **config):
    config = {"retention.ms": "-1", **{key.replace("_", "."): one for key, one in config.items()}}  # our records are of a day long gone
    topic = NewTopic(name, num_partitions=partitions, replication_factor=1, config=config)
    result(admin.create_topics([topic])[name])
    soon(lambda: name in admin.list_topics(timeout=PATIENCE).topics, f"{name} is shown")


def send(to, topic, count, first=0):
    """Sends records of a test and returns where they were put."""
    placed = {}

    def on_delivery(number):
        def note(error, message):
            placed[number] = error or (message.partition(), message.offset(), message.timestamp()[1])

        return note

    for number in range(first, first + count):
        key, value, headers = record(number)
        to.produce(topic, value, key, number % PARTITIONS, timestamp=FIRST_TIME + number, headers=headers, on_delivery=on_delivery(number))
        to.poll(0)
    equal(0, to.flush(PATIENCE), "records left to be delivered")
    return placed


def read(source, count):
    """So many records from where the consumer is."""
    got = []
    while len(got) < count:
        messages = source.consume(count - len(got), PATIENCE)
        if not messages:
            raise AssertionError(f"{len(got)} records read, not {count}")
        for one in messages:
            if one.error():
                raise KafkaException(one.error())
            got.append(one)
    return got


def every_record(admin, codec):
    topic = f"rdkafka-{codec}"
    make(admin, topic, PARTITIONS)
    placed = send(producer(compression_type=codec), topic, COUNT)
    equal({i: (i % PARTITIONS, i // PARTITIONS, FIRST_TIME + i) for i in range(COUNT)}, placed, "where the records were put")
    for isolation in ("read_uncommitted", "read_committed"):
        source = consumer(isolation_level=isolation, fetch_message_max_bytes=4000)
        source.assign([TopicPartition(topic, i, 0) for i in range(PARTITIONS)])
        following = [0] * PARTITIONS
        for one in read(source, COUNT):
            partition, offset = one.partition(), one.offset()
            equal(following[partition], offset, f"next offset in {partition}")
            following[partition] += 1
            number = offset * PARTITIONS + partition
            got = (one.key(), one.value(), one.headers() or [])
            equal(record(number), got, f"record {partition}@{offset}")
            equal((confluent_kafka.TIMESTAMP_CREATE_TIME, FIRST_TIME + number), one.timestamp(), f"time of {partition}@{offset}")
        source.close()


def large_record(admin, codec):
    topic = f"rdkafka-large-{codec}"
    make(admin, topic, max_message_bytes="6000000")
    value = bytes((i * 31 + i // 1000) % 256 for i in range(2_000_000))
    sender = producer(compression_type=codec, message_max_bytes=6_000_000)
    sender.produce(topic, value)
    equal(0, sender.flush(PATIENCE), "records left to be delivered")
    source = consumer()
    source.assign([TopicPartition(topic, 0, 0)])
    equal(True, read(source, 1)[0].value() == value, "it comes back whole")
    source.close()


def places():
    at = TopicPartition("rdkafka-zstd", 1)
    source = consumer()
    end = COUNT // PARTITIONS
    equal((0, end), source.get_watermark_offsets(at, PATIENCE), "watermarks")
    source.assign([TopicPartition(at.topic, at.partition, 0)])
    for offset in (0, end - 1, 500, 501, 1):
        source.seek(TopicPartition(at.topic, at.partition, offset))
        equal(offset, read(source, 1)[0].offset(), "first record after a seek")

    def offset_of(time):
        found = source.offsets_for_times([TopicPartition(at.topic, at.partition, time)], PATIENCE)[0]
        if found.error:
            raise KafkaException(found.error)
        return found.offset

    time = FIRST_TIME + 500 * PARTITIONS + 1
    equal(500, offset_of(time), "offset at a time")
    equal(500, offset_of(time - 1), "offset at a time between two records")
    equal(0, offset_of(0), "offset at the beginning of time")
    equal(confluent_kafka.OFFSET_END, offset_of(FIRST_TIME + COUNT), "offset of a time that has not come")
    source.close()


def beyond_the_end():
    source = consumer()
    source.assign([TopicPartition("rdkafka-none", 0, 1_000_000)])
    try:
        read(source, 1)
    except KafkaException as e:
        equal(KafkaError(KafkaError._AUTO_OFFSET_RESET).name(), e.args[0].name(), "refused with")
    else:
        raise AssertionError("read from beyond the end")
    source.close()


def waiting(admin):
    make(admin, "rdkafka-waited-for", PARTITIONS)
    # A fetch waits longer than we do: only what comes ends it in time.
    source = consumer(fetch_wait_max_ms=240_000, socket_timeout_ms=300_000)
    source.assign([TopicPartition("rdkafka-waited-for", i, 0) for i in range(PARTITIONS)])
    equal(None, source.poll(1), "what is there before anything came")
    sender = producer()
    for number in range(20):
        send(sender, "rdkafka-waited-for", 1, number)
        equal(record(number)[1], read(source, 1)[0].value(), f"record {number}")


def refusals(admin):
    make(admin, "rdkafka-small-ones", max_message_bytes="1000")
    make(admin, "rdkafka-with-keys", cleanup_policy="compact")
    said = {}
    sender = producer()
    for topic, value in (("rdkafka-small-ones", b"x" * 2000), ("rdkafka-with-keys", b"no key")):
        sender.produce(topic, value, on_delivery=lambda error, _, topic=topic: said.update({topic: error and error.name()}))
        sender.flush(PATIENCE)
    equal({"rdkafka-small-ones": "MSG_SIZE_TOO_LARGE", "rdkafka-with-keys": "INVALID_RECORD"}, said, "refused with")


def topics(admin):
    make(admin, "rdkafka-made", 2, retention_ms="123456")
    refused(KafkaError.TOPIC_ALREADY_EXISTS, admin.create_topics([NewTopic("rdkafka-made", 1, 1)])["rdkafka-made"])
    refused(KafkaError.INVALID_CONFIG, admin.create_topics([NewTopic("rdkafka-no", 1, 1, config={"no.such.thing": "1"})])["rdkafka-no"])
    result(admin.create_partitions([NewPartitions("rdkafka-made", 5)])["rdkafka-made"])
    soon(lambda: len(admin.list_topics("rdkafka-made", PATIENCE).topics["rdkafka-made"].partitions) == 5, "it grows")
    shown = result(admin.describe_topics(TopicCollection(["rdkafka-made"]))["rdkafka-made"])
    equal(("rdkafka-made", False, 5), (shown.name, shown.is_internal, len(shown.partitions)), "what is described")
    for one in shown.partitions:
        equal([one.leader.id], [each.id for each in one.isr], f"in-sync replicas of {one.id}")
        equal([one.leader.id], [each.id for each in one.replicas], f"replicas of {one.id}")
    refused(KafkaError.UNKNOWN_TOPIC_OR_PART, admin.describe_topics(TopicCollection(["rdkafka-nowhere"]))["rdkafka-nowhere"])
    result(admin.delete_topics(["rdkafka-made"])["rdkafka-made"])
    soon(lambda: "rdkafka-made" not in admin.list_topics(timeout=PATIENCE).topics, "it is deleted")


def configs(admin):
    make(admin, "rdkafka-configured", retention_ms="604800000")
    here = ConfigResource(ConfigResource.Type.TOPIC, "rdkafka-configured")

    def is_now(name, value, source):
        one = result(admin.describe_configs([here])[here])[name]
        return (one.value, one.source) == (value, source.value)

    def alter(name, how, value):
        change = ConfigResource(ConfigResource.Type.TOPIC, "rdkafka-configured",
                                incremental_configs=[ConfigEntry(name, value, incremental_operation=how)])
        return next(iter(admin.incremental_alter_configs([change]).values()))

    result(alter("retention.ms", AlterConfigOpType.SET, "5000"))
    soon(lambda: is_now("retention.ms", "5000", ConfigSource.DYNAMIC_TOPIC_CONFIG), "set")
    result(alter("cleanup.policy", AlterConfigOpType.APPEND, "compact"))
    soon(lambda: is_now("cleanup.policy", "delete,compact", ConfigSource.DYNAMIC_TOPIC_CONFIG), "appended")
    result(alter("retention.ms", AlterConfigOpType.DELETE, None))
    soon(lambda: is_now("retention.ms", "604800000", ConfigSource.DEFAULT_CONFIG), "taken back")
    refused(KafkaError.INVALID_CONFIG, alter("retention.ms", AlterConfigOpType.SET, "soon"))
    broker = result(admin.describe_cluster()).nodes[0]
    there = ConfigResource(ConfigResource.Type.BROKER, str(broker.id))
    equal("1048588", result(admin.describe_configs([there])[there])["message.max.bytes"].value, "message.max.bytes of a broker")


def offsets(admin):
    at = TopicPartition("rdkafka-lz4", 0)
    end = COUNT // PARTITIONS

    def offset_of(spec, isolation=IsolationLevel.READ_UNCOMMITTED):
        one = result(admin.list_offsets({at: spec}, isolation_level=isolation)[at])
        return one.offset, one.timestamp

    last = FIRST_TIME + (end - 1) * PARTITIONS
    equal((0, -1), offset_of(OffsetSpec.earliest()), "earliest")
    equal((end, -1), offset_of(OffsetSpec.latest()), "latest")
    equal((end, -1), offset_of(OffsetSpec.latest(), IsolationLevel.READ_COMMITTED), "latest stable")
    equal((end - 1, last), offset_of(OffsetSpec.max_timestamp()), "greatest time")
    equal((100, FIRST_TIME + 300), offset_of(OffsetSpec.for_timestamp(FIRST_TIME + 299)), "a time")
    equal((-1, -1), offset_of(OffsetSpec.for_timestamp(last + 1)), "a time that has not come")
    upto = TopicPartition(at.topic, at.partition, 250)
    equal(250, result(admin.delete_records([upto])[upto]).low_watermark, "low watermark")
    equal((250, -1), offset_of(OffsetSpec.earliest()), "earliest of what is left")
    beyond = TopicPartition(at.topic, at.partition, end + 1)
    refused(KafkaError.OFFSET_OUT_OF_RANGE, admin.delete_records([beyond])[beyond])


def cluster(admin):
    said = result(admin.describe_cluster())
    equal(sorted(BROKERS.split(",")), sorted(f"{one.host}:{one.port}" for one in said.nodes), "addresses")
    equal(True, said.controller.id in [one.id for one in said.nodes], "the controller is one of the brokers")
    equal(said.cluster_id, admin.list_topics(timeout=PATIENCE).cluster_id, "cluster id")


def main():
    admin = AdminClient(settings())
    with that("the cluster"):
        cluster(admin)
    for codec in CODECS:
        with that(f"records with {codec} come back as they were"):
            every_record(admin, codec)
        with that(f"a batch of one large record with {codec}"):
            large_record(admin, codec)
    with that("a consumer goes where it is told"):
        places()
    with that("a consumer beyond the end is told so"):
        beyond_the_end()
    with that("a consumer that waits gets what comes"):
        waiting(admin)
    with that("what a topic does not want is refused"):
        refusals(admin)
    with that("topics are made, grown, described and deleted"):
        topics(admin)
    with that("settings"):
        configs(admin)
    with that("offsets are listed, and records deleted"):
        offsets(admin)
    return close()


if __name__ == "__main__":
    sys.exit(main())
