#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Numbered records through the producer on connections whose authentication ends every few seconds and has to be repeated on the spot
(KIP-368); what was acknowledged is there once, in order, and connections outlive their sessions.

    sessions.py PROGRAM WAY [-n RECORDS] [-r RECORDS_A_SECOND] [-t SESSIONS]

WAY is PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, or token: a delegation token (KIP-48), which alice gets from Kafka's own tool, and with which
nobody comes in any more once it is withdrawn. Run it under `tests/kafka/broker run --docker -c connections.max.reauth.ms=5000 --`.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import kafka_tools
import numbered

SESSION = 5  # seconds, as the broker is told
LISTENERS = dict(pair.split("=") for pair in os.environ["ODRADEK_KAFKA_LISTENERS"].split(","))
AUTHORITY = pathlib.Path(os.environ["ODRADEK_KAFKA_CERTIFICATES"]) / "ca.pem"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"
ESTABLISHED = "01"  # in /proc/net/tcp


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="ours")
    parser.add_argument("way", choices=["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "token"])
    parser.add_argument("-n", dest="records", type=int, default=120_000, help="%(default)s")
    parser.add_argument("-r", dest="rate", type=int, default=3_000, help="records a second (%(default)s)")
    parser.add_argument("-t", dest="times", type=int, default=5, help="sessions (%(default)s)")
    return parser.parse_args()


class Token:
    """A delegation token of alice's, through Kafka's tool."""

    def __init__(self, folder):
        self.config = pathlib.Path(folder) / "alice.properties"
        self.config.write_text("security.protocol=SASL_PLAINTEXT\nsasl.mechanism=SCRAM-SHA-256\n"
                               f'sasl.jaas.config={SCRAM} username="alice" password="alice-secret";\n')
        said = self._tool("--create", "--max-life-time-period", "-1", "--renewer-principal", "User:alice")
        heads, values = self._table(said)
        self.id, self.hmac = (values[heads.index(name)] for name in ("TOKENID", "HMAC"))

    @staticmethod
    def _table(said):
        lines = [line.split() for line in said.splitlines() if line.strip()]
        at = next((number for number, words in enumerate(lines) if words[:1] == ["TOKENID"]), None)
        if at is None:
            sys.exit(f"sessions: the tool made no token: {said[-1000:]}")
        return lines[at], lines[at + 1]

    def withdraw(self):
        self._tool("--expire", "--expiry-time-period", "-1", "--hmac", self.hmac)

    def _tool(self, *words):
        done = subprocess.run([kafka_tools.CONSOLE, "org.apache.kafka.tools.DelegationTokenCommand", "--bootstrap-server",
                               LISTENERS["SASL_PLAINTEXT"], "--command-config", self.config, *words],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            sys.exit(f"sessions: Kafka's tool: {done.stdout[-1000:]}")
        return done.stdout


def settings_of(way, token):
    """What a client is told, with _ for the dots."""
    tls = {"security_protocol": "SASL_SSL", "ssl_ca_location": AUTHORITY}
    if token:
        login = f'{SCRAM} username="{token.id}" password="{token.hmac}" tokenauth="true";'
        return {**tls, "sasl_mechanism": "SCRAM-SHA-256", "sasl_jaas_config": login}
    return {**tls, "sasl_mechanism": way, "sasl_username": "alice", "sasl_password": "alice-secret"}


def connections(port):
    """The local ports of connections to this port of the broker's."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, remote, state, *_ = line.split()
            if state == ESTABLISHED and int(remote.split(":")[1], 16) == port:
                found.add(int(local.split(":")[1], 16))
    return found


def outlive(sender, port, sessions):
    """Waits for so many sessions; of the connections of the beginning, how many were there after each."""
    first = connections(port)
    left = []
    while len(left) < sessions and sender.is_running():
        time.sleep(SESSION + 1)
        first &= connections(port)
        left.append(len(first))
    return left


def is_refused(program, where, settings):
    """Whether a new client with these settings is told that it may not come in."""
    named = [word for name, value in settings.items() for word in ("-X", f"{name.replace('_', '.')}={value}")]
    done = subprocess.run([program, "metadata", "-b", where, *named], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    print(f"sessions: with a token that was withdrawn: {done.stdout.strip()[-300:]}", flush=True)
    return done.returncode == 1 and "uthentication" in done.stdout


def main():
    options = arguments()
    where = LISTENERS["SASL_SSL"]
    port = int(where.split(":")[1])
    topic = f"sessions-{os.getpid()}"
    kafka_tools.topics("--create", "--topic", topic, "--partitions", 3, "--replication-factor", 1)
    with tempfile.TemporaryDirectory() as folder:
        token = Token(folder) if options.way == "token" else None
        settings = settings_of(options.way, token)
        with numbered.Sender(options, where, topic, client_id="sessions", **settings) as sender:
            sender.wait_until_under_way()
            left = outlive(sender, port, options.times)
            events = sender.events()
        print(f"sessions: {options.way}: of the first connections {left} were left after each session", flush=True)
        wrong = [] if left and left[-1] else ["no connection outlived its session"]
        if token:
            token.withdraw()
            if not is_refused(options.program, where, settings):
                wrong.append("a token that was withdrawn is not refused as authentication that failed")
    return numbered.check("sessions", options, len(left), events, may_fail=False, also_wrong=wrong)


if __name__ == "__main__":
    sys.exit(main())
