# SPDX-License-Identifier: Apache-2.0
"""The broker of docker-compose.yml without a container: started from the same property files, with the same users and certificates.

What has to be different is all in `natively`. For tests it has more listeners, which nobody would want otherwise.
"""

import base64
import pathlib
import re
import uuid

import cluster as clusters
import keeper

DOCKER = pathlib.Path(__file__).resolve().parents[2] / "docker"
FILES = ("broker.properties", "kafka.properties")

# Ports in the files, in the order of the ports that are taken here; then those of the listeners that only tests have.
PORTS = (9092, 9093, 9094, 9095, 9096, 19092, 19093)
NAMES = ("PLAINTEXT", "SSL", "MTLS", "SASL_PLAINTEXT", "SASL_SSL")
# One with a single mechanism; certificates that are out of date and for another name. They come with the number of their ports.
MORE = {"ONLY_SCRAM": "SASL_PLAINTEXT", "EXPIRED": "SSL", "STRANGE": "SSL"}
# Those that clients find at ::1, where there is one.
IPV6 = {"IPV6": "PLAINTEXT", "IPV6_SSL": "SSL"}


def natively(text, ports, folder):
    """What a file of docker/ says, for a broker in this folder of this machine, on these ports."""
    text = re.sub(r":(\d{4,5})\b", lambda found: f":{ports[int(found[1])]}", text)
    text = re.sub(r"(//|@)(kafka)?:", r"\g<1>127.0.0.1:", text)
    return text.replace("=/certificates/", f"={folder}/certificates/").replace("=/tmp/kafka-data", f"={folder}/data")


def users():
    return [line for line in (DOCKER / "scram-users").read_text().splitlines() if not line.startswith("#")]


class DockerBroker(clusters.Cluster):
    """A Cluster of one broker with every way in."""

    more = {**MORE, **(IPV6 if keeper.has_ipv6() else {})}

    def ports_needed(self):
        return len(PORTS) + len(self.more)

    def _listeners_by_name(self, ports):
        return {**dict(zip(NAMES, ports)), **dict(zip(self.more, ports[len(PORTS):]))}

    @staticmethod
    def _host(listener, name):
        return "[::1]" if listener in IPV6 else name

    def more_names(self, ports):
        """ODRADEK_KAFKA_LISTENERS: NAME=HOST:PORT with commas between; _CERTIFICATES: the folder, see docker/certificates."""
        listeners = ",".join(f"{name}={self._host(name, 'localhost')}:{port}" for name, port in self._listeners_by_name(ports).items())
        return {"ODRADEK_KAFKA_LISTENERS": listeners, "ODRADEK_KAFKA_CERTIFICATES": self._home / "certificates"}

    @property
    def _home(self):
        return self.folder / "broker-1"

    def processes(self, ports):
        folder, certificates = self._home, self._home / "certificates"
        text = "\n".join((DOCKER / name).read_text() for name in FILES)
        lines = [line for line in natively(text, dict(zip(PORTS, ports)), folder).splitlines() if line and not line.startswith("#")]
        file = clusters.write_settings(folder, [*self._with_more_listeners(lines, ports), *self._for_a_small_machine(), *self.settings])
        identity = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        added = [word for user in users() for word in ("--add-scram", user)]
        prepare = [[DOCKER / "certificates", certificates], [pathlib.Path(__file__).with_name("bad_certificates"), certificates],
                   self.java("kafka.tools.StorageTool", "format", "-t", identity, "-c", file, *added, heap="128m")]
        yield clusters.Process("broker-1", folder, self.java("kafka.Kafka", file), "Kafka Server started", prepare)

    def _with_more_listeners(self, lines, ports):
        """The lines with `more` in those that list listeners, and what they need."""
        where = {name: port for name, port in self._listeners_by_name(ports).items() if name in self.more}
        added = {"listeners": [f"{name}://{self._host(name, '127.0.0.1')}:{port}" for name, port in where.items()],
                 "advertised.listeners": [f"{name}://{self._host(name, 'localhost')}:{port}" for name, port in where.items()],
                 "listener.security.protocol.map": [f"{name}:{protocol}" for name, protocol in self.more.items()]}
        yield from (",".join([line, *added.get(line.split("=", 1)[0], [])]) for line in lines)
        yield "listener.name.only_scram.sasl.enabled.mechanisms=SCRAM-SHA-512"
        yield ("listener.name.only_scram.scram-sha-512.sasl.jaas.config="
               "org.apache.kafka.common.security.scram.ScramLoginModule required;")
        for name in ("expired", "strange"):
            yield f"listener.name.{name}.ssl.keystore.type=PEM"
            yield f"listener.name.{name}.ssl.keystore.location={self._home}/certificates/{name}-store.pem"

    @staticmethod
    def _for_a_small_machine():
        return ["offsets.topic.num.partitions=5", "transaction.state.log.num.partitions=5", "share.coordinator.state.topic.num.partitions=5",
                "log.cleaner.dedupe.buffer.size=2097152", "num.network.threads=2", "num.io.threads=4"]
