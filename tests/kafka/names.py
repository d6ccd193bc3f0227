# SPDX-License-Identifier: Apache-2.0
"""Names and other files of the system that only one command knows, and addresses at which nobody answers."""

import contextlib
import shutil
import socket
import subprocess
import sys

LOOK_UP = ("import socket, sys; print(*(each[4][0] for each in socket.getaddrinfo(sys.argv[1], None, type=socket.SOCK_STREAM, "
           "flags=socket.AI_ADDRCONFIG)))")


def with_files(instead):
    """What goes before a command so that it finds these files instead of the system's, by the paths of those: a file system of its own, as
    root or as root of a user namespace. None where neither can be had."""
    mounts = "".join(f'mount --bind "{file}" "{path}" && ' for path, file in instead.items())
    for how in ("-m", "-rm"):
        words = ("unshare", how, "sh", "-c", f'{mounts}exec "$@"', "sh")
        if shutil.which("unshare") and subprocess.run([*words, "true"], stderr=subprocess.DEVNULL).returncode == 0:
            return words
    return None


def knowing(hosts):
    """The same with this file as /etc/hosts."""
    return with_files({"/etc/hosts": hosts})


def addresses(name, before=()):
    """Of a name as the system orders them for the command behind `before`."""
    done = subprocess.run([*before, sys.executable, "-c", LOOK_UP, name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return done.stdout.split()


@contextlib.contextmanager
def swallowing(address, port):
    """Within it, connections to this address are neither taken nor refused: who listens there takes none, and no more can wait. Gives
    whether this system has it so."""
    with contextlib.ExitStack() as kept:
        def stream():
            return kept.enter_context(socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM))

        listener = stream()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(8):
            waiting = stream()
            waiting.settimeout(0.3)
            try:
                waiting.connect((address, port))
            except TimeoutError:
                yield True
                return
        yield False
