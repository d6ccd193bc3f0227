#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What aiokafka finds in the brokers of ODRADEK_KAFKA_BROKERS. Closes with "N passed, N failed".

Run it with the interpreter that `tools/peers aiokafka` prints.
"""

import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError, OffsetOutOfRangeError, UnknownError
from checks import BROKERS, CODECS, COUNT, FIRST_TIME, PARTITIONS, PATIENCE, close, equal, that
from checks import record as any_record


def record(number):
    """aiokafka sends none that has neither key nor value."""
    key, value, headers = any_record(number)
    return b"alone" if key is None and value is None else key, value, headers


def producer(codec="none", **ours):
    return AIOKafkaProducer(bootstrap_servers=BROKERS, enable_idempotence=True, linger_ms=10,
                            compression_type=None if codec == "none" else codec, **ours)


def consumer(**ours):
    return AIOKafkaConsumer(bootstrap_servers=BROKERS, enable_auto_commit=False, **{"auto_offset_reset": "none", **ours})


async def make(admin, name, partitions=1, **config):
    config = {"retention.ms": "-1", **{key.replace("_", "."): one for key, one in config.items()}}  # our records are of a day long gone
    said = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=config)])
    equal([(name, 0)], [each[:2] for each in said.topic_errors], "errors of its making")
    for _ in range(PATIENCE * 20):
        if (await admin.describe_topics([name]))[0]["error_code"] == 0:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{name} is not shown")


async def send(to, topic, numbers):
    """Sends records of a test and returns where they were put."""
    waiting = []
    for number in numbers:
        key, value, headers = record(number)
        waiting.append(await to.send(topic, value, key, partition=number % PARTITIONS, timestamp_ms=FIRST_TIME + number, headers=headers))
    return [await asyncio.wait_for(each, PATIENCE) for each in waiting]


async def read(source, count):
    """So many records from where the consumer is."""
    return [await asyncio.wait_for(source.getone(), PATIENCE) for _ in range(count)]


async def every_record(admin, codec):
    topic = f"aiokafka-{codec}"
    await make(admin, topic, PARTITIONS)
    async with producer(codec) as sender:
        placed = await send(sender, topic, range(COUNT))
    for number, at in enumerate(placed):
        equal((number % PARTITIONS, number // PARTITIONS), (at.partition, at.offset), f"place of {number}")
    for isolation in ("read_uncommitted", "read_committed"):
        async with consumer(isolation_level=isolation, max_partition_fetch_bytes=4000) as source:
            source.assign([TopicPartition(topic, i) for i in range(PARTITIONS)])
            await source.seek_to_beginning()
            following = [0] * PARTITIONS
            for one in await read(source, COUNT):
                equal(following[one.partition], one.offset, f"next offset in {one.partition}")
                following[one.partition] += 1
                number = one.offset * PARTITIONS + one.partition
                equal(record(number), (one.key, one.value, list(one.headers)), f"record {one.partition}@{one.offset}")
                equal((FIRST_TIME + number, 0), (one.timestamp, one.timestamp_type), f"time of {one.partition}@{one.offset}")


async def places():
    at = TopicPartition("aiokafka-zstd", 1)
    end = COUNT // PARTITIONS
    async with consumer() as source:
        source.assign([at])
        for offset in (0, end - 1, 500, 501, 1):
            source.seek(at, offset)
            equal(offset, (await read(source, 1))[0].offset, "first record after a seek")
            equal(offset + 1, await source.position(at), "position after it")
        await source.seek_to_end(at)
        equal(end, await source.position(at), "position at the end")
        equal({at: 0}, await source.beginning_offsets([at]), "beginning")
        equal({at: end}, await source.end_offsets([at]), "end")
        time = FIRST_TIME + 500 * PARTITIONS + 1
        for asked in (time, time - 1):
            found = (await source.offsets_for_times({at: asked}))[at]
            equal((500, time), (found.offset, found.timestamp), f"place of {asked}")
        equal({at: None}, await source.offsets_for_times({at: FIRST_TIME + COUNT}), "place of a time that has not come")


async def beyond_the_end():
    at = TopicPartition("aiokafka-none", 0)
    async with consumer() as source:
        source.assign([at])
        source.seek(at, 1_000_000)
        try:
            await read(source, 1)
        except OffsetOutOfRangeError:
            pass
        else:
            raise AssertionError("read from beyond the end")
    async with consumer(auto_offset_reset="earliest") as source:
        source.assign([at])
        source.seek(at, 1_000_000)
        equal(0, (await read(source, 1))[0].offset, "first record after a reset")


async def waiting(admin):
    await make(admin, "aiokafka-waited-for", PARTITIONS)
    # A fetch waits longer than we do: only what comes ends it in time.
    async with producer() as sender, consumer(fetch_max_wait_ms=240_000, request_timeout_ms=300_000) as source:
        source.assign([TopicPartition("aiokafka-waited-for", i) for i in range(PARTITIONS)])
        await source.seek_to_beginning()
        for number in range(20):
            await send(sender, "aiokafka-waited-for", [number])
            equal(record(number)[1], (await read(source, 1))[0].value, f"record {number}")


async def refusals(admin):
    await make(admin, "aiokafka-small-ones", max_message_bytes="1000")
    await make(admin, "aiokafka-with-keys", cleanup_policy="compact")
    for topic, value, wanted in (("aiokafka-small-ones", b"x" * 2000, MessageSizeTooLargeError),
                                 ("aiokafka-with-keys", b"no key", UnknownError)):  # it has no word for error 87
        async with producer() as sender:
            try:
                await asyncio.wait_for(sender.send_and_wait(topic, value), PATIENCE)
            except wanted:
                continue
            raise AssertionError(f"{topic}: not refused")


async def topics(admin):
    cluster = await admin.describe_cluster()
    equal(sorted(BROKERS.split(",")), sorted(f"{one['host']}:{one['port']}" for one in cluster["brokers"]), "addresses")
    await make(admin, "aiokafka-made", 2, retention_ms="123456")
    said = await admin.create_partitions({"aiokafka-made": NewPartitions(5)})
    equal([("aiokafka-made", 0)], [each[:2] for each in said.topic_errors], "errors of its growth")
    said = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, "aiokafka-made")])
    values = {each[0]: each[1] for each in said[0].resources[0][4]}
    equal("123456", values["retention.ms"], "retention.ms")
    said = await admin.delete_topics(["aiokafka-made"])
    equal([("aiokafka-made", 0)], [tuple(each)[:2] for each in said.topic_error_codes], "errors of its end")
    for _ in range(PATIENCE * 20):
        if "aiokafka-made" not in await admin.list_topics():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("deleted, and yet there")


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=BROKERS)
    await admin.start()
    try:
        with that("the cluster and its topics"):
            await topics(admin)
        for codec in CODECS:
            with that(f"records with {codec} come back as they were"):
                await every_record(admin, codec)
        with that("a consumer goes where it is told"):
            await places()
        with that("a consumer beyond the end is told so, or put where it wants"):
            await beyond_the_end()
        with that("a consumer that waits gets what comes"):
            await waiting(admin)
        with that("what a topic does not want is refused"):
            await refusals(admin)
    finally:
        await admin.close()
    return close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
