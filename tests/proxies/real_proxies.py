#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Connections through microsocks, tinyproxy and stunnel to the broker in the environment: real_proxies.py PROGRAM ODRADEK [COUNT [DEATHS]]

PROGRAM is odradek_through_proxies, ODRADEK the command-line program, COUNT how many requests each connection makes, DEATHS how often a proxy dies in the middle.
Where one of the proxies is not installed it is a skip; a name that only a proxy can resolve needs a file system of the proxy's
own, and is left out where that cannot be had. All of them listen on 127.0.0.1 and are stopped by their numbers.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "broker"))
sys.path.insert(0, str(HERE.parent / "kafka"))
import checks
import disclosed
import keeper
import names

PATIENCE = 30
USER, PASSWORD = "josef", "vor-dem-gesetz"
LOGIN = f"{USER}:{PASSWORD}@"
HIDDEN = "broker.only-the-proxy-knows.test"
PROGRAM, COUNT, DEATHS = "", 2000, 2


def needed():
    """Which programs there are not."""
    return [name for name in ("microsocks", "tinyproxy", "stunnel", "openssl") if shutil.which(name) is None]


class Proxies:
    """Processes, each with a port that is its own until the end. Ends with its `with`."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="odradek-proxies-")
        self.path = pathlib.Path(self.folder.name)
        self.running = {}
        self.kept = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.running.values():
            self.end(process)
        for holder in self.kept:
            holder.close()
        self.folder.cleanup()

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def port(self):
        self.kept += keeper.take_ports(1)
        return self.kept[-1].getsockname()[1]

    def start(self, port, *command):
        with open(self.path / f"log-{port}", "ab") as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=keeper.die_with_parent)
        self.running[port] = process
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
                return port
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"{command[0]} does not start:\n{(self.path / f'log-{port}').read_text()[-2000:]}") from None
                time.sleep(0.05)

    def kill(self, port):
        self.end(self.running.pop(port))

    def microsocks(self, *options, port=None, before=()):
        port = port or self.port()
        return self.start(port, *before, "microsocks", "-i", "127.0.0.1", "-p", str(port), *options)

    def tinyproxy(self, *settings):
        port = self.port()
        file = self.path / f"tinyproxy-{port}"
        file.write_text("\n".join((f"Port {port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 50", "LogLevel Critical", *settings, "")))
        return self.start(port, "tinyproxy", "-d", "-c", str(file))

    def stunnel(self, behind):
        """TLS before what listens at `behind`; its certificate is self-signed."""
        port = self.port()
        key, certificate, file = (self.path / name for name in ("key.pem", "certificate.pem", "stunnel"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                        "-subj", "/CN=proxy", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        file.write_text(f"foreground = yes\npid =\nsyslog = no\n[proxy]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{behind}\n"
                        f"cert = {certificate}\nkey = {key}\n")
        return self.start(port, "stunnel", str(file)), certificate


def run(broker, *arguments):
    """What the program said last, after it ended; nothing of what it said may hold the password."""
    done = subprocess.run([PROGRAM, broker, str(COUNT), *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120)
    hides_password(done.stdout + done.stderr)
    return done.stdout.strip()


def hides_password(said):
    if shown := disclosed.disclosed(said, (USER, PASSWORD)):
        raise AssertionError(f"{shown} are shown")


def goes(broker, way, *arguments):
    said = run(broker, *arguments)
    wanted = f"ok: {broker} through {way}"
    if said != wanted:
        raise AssertionError(f"{said!r}, not {wanted!r}")


def fails(broker, code, words, *arguments):
    """`code` is empty where it depends on the machine."""
    said = run(broker, *arguments)
    if not said.startswith(f"failed: {code}") or words not in said:
        raise AssertionError(f"{said!r}: not {code} with {words!r}")


def dies(proxies, broker):
    """A proxy that is killed while a connection goes through it, and is back later."""
    port = proxies.microsocks()
    url = f"socks5h://127.0.0.1:{port}"
    with subprocess.Popen([PROGRAM, broker, str(COUNT), "--pause", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as program:
        try:
            checks.equal("half\n", program.stdout.readline(), "half of the answers came")
            proxies.kill(port)
            said = program.communicate("go on\n", timeout=PATIENCE)[0]
        finally:
            Proxies.end(program)
    if not said.startswith("failed: system: "):
        raise AssertionError(f"{said!r} after the proxy died")
    fails(broker, "system", f"proxy socks5 127.0.0.1:{port}: cannot connect to 127.0.0.1:{port}", url)
    proxies.microsocks(port=port)
    goes(broker, f"socks5 127.0.0.1:{port}", url)


def carries(odradek, broker, url, topic="behind-a-proxy"):
    """Records out and in through the client itself, whose brokers are all behind the proxy; and the proxy's refusal in words."""
    def ran(url, *arguments, **how):
        environment = {**os.environ, "ALL_PROXY": url, "NO_PROXY": ""}
        done = subprocess.run([odradek, *arguments, "-b", broker, "--proxy-env", "-vvv"], env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=PATIENCE, **how)
        hides_password(done.stdout + done.stderr)
        return done

    lines = "".join(f"line {number}\n" for number in range(1000))
    sent = ran(url, "produce", "-t", topic, input=lines)
    checks.equal(0, sent.returncode, "produce ended well")
    read = ran(url, "consume", "-t", topic, "-e")
    checks.equal(lines, read.stdout[-len(lines):], "what was written was read")
    refused = ran(url.replace(LOGIN, ""), "metadata", "--timeout", "5")
    if refused.returncode != 1 or "authentication" not in refused.stderr:
        raise AssertionError(f"without a login: {refused.returncode}, {refused.stderr}")


