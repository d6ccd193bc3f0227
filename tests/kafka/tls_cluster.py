# SPDX-License-Identifier: Apache-2.0
"""A cluster whose brokers have two more listeners: SSL, and MTLS, which asks for a client certificate.

The certificates are those of docker/certificates. What a broker reads of them lies in its own folder, so that it can be replaced for
one of them.
"""

import cluster as clusters
import docker_broker

WAYS = ("SSL", "MTLS")
KEYS, TRUSTED = "keys.pem", "trusted.pem"

class TlsCluster(clusters.Cluster):
    """A Cluster of KRaft's time with both."""

    def ports_needed(self):
        return super().ports_needed() + len(WAYS) * self.brokers

    @property
    def _certificates(self):
        return self.folder / "certificates"

    def _ports_of(self, way, ports):
        first = (2 + WAYS.index(way)) * self.brokers
        return ports[first : first + self.brokers]

    def more_names(self, ports):
        listed = {f"ODRADEK_KAFKA_{way}": ",".join(f"localhost:{port}" for port in self._ports_of(way, ports)) for way in WAYS}
        return {**listed, "ODRADEK_KAFKA_CERTIFICATES": self._certificates}

    def _more_listeners(self, ports, node):
        return [clusters.Listener(way, "SSL", self._ports_of(way, ports)[node - 1], host="localhost") for way in WAYS]

    def processes(self, ports):
        for process in super().processes(ports):
            made = self._certificates

            with open(process.folder / "server.properties", "a") as file:
                file.write("".join(f"{line}\n" for line in self._tls_settings(process.folder)))
            process.prepare[:0] = [[docker_broker.DOCKER / "certificates", made],
                                   ["cp", made / "broker-store.pem", process.folder / KEYS], ["cp", made / "ca.pem", process.folder / TRUSTED]]
            yield process

    @staticmethod
    def _tls_settings(folder):
        return ["ssl.keystore.type=PEM", f"ssl.keystore.location={folder / KEYS}", "ssl.truststore.type=PEM",
                f"ssl.truststore.location={folder / TRUSTED}", "listener.name.mtls.ssl.client.auth=required"]

