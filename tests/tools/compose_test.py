#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The compose file as it is, then one change at a time: tests/checks/compose.py has to name each."""
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "checks"))
sys.dont_write_bytecode = True
import compose  # noqa: E402

# File, what stands there, what it becomes, what is said of it.
CHANGES = [
    ("docker-compose.yml", "apache/kafka:4.3.1", "apache/kafka:latest", "kafka: the image apache/kafka:latest has no version"),
    ("docker-compose.yml", "apache/kafka:4.3.1", "apache/kafka", "kafka: the image apache/kafka has no version"),
    ("docker-compose.yml", '"127.0.0.1:9093:9093"', '"9093:9093"', "kafka: the port 9093:9093 is not 127.0.0.1:N:N"),
    ("docker-compose.yml", "127.0.0.1:1081:1081", "127.0.0.1:1080:1080", "proxies: the port 127.0.0.1:1080:1080 is proxies's"),
    ("docker-compose.yml", "./docker:/docker:ro", "./other:/docker:ro", "kafka: ./other is mounted and does not exist"),
    ("docker-compose.yml", "proxies.json", "proxy.json", "proxies: /docker/proxy.json is used and not in what is mounted"),
    ("docker-compose.yml", '"kafka.properties"', '"one.properties"', "kafka: one.properties is used and not in what is mounted"),
    ("docker-compose.yml", "\nvolumes:\n  certificates:", "\nvolumes:\n  keys:", "kafka: the volume certificates is not declared"),
    ("docker-compose.yml", "      zookeeper:\n", "      keeper:\n", "zookeeper-kafka: depends on keeper, which is no service"),
    ("docker-compose.yml", "  certificates:\n    image", "  certificates:\n    profiles: [x]\n    image",
     "certificates: ends, and nothing that starts with it waits for that"),
    ("docker/kafka.properties", "SSL://localhost:9093", "SSL://localhost:9193",
     "kafka: SSL tells clients 9193 and listens at 9093"),
    ("docker/kafka.properties", "127.0.0.1:9092", "kafka:9092", "kafka: PLAINTEXT tells clients kafka:9092, which is not published"),
    ("docker/kafka.properties", "INSIDE://kafka:", "INSIDE://localhost:", "kafka: INSIDE is localhost:19092, which is not inside"),
    ("docker-compose.yml", '"127.0.0.1:9096:9096"', '"127.0.0.1:9097:9097"', "kafka: 9097 is published, and no listener tells of it"),
]


@unittest.skipIf(compose.yaml is None, "python3-yaml is missing")
class Compose(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        shutil.copy(ROOT / "docker-compose.yml", self.root)
        shutil.copytree(ROOT / "docker", self.root / "docker")

    def tearDown(self):
        self.folder.cleanup()

    def test_nothing_is_said_of_the_file_as_it_is(self):
        self.assertEqual(list(compose.breaches(self.root)), [])

    def test_each_change_is_named(self):
        for name, old, new, expected in CHANGES:
            with self.subTest(expected):
                file = self.root / name
                text = file.read_text()
                self.assertIn(old, text)
                file.write_text(text.replace(old, new, 1))
                self.assertIn(expected, list(compose.breaches(self.root)))
                file.write_text(text)


if __name__ == "__main__":
    unittest.main()