def main():
    global PROGRAM, COUNT, DEATHS
    PROGRAM = sys.argv[1]
    odradek = sys.argv[2]
    COUNT, DEATHS = (int(number) for number in (sys.argv[3:] + [COUNT, DEATHS][len(sys.argv) - 3:])[:2])
    if missing := needed():
        print(f"real_proxies: skipped, not installed: {' '.join(missing)}")
        return 77
    broker = checks.BROKERS.split(",")[0]
    port = broker.rsplit(":", 1)[1]
    with Proxies() as proxies:
        nobody = proxies.port()
        socks = proxies.microsocks()
        socks_login = proxies.microsocks("-u", USER, "-P", PASSWORD)
        http = proxies.tinyproxy()
        http_login = proxies.tinyproxy(f"BasicAuth {USER} {PASSWORD}")
        https, certificate = proxies.stunnel(http_login)
        at = "127.0.0.1"

        with checks.that("SOCKS5 without a login"):
            goes(broker, f"socks5 {at}:{socks}", f"socks5h://{at}:{socks}")
            goes(f"localhost:{port}", f"socks5 localhost:{socks}", f"socks5h://localhost:{socks}")
            goes(f"localhost:{port}", f"socks5 {at}:{socks}", f"socks5://{at}:{socks}")
        with checks.that("SOCKS5 with a login"):
            goes(broker, f"socks5 {at}:{socks_login}", f"socks5h://{LOGIN}{at}:{socks_login}")
            fails(broker, "proxy_authentication_failed", "it refused username and password", f"socks5h://{LOGIN[:-1]}x@{at}:{socks_login}")
            fails(broker, "proxy_authentication_failed", "there is no username", f"socks5h://{at}:{socks_login}")
        with checks.that("CONNECT without a login"):
            goes(broker, f"http {at}:{http}", f"http://{at}:{http}")
        with checks.that("CONNECT with a login"):
            goes(broker, f"http {at}:{http_login}", f"http://{LOGIN}{at}:{http_login}")
            fails(broker, "proxy_authentication_failed", "it wants authentication", f"http://{at}:{http_login}")
            fails(broker, "proxy_authentication_failed", "it offers Basic", f"http://{at}:{http_login}")
            fails(broker, "proxy_authentication_failed", "it refused username and password", f"http://{LOGIN[:-1]}x@{at}:{http_login}")
        with checks.that("CONNECT through TLS"):
            goes(broker, f"https {at}:{https}", "--ca", certificate, f"https://{LOGIN}{at}:{https}")
            fails(broker, "tls_certificate_refused", f"proxy https {at}:{https}", f"https://{LOGIN}{at}:{https}")
            fails(broker, "proxy_refused", "its answer is no HTTP", f"http://{LOGIN}{at}:{socks}")
        with checks.that("chains"):
            goes(broker, f"socks5 {at}:{socks_login} and http {at}:{http_login}",
                 f"socks5h://{LOGIN}{at}:{socks_login}", f"http://{LOGIN}{at}:{http_login}")
            goes(broker, f"http {at}:{http} and socks5 {at}:{socks}", f"http://{at}:{http}", f"socks5h://{at}:{socks}")
            goes(broker, f"socks5 {at}:{socks} and https {at}:{https} and socks5 {at}:{socks_login}", "--ca", certificate,
                 f"socks5h://{at}:{socks}", f"https://{LOGIN}{at}:{https}", f"socks5h://{LOGIN}{at}:{socks_login}")
        with checks.that("a broker that is not there"):
            fails(f"{at}:{nobody}", "proxy_failed", "no way to", f"socks5h://{at}:{socks}")
            fails(f"{at}:{nobody}", "proxy_failed", "no tunnel to", f"http://{at}:{http}")
        with checks.that("records through the client"):
            carries(odradek, broker, f"socks5h://{LOGIN}{at}:{socks_login}")
            carries(odradek, broker, f"http://{LOGIN}{at}:{http_login}")
        for _ in range(DEATHS):
            with checks.that("a proxy that dies in the middle"):
                dies(proxies, broker)

        hosts = proxies.path / "hosts"
        hosts.write_text(f"127.0.0.1 {HIDDEN}\n")
        if own := names.knowing(hosts):
            with checks.that("a name that only the proxy can resolve"):
                knowing = proxies.microsocks(before=own)
                goes(f"{HIDDEN}:{port}", f"socks5 {at}:{knowing}", f"socks5h://{at}:{knowing}")
                fails(f"{HIDDEN}:{port}", "", f"cannot resolve host {HIDDEN}", f"socks5://{at}:{knowing}")
        else:
            print("real_proxies: left out: a name that only the proxy can resolve")
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
