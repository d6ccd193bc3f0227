# SPDX-License-Identifier: Apache-2.0
"""toxiproxy before brokers that `tests/kafka/broker -p` started: a proxy each, which does to connections what it is told."""

import contextlib
import http.client
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "kafka"))
import keeper

PATIENCE = 30


def fetch():
    """The server; ends the program as tools/peers does if it cannot be had (77 is ctest's word for skipped)."""
    done = subprocess.run([HERE.parents[1] / "tools" / "peers", "toxiproxy"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return done.stdout.strip()


class Proxies:
    """The server's process and its proxies, "broker-1" and so on. Ends with its `with`."""

    def __init__(self, server):
        self.kept = keeper.take_ports(1)  # the brokers' keeper holds the proxies' own
        self.port = self.kept[0].getsockname()[1]
        self.log = tempfile.NamedTemporaryFile("w+", prefix="odradek-toxiproxy-")
        self.process = subprocess.Popen([server, "-host", "127.0.0.1", "-port", str(self.port)], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log, env={**os.environ, "LOG_LEVEL": "info"},
                                        preexec_fn=keeper.die_with_parent)
        self.bootstrap = os.environ["ODRADEK_KAFKA_PROXIES"]
        behind = os.environ["ODRADEK_KAFKA_PROXIED"].split(",")
        self.names = [f"broker-{number + 1}" for number in range(len(behind))]
        try:
            self._wait()
            for name, front, back in zip(self.names, self.bootstrap.split(","), behind):
                self._ask("POST", "/proxies", {"name": name, "listen": front, "upstream": back, "enabled": True})
        except BaseException:
            self.end()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.log.close()

    def _wait(self):
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self._ask("GET", "/version")
            except OSError:
                if self.process.poll() is not None or time.monotonic() > until:
                    sys.exit(f"toxiproxy does not start:\n{pathlib.Path(self.log.name).read_text()[-2000:]}")
                time.sleep(0.1)

    def _ask(self, method, path, what=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        with contextlib.closing(connection):
            connection.request(method, path, body=None if what is None else json.dumps(what))
            answer = connection.getresponse()
            said = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"toxiproxy: {method} {path}: {answer.status} {said.decode(errors='replace')}")

    def accepted(self):
        """How many connections there were."""
        return pathlib.Path(self.log.name).read_text(errors="replace").count("Accepted client")

    @contextlib.contextmanager
    def poisoned(self, name, toxics):
        """Within it, connections through this proxy, those that are there and new ones, suffer from the toxics."""
        added = []
        try:
            for number, (kind, stream, how) in enumerate(toxics):
                self._ask("POST", f"/proxies/{name}/toxics", {"name": f"toxic-{number}", "type": kind, "stream": stream, "attributes": how})
                added.append(number)
            yield
        finally:
            for number in added:
                self._ask("DELETE", f"/proxies/{name}/toxics/toxic-{number}")

    @contextlib.contextmanager
    def down(self, name):
        """Within it, nobody listens there, and what was connected is closed."""
        self._ask("POST", f"/proxies/{name}", {"enabled": False})
        try:
            yield
        finally:
            self._ask("POST", f"/proxies/{name}", {"enabled": True})
