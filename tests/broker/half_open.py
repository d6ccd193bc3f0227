#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Ten thousand clients that connect to the broker in the environment and never finish a request: half_open.py [COUNT]

They send nothing, a part of a length, a part of a request, or the length of a request of 90 MB. While they are there another client
is served; all of them are hung up on, by a deadline that is the broker's own (30 s for the first request); and then the next client is
served. Where so many descriptors cannot be had it is a skip.
"""
import collections
import os
import resource
import select
import socket
import struct
import sys
import time

BEGINNINGS = (b"", b"\0\0", struct.pack(">ihhi", 20, 18, 0, 1), struct.pack(">ihhi", 90_000_000, 18, 0, 1))
GIVE_UP_S = 240  # a broker that hangs up on nobody must not hang the test


def asks(address):
    """Whether a client is served: an ApiVersions request, and the correlation id of its answer."""
    with socket.create_connection(address, timeout=GIVE_UP_S) as one:
        one.sendall(struct.pack(">ihhih", 10, 18, 0, 77, -1))
        answer = b""
        while len(answer) < 8:
            more = one.recv(1 << 16)
            if not more:
                return False
            answer += more
        return struct.unpack_from(">i", answer, 4)[0] == 77


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if limit != resource.RLIM_INFINITY and limit < count + 200:
        print(f"half_open: skipped, {limit} descriptors are not enough for {count} connections")
        return 77
    resource.setrlimit(resource.RLIMIT_NOFILE, (count + 200, limit))
    host, port = os.environ["ODRADEK_KAFKA_BROKERS"].split(",")[0].rsplit(":", 1)
    address = (host, int(port))

    began = time.monotonic()
    waiting = {}
    poll = select.poll()
    for number in range(count):
        one = socket.create_connection(address, timeout=GIVE_UP_S)
        one.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        waiting[one.fileno()] = (one, number % len(BEGINNINGS))
        poll.register(one, select.POLLIN)
    print(f"half_open: {count} connected after {time.monotonic() - began:.1f} s")
    if not asks(address):
        print("half_open: another client is not served meanwhile")
        return 1
    print("half_open: another client is served meanwhile")

    ended = collections.Counter()
    while waiting and time.monotonic() - began < GIVE_UP_S:
        for descriptor, _ in poll.poll(1000):
            one, kind = waiting.pop(descriptor)
            poll.unregister(descriptor)
            try:
                said = one.recv(100)
            except ConnectionResetError:
                said = b""
            if said:
                print(f"half_open: {BEGINNINGS[kind]!r} was answered with {said!r}")
                return 1
            one.close()
            ended[kind] += 1
    print(f"half_open: {ended.total()} hung up on, the last after {time.monotonic() - began:.1f} s")
    if waiting:
        print(f"half_open: {len(waiting)} are still connected")
        return 1
    if not asks(address):
        print("half_open: the next client is not served")
        return 1
    return 0


sys.exit(main())
