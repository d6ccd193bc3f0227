# SPDX-License-Identifier: Apache-2.0
"""What tools/gen_protocol.py refuses, and that it names the line. Run by ctest."""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
SCRIPT = os.path.join(ROOT, "tools", "gen_protocol.py")
HEAD = "data Sample   versions 0-3   flexible 2+\n\nfields\n"


def generate(text, folder, *options):
    schema, out = os.path.join(folder, "schema"), os.path.join(folder, "out")
    os.makedirs(schema, exist_ok=True)
    with open(os.path.join(schema, "sample.msg"), "w", encoding="utf-8") as file:
        file.write(text)
    return subprocess.run([sys.executable, SCRIPT, "--schema", schema, "--out", out, *options], capture_output=True,
                          text=True, check=False)


class Refusals(unittest.TestCase):
    def refuses(self, text, line, words):
        with tempfile.TemporaryDirectory() as folder:
            result = generate(text, folder)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(f"sample.msg:{line}: ", result.stderr)
            self.assertIn(words, result.stderr)
            self.assertFalse(os.path.exists(os.path.join(folder, "out")))

    def test_unknown_words(self):
        self.refuses(HEAD + "  a int32 ignorabel\n", 4, "'ignorabel' is not an attribute")
        self.refuses("date Sample versions 0 flexible none\n", 1, "'date'")
        self.refuses("data Sample versions 0 flexible none speed 3\nfields\n", 1, "'speed'")
        self.refuses(HEAD + "  a int33\n", 4, "there is no type 'int33'")
        self.refuses("data Sample versions 0 flexible none\nrequest\n", 2, "sections of data are")

    def test_missing_words(self):
        self.refuses("data Sample versions 0\nfields\n", 1, "'flexible' is missing")
        self.refuses("data Sample versions 0 flexible none\n", 1, "section fields is missing")
        self.refuses("api 3 Sample versions 0 flexible none to any listeners none\n", 1, "'negotiated' is missing")
        self.refuses(HEAD + "  a\n", 4, "the type of 'a' is missing")
        self.refuses(HEAD + "  a int32 tag\n", 4, "the number of the tag is missing")

    def test_versions(self):
        self.refuses(HEAD + "  a int32 3-1\n", 4, "is empty")
        self.refuses("data Sample versions 0+ flexible none\nfields\n", 1, "need an end")
        self.refuses("data Sample versions 0-3 flexible 1-2\nfields\n", 1, "have no end")

    def test_things_that_stand_twice(self):
        self.refuses(HEAD + "  a int32\n  a int32\n", 5, "field 'a' stands twice")
        self.refuses(HEAD + "  a int32 ignorable ignorable\n", 4, "'ignorable' stands twice")
        self.refuses(HEAD + "  a int32 2+ tag 0\n  b int32 2+ tag 0\n", 5, "tag 0 stands twice")
        self.refuses(HEAD + "  a [s]\n    x int8\n  b [s]\n    x int8\n", 6, "struct s stands twice")

    def test_tagged_fields_where_there_are_no_tags(self):
        self.refuses(HEAD + "  a int32 tag 0\n", 4, "tag 0 in version 0, which is not flexible")
        self.refuses(HEAD + "  a int32 1+ tag 0\n", 4, "tag 0 in version 1, which is not flexible")
        self.refuses(HEAD + "  a int32 1+ tag 0 1+\n", 4, "tag 0 in version 1, which is not flexible")
        self.refuses(HEAD + "  a [s] 1+\n    b int32 tag 3\n", 5, "tag 3 in version 1, which is not flexible")
        self.refuses("data Sample versions 0 flexible none\nfields\n  a int32 tag 0\n", 3, "which is not flexible")
        self.refuses(HEAD + "  a int32 0-1 tag 0 2+\n", 4, "tag 0 is in no version")

    def test_arrays_of_bool(self):
        self.refuses(HEAD + "  a [bool]\n", 4, "arrays of bool do not exist")

    def test_defaults_that_do_not_fit(self):
        self.refuses(HEAD + "  a int8 default 128\n", 4, "128 does not fit int8")
        self.refuses(HEAD + "  a int8 default x\n", 4, "'x' is not a number")
        self.refuses(HEAD + "  a bool default 1\n", 4, "'1' is not true or false")
        self.refuses(HEAD + "  a string default null\n", 4, "null is not allowed")
        self.refuses(HEAD + "  a [int8] default 1\n", 4, "cannot be the default")
        self.refuses(HEAD + "  a int32?\n", 4, "cannot be null")

    def test_structs(self):
        self.refuses(HEAD + "  a [b]\n\n  struct c\n    x int8\n  struct b\n    x int8\n", 6, "struct c is never used")
        self.refuses(HEAD + "  a [b]\n\n  struct b\n    x [b]\n", 7, "contains itself")
        self.refuses(HEAD + "  a int32\n    x int8\n", 5, "the indentation fits nothing")
        self.refuses(HEAD + "  a [b]\n     x int8\n", 5, "the indentation fits nothing")
        self.refuses(HEAD + "\ta int32\n", 4, "tabulator")


