# SPDX-License-Identifier: Apache-2.0
"""Kafka's own tools: what makes topics and sets quotas, and what lies in a topic as the console consumer sees it."""

import os
import pathlib
import subprocess

CONSOLE = pathlib.Path(__file__).resolve().parent.parent / "kafka" / "console"


def tool(name, *arguments):
    """Runs a tool by its class, which talks to the brokers in the environment."""
    subprocess.run([CONSOLE, name, "--bootstrap-server", os.environ["ODRADEK_KAFKA_BROKERS"], *map(str, arguments)], check=True,
                   stdout=subprocess.DEVNULL)


def topics(*arguments):
    tool("org.apache.kafka.tools.TopicCommand", *arguments)


def consume(topic, quiet_ms, *shown):
    """All records, read until nothing has come for so long: a list for each of what is shown ("partition", "offset", "timestamp", in
    the tool's order, without its labels) and the value last. And what the consumer had to complain about."""
    show = [word for each in shown for word in ("--property", f"print.{each}=true")]
    made = subprocess.run([CONSOLE, "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server",
                           os.environ["ODRADEK_KAFKA_BROKERS"], "--topic", topic, "--from-beginning", "--timeout-ms", str(quiet_ms), *show],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    rows = (line.split("\t") for line in made.stdout.splitlines())
    return [[*(part.split(":")[1] for part in row[:-1]), row[-1]] for row in rows if len(row) == len(shown) + 1], made.stderr


def read_back(topic, quiet_ms):
    """Values by partition and offset; and what the consumer had to complain about."""
    rows, complaints = consume(topic, quiet_ms, "partition", "offset")
    return {(int(partition), int(offset)): value for partition, offset, value in rows}, complaints
