#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks rules of the house that a compiler does not: which layer may include which, where Asio may be named, sizes, licence lines.

    layering.py [ROOT]     prints each breach as FILE:LINE: what is wrong; exits with 1 if there is one
"""

import pathlib
import re
import subprocess
import sys

# A layer and what its files may include besides the C++ library: other layers, and headers from elsewhere.
LAYERS = {
    "protocol": ([], []),
    "compression": (["protocol"], ["zlib", "zstd", "zstd_errors", "lz4", "lz4hc", "lz4frame", "snappy", "snappy-c", "snappy-sinksource"]),
    "auth": (["protocol"], ["openssl/", "sasl/", "gssapi/"]),
    "net": (["protocol", "auth"], ["asio", "openssl/", "curl/"]),
    "client": (["net", "compression", "auth", "protocol"], ["asio"]),
    "broker": (["net", "compression", "auth", "protocol"], ["asio"]),
}
# Only these know that time and sockets come from Asio; everybody else goes through net/environment.
WORLD = re.compile(r"asio::(steady_timer|system_timer|high_resolution_timer|basic_waitable_timer|ip::(tcp|udp)|basic_stream_socket|"
                   r"basic_socket|local::)|<asio/(steady_timer|system_timer|basic_waitable_timer|ip/tcp|ip/udp|local)")
WORLD_FILES = re.compile(r"net/(tcp|clock)(_[a-z_]+)?\.[hc]pp")
LONGEST = 500
OURS = re.compile(r"^(protocol|compression|auth|net|client|broker|tools|tests|fuzz|bench|examples)/")
GENERATED = re.compile(r"^protocol/generated/|/generated/")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
# A path of somebody's machine, in whatever file. Names of folders that every Unix has are fine.
MACHINE_PATH = re.compile(r"(?<![\w.$}])/(home|Users|root|work)/[\w.-]+")


def breaches_of_includes(layer, path, number, line):
    """What is wrong with one #include line of a file of a layer."""
    found = INCLUDE.match(line)
    if not found:
        return
    quote, header = found.groups()
    others, elsewhere = LAYERS[layer]
    if quote == '"':
        yield f'includes "{header}": write <odradek/...>'
    elif header.startswith("odradek/"):
        parts = header.split("/")
        if len(parts) < 3 or parts[1] not in [layer, *others]:
            yield f"{layer} may not include <{header}>"
    elif "/" in header or header.endswith((".h", ".hpp")):
        system = re.match(r"(sys|netinet|arpa|linux)/|(unistd|fcntl|poll|netdb|errno|pthread|[a-z]*intrin|cpuid|arm_acle)\.h$", header)
        known = any(header == name or header.startswith(name if name.endswith("/") else f"{name}/") or
                    re.fullmatch(re.escape(name) + r"\.h(pp)?", header) for name in elsewhere)
        if not system and not known:
            yield f"{layer} may not include <{header}>"


def breaches_of(path, text):
    """What is wrong with one file, as (line number, words)."""
    layer = path.split("/")[0]
    source = path.endswith((".hpp", ".cpp"))
    lines = text.splitlines()
    if source and OURS.match(path) and not GENERATED.search(path):
        if not lines or lines[0] != "// SPDX-License-Identifier: Apache-2.0":
            yield 1, "the first line is not the licence line"
        if len(lines) > LONGEST:
            yield len(lines), f"{len(lines)} lines; {LONGEST} are too many for one file"
    for number, line in enumerate(lines, 1):
        if MACHINE_PATH.search(line):
            yield number, "names a path of one machine"
        if source and layer in LAYERS:
            for words in breaches_of_includes(layer, path, number, line):
                yield number, words
            if WORLD.search(line) and not WORLD_FILES.fullmatch(path):
                yield number, "Asio's timers, sockets and resolvers belong to net/tcp and net/clock"


def files(root):
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard", "-z"], stdout=subprocess.PIPE, check=True)
    for name in sorted(listed.stdout.decode().split("\0")):
        path = pathlib.Path(root, name)
        if name and path.is_file() and path.stat().st_size < 2_000_000:
            try:
                yield name, path.read_text()
            except UnicodeDecodeError:
                continue


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else str(pathlib.Path(__file__).resolve().parents[2])
    checked = found = 0
    for name, text in files(root):
        checked += 1
        for number, words in breaches_of(name, text):
            found += 1
            print(f"{name}:{number}: {words}")
    print(f"layering: {checked} files, {found} breaches")
    return 1 if found or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