class Output(unittest.TestCase):
    def test_check_names_the_file_that_differs(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(generate(HEAD + "  a int32\n", folder).returncode, 0)
            self.assertEqual(generate(HEAD + "  a int32\n", folder, "--check").returncode, 0)
            changed = generate(HEAD + "  a int64\n", folder, "--check")
            self.assertEqual(changed.returncode, 1)
            self.assertIn("messages/sample.hpp", changed.stderr)
            with open(os.path.join(folder, "out", "stray.hpp"), "w", encoding="utf-8") as file:
                file.write("x")
            self.assertIn("stray.hpp", generate(HEAD + "  a int32\n", folder, "--check").stderr)

    def test_names_that_cpp_does_not_allow(self):
        with tempfile.TemporaryDirectory() as folder:
            text = HEAD + "  class int32\n  cursor cursor\n    key string\n  some_error_code int16\n"
            result = generate(text, folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(os.path.join(folder, "out", "messages", "sample.hpp"), encoding="utf-8") as file:
                header = file.read()
            self.assertIn("std::int32_t class_ = 0;", header)
            self.assertIn("struct cursor_data {", header)
            self.assertIn("cursor_data cursor{};", header)
            self.assertIn("broker_errc some_error_code{};", header)

    def test_fields_that_are_tagged_in_some_versions_only(self):
        with tempfile.TemporaryDirectory() as folder:
            text = HEAD + "  a int32 tag 1 3+\n  b int32 1+ tag 0 2+\n  c int32 2+ tag 2\n"
            result = generate(text, folder)
            self.assertEqual(result.returncode, 0, result.stderr)
            with open(os.path.join(folder, "out", "codec_1.cpp"), encoding="utf-8") as file:
                code = file.read()
            self.assertIn("""    if (version <= 2) {
        archive.number(sample_fields[0], x.a);
    }
""", code)
            self.assertIn("""    if (version == 1) {
        archive.number(sample_fields[1], x.b);
    } else if (version <= 0) {
        archive.absent(sample_fields[1], x.b == 0);
    }
""", code)
            self.assertIn("    if (version <= 1) archive.absent(sample_fields[2], x.c == 0);\n", code)
            self.assertIn("tagged{0, true, sample_fields[1]", code)
            self.assertIn("tagged{1, version >= 3, sample_fields[0]", code)

    def test_what_is_checked_in_is_what_the_texts_say(self):
        for schema, out in (("protocol/schema", "protocol/generated"),
                            ("tests/golden/coordinator_schema", "tests/golden/generated")):
            result = subprocess.run([sys.executable, SCRIPT, "--schema", os.path.join(ROOT, schema), "--out",
                                     os.path.join(ROOT, out), "--check"], capture_output=True, text=True, check=False)
            self.assertEqual(result.returncode, 0, result.stderr)


if __name__ == "__main__":
    unittest.main()
