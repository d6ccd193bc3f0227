#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Certificates and their authority are replaced while numbered records are sent and fetched over TLS, with and without a client
certificate: connections that are there stay, new ones use the new files, and all records are there once, in order.

    certificates.py PROGRAM [-n RECORDS] [-r RECORDS_A_SECOND] [-t TIMES]

RECORDS is the most; sending ends with the last replacement. Run it under `tests/kafka/broker run -n 3 --tls -c leader.imbalance.check.interval.seconds=5 -c leader.imbalance.per.broker.percentage=0 --`.
Two brokers get their new files while they run; the third one is killed, and comes back with those alone. Meanwhile the clients' own
certificate is there for some seconds without its key. Kafka's console consumer reads back.
"""

import argparse
import contextlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import chaos
import kafka_tools
import numbered

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "kafka"))
import docker_broker
import keeper
import tls_cluster

ADDRESSES = {way: os.environ[f"ODRADEK_KAFKA_{way}"].split(",") for way in tls_cluster.WAYS}
PATIENCE = 120
LOOKED_AGAIN = 2  # seconds in which a client looks at its files at least once, if it connects
ESTABLISHED = "01"  # in /proc/net/tcp


def put(source, target):
    """As everybody should: beside the old one, and then in its place."""
    beside = target.with_name(target.name + ".new")
    shutil.copy(source, beside)
    beside.rename(target)


def make(folder):
    """A new authority, of the same name, and what it signs."""
    subprocess.run([docker_broker.DOCKER / "certificates", folder], check=True)
    return folder


def bundle(target, *folders):
    target.write_text("".join((folder / "ca.pem").read_text() for folder in folders))
    return target


def connections(pid, port):
    """The local ports of a process's connections to this port."""
    inodes = set()
    for name in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.update(re.findall(r"^socket:\[(\d+)\]$", os.readlink(name)))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, remote, state, *rest = line.split()
            if state == ESTABLISHED and int(remote.split(":")[1], 16) == port and rest[5] in inodes:
                found.add(int(local.split(":")[1], 16))
    return found


def port_of(way, broker):
    return int(ADDRESSES[way][broker].split(":")[1])


