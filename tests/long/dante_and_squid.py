#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Connections through Dante and Squid to the broker in the environment: dante_and_squid.py PROGRAM ODRADEK [COUNT]

PROGRAM is odradek_through_proxies, ODRADEK the command-line program, COUNT how many requests each connection makes. Both proxies are
Debian's, with and without passwords; Squid also listens with TLS. Dante knows no users but the system's: the one that it is to know is in
files of its own, and is left out where these cannot be had. tests/proxies/real_proxies.py does the same with smaller proxies.
"""

import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
for folder in ("broker", "kafka", "proxies"):
    sys.path.insert(0, str(HERE.parent / folder))
import checks
import names
import real_proxies
from real_proxies import HIDDEN, LOGIN, PASSWORD, USER, carries, fails, goes

AT = "127.0.0.1"
SYSTEM_USER = f"{USER}:x:65533:65533::/nonexistent:/usr/sbin/nologin\n"


def fetch():
    """Where they are unpacked; ends the program as tools/peers does if they cannot be had (77 is ctest's word for skipped)."""
    done = subprocess.run([HERE.parents[1] / "tools" / "peers", "proxies"], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(done.returncode)
    return pathlib.Path(done.stdout.strip())


def crypted(how):
    return subprocess.run(["openssl", "passwd", how, PASSWORD], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


class Proxies(real_proxies.Proxies):
    """These two. As root they give up what they may do, so that others have to be able to read their files."""

    def __init__(self, unpacked):
        super().__init__()
        self.unpacked = unpacked
        self.path.chmod(0o755)
        self.libraries = next(unpacked.glob("usr/lib/*-linux-*"))

    @staticmethod
    def end(process):
        """Both consist of several processes, and end those when they are told to."""
        process.terminate()
        try:
            process.wait(timeout=real_proxies.PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def file(self, name, text):
        where = self.path / name
        where.write_text(text)
        where.chmod(0o644)
        return where

    def certificate(self):
        key, certificate = self.path / "key.pem", self.path / "certificate.pem"
        if not key.exists():
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                            "-subj", "/CN=proxy", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stderr=subprocess.DEVNULL)
        key.chmod(0o644)
        return key, certificate

    def program(self, before, name, *arguments):
        return (*before, "env", f"LD_LIBRARY_PATH={self.libraries}", str(self.unpacked / "usr" / "sbin" / name), *map(str, arguments))

    def danted(self, method="none", to="127.0.0.0/8", before=()):
        port = self.port()
        users = ["user.privileged: root", "user.unprivileged: nobody"] if os.geteuid() == 0 else []
        file = self.file(f"danted-{port}", "\n".join((
            "logoutput: stderr", f"internal: {AT} port = {port}", f"external: {AT}", "clientmethod: none", f"socksmethod: {method}", *users,
            "client pass { from: 127.0.0.0/8 to: 0.0.0.0/0 }", f"socks pass {{ from: 127.0.0.0/8 to: {to} command: connect }}", "")))
        return self.start(port, *self.program(before, "danted", "-f", file, "-p", self.path / f"danted-{port}.pid"))

    def squid(self, tls=False, login=False, before=()):
        port = self.port()
        key, certificate = self.certificate()
        share = self.unpacked / "usr" / "share" / "squid"
        listens = f"https_port {AT}:{port} tls-cert={certificate} tls-key={key}" if tls else f"http_port {AT}:{port}"
        known = self.file("known", f"{USER}:{crypted('-apr1')}\n")
        asks = [f"auth_param basic program {self.unpacked}/usr/lib/squid/basic_ncsa_auth {known}", "auth_param basic realm the castle",
                "auth_param basic children 1", "acl known proxy_auth REQUIRED", "http_access allow known"]
        file = self.file(f"squid-{port}", "\n".join((
            listens, *(asks if login else ["http_access allow all"]), "http_access deny all", "visible_hostname squid.test",
            "cache deny all", "cache_mem 8 MB", "access_log none", "cache_log /dev/stderr", "pid_filename none", "netdb_filename none",
            f"unlinkd_program {self.unpacked}/usr/lib/squid/unlinkd", f"logfile_daemon {self.unpacked}/usr/lib/squid/log_file_daemon",
            f"coredump_dir {self.path}", f"mime_table {share}/mime.conf", f"icon_directory {share}/icons",
            f"error_directory {share}/errors/English", "pinger_enable off", "shutdown_lifetime 0 seconds", "max_filedescriptors 256", "")))
        return self.start(port, *self.program(before, "squid", "-N", "-f", file))

    def with_user(self):
        """What goes before a Dante so that the system has one more user."""
        files = {path: self.file(pathlib.Path(path).name, pathlib.Path(path).read_text() + line)
                 for path, line in (("/etc/passwd", SYSTEM_USER), ("/etc/shadow", f"{USER}:{crypted('-6')}:20000::::::\n"))}
        return names.with_files(files)


def check_dante(proxies, broker, port):
    dante = proxies.danted()
    elsewhere = proxies.danted(to="192.0.2.0/24")
    with checks.that("Dante without a login"):
        goes(broker, f"socks5 {AT}:{dante}", f"socks5h://{AT}:{dante}")
        goes(f"localhost:{port}", f"socks5 {AT}:{dante}", f"socks5h://{AT}:{dante}")
        goes(f"localhost:{port}", f"socks5 {AT}:{dante}", f"socks5://{AT}:{dante}")
        goes(broker, f"socks5 {AT}:{dante}", f"socks5h://{LOGIN}{AT}:{dante}")  # it asks for none
    with checks.that("Dante that may not go there"):
        fails(broker, "proxy_refused", f"proxy socks5 {AT}:{elsewhere}", f"socks5h://{AT}:{elsewhere}")
    with checks.that("Dante to where nobody listens"):
        fails(f"{AT}:{proxies.port()}", "proxy_failed", "no way to", f"socks5h://{AT}:{dante}")
    return dante


def check_dante_login(proxies, odradek, broker):
    if os.geteuid() != 0 or (before := proxies.with_user()) is None:
        print("dante_and_squid: left out: Dante with a login")
        return None
    dante = proxies.danted("username", before=before)
    with checks.that("Dante with a login"):
        goes(broker, f"socks5 {AT}:{dante}", f"socks5h://{LOGIN}{AT}:{dante}")
        fails(broker, "proxy_authentication_failed", "it refused username and password", f"socks5h://{LOGIN[:-1]}x@{AT}:{dante}")
        fails(broker, "proxy_authentication_failed", "there is no username", f"socks5h://{AT}:{dante}")
    with checks.that("records through Dante"):
        carries(odradek, broker, f"socks5h://{LOGIN}{AT}:{dante}", "through-dante")
    return dante


def check_squid(proxies, odradek, broker, port):
    squid, squid_login = proxies.squid(), proxies.squid(login=True)
    secure, secure_login = proxies.squid(tls=True), proxies.squid(tls=True, login=True)
    trusting = ("--ca", proxies.certificate()[1])
    with checks.that("Squid without a login"):
        goes(broker, f"http {AT}:{squid}", f"http://{AT}:{squid}")
        goes(f"localhost:{port}", f"http {AT}:{squid}", f"http://{AT}:{squid}")
    with checks.that("Squid with a login"):
        goes(broker, f"http {AT}:{squid_login}", f"http://{LOGIN}{AT}:{squid_login}")
        fails(broker, "proxy_authentication_failed", "it offers Basic", f"http://{AT}:{squid_login}")
        fails(broker, "proxy_authentication_failed", "it refused username and password", f"http://{LOGIN[:-1]}x@{AT}:{squid_login}")
    with checks.that("Squid through TLS"):
        goes(broker, f"https {AT}:{secure}", *trusting, f"https://{AT}:{secure}")
        goes(broker, f"https {AT}:{secure_login}", *trusting, f"https://{LOGIN}{AT}:{secure_login}")
        fails(broker, "proxy_authentication_failed", "it refused username and password", *trusting,
              f"https://{LOGIN[:-1]}x@{AT}:{secure_login}")
        fails(broker, "tls_certificate_refused", f"proxy https {AT}:{secure}", f"https://{AT}:{secure}")
    with checks.that("Squid to where nobody listens"):
        fails(f"{AT}:{proxies.port()}", "proxy_failed", "no tunnel to", f"http://{AT}:{squid}")
        fails(f"{AT}:{proxies.port()}", "proxy_failed", "no tunnel to", *trusting, f"https://{AT}:{secure}")
    with checks.that("records through Squid"):
        carries(odradek, broker, f"http://{LOGIN}{AT}:{squid_login}", "through-squid")
    return squid_login, secure_login, trusting


def main():
    real_proxies.PROGRAM, odradek = sys.argv[1:3]
    real_proxies.COUNT = int(sys.argv[3]) if len(sys.argv) > 3 else real_proxies.COUNT
    broker = checks.BROKERS.split(",")[0]
    port = broker.rsplit(":", 1)[1]
    with Proxies(fetch()) as proxies:
        dante = check_dante(proxies, broker, port)
        dante_login = check_dante_login(proxies, odradek, broker)
        squid, secure, trusting = check_squid(proxies, odradek, broker, port)
        with checks.that("chains"):
            goes(broker, f"socks5 {AT}:{dante} and http {AT}:{squid}", f"socks5h://{AT}:{dante}", f"http://{LOGIN}{AT}:{squid}")
            goes(broker, f"socks5 {AT}:{dante} and https {AT}:{secure}", *trusting, f"socks5h://{AT}:{dante}",
                 f"https://{LOGIN}{AT}:{secure}")
            goes(broker, f"https {AT}:{secure} and socks5 {AT}:{dante}", *trusting, f"https://{LOGIN}{AT}:{secure}",
                 f"socks5h://{AT}:{dante}")
            if dante_login:
                goes(broker, f"socks5 {AT}:{dante_login} and https {AT}:{secure}", *trusting, f"socks5h://{LOGIN}{AT}:{dante_login}",
                     f"https://{LOGIN}{AT}:{secure}")
        if before := names.knowing(proxies.file("hosts", f"127.0.0.1 {HIDDEN}\n")):
            with checks.that("a name that only the proxy can resolve"):
                knowing = proxies.danted(before=before)
                goes(f"{HIDDEN}:{port}", f"socks5 {AT}:{knowing}", f"socks5h://{AT}:{knowing}")
                knowing = proxies.squid(before=before)
                goes(f"{HIDDEN}:{port}", f"http {AT}:{knowing}", f"http://{AT}:{knowing}")
        else:
            print("dante_and_squid: left out: a name that only the proxy can resolve")
    return checks.close()


if __name__ == "__main__":
    sys.exit(main())
