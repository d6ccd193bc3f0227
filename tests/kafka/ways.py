#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every way into a broker: openssl and librdkafka first, which show what the broker does, then our program the same.

    ways.py [PATTERN]     run it under `tests/kafka/broker run --docker --`; ODRADEK_CLI names our program. Only steps with PATTERN in
                          their names, or all

Closes with "N passed, N failed, N skipped"; what needs librdkafka, IPv6 or a file of hosts of its own is skipped where that cannot be had.
Nothing that our program prints, at its highest level, may hold a password, whether it comes in or not.
"""

import base64
import contextlib
import dataclasses
import http.server
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading

import disclosed
import names

HERE = pathlib.Path(__file__).resolve().parent
LISTENERS = dict(pair.split("=") for pair in os.environ["ODRADEK_KAFKA_LISTENERS"].split(","))
CERTIFICATES = pathlib.Path(os.environ["ODRADEK_KAFKA_CERTIFICATES"])
PATIENCE = 60  # seconds after which a program hangs

PROXY_LOGIN = ("josef", "vor-dem-gesetz")
SECRETS = ("alice-secret", "not-her-secret", "client-secret", *PROXY_LOGIN)
CA = {"ssl.ca.location": CERTIFICATES / "ca.pem"}
TLS = {"security.protocol": "SSL", **CA}
ALICE = {"ssl.certificate.location": CERTIFICATES / "client.pem", "ssl.key.location": CERTIFICATES / "client.key"}
FORGED = {"ssl.certificate.location": CERTIFICATES / "forged.pem", "ssl.key.location": CERTIFICATES / "forged.key"}
PKCS12 = {"ssl.keystore.location": CERTIFICATES / "client.p12", "ssl.keystore.password": "client-secret"}
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


def sasl(mechanism, protocol, password="alice-secret", username="alice"):
    return {"security.protocol": protocol, "sasl.mechanism": mechanism, "sasl.username": username, "sasl.password": password,
            **(CA if protocol == "SASL_SSL" else {})}


# What Kafka answers, in its words.
AUTHENTICATION = "Invalid username or password|invalid credentials"
UNVERIFIED = "certificate verify failed"


@dataclasses.dataclass(frozen=True)
class Way:
    """A listener and what a client is told. `refused` and `theirs`: what our program and librdkafka say of it, as patterns, where it must
    not lead in; None: it must."""

    name: str
    listener: str
    settings: dict
    refused: str | None = None
    theirs: str = ""
    ours_only: bool = False  # librdkafka has no word for it, or other ways with it


GOOD = [
    Way("plain", "PLAINTEXT", {"security.protocol": "PLAINTEXT"}),
    Way("TLS", "SSL", TLS),
    Way("TLS 1.2", "SSL", {**TLS, "ssl.enabled.protocols": "TLSv1.2"}, ours_only=True),
    Way("TLS 1.3", "SSL", {**TLS, "ssl.enabled.protocols": "TLSv1.3"}, ours_only=True),
    Way("TLS, host not verified", "STRANGE", {**TLS, "ssl.endpoint.identification.algorithm": "none"}),
    Way("mTLS", "MTLS", {**TLS, **ALICE}),
    Way("mTLS, PKCS#12", "MTLS", {**TLS, **PKCS12}, ours_only=True),
    Way("IPv6", "IPV6", {"security.protocol": "PLAINTEXT"}),
    Way("TLS over IPv6", "IPV6_SSL", TLS),
    *[Way(mechanism, "SASL_PLAINTEXT", sasl(mechanism, "SASL_PLAINTEXT")) for mechanism in MECHANISMS],
    *[Way(f"{mechanism} over TLS", "SASL_SSL", sasl(mechanism, "SASL_SSL")) for mechanism in MECHANISMS],
]

BAD = [
    *[Way(f"{mechanism}, wrong password, {protocol}", protocol, sasl(mechanism, protocol, "not-her-secret"), AUTHENTICATION, AUTHENTICATION)
      for protocol in ("SASL_PLAINTEXT", "SASL_SSL") for mechanism in MECHANISMS],
    Way("PLAIN, unknown user", "SASL_PLAINTEXT", sasl("PLAIN", "SASL_PLAINTEXT", username="nobody"), AUTHENTICATION, AUTHENTICATION),
    Way("SCRAM, unknown user", "SASL_SSL", sasl("SCRAM-SHA-512", "SASL_SSL", username="nobody"), AUTHENTICATION, AUTHENTICATION),
    Way("wrong mechanism", "ONLY_SCRAM", sasl("PLAIN", "SASL_PLAINTEXT"), "does not offer.*SCRAM-SHA-512", "Unsupported SASL mechanism"),
    Way("unknown authority", "SSL", {"security.protocol": "SSL", "ssl.ca.location": CERTIFICATES / "other-ca.pem"},
        "authority is not (known|trusted).*Test authority", UNVERIFIED),
    Way("no client certificate", "MTLS", TLS, "asks for a client certificate, and none is configured", "bad certificate"),
    Way("client certificate of another authority", "MTLS", {**TLS, **FORGED}, "client certificate of other authorities", "bad certificate"),
    Way("PKCS#12, wrong password", "MTLS", {**TLS, **PKCS12, "ssl.keystore.password": "not-her-secret"}, "cannot be opened with the key_password",
        ours_only=True),
    Way("another host's certificate", "STRANGE", TLS, "not for this name but for other\\.example", UNVERIFIED),
    Way("certificate that has expired", "EXPIRED", TLS, "has expired on", UNVERIFIED),
    Way("plain bytes on a TLS port", "SSL", {"security.protocol": "PLAINTEXT"}, "TLS", "isconnected|brokers are down"),
    Way("TLS on a plain port", "PLAINTEXT", TLS, "TLS", "isconnected|brokers are down"),
    Way("SASL on a port without", "PLAINTEXT", sasl("SCRAM-SHA-512", "SASL_PLAINTEXT"), "SASL|uthenticat", "SASL state"),
    Way("no SASL on a port with", "SASL_PLAINTEXT", {"security.protocol": "PLAINTEXT"}, "SASL|uthenticat", "isconnected|brokers are down"),
]


class Skipped(Exception):
    """What it needs, if that is not said elsewhere."""


def run(*command, data=b"", **environment):
    """Exit code and all that was said. One that hangs is killed, and fails."""
    done = subprocess.run(list(map(str, command)), input=data, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE,
                          env={**os.environ, **environment})
    return done.returncode, done.stdout.decode(errors="replace")


def with_settings(way):
    return [word for name, value in way.settings.items() for word in ("-X", f"{name}={value}")]


def expect(condition, said):
    if not condition:
        raise AssertionError(said.strip()[-600:] or "it said nothing")


# openssl, which knows TLS alone

def openssl(listener, *options):
    host, port = LISTENERS[listener].split(":")
    return run("openssl", "s_client", "-connect", f"{host}:{port}", "-servername", host, "-verify_hostname", host,
               "-CAfile", CERTIFICATES / "ca.pem", "-verify_return_error", "-brief", *options)


def openssl_speaks(version):
    code, said = openssl("SSL", f"-{version.lower().replace('.', '_').replace('tlsv', 'tls')}")
    expect(code == 0 and f"Protocol version: {version}" in said and "Verification: OK" in said, said)


def openssl_is_refused(listener, words):
    code, said = openssl(listener)
    expect(code != 0 and words in said, said)


def openssl_shows_certificate():
    # With TLS 1.3 the refusal would come after openssl has gone.
    code, said = openssl("MTLS", "-tls1_2", "-cert", CERTIFICATES / "client.pem", "-key", CERTIFICATES / "client.key")
    expect(code == 0 and "Verification: OK" in said, said)
    code, said = openssl("MTLS", "-tls1_2")
    expect(code != 0 and "alert" in said, said)


OPENSSL = [
    ("openssl, TLS 1.2", lambda: openssl_speaks("TLSv1.2")),
    ("openssl, TLS 1.3", lambda: openssl_speaks("TLSv1.3")),
    ("openssl, mTLS with and without", openssl_shows_certificate),
    ("openssl, expired", lambda: openssl_is_refused("EXPIRED", "certificate has expired")),
    ("openssl, another host", lambda: openssl_is_refused("STRANGE", "hostname mismatch")),
]


# The two clients

def librdkafka(*arguments, data=b""):
    python = os.environ["ODRADEK_CONFLUENT_PYTHON"]
    if not python:
        raise Skipped
    return run(python, HERE / "librdkafka.py", *arguments, data=data)


def at(way):
    if way.listener not in LISTENERS:
        raise Skipped("this machine has no ::1")
    return LISTENERS[way.listener]


def librdkafka_meets(way):
    code, said = librdkafka("brokers", "-X", f"bootstrap.servers={at(way)}", *with_settings(way))
    if way.refused is None:
        expect(code == 0 and at(way) in said.replace("127.0.0.1", "localhost"), said)
    else:
        expect(code == 1 and re.search(way.theirs, said), said)


def odradek(*arguments, before=(), **how):
    code, said = run(*before, os.environ["ODRADEK_CLI"], *arguments, **how)
    expect(not disclosed.disclosed(said, SECRETS), f"it tells a secret: {said}")
    return code, said


def odradek_meets(way, where=None):
    arguments = ("metadata", "-b", where or at(way), *with_settings(way))
    if way.refused is None:
        code, said = odradek(*arguments, "-vvv")
        expect(code == 0 and f" at {at(way)}" in said.replace("127.0.0.1", "localhost"), said)
        return
    # The words have to be those that everybody sees; with all that it can tell it may still not tell the password.
    code, said = odradek(*arguments)
    expect(code == 1 and re.search(way.refused, said), said)
    code, said = odradek(*arguments, "-vvv")
    expect(code == 1 and re.search("^odradek: debug ", said, re.MULTILINE), said)


def secrets_are_found():
    """What this very test relies on: PLAIN's token and a proxy's credentials are seen as they go over the wire."""
    for secret in SECRETS:
        for raw in (f"\0alice\0{secret}", f"josef:{secret}", f"x{secret}y"):
            for said in (raw, base64.b64encode(raw.encode()).decode(), raw.encode().hex()):
                expect(disclosed.disclosed(f"so {said} it is", [secret]), f"not found in {said!r}")


# What is not Kafka

@contextlib.contextmanager
def web_server(refusal=400):
    """As a proxy it refuses with this status, and repeats what it was shown."""
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_CONNECT(self):
            shown = self.headers.get("Proxy-Authorization", "").removeprefix("Basic ")
            readable = base64.b64decode(shown).decode()
            self.send_response(refusal, f"not for {readable} {shown}")
            self.send_header("Proxy-Authenticate", f'Basic realm="{readable}"')
            self.send_header("Content-Length", str(len(readable)))
            self.end_headers()
            self.wfile.write(readable.encode())

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def web_server_is_named(settings, words="HTTP"):
    with web_server() as where:
        odradek_meets(Way("", "PLAINTEXT", settings, words), where)


def indiscreet_proxy_refuses(status):
    with web_server(status) as where:
        url = f"http://{':'.join(PROXY_LOGIN)}@{where}"
        code, said = odradek("metadata", "-b", at(GOOD[0]), "--proxy-env", "--timeout", "2", "-vvv", ALL_PROXY=url, NO_PROXY="", no_proxy="")
        expect(code == 1 and str(status) in said and where in said, said)


def broker_survives_http():
    """It closes, and goes on with others."""
    for listener in ("PLAINTEXT", "SSL", "SASL_PLAINTEXT"):
        host, port = LISTENERS[listener].split(":")
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as stream:
            stream.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                while stream.recv(4096):
                    pass
    odradek_meets(GOOD[0])


# Data

def lines_go_through(way, before=()):
    """A text of a megabyte, written by ours and read by both clients, comes back byte for byte. `before`: what ours are run by; then
    they alone."""
    at(way)
    text = subprocess.run([HERE / "lines.py", "1000000"], stdout=subprocess.PIPE, check=True).stdout
    settings = with_settings(way)
    topic = re.sub(r"\W", "-", f"ways-{way.name}-{os.getpid()}")
    code, said = odradek("produce", "-b", at(way), "-t", topic, "-z", "none", *settings, data=text, before=before)
    expect(code == 0, said)
    readers = [[*before, os.environ["ODRADEK_CLI"], "consume", "-b", at(way), "-t", topic, "-o", "beginning", "-e", *settings]]
    if (python := os.environ["ODRADEK_CONFLUENT_PYTHON"]) and not before:
        readers.append([python, HERE / "librdkafka.py", "consume", topic, "-X", f"bootstrap.servers={at(way)}", *settings])
    for reader in readers:
        back = subprocess.run(reader, stdout=subprocess.PIPE, timeout=PATIENCE)
        expect(back.returncode == 0 and back.stdout == text, f"{len(back.stdout)} of {len(text)} bytes came back to {reader[1]}")


# Two addresses

def one_address_is_dead(way, swallows):
    """Its name leads to ::1 first, where connections are refused or left without an answer. Any client would be through at last, by
    the time-outs of the system; ours within a time that would not do for one of them."""
    with tempfile.NamedTemporaryFile("w") as hosts, contextlib.ExitStack() as ending:
        hosts.write("::1 localhost\n127.0.0.1 localhost\n")
        hosts.flush()
        before = names.knowing(hosts.name)
        if before is None:
            raise Skipped("no file of hosts of its own can be had")
        if names.addresses("localhost", before) != ["::1", "127.0.0.1"]:
            raise Skipped("here a name does not lead to ::1 first")
        if swallows and not ending.enter_context(names.swallowing("::1", int(at(way).split(":")[1]))):
            raise Skipped("no connection is left without an answer here")
        code, said = odradek("metadata", "-b", at(way), "--timeout", "3", *with_settings(way), before=before)
        expect(code == 0 and f" at {at(way)}" in said, said)
        lines_go_through(dataclasses.replace(way, name=f"{way.name}-{'swallows' if swallows else 'refuses'}"), before)


def steps():
    yield "secrets are found", secrets_are_found
    yield from OPENSSL
    for way in GOOD + BAD:
        if not way.ours_only:
            yield f"librdkafka, {way.name}", lambda way=way: librdkafka_meets(way)
    for way in GOOD + BAD:
        yield f"odradek, {way.name}", lambda way=way: odradek_meets(way)
    yield "odradek, web server", lambda: web_server_is_named({"security.protocol": "PLAINTEXT"})
    yield "odradek, web server and TLS", lambda: web_server_is_named(TLS, "does not speak TLS") # this one answers without naming HTTP
    yield "odradek, web server and SASL", lambda: web_server_is_named(sasl("SCRAM-SHA-512", "SASL_PLAINTEXT"))
    for status in (403, 407):
        yield f"odradek, a proxy that refuses with {status} and the password", lambda status=status: indiscreet_proxy_refuses(status)
    yield "HTTP on the broker's ports", broker_survives_http
    for way in GOOD:
        if way.name in ("TLS", "mTLS", "SCRAM-SHA-512 over TLS", "IPv6", "TLS over IPv6"):
            yield f"lines, {way.name}", lambda way=way: lines_go_through(way)
        if way.name in ("TLS", "SCRAM-SHA-512 over TLS"):
            for swallows in (False, True):
                yield (f"lines, {way.name}, ::1 {'swallows' if swallows else 'refuses'}",
                       lambda way=way, swallows=swallows: one_address_is_dead(way, swallows))


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else ""
    found = subprocess.run([HERE.parents[1] / "tools" / "peers", "confluent-kafka"], stdout=subprocess.PIPE, text=True)
    os.environ["ODRADEK_CONFLUENT_PYTHON"] = found.stdout.strip() if found.returncode == 0 else ""
    passed = failed = skipped = 0
    for name, step in steps():
        if pattern not in name:
            continue
        try:
            step()
            passed += 1
        except Skipped as why:
            skipped += 1
            if str(why):
                print(f"ways: {name}: skipped, {why}", flush=True)
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            failed += 1
            print(f"ways: {name}: FAILED\n{error}\n", flush=True)
    print(f"ways: Kafka {os.environ['ODRADEK_KAFKA_VERSION']}\n{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