class Client:
    """A sender and a reader of one topic by one way in, and the files that both of them use. Ends with its `with`."""

    def __init__(self, way, options, folder, certificates):
        self.way, self.options = way, options
        self.folder = folder / way
        self.folder.mkdir()
        self.ca, self.certificate, self.key = (self.folder / name for name in ("ca.pem", "client.pem", "client.key"))
        for file in (self.ca, self.certificate, self.key):
            put(certificates / file.name, file)
        self.topic = f"certificates-{way.lower()}-{os.getpid()}"
        kafka_tools.topics("--create", "--topic", self.topic, "--partitions", 6, "--replication-factor", 3)
        self.ending = contextlib.ExitStack()

    def __enter__(self):
        where = ",".join(ADDRESSES[self.way])
        self.rows_file, self.said_file = self.folder / "rows", self.folder / "said"
        with open(self.rows_file, "wb") as rows, open(self.said_file, "wb") as said:
            self.reader = subprocess.Popen([self.options.program, "consume", "-b", where, "-t", self.topic,
                                            "-f", r"%p %o %s\n", "-v", *words(settings(self.way, self.folder))], stdout=rows, stderr=said,
                                           preexec_fn=keeper.die_with_parent)
        self.ending.callback(self._end_reader)
        names = {name.replace(".", "_"): value for name, value in settings(self.way, self.folder).items()}
        self.sender = self.ending.enter_context(numbered.Sender(self.options, where, self.topic, keys=100, client_id=self.topic,
                                                                request_timeout_ms=10_000, delivery_timeout_ms=120_000, **names))
        return self

    def __exit__(self, *_):
        self.ending.close()

    def _end_reader(self):
        if self.reader.poll() is None:
            self.reader.kill()
        self.reader.wait()

    def pids(self):
        return {"sender": self.sender.process.pid, "reader": self.reader.pid}

    def connections(self, broker):
        """Of both processes."""
        return {name: connections(pid, port_of(self.way, broker)) for name, pid in self.pids().items()}

    def wait_for_connections(self, broker):
        until = time.monotonic() + PATIENCE
        while not all(self.connections(broker).values()):
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        return True

    def trust(self, file):
        put(file, self.ca)

    def wrong_with_reader(self, events):
        """Whether the reader saw what was acknowledged, once and in order, and nothing else."""
        told = numbered.acknowledged(events)
        until = time.monotonic() + PATIENCE
        while self.reader.poll() is None and time.monotonic() < until and self.rows_file.read_bytes().count(b"\n") < len(told):
            time.sleep(0.2)
        if self.reader.poll() is not None:
            yield f"{self.way}: the reader ended with {self.reader.returncode}"
        self.reader.send_signal(signal.SIGINT)
        self.reader.wait(timeout=PATIENCE)
        rows = [line.split(" ") for line in self.rows_file.read_text().splitlines()]
        places = {(int(partition), int(offset)): value for partition, offset, value in rows}
        print(f"certificates: {self.way}: the reader got {len(rows)} records", flush=True)
        if len(rows) != len(places) or len(rows) != len(told) or self.reader.returncode != 0:
            yield f"{self.way}: the reader got {len(rows)} records at {len(places)} places and ended with {self.reader.returncode}"
        last = {}
        for partition, offset, _ in rows:
            if int(offset) <= last.get(partition, -1):
                yield f"{self.way}: the reader got {partition}@{offset} behind {last[partition]}"
            last[partition] = int(offset)
        yield from numbered.misplaced(told, places)
        yield from numbered.missing(told, places)

    def warnings(self):
        return [line for line in self.said_file.read_text(errors="replace").splitlines() if "TLS files" in line]


def settings(way, folder):
    own = {"ssl.certificate.location": folder / "client.pem", "ssl.key.location": folder / "client.key"} if way == "MTLS" else {}
    return {"security.protocol": "SSL", "ssl.ca.location": folder / "ca.pem", **own}


def words(named):
    return [word for name, value in named.items() for word in ("-X", f"{name}={value}")]


