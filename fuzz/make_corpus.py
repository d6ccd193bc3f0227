#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes seeds for the fuzz targets out of the golden vectors: make_corpus.py FOLDER

Writes FOLDER/<target>/<name>, in the form that the comment at the top of fuzz/<target>.cpp describes. Seeds are derived, so
they belong into a build folder; what fuzzing found is kept in fuzz/corpus/<target>/ instead. Does nothing if they are there
already and neither the vectors nor this script changed.
"""
import base64
import gzip
import hashlib
import hmac
import json
import pathlib
import random
import re
import shutil
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
CODECS = {1: "gzip", 2: "snappy", 3: "lz4", 4: "zstd"}
BATCH_HEADER = 61
SERVED = {0, 1, 2, 3, 18, 19, 20, 21, 22, 23, 32, 37, 44, 60, 61, 75}  # what the embedded broker answers


def rows(name):
    with gzip.open(GOLDEN / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def messages():
    """One seed a vector for the targets that read messages."""
    vectors = rows("vectors.jsonl.gz")
    others = sorted({row["api"] for row in vectors if row["kind"] not in ("request", "response")})
    chosen = set()
    for row in vectors:
        body = bytes.fromhex(row["hex"])
        kind = {"request": 0, "response": 1}.get(row["kind"], 2)
        key = row["key"] if kind < 2 else others.index(row["api"])
        select = bytes([key, row["v"]])
        name = f"{row['api']}-{row['kind']}-v{row['v']}-{row['case']}"
        if kind < 2:
            yield row["kind"], name, select + b"\2" + body
        if row["kind"] == "request" and key in SERVED and len(body) < 4000:
            yield "broker", name, bytes([0, 0, 9]) + select + b"\1" + struct.pack(">H", len(body)) + body
        yield "differential", name, bytes([kind]) + select + body
        if row["case"] in ("default", "rich1", "edge", "utags"):
            text = json.dumps(row["json"], ensure_ascii=False, separators=(",", ":"))
            yield "json", name, bytes([kind]) + select + text.encode()
        if (kind, select) not in chosen:
            chosen.add((kind, select))
            yield "random_message", name, bytes([kind]) + select + struct.pack(">QH", len(chosen), 7 * len(chosen))
        if row["api"] == "ConsumerProtocolSubscription":
            yield "consumer_protocol", name, b"\0" + struct.pack(">h", row["v"]) + body
        if row["api"] == "ConsumerProtocolAssignment":
            yield "consumer_protocol", name, b"\1" + struct.pack(">h", row["v"]) + body
        if "frame" in row:
            frame = bytes.fromhex(row["frame"])
            yield "header", name, select + frame[4:]
            if key % 3 == 0:
                yield "frame", name, bytes([len(chosen) % 8]) + bytes(range(0, 24, 3)) + 3 * frame


def batches():
    """Record sets, and the compressed parts of their batches for the decompressors."""
    for row in rows("batches.jsonl.gz"):
        data = bytes.fromhex(row["hex"])
        name = f"{row['group']}-{row['name']}".replace("/", "-").replace(",", "-")
        if len(data) < 20000:
            for choices in (0, 1):
                yield "record_set", f"{name}-{choices}", bytes([choices]) + data
        if len(data) < 20:
            continue
        magic = data[16]
        codec = CODECS.get(data[22 if magic == 2 else 17] & 7)
        size = 12 + struct.unpack_from(">i", data, 8)[0]
        if codec is None or size > len(data) or magic > 2:
            continue
        if magic == 2:
            packed = data[BATCH_HEADER:size]
        else:
            key = 18 if magic == 0 else 26
            at = key + 4 + max(0, struct.unpack_from(">i", data, key)[0])
            packed = data[at + 4 : size]
        yield codec, name, bytes([magic, 20]) + packed


def structured():
    """Beginnings for the targets whose input describes what to do."""
    for length in (9000, 280_000, 299_000, 1_000_000, 50_000_000, 200_000_000):
        for choices in (4, 12):
            stream = struct.pack(">i", length) + bytes(1000)
            yield "frame", f"large-{length}-{choices}", bytes([choices]) + bytes(range(0, 248, 31)) + stream
    words = b"the quick brown fox jumps over the lazy dog " * 3
    for codec in range(5):
        for magic in range(3):
            yield "compress", f"codec{codec}-format{magic}", bytes([codec, 128, magic, 8]) + words
            yield "compress", f"codec{codec}-format{magic}-level1", bytes([codec, 1, magic, 3]) + words
        for flags in (0, 5, 10):
            header = bytes([codec, flags, 16]) + struct.pack(">Hi", 60000, 100) + (bytes(8) if flags & 1 else b"")
            record = bytes([0]) + struct.pack(">Q", 1700000000000) + bytes([3]) + b"key" + bytes([5]) + b"value"
            headers = bytes([2, 4]) + b"name" + bytes([2]) + b"hi" + bytes([1]) + b"n" + bytes([255])
            yield "batch_builder", f"codec{codec}-flags{flags}", header + (record + headers + record + bytes([0])) * 6
    for magic in (0, 1):
        for codec in range(4):
            message = struct.pack(">h", 1234) + bytes([3]) + b"key" + bytes([255])
            message += struct.pack(">h", 1235) + bytes([255, 5]) + b"value"
            yield "legacy_set", f"format{magic}-codec{codec}", bytes([magic, codec]) + struct.pack(">I", 500) + message * 4


def talks():
    """Clients that talk to the embedded broker."""
    records = b"\4" + bytes([20, 10, 100, 0, 137, 137, 137, 0, 0, 0, 137, 6])
    fetch = b"\7" + bytes([0, 137, 0, 137, 136] * 2 + [0, 0, 135, 1, 136, 0, 137, 0, 6])
    for release in range(8):
        for brokers in range(3):
            talk = records * 3 + fetch * 2 + b"\1\1\0" + fetch + b"\2\0" + fetch * 3 + b"\2\1\3"
            yield "broker", f"talk-{release}-{brokers}", bytes([release, brokers]) + talk


def groups():
    """Consumer groups for their assignors: every assignor, members that claim more or less at random."""
    for number in range(64):
        noise = random.Random(number)
        yield "assignors", f"group-{number}", bytes([number % 4]) + noise.randbytes(noise.choice((40, 300, 1500, 4000)))


def texts():
    """Property files, and what the command line reads and prints."""
    commands = (
        "produce -b localhost:9092 -t lines -p 1 -K : -H a=b -z zstd -X linger.ms=5 file",
        "consume -b localhost -t lines -o s@1700000000000 -o e@1700000000001 -e -c 10 -J",
        "consume -b localhost -t lines -o -5 -f %t:%p:%o:%k:%s\\n",
        "metadata -b localhost --topic lines --json",
        "decode --api Metadata --version 13 --response --header 00ff",
    )
    for number, command in enumerate(commands):
        yield "cli", f"words-{number}", b"\0" + "\n".join(command.split()).encode()
    yield "cli", "format", bytes([1, 52]) + rb"%t %p %o %k %K %s %S %R %T %h %% \n\t\x41 and some more" + b"\3key\4name"
    yield "cli", "json", b"\2\3key\6n\xc3\xa4me\"\1value \0\x1f\xff"
    yield "cli", "escapes", rb"_\n\t\r\0\\\x41".replace(b"_", b"\3")
    yield "cli", "hex", b"\4 00ff Ab\n12"
    yield "cli", "lines", b"\5\7one\ntwo\n\nthree lines are here"
    names = set()
    for file in sorted((ROOT / "client").glob("property_table_*.cpp")):
        names |= set(re.findall(r'"([a-z][a-z0-9]*(?:[._-][a-z0-9]+)+)"', file.read_text(encoding="utf-8")))
    for name in sorted(names):
        yield "properties", name, f"{name}=1\n".encode()
    yield "properties", "a file", (
        b"# a comment\n! another\nbootstrap.servers = a:9092,\\\n   b:9092\ncompression.type: zstd\nacks all\n"
        b"client.id=\\u00e4\\ud83d\\ude00\\t\nlinger.ms=5\\\n\n\nfetch.min.bytes=\\\n\\\n7\nno.such.name=1\nsasl.jaas.config=x"
    )
    pem = "-----BEGIN {0}----- AAAA -----END {0}-----"
    login = "org.apache.kafka.common.security.{0}LoginModule required username=\"u\" password=\"p\""
    secured = {
        "java certificate": ["security.protocol=SSL", "ssl.truststore.type=PEM", "ssl.truststore.location=/ca.pem", "ssl.keystore.type=PEM",
                             "ssl.keystore.location=/me.pem", "ssl.key.password=k", "ssl.enabled.protocols=TLSv1.2,TLSv1.3"],
        "java texts": ["security.protocol=ssl", "ssl.keystore.key=" + pem.format("PRIVATE KEY"), "ssl.endpoint.identification.algorithm=",
                       "ssl.keystore.certificate.chain=" + pem.format("CERTIFICATE"), "ssl.truststore.certificates=" + pem.format("CERTIFICATE"),
                       "ssl.cipher.suites=TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
        "java store": ["security.protocol=SSL", "ssl.keystore.location=/me.p12", "ssl.keystore.password=s", "ssl.truststore.type=JKS",
                       "ssl.truststore.location=/t.jks", "ssl.protocol=TLSv1.2"],
        "java login": ["security.protocol=SASL_SSL", "sasl.mechanism=PLAIN", "sasl.jaas.config=" + login.format("plain.Plain") + ";"],
        "java token": ["security.protocol=SASL_PLAINTEXT", "sasl.mechanism=SCRAM-SHA-256",
                       "sasl.jaas.config=" + login.format("scram.Scram") + " tokenauth=true;"],
        "librdkafka": ["security.protocol=sasl_ssl", "sasl.mechanisms=SCRAM-SHA-512", "sasl.username=u", "sasl.password=p", "ssl.ca.location=probe",
                       "ssl.certificate.location=/c", "ssl.key.pem=" + pem.format("RSA PRIVATE KEY"), "ssl.curves.list=X25519:P-256",
                       "ssl.cipher.suites=ECDHE+AESGCM:!aNULL", "enable.ssl.certificate.verification=false", "bootstrap.servers=SASL_SSL://a:1"],
        "twice": ["security.protocol=SASL_SSL", "sasl.mechanism=GSSAPI", "ssl.ca.pem=a", "ssl.truststore.certificates=b", "ssl.key.location=/k",
                  "ssl.keystore.location=/s", "bootstrap.servers=ssl://a"],
    }
    for name, lines in secured.items():
        yield "properties", name, ("\n".join(lines) + "\n").encode()


def scram(digest, password, client_nonce, server_nonce, salt, extensions=""):
    """The four messages of a conversation that succeeds (RFC 5802)."""

    def mac(key, text):
        return hmac.new(key, text, digest).digest()

    def in_base64(data):
        return base64.b64encode(data).decode()

    first = f"n=user,r={client_nonce}{extensions}"
    challenge = f"r={client_nonce}{server_nonce},s={in_base64(salt)},i=4096"
    final = f"c=biws,r={client_nonce}{server_nonce}"
    signed = f"{first},{challenge},{final}".encode()
    salted = hashlib.pbkdf2_hmac(digest, password, salt, 4096)
    client_key = mac(salted, b"Client Key")
    signature = mac(hashlib.new(digest, client_key).digest(), signed)
    proof = bytes(a ^ b for a, b in zip(client_key, signature))
    verdict = mac(mac(salted, b"Server Key"), signed)
    return [f"n,,{first}", challenge, f"{final},p={in_base64(proof)}", f"v={in_base64(verdict)}"]


def logins():
    """Both sides of SASL conversations, and JAAS texts."""

    def sent(*texts):
        return b"".join(struct.pack(">H", len(text)) + text.encode() for text in texts)

    password = b"pencil/!"
    for kind, digest in enumerate(("sha256", "sha512")):
        _, challenge, _, verdict = scram(digest, password, "A" * 32, "servers+nonce", b"salt of a user")
        for choices in (2, 6, 10, 14):  # a cache, and a password that does not fit
            yield "sasl_client", f"{digest}-{choices}", bytes([choices + kind]) + sent(challenge, verdict)
            yield "sasl_client", f"{digest}-{choices}-refused", bytes([choices + kind]) + sent(challenge + ",x=y", "e=invalid-proof")
        yield "sasl_client", f"{digest}-demands", bytes([2 + kind]) + sent("m=x," + challenge)
        for extensions in ("", ",tokenauth=true"):
            first, _, final, _ = scram(digest, password, "clients+nonce", "servers+nonce", b"salt of a user", extensions)
            for choices in (1, 5):
                yield "sasl_server", f"{digest}-{choices}{extensions}", bytes([choices + kind]) + sent(first, final)
        yield "sasl_server", f"{digest}-as-somebody", bytes([1 + kind]) + sent("n,a=us=2Cer,n=us=3Der,r=clients+nonce,x=y")
    for choices in (0, 1):
        yield "sasl_client", f"one-message-{choices}", bytes([choices]) + sent("")
    yield "sasl_server", "plain", bytes([0]) + sent("\0user\0pencil/!")
    yield "sasl_server", "plain-as-oneself", bytes([0]) + sent("user\0user\0pencil/!")
    module = "org.apache.kafka.common.security.{}LoginModule"
    plain, scrams = module.format("plain.Plain"), module.format("scram.Scram")
    for number, (kind, text) in enumerate((
        (0, f'{plain} required username="alice" password="won\\"der\\344\\\\land";'),
        (1, f"{scrams} REQUIRED\n username='id' // a comment\n password=a.b-c_d$e tokenauth=true /* end */ ;"),
        (2, f'{scrams} optional username=a username="" password=1;'),
        (3, f'{plain} required password="abc\n;'),
        (0, f"{plain} required username=a password=b; other required;"),
    )):
        yield "jaas", f"text-{number}", bytes([kind]) + text.encode()


def proxies():
    """What proxies answer; the first byte says whether there is a login."""
    address, v6, named = b"\1\x7f\0\0\1\0\x50", b"\4" + bytes(18), b"\3\4name\0\x50"
    for number, reply in enumerate((address, v6, named, b"\2")):
        yield "socks5", f"open-{number}", b"\0\5\0\5\0\0" + reply + b"stream"
        yield "socks5", f"login-{number}", b"\1\5\2\1\0\5\0\0" + reply + b"stream"
    for code in range(1, 10):
        yield "socks5", f"reply-{code}", bytes([0, 5, 0, 5, code, 0]) + address
    yield "socks5", "no method", b"\0\5\xff"
    yield "socks5", "another method", b"\1\5\3"
    yield "socks5", "refused login", b"\1\5\2\1\1"
    for number, head in enumerate((
        "HTTP/1.1 200 Connection established\r\n\r\nstream",
        "HTTP/1.0 200\nVia: 1.0 old\n folded\n\nstream",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        'HTTP/1.1 407 No\r\nProxy-Authenticate: Negotiate, Basic realm="a, \\" b", charset="UTF-8"\r\nproxy-authenticate: Digest nonce = c\r\n\r\n',
        "HTTP/1.1 407 pencil/!\r\nProxy-Authenticate: YWxpY2U6cGVuY2lsLyE=\r\n\r\n",
        "HTTP/1.1 403 Forbidden pencil/!\r\nX-Cache: MISS\r\n\r\n",
        "HTTP/1.1 503 \xc2\x9b\x1b[1m\r\n\r\n",
        "HTTP/2 200 pencil/!\r\n",
    )):
        for login in (b"\0", b"\1"):
            yield "http_connect", f"head-{number}-{login[0]}", login + head.encode("latin-1")


    for number, (url, exceptions) in enumerate((
        ("socks5h://us%65r:p%40ss@proxy.test:1080", "localhost,127.0.0.0/8 .example.test\t*.other.test"),
        ("https://[::1]", "[::1]:9092,fd00::/8,*"),
        ("proxy.test:3128/", "10.0.0.1:9092,broker.test:9092,::ffff:10.0.0.0/104"),
        ("ftp://proxy.test", "10.0.0.0/33"),
        ("http://user:pass%@proxy.test:99999", ""),
    )):
        for login in (0, 1):
            yield "proxy_environment", f"text-{number}-{login}", bytes([len(url), login]) + (url + exceptions).encode()


def stamp():
    state = hashlib.sha256(pathlib.Path(__file__).read_bytes())
    for file in sorted(GOLDEN.glob("*.gz")) + sorted((ROOT / "client").glob("property_table_*.cpp")):
        state.update(file.read_bytes())
    return state.hexdigest()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    done = folder / "stamp"
    if done.is_file() and done.read_text() == stamp():
        return
    shutil.rmtree(folder, ignore_errors=True)
    counts = {}
    for source in (messages, batches, structured, talks, groups, texts, logins, proxies):
        for target, name, data in source():
            path = folder / target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            counts[target] = counts.get(target, 0) + 1
    done.write_text(stamp())
    print(" ".join(f"{target}:{count}" for target, count in sorted(counts.items())))


if __name__ == "__main__":
    main()
