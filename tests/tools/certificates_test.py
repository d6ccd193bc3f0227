#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docker/certificates with an openssl that fails at one step: it has to stop there, and tell what openssl said."""
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "docker" / "certificates"
# Makes whatever file it is asked for, as openssl may before it fails; and fails at the call whose number is in FAILS_AT.
OPENSSL = """#!/bin/sh
echo >>calls
for word; do
    case $before in -out | -keyout) echo made >"$word" ;; esac
    before=$word
done
[ "$(wc -l <calls)" -ne "$FAILS_AT" ] || { echo "openssl: step $FAILS_AT went wrong" >&2; exit 1; }
"""
STEPS = 6  # the authority; a request and a certificate for the broker and for the client; client.p12


class Certificates(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        program = self.root / "openssl"
        program.write_text(OPENSSL)
        program.chmod(0o755)

    def tearDown(self):
        self.folder.cleanup()

    def make(self, fails_at):
        """The run, and the folder that it left."""
        made = self.root / str(fails_at)
        done = subprocess.run(["sh", SCRIPT, made], env={"PATH": f"{self.root}:/usr/bin:/bin", "FAILS_AT": str(fails_at)},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60)
        return done, made

    def test_all_is_there_when_no_step_fails(self):
        done, made = self.make(STEPS + 1)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len((made / "calls").read_text().splitlines()), STEPS)
        self.assertTrue((made / "client.p12").exists())

    def test_the_first_step_that_fails_is_the_last_one(self):
        for step in range(1, STEPS + 1):
            with self.subTest(step):
                done, made = self.make(step)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f"step {step} went wrong", done.stderr)
                self.assertEqual(len((made / "calls").read_text().splitlines()), step)
                self.assertFalse((made / "client.p12").exists())


if __name__ == "__main__":
    unittest.main()