class Rotation:
    """From the certificates of one folder to those of another, while the clients go on."""

    def __init__(self, program, clients, brokers, old, new):
        self.program, self.clients, self.brokers, self.old, self.new = program, clients, brokers, old, new
        self.both = bundle(new / "both.pem", old, new)
        self.wrong = []

    def run(self):
        began = time.monotonic()
        before = [{broker: client.connections(broker) for broker in range(3)} for client in self.clients]
        for client in self.clients:
            client.trust(self.both)
        self._alter(self.new / "broker-store.pem", self.both)
        self.brokers[2].kill()
        put(self.new / "broker-store.pem", self.brokers[2].folder / tls_cluster.KEYS)
        put(self.new / "ca.pem", self.brokers[2].folder / tls_cluster.TRUSTED)
        for client in self.clients:
            put(self.new / "client.pem", client.certificate)
        time.sleep(LOOKED_AGAIN)
        for client in self.clients:
            put(self.new / "client.key", client.key)
            client.trust(self.new / "ca.pem")
        self.brokers[2].start()
        self._alter(self.new / "broker-store.pem", self.new / "ca.pem")
        for client, held in zip(self.clients, before):
            self._compare(client, held)
        self._meet()
        print(f"certificates: all of it took {time.monotonic() - began:.0f} s", flush=True)

    def _alter(self, keys, trusted):
        """Tells the first two brokers, while they run."""
        files = {"keystore": keys, "truststore": trusted}
        named = ",".join(f"listener.name.{way.lower()}.ssl.{store}.{what}" for way in tls_cluster.WAYS for store, file in files.items()
                         for what in (f"location={file}", "type=PEM"))
        for broker in ("1", "2"):
            self._insist("--alter", "--entity-type", "brokers", "--entity-name", broker, "--add-config", named)

    @staticmethod
    def _insist(*what):
        """The tool waits for 30 seconds and no longer, which a busy machine may exceed. To say the same again does no harm."""
        for left in (2, 1, 0):
            try:
                return kafka_tools.tool("kafka.admin.ConfigCommand", *what)
            except subprocess.CalledProcessError:
                if not left:
                    raise

    def _compare(self, client, held):
        if not client.sender.is_running():
            self.wrong.append(f"{client.way}: the sender was done too early")
            return
        is_back = client.wait_for_connections(2)
        for broker in range(3):
            now = client.connections(broker)
            left = {name: f"{len(ports & held[broker][name])} of {len(held[broker][name])}, {len(ports - held[broker][name])} new"
                    for name, ports in now.items()}
            print(f"certificates: {client.way}, broker {broker + 1}: connections that stayed: {left}", flush=True)
            if broker < 2:
                self.wrong += [f"{client.way}: the {name} lost a connection to broker {broker + 1}" for name, ports in now.items()
                               if not held[broker][name] <= ports or not held[broker][name]]
        if not is_back:
            self.wrong.append(f"{client.way}: not connected to broker 3 with its new files")

    def _meet(self):
        """Clients that begin now, at each broker: those with the new files come in, those with the old ones do not."""
        for way in tls_cluster.WAYS:
            stale = {**settings(way, self.new), "ssl.ca.location": self.old / "ca.pem"}
            self._expect(way, settings(way, self.new), 0, r"3 brokers")
            self._expect(way, stale, 1, r"certificate is not trusted")
        stale = {**settings("MTLS", self.old), "ssl.ca.location": self.new / "ca.pem"}
        self._expect("MTLS", stale, 1, r"certificate")

    def _expect(self, way, named, code, pattern):
        for where in ADDRESSES[way]:
            done = subprocess.run([self.program, "metadata", "-b", where, *words(named)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True, timeout=PATIENCE)
            if done.returncode != code or not re.search(pattern, done.stdout):
                self.wrong.append(f"{way} at {where}: ended with {done.returncode}, not {code}: {done.stdout.strip()[-300:]}")


def main():
    options = numbered.arguments(__doc__, records=3_000_000, rate=2_000, times=2)
    brokers = [chaos.Broker(int(pid)) for pid in os.environ["ODRADEK_KAFKA_PIDS"].split(",")]
    wrong, failed = [], 0
    with tempfile.TemporaryDirectory(prefix="odradek-certificates-") as temporary, contextlib.ExitStack() as ending:
        for broker in brokers:
            ending.callback(broker.end)
        folder = pathlib.Path(temporary)
        now = pathlib.Path(os.environ["ODRADEK_KAFKA_CERTIFICATES"])
        clients = [ending.enter_context(Client(way, options, folder, now)) for way in tls_cluster.WAYS]
        for client in clients:
            client.sender.wait_until_under_way()
            for broker in range(3):
                client.wait_for_connections(broker)
        for number in range(options.times):
            rotation = Rotation(options.program, clients, brokers, now, make(folder / f"generation-{number + 1}"))
            rotation.run()
            wrong += rotation.wrong
            now = rotation.new
        for client in clients:
            client.sender.stop()
        for client in clients:
            events = client.sender.events()
            wrong += client.wrong_with_reader(events)
            if sorted(int(event["value"]) for event in events) != list(range(len(events))):
                wrong.append("some numbers have no end, or more than one")
            print(f"certificates: {client.way}: the reader warned {client.warnings()}", flush=True)
            sent = argparse.Namespace(**{**vars(options), "records": len(events)})
            failed |= numbered.check(f"certificates, {client.way}", sent, options.times, events, also_wrong=wrong)
            wrong = []
    return failed


if __name__ == "__main__":
    sys.exit(main())
