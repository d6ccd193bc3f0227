# SPDX-License-Identifier: Apache-2.0
"""Runs a Cluster and sees to it that none of it outlives the tests.

The keeper is a process of its own, the parent of every Java process. It ends when it gets SIGTERM or when its owner (the test run)
is gone, however that came about; it then kills what it started, by process id, and removes the state. Should the keeper itself be
killed, the kernel ends its children.

It also keeps the ports: each one is bound, without listening, for as long as the cluster lives. Linux lets a second socket
bind the same port and listen when both set SO_REUSEADDR, as Java does, but gives the port to nobody else meanwhile.
"""

import ctypes
import os
import select
import shutil
import signal
import socket
import subprocess
import time

START_SECONDS = 120


class Failed(Exception):
    pass


def hold(family, address, port):
    """A socket that holds a port of an address."""
    holder = socket.socket(family, socket.SOCK_STREAM)
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((address, port))
    except OSError:
        holder.close()
        raise
    return holder


def has_ipv6():
    """Whether this machine has ::1."""
    try:
        hold(socket.AF_INET6, "::1", 0).close()
        return True
    except OSError:
        return False


def take_ports(count, twice=False):
    """Sockets that hold free ports of 127.0.0.1; `twice`: also those of ::1 with the same numbers, behind them."""
    held, more = [], []
    while len(held) < count:
        holder = hold(socket.AF_INET, "127.0.0.1", 0)
        if twice:
            try:
                more.append(hold(socket.AF_INET6, "::1", holder.getsockname()[1]))
            except OSError:  # somebody has it there
                holder.close()
                continue
        held.append(holder)
    return held + more


def die_with_parent():
    """In the child: the kernel kills it when the keeper is gone (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def wait_for(process, description):
    """Returns when the log has the line that says that the process is up."""
    log = description.folder / "log"
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        text = log.read_text(errors="replace")
        if description.up_when in text:
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    why = f"ended with {process.returncode}" if process.returncode is not None else f"not up after {START_SECONDS} s"
    raise Failed(f"{description.name} {why}; its last lines:\n" + "\n".join(log.read_text(errors="replace").splitlines()[-15:]))


class Keeper:
    def __init__(self, cluster, owner):
        self.cluster = cluster
        self.owner = os.pidfd_open(owner) if owner else None
        self.running = {}
        self.ports = []

    def start(self):
        """Starts everything; what it returns goes into the env file."""
        needed = self.cluster.ports_needed()
        self.ports = take_ports(needed, twice=has_ipv6())
        numbers = [holder.getsockname()[1] for holder in self.ports[:needed]]
        waiting = []
        for description in self.cluster.processes(numbers):
            for command in description.prepare:
                done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                if done.returncode:
                    raise Failed(f"{description.name} cannot be prepared:\n{done.stdout}")
            with open(description.folder / "log", "wb") as log:
                process = subprocess.Popen(description.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                           cwd=description.folder, preexec_fn=die_with_parent)
            self.running[description.name] = process
            (description.folder / "pid").write_text(f"{process.pid}\n")
            if description.name == "zookeeper":
                wait_for(process, description)
            else:
                waiting.append((process, description))
        for process, description in waiting:
            wait_for(process, description)
        return {"ODRADEK_KAFKA_BROKERS": self.cluster.bootstrap(numbers), "ODRADEK_KAFKA_VERSION": self.cluster.version,
                "ODRADEK_KAFKA_DIR": self.cluster.folder, "ODRADEK_KAFKA_JARS": self.cluster.jars,
                "ODRADEK_KAFKA_KEEPER": os.getpid(), **self.cluster.more_names(numbers),
                "ODRADEK_KAFKA_PIDS": ",".join(str(process.pid) for process in self.running.values())}

    def keep(self, stop):
        """Returns when the file descriptor `stop` has something to read or when the owner is gone."""
        select.select([stop] + ([self.owner] if self.owner is not None else []), [], [])

    def end(self):
        """Kills what runs and forgets its state; nobody will read it again, so there is nothing to shut down in order."""
        for process in self.running.values():
            if process.poll() is None:
                process.kill()
        for process in self.running.values():
            process.wait()
        shutil.rmtree(self.cluster.folder, ignore_errors=True)


def run(cluster, owner, report):
    """The whole life of a keeper process. `report(values, error)` is called once, when the cluster is up or has failed."""
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    signal.set_wakeup_fd(write_end)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    keeper = Keeper(cluster, owner)
    try:
        report(keeper.start(), None)
        keeper.keep(read_end)
    except Exception as error:  # whatever it is, the starter must hear of it and nothing may stay behind
        report(None, str(error))
    finally:
        keeper.end()
