#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`odradek verifiable-producer` as Kafka's system tests drive it, at the brokers in the environment; ODRADEK_CLI names the program."""

import collections
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

import checks
from checks import equal, that

PROGRAM = os.environ["ODRADEK_CLI"]
FIRST_FIELDS = ["timestamp", "name"]
FIELDS = {
    "startup_complete": [],
    "producer_send_success": ["key", "value", "topic", "partition", "offset"],
    "producer_send_error": ["key", "value", "topic", "exception", "message"],
    "shutdown_complete": [],
    "tool_data": ["sent", "acked", "target_throughput", "avg_throughput"],
}


def start(*arguments, brokers=checks.BROKERS):
    command = [PROGRAM, "verifiable-producer", "--bootstrap-server", brokers, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(*arguments, code=0):
    """The events of a run to its own end."""
    process = start(*arguments)
    out, err = process.communicate(timeout=checks.PATIENCE)
    equal(code, process.returncode, f"exit code ({err})")
    return events_of(out)


def events_of(text):
    """Every line is an event with the fields that it has to have, in order."""
    events = [json.loads(line) for line in text.splitlines()]
    for event in events:
        equal(FIRST_FIELDS + FIELDS[event["name"]], list(event), "fields")
    return events


def check_frame(events, sent):
    """The first and the last lines of a clean run, and that each number ended once."""
    names = [event["name"] for event in events]
    equal("startup_complete", names[0], "the first event")
    equal(["shutdown_complete", "tool_data"], names[-2:], "the last events")
    counts = collections.Counter(names)
    equal(1, counts["startup_complete"], "startup_complete")
    equal(1, counts["shutdown_complete"], "shutdown_complete")
    equal(sent, counts["producer_send_success"] + counts["producer_send_error"], "ends of records")
    numbers = sorted(int(event["value"].split(".")[-1]) for event in events if "value" in event)
    equal(list(range(sent)), numbers, "numbers")
    equal(sent, events[-1]["sent"], "sent")
    equal(counts["producer_send_success"], events[-1]["acked"], "acked")


def successes(events):
    return [event for event in events if event["name"] == "producer_send_success"]


def read(topic, form):
    """Every record of a topic, printed in a form."""
    done = subprocess.run([PROGRAM, "consume", "-b", checks.BROKERS, "-t", topic, "-o", "beginning", "-e", "-f", form],
                          stdout=subprocess.PIPE, timeout=checks.PATIENCE, check=True, text=True)
    return done.stdout.splitlines()


def config(text):
    file = tempfile.NamedTemporaryFile("w", suffix=".properties")  # it lives as long as what refers to it
    file.write(text)
    file.flush()
    return file


def ends_by(number):
    """Sends until a signal comes: all that was sent is delivered and told before the end."""
    process = start("--topic", f"stopped-{number}", "--throughput", 2000)
    lines = iter(process.stdout.readline, "")
    seen = list(itertools.islice(lines, 100))
    process.send_signal(number)
    seen += lines
    err = process.communicate(timeout=checks.PATIENCE)[1]
    equal(0, process.returncode, f"exit code ({err})")
    events = events_of("".join(seen))
    check_frame(events, events[-1]["sent"])
    equal(events[-1]["sent"], events[-1]["acked"], "acked")
    equal(2000, events[-1]["target_throughput"], "target_throughput")
    equal(sorted(e["value"] for e in successes(events)), sorted(read(f"stopped-{number}", "%s\\n")), "what is in the topic")


@contextlib.contextmanager
def deaf_broker():
    """The address of a broker that answers no produce."""
    process = subprocess.Popen([PROGRAM, "broker", "--listen", "127.0.0.1:0", "--fault", "api=produce,drop=request,times=0"],
                               stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=checks.PATIENCE)


def last_words(process):
    """What a process tells at the second of two signals, after which it has to be gone."""
    time.sleep(1)  # so that it has something under way
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    equal(None, process.poll(), "the first one is waited through")
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=5)[1]
    equal(128 + signal.SIGINT, process.returncode, f"exit code ({err})")
    return err


