# SPDX-License-Identifier: Apache-2.0
"""What lies in a topic, as Kafka's own console consumer sees it."""

import os
import pathlib
import subprocess

CONSOLE = pathlib.Path(__file__).resolve().parent.parent / "kafka" / "console"


def read_back(topic, quiet_ms):
    """Values by partition and offset, read until nothing has come for so long; and what the consumer had to complain about."""
    made = subprocess.run([CONSOLE, "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server",
                           os.environ["ODRADEK_KAFKA_BROKERS"], "--topic", topic, "--from-beginning", "--timeout-ms", str(quiet_ms),
                           "--property", "print.partition=true", "--property", "print.offset=true"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    places = {}
    for line in made.stdout.splitlines():
        parts = line.split("\t")
        if len(parts) == 3 and parts[0].startswith("Partition:"):
            places[int(parts[0].split(":")[1]), int(parts[1].split(":")[1])] = parts[2]
    return places, made.stderr
