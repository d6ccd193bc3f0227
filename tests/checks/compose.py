#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks docker-compose.yml without an engine: every profile resolves, images have versions, ports are bound to this machine alone, what
is mounted or run from docker/ exists, and brokers tell clients the ports that are published.

    compose.py [FOLDER]     prints what is wrong; exits with 1 if there is something, with 77 without a YAML reader

Whether the file's form is right is for docker-compose to say; without it that part is left out, in so many words.
"""

import pathlib
import re
import shutil
import subprocess
import sys

try:
    import yaml
except ImportError:
    yaml = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
HERE = ("127.0.0.1", "localhost")
PORT = re.compile(r"127\.0\.0\.1:(\d+):(\d+)")
LISTENER = re.compile(r"(\w+)://([^:,]*):(\d+)")
INSIDE = "INSIDE"  # the listener that only the other containers reach


def read_properties(*files):
    """Of two lines with one name the later one holds, as in Kafka."""
    lines = (line for file in files for line in file.read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def profiles(services):
    return sorted({profile for service in services.values() for profile in service.get("profiles", [])})


def words(service):
    """What is run, as a list."""
    return [*service.get("entrypoint", []), *service.get("command", [])]


def wrong_image(name, service):
    repository, _, tag = service.get("image", "").rpartition(":")
    if not repository or not re.search(r"\d+\.\d+", tag):
        yield f"{name}: the image {service.get('image')} has no version"


def wrong_ports(name, service):
    for port in service.get("ports", []):
        match = PORT.fullmatch(str(port))
        if not match or match[1] != match[2]:
            yield f"{name}: the port {port} is not 127.0.0.1:N:N"


def wrong_files(name, service, file, folder):
    targets = {}
    for volume in service.get("volumes", []):
        source, target = volume.split(":")[:2]
        targets[target] = source
        if source.startswith("."):
            if not (folder / source).exists():
                yield f"{name}: {source} is mounted and does not exist"
        elif source not in file.get("volumes", {}):
            yield f"{name}: the volume {source} is not declared"
    for word in words(service):
        inside = re.match(r"/docker/(.+)", word)
        path = inside[1] if inside else word if word.endswith(".properties") else None
        if path and not ("/docker" in targets and (folder / targets["/docker"] / path).exists()):
            yield f"{name}: {word} is used and not in what is mounted"


def settings_of(service, folder):
    """The listeners as they are bound and as clients are told them; None if this is no broker."""
    environment = service.get("environment", {})
    if "KAFKA_LISTENERS" in environment:
        return environment["KAFKA_LISTENERS"], environment["KAFKA_ADVERTISED_LISTENERS"]
    own = [folder / "docker" / word for word in words(service) if word.endswith(".properties")]
    if not own or not all(file.exists() for file in own):
        return None
    settings = read_properties(folder / "docker" / "broker.properties", *own)
    return settings["listeners"], settings["advertised.listeners"]


def wrong_listeners(name, service, folder):
    settings = settings_of(service, folder)
    if settings is None:
        return
    bound = {listener: int(port) for listener, _, port in LISTENER.findall(settings[0])}
    told = {listener: (host, int(port)) for listener, host, port in LISTENER.findall(settings[1])}
    published = {int(match[1]) for port in service.get("ports", []) if (match := PORT.fullmatch(str(port)))}
    for listener, (host, port) in told.items():
        if bound.get(listener) != port:
            yield f"{name}: {listener} tells clients {port} and listens at {bound.get(listener)}"
        if listener == INSIDE:
            if host != name or port in published:
                yield f"{name}: {INSIDE} is {host}:{port}, which is not inside"
        elif host not in HERE or port not in published:
            yield f"{name}: {listener} tells clients {host}:{port}, which is not published"
    for port in published - {port for _, port in told.values()}:
        yield f"{name}: {port} is published, and no listener tells of it"


def wrong_dependencies(services):
    """A service that ends is a failure to `up --wait` unless one that always runs waits for its end."""
    ends = {}
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            if other not in services:
                yield f"{name}: depends on {other}, which is no service"
            elif how.get("condition") == "service_completed_successfully":
                ends.setdefault(other, []).append(name)
    for other, waiting in ends.items():
        if not any(services[name].get("profiles", []) == services[other].get("profiles", []) for name in waiting):
            yield f"{other}: ends, and nothing that starts with it waits for that"


def wrong_twice(services):
    seen = {}
    for name, service in services.items():
        for port in service.get("ports", []):
            if port in seen:
                yield f"{name}: the port {port} is {seen[port]}'s"
            seen[port] = name


def breaches(folder):
    file = yaml.safe_load((folder / "docker-compose.yml").read_text())
    services = file["services"]
    yield from wrong_dependencies(services)
    yield from wrong_twice(services)
    for name, service in services.items():
        yield from wrong_image(name, service)
        yield from wrong_ports(name, service)
        yield from wrong_files(name, service, file, folder)
        yield from wrong_listeners(name, service, folder)


def unresolved(folder):
    """What docker-compose says of each profile; None if it is not there."""
    if not shutil.which("docker-compose"):
        return None
    found = []
    for profile in [None, *profiles(yaml.safe_load((folder / "docker-compose.yml").read_text())["services"])]:
        command = ["docker-compose", "-f", folder / "docker-compose.yml", *(["--profile", profile] if profile else []), "config", "-q"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode or done.stdout.strip():
            found.append(f"docker-compose, profile {profile}: {done.stdout.strip()}")
    return found


def main():
    if yaml is None:
        print("compose: skipped, python3-yaml is missing")
        return 77
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT
    found = list(breaches(folder))
    of_form = unresolved(folder)
    if of_form is None:
        print("compose: docker-compose is missing, so the file's form is not checked")
    print("\n".join(found + (of_form or []) + [f"compose: {len(found) + len(of_form or [])} breaches"]))
    return 1 if found or of_form else 0


if __name__ == "__main__":
    sys.exit(main())