def main():
    with that("every record is told of once, with where it lies"):
        events = run("--topic", "plain", "--max-messages", 1000)
        check_frame(events, 1000)
        placed = {f"{e['partition']} {e['offset']} {e['value']}" for e in successes(events)}
        equal(placed, set(read("plain", "%p %o %s\\n")), "what is in the topic")
        equal({None}, {e["key"] for e in successes(events)}, "keys")
        equal(-1, events[-1]["target_throughput"], "target_throughput")

    with that("offsets of a partition go up in the order of the numbers"):
        for partition in {e["partition"] for e in successes(events)}:
            mine = sorted((e["offset"], int(e["value"])) for e in successes(events) if e["partition"] == partition)
            equal(mine, sorted(mine, key=lambda one: one[1]), "order")

    with that("keys repeat, values have their prefix, and timestamps begin where they are told to"):
        events = run("--topic", "keyed", "--max-messages", 20, "--repeating-keys", 3, "--value-prefix", 7,
                     "--message-create-time", 1000)
        check_frame(events, 20)
        wanted = sorted(f"{number % 3} 7.{number}" for number in range(20))
        equal(wanted, sorted(f"{e['key']} {e['value']}" for e in successes(events)), "events")
        equal(wanted, sorted(read("keyed", "%k %s\\n")), "records")
        times = [int(text) for text in read("keyed", "%T\\n")]
        equal(True, 1000 <= min(times) and max(times) < 1000 + checks.PATIENCE * 1000, f"times {times}")

    with that("an option that is given again counts as it was given last"):
        events = run("--topic", "nowhere", "--topic", "again", *["--max-messages", 5] * 100, "--max-messages", 7, "--acks", 0,
                     "--acks", -1)
        check_frame(events, 7)
        equal({"again"}, {e["topic"] for e in successes(events)}, "topics")

    with that("acks are those that are asked for"):
        for acks in (0, 1, -1):
            events = run("--topic", "acks", "--max-messages", 5, "--acks", acks)
            check_frame(events, 5)
            equal(5, events[-1]["acked"], "acked")
            equal(acks == 0, {e["offset"] for e in successes(events)} == {-1}, f"no offset with acks {acks}")

    with that("the file wins, and may ask for idempotence"):
        with config("enable.idempotence=true\nretries=1000000\nmax.in.flight.requests.per.connection=5\nacks=all\n") as file:
            for flag in ("--command-config", "--producer.config"):
                check_frame(run("--topic", "idempotent", "--max-messages", 100, "--acks", 1, flag, file.name), 100)

    with that("what excludes idempotence is refused, as Java's client refuses it"):
        for text in ("enable.idempotence=true\n", "enable.idempotence=true\nretries=5\nacks=1\n"):
            with config(text) as file:
                equal([], run("--topic", "t", "--max-messages", 1, "--command-config", file.name, code=2), "events")

    with that("wrong words are refused on standard error, and nothing is printed"):
        with config("") as file:
            for words in (["--acks", 2], ["--max-messages", "-2"], ["--topic-x", 1], ["--repeating-keys", 0],
                          ["--command-config", file.name, "--producer.config", file.name]):
                equal([], run("--topic", "t", *words, code=2), str(words))

    with that("a record that cannot be delivered is an error event, and the end is in order, but fails if none could be"):
        with config("allow.auto.create.topics=false\ntopic.metadata.propagation.max.ms=100\n") as file:
            events = run("--topic", "missing", "--max-messages", 3, "--command-config", file.name, code=1)
            check_frame(events, 3)
            equal(0, events[-1]["acked"], "acked")
            errors = [e for e in events if e["name"] == "producer_send_error"]
            equal(3, len(errors), "errors")
            equal(True, all(e["exception"] and e["message"] for e in errors), "words")

    with that("records are sent on schedule"):
        begun = time.monotonic()
        check_frame(run("--topic", "slow", "--max-messages", 50, "--throughput", 100), 50)
        equal(True, time.monotonic() - begun >= 0.49, "the last one is due after 490 ms")

    for number in (signal.SIGTERM, signal.SIGINT):
        with that(f"{number.name} ends it cleanly"):
            ends_by(number)

    with that("without anything to send it waits for its signal"):
        process = start("--topic", "idle", "--throughput", 0)
        lines = iter(process.stdout.readline, "")
        first = next(lines)
        process.send_signal(signal.SIGTERM)
        check_frame(events_of(first + "".join(lines)), 0)
        equal(0, process.wait(timeout=checks.PATIENCE), "exit code")

    with that("a second signal ends it at once, and it tells what it knows"), deaf_broker() as brokers:
        process = start("--topic", "t", "--max-messages", 3, brokers=brokers)
        words = "interrupted again: of 3 records 0 were acknowledged, 0 failed, and 3 may come to be delivered"
        equal(True, words in (err := last_words(process)), f"{words} in {err}")

    with that("a second signal ends produce at once, and it tells what it knows"), deaf_broker() as brokers:
        process = subprocess.Popen([PROGRAM, "produce", "-b", brokers, "-t", "t"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
                                   text=True)
        process.stdin.write("a\nb\nc\n")
        process.stdin.flush()
        words = "interrupted again\nodradek: delivered: nothing; possibly delivered: lines 1..3\n"
        equal(True, words in (err := last_words(process)), f"{words} in {err}")

    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
