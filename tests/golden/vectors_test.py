#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives odradek_vectors copies of golden lines with one thing wrong each: every one has to be counted as a failure.

    vectors_test.py PATH_OF_odradek_vectors
"""
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = None


def lines_of(name, wanted):
    """The first line of the golden file for each of the `wanted` sets of members."""
    found = {}
    with gzip.open(HERE / name, 'rt', encoding='ascii') as file:
        for text in file:
            line = json.loads(text)
            for index, members in enumerate(wanted):
                if index not in found and all(line.get(key) == value for key, value in members.items()):
                    found[index] = line
    assert len(found) == len(wanted), 'a golden line is missing'
    return [found[index] for index in range(len(wanted))]


def run(*files):
    done = subprocess.run([PROGRAM, *map(str, files)], capture_output=True, text=True, timeout=120)
    last = re.fullmatch(r'(\d+) passed, (\d+) failed', done.stdout.splitlines()[-1])
    assert last, done.stdout
    return done.returncode, int(last[1]), int(last[2]), done.stdout


def flip(hex_text, position):
    byte = int(hex_text[2 * position:2 * position + 2], 16) ^ 1
    return hex_text[:2 * position] + f'{byte:02x}' + hex_text[2 * position + 2:]


class Vectors(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def check(self, *lines):
        path = self.folder / 'some.jsonl'
        path.write_text(''.join((line if isinstance(line, str) else json.dumps(line)) + '\n' for line in lines))
        return run(path)

    def expect_failure(self, line, *words):
        code, passed, failed, out = self.check(line)
        self.assertEqual((code, passed, failed), (1, 0, 1), out)
        for word in words:
            self.assertIn(word, out)
        self.assertTrue(out.splitlines()[0].startswith(str(self.folder / 'some.jsonl') + ':1: '), out)

    def message(self, **members):
        return lines_of('vectors.jsonl.gz', [members])[0]

    def test_lines_that_are_right_pass_whatever_the_order_of_their_members(self):
        line = self.message(api='Metadata', kind='response', v=13, case='rich1')

        def backwards(value):
            if isinstance(value, dict):
                return {key: backwards(value[key]) for key in reversed(value)}
            return [backwards(item) for item in value] if isinstance(value, list) else value

        self.assertEqual(self.check(line, backwards(line))[:3], (0, 2, 0))

    def test_every_changed_byte_of_a_message_is_found(self):
        line = self.message(api='Heartbeat', kind='request', v=4, case='rich1')
        for position in range(len(line['hex']) // 2):
            self.expect_failure({**line, 'hex': flip(line['hex'], position)}, 'Heartbeat request v4 rich1: ')

    def test_every_changed_byte_of_a_frame_is_found(self):
        for kind in ('request', 'response'):
            line = self.message(api='Heartbeat', kind=kind, v=4, case='minimal')
            for position in range(len(line['frame']) // 2):
                self.expect_failure({**line, 'frame': flip(line['frame'], position)}, 'frame')
            self.expect_failure({**line, 'frame': line['frame'] + '00'}, 'frame')
            self.expect_failure({**line, 'frame': line['frame'][:-2]}, 'frame')

    def test_every_changed_value_of_a_document_is_found(self):
        line = self.message(api='Metadata', kind='response', v=13, case='rich1')
        changed = []

        def walk(value, replace):
            if isinstance(value, dict):
                for key in value:
                    walk(value[key], lambda new, key=key, value=value: replace({**value, key: new}))
                replace({key: value[key] for key in list(value)[1:]})
                replace({**value, 'surplus': 1})
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    walk(item, lambda new, index=index: replace(value[:index] + [new] + value[index + 1:]))
                replace(value[:-1] if value else [0])
            elif isinstance(value, bool):
                replace(not value)
            elif isinstance(value, int):
                replace(value ^ 1)
            elif isinstance(value, str):
                replace('A' + value[:-1] if value and not value.startswith('A') else 'B' + value)
            else:
                replace(0)

        walk(line['json'], lambda document: changed.append({**line, 'json': document}))
        code, passed, failed, out = self.check(*changed)
        self.assertEqual((code, passed, failed), (1, 0, len(changed)), out[:2000])
        self.assertGreater(len(changed), 30)

    def test_numbers_are_compared_to_the_last_bit(self):
        line = self.message(api='AbortedTxn', case='edge')
        self.assertEqual(line['json']['firstOffset'], 9223372036854775807)
        line['json']['firstOffset'] -= 1
        self.expect_failure(line, 'firstOffset')
        quotas = self.message(api='DescribeClientQuotas', kind='response', v=1, case='rich1')
        text = json.dumps(quotas)
        value = quotas['json']['entries'][0]['values'][0]['value']
        self.expect_failure(text.replace(json.dumps(value), json.dumps(value * (1 + 2 ** -52)), 1), 'value')

    def test_what_else_a_line_says_has_to_be_right(self):
        line = self.message(api='Fetch', kind='request', v=12, case='minimal')
        self.assertEqual(self.check(line)[:3], (0, 1, 0))
        for member, value in (('flex', False), ('hv', 1), ('v', 11), ('v', 99), ('key', 2), ('key', 999),
                              ('kind', 'data')):
            self.expect_failure({**line, member: value})

    def test_a_coordinator_record_is_found_by_its_name(self):
        line = lines_of('coordinator-records.jsonl.gz', [{'case': 'rich1'}])[0]
        self.assertEqual(self.check(line)[:3], (0, 1, 0))
        self.expect_failure({**line, 'api': 'NoSuchRecord'}, 'no such message')
        self.expect_failure({**line, 'key': 77}, 'key')

    def test_batches_fail_by_byte_by_record_and_by_expected_error(self):
        good, packed, bad, torn = lines_of('batches.jsonl.gz', [
            {'name': name} for name in ('none/headers', 'zstd/headers', 'crc-payload-flip', 'truncated-last-batch')])
        self.assertEqual(self.check(good, packed, bad, torn)[:3], (0, 4, 0))
        for position in range(len(good['hex']) // 2):
            self.expect_failure({**good, 'hex': flip(good['hex'], position)}, 'v2 none/headers: ')
        for line in (good, packed):
            for change in (lambda b: b.update(baseOffset=b['baseOffset'] + 1),
                           lambda b: b.update(error='KafkaException'),
                           lambda b: b['records'].pop(), lambda b: b['records'][0].update(value='eA=='),
                           lambda b: b['records'][0]['headers'].reverse() or b['records'][0]['headers'].pop(),
                           lambda b: b.update(surplus=1)):
                wrong = json.loads(json.dumps(line))
                change(wrong['batches'][0])
                self.expect_failure(wrong, 'batches[0]')
        wrong = json.loads(json.dumps(bad))
        wrong['batches'][0]['error'] = 'InvalidRecordException'
        self.expect_failure(wrong, 'expected InvalidRecordException')
        self.expect_failure({**torn, 'trailingBytes': torn['trailingBytes'] + 1}, 'trailingBytes')
        self.expect_failure({**good, 'batches': []}, 'one more')
        self.expect_failure({**good, 'batches': good['batches'] * 2}, 'batches[1]: missing')
        self.expect_failure({**good, 'error': 'CorruptRecordException'}, 'no error')
        self.expect_failure({**good, 'reencode': 'perhaps'}, 'malformed line')

    def test_malformed_lines_are_failures(self):
        line = self.message(api='Heartbeat', kind='request', v=4, case='rich1')
        lines = ['{', 'null', '[]', '17', '"text"', '{}', 'not json at all', '\x01', '[' * 100000, '{"batches": 1}',
                 {**line, 'hex': line['hex'][:-1]}, {**line, 'hex': 'zz'}, {**line, 'hex': 5}, {**line, 'v': '4'},
                 {**line, 'v': 1 << 40}, {**line, 'kind': 'letter'}, {**line, 'json': None}, {**line, 'json': []},
                 {**line, 'flex': 1}, {key: value for key, value in line.items() if key != 'json'}]
        code, passed, failed, out = self.check(line, *lines)
        self.assertEqual((code, passed, failed), (1, 1, len(lines)), out)

    def test_files_that_cannot_be_read_are_failures(self):
        self.assertEqual(run(self.folder / 'absent.jsonl')[:3], (1, 0, 1))
        empty = self.folder / 'empty.jsonl'
        empty.write_text('')
        self.assertEqual(run(empty)[:3], (1, 0, 0))
        torn = self.folder / 'torn.jsonl.gz'
        torn.write_bytes((HERE / 'coordinator-records.jsonl.gz').read_bytes()[:-2000])
        code, passed, failed, out = run(torn)
        self.assertEqual(code, 1)
        self.assertGreaterEqual(failed, 1)
        self.assertIn('cannot be unpacked', out)


if __name__ == '__main__':
    PROGRAM = sys.argv.pop(1)
    unittest.main()
