# SPDX-License-Identifier: Apache-2.0
"""What a real Kafka cluster for tests consists of: its processes, their configuration and how to see that they are up.

A Cluster is only a description. keeper.py runs it, and `broker` is the command for both. Brokers from 3.x on run in KRaft mode,
each of them broker and controller; older ones run beside one ZooKeeper. Everything listens on 127.0.0.1.
"""

import base64
import dataclasses
import os
import pathlib
import subprocess
import uuid

HERE = pathlib.Path(__file__).resolve().parent


@dataclasses.dataclass(frozen=True)
class Listener:
    """One way into a broker. `security` is Kafka's word: PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL."""

    name: str
    security: str
    port: int
    host: str = "127.0.0.1"
    advertised: bool = True
    proxy: int = 0  # the port that is advertised instead

    def bound(self):
        return f"{self.name}://127.0.0.1:{self.port}"

    def announced(self):
        return f"{self.name}://{self.host}:{self.proxy or self.port}"


@dataclasses.dataclass(frozen=True)
class Process:
    """One Java program of the cluster: what to run before it, what to run, and the log line that says that it is up."""

    name: str
    folder: pathlib.Path
    command: list
    up_when: str
    prepare: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Cluster:
    version: str
    jars: pathlib.Path
    folder: pathlib.Path
    brokers: int = 1
    heap: str = "512m"
    settings: tuple = ()
    proxied: bool = False

    @property
    def release(self):
        """The version as numbers, to compare."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def kraft(self):
        return self.release >= (3,)

    def ports_needed(self):
        alone = 2 * self.brokers if self.kraft else self.brokers + 1
        return alone + (2 * self.brokers if self.proxied else 0)

    def java(self, *arguments, heap=None):
        """A Java command; its tag in the arguments says in a process list which cluster it belongs to."""
        logging = "log4j2.configurationFile" if self.release >= (4,) else "log4j.configuration"
        settings = HERE / ("log4j2.xml" if self.release >= (4,) else "log4j.properties")
        # Client compiler and serial collector: these brokers live for minutes on few cores, and start in half the time.
        return [os.environ.get("ODRADEK_JAVA", "java"), f"-Xmx{heap or self.heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true", f"-D{logging}={settings.as_uri()}",
                f"-Dodradek.tests={self.folder}", "-cp", f"{self.jars}/*", *map(str, arguments)]

    @staticmethod
    def _addresses(ports):
        return ",".join(f"127.0.0.1:{port}" for port in ports)

    def bootstrap(self, ports):
        return self._addresses(ports[: self.brokers])

    def more_names(self, ports):
        """What else goes into the env file: for those who go through proxies, where these are to listen, and in the brokers' order what is
        behind each."""
        if not self.proxied:
            return {}
        return {"ODRADEK_KAFKA_PROXIES": self._addresses(ports[-2 * self.brokers : -self.brokers]),
                "ODRADEK_KAFKA_PROXIED": self._addresses(ports[-self.brokers :])}

    def _more_listeners(self, ports, node):
        """The last ports are the proxies', then those of the listeners behind them."""
        if not self.proxied:
            return []
        return [Listener("PROXIED", "PLAINTEXT", ports[node - 1 - self.brokers], proxy=ports[node - 1 - 2 * self.brokers])]

    def processes(self, ports):
        """The processes in the order in which they start. The first `brokers` ports are the brokers' plain listeners."""
        return self._kraft(ports) if self.kraft else self._with_zookeeper(ports)

    def _replication(self):
        replicas, in_sync = (3, 2) if self.brokers >= 3 else (self.brokers, 1)
        return [f"default.replication.factor={replicas}", f"min.insync.replicas={in_sync}",
                f"offsets.topic.replication.factor={replicas}", "offsets.topic.num.partitions=5",
                f"transaction.state.log.replication.factor={replicas}", f"transaction.state.log.min.isr={in_sync}",
                "transaction.state.log.num.partitions=5", "group.initial.rebalance.delay.ms=0",
                "group.min.session.timeout.ms=1000", "log.cleaner.dedupe.buffer.size=2097152", "num.network.threads=2",
                "num.io.threads=4", "delete.topic.enable=true"]

    def _kraft(self, ports):
        plain, controllers = ports[: self.brokers], ports[self.brokers : 2 * self.brokers]
        voters = ",".join(f"{node + 1}@127.0.0.1:{port}" for node, port in enumerate(controllers))
        identity = "A" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]
        for node in range(1, self.brokers + 1):
            folder = self.folder / f"broker-{node}"
            listeners = [Listener("PLAIN", "PLAINTEXT", plain[node - 1]), *self._more_listeners(ports, node),
                         Listener("CONTROLLER", "PLAINTEXT", controllers[node - 1], advertised=False)]
            settings = ["process.roles=broker,controller", f"node.id={node}", f"broker.rack=rack-{node}",
                        f"controller.quorum.voters={voters}", "controller.listener.names=CONTROLLER",
                        "inter.broker.listener.name=PLAIN", f"log.dirs={folder}/data", *self._listeners(listeners),
                        *self._replication(), *self._new_group_protocols()]
            file = write_settings(folder, [*settings, *self.settings])
            # The storage tool reads the same settings and writes the cluster's identity and its features.
            prepare = [self.java("kafka.tools.StorageTool", "format", "-t", identity, "-c", file, heap="128m")]
            yield Process(f"broker-{node}", folder, self.java("kafka.Kafka", file), "Kafka Server started", prepare)

    def _new_group_protocols(self):
        """KIP-848 and KIP-932 with times that suit tests."""
        settings = ["group.consumer.min.heartbeat.interval.ms=500", "group.consumer.heartbeat.interval.ms=1000",
                    "group.consumer.min.session.timeout.ms=3000"]
        if self.release < (4,):
            return [*settings, "group.coordinator.rebalance.protocols=classic,consumer"]
        replicas, in_sync = (3, 2) if self.brokers >= 3 else (self.brokers, 1)
        return [*settings, "group.share.min.heartbeat.interval.ms=500", "group.share.heartbeat.interval.ms=1000",
                "group.share.min.session.timeout.ms=3000", "group.share.min.record.lock.duration.ms=1000",
                f"share.coordinator.state.topic.replication.factor={replicas}",
                f"share.coordinator.state.topic.min.isr={in_sync}", "share.coordinator.state.topic.num.partitions=5"]

    def _with_zookeeper(self, ports):
        plain, zookeeper = ports[: self.brokers], ports[self.brokers]
        folder = self.folder / "zookeeper"
        file = write_settings(folder, [f"dataDir={folder}/data", f"clientPort={zookeeper}", "clientPortAddress=127.0.0.1",
                                       "maxClientCnxns=0", "admin.enableServer=false"])
        yield Process("zookeeper", folder, self.java("org.apache.zookeeper.server.quorum.QuorumPeerMain", file, heap="128m"),
                      "binding to port")
        for node in range(1, self.brokers + 1):
            folder = self.folder / f"broker-{node}"
            listeners = [Listener("PLAINTEXT", "PLAINTEXT", plain[node - 1]), *self._more_listeners(ports, node)]
            settings = [f"broker.id={node}", f"broker.rack=rack-{node}", f"zookeeper.connect=127.0.0.1:{zookeeper}",
                        f"log.dirs={folder}/data", *self._listeners(listeners), *self._replication()]
            file = write_settings(folder, [*settings, *self.settings])
            yield Process(f"broker-{node}", folder, self.java("kafka.Kafka", file), "started (kafka.server.KafkaServer)")

    @staticmethod
    def _listeners(listeners):
        return ["listeners=" + ",".join(each.bound() for each in listeners),
                "advertised.listeners=" + ",".join(each.announced() for each in listeners if each.advertised),
                "listener.security.protocol.map=" + ",".join(f"{each.name}:{each.security}" for each in listeners)]


def write_settings(folder, lines):
    """Writes a property file; of two lines with one name Kafka takes the last."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "server.properties"
    file.write_text("".join(line + "\n" for line in lines))
    return file


def fetch(version):
    """The folder with a broker's jars; exits like tools/peers if it cannot be had (77 is ctest's word for skipped)."""
    done = subprocess.run([HERE.parents[1] / "tools" / "peers", "kafka", version], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(done.returncode)
    return pathlib.Path(done.stdout.strip())
