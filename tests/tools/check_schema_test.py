#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Texts and definitions that agree, then one change at a time: check_schema.py has to name each."""
import contextlib
import copy
import io
import json
import pathlib
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / 'tools'))
sys.dont_write_bytecode = True
import check_schema  # noqa: E402

TEXT = '''# Letter: carries a letter.
api 7 Letter   versions 0-3   negotiated 1-3   flexible 2+   to any   listeners broker controller   unstable 3

request
  address      string?   1+   ignorable  default null  entity topic_name   # where to
  weight       int64          default 70
  pages        [page]
    number     int32          key
    text       bytes     1+   nullable 2+
  stamp        stamp     2+   tag 4
  old_words    [string]  0

  struct stamp 2+
    value      int16          default -1

response
  error_code   int16
'''
DATA_TEXT = '''data Envelope versions 0-1 flexible none

fields
  colour       string   default white
'''
REQUEST = {
    'apiKey': 7, 'type': 'request', 'name': 'LetterRequest', 'listeners': ['broker', 'controller'],
    'validVersions': '1-3', 'flexibleVersions': '2+', 'latestVersionUnstable': True,
    'fields': [
        {'name': 'Address', 'type': 'string', 'versions': '1+', 'nullableVersions': '1+', 'ignorable': True,
         'default': 'null', 'entityType': 'topicName', 'about': 'Where to // not a comment.'},
        {'name': 'Weight', 'type': 'int64', 'versions': '0+', 'default': '0x46'},
        {'name': 'Pages', 'type': '[]Page', 'versions': '0+', 'fields': [
            {'name': 'Number', 'type': 'int32', 'versions': '0+', 'mapKey': True},
            {'name': 'Text', 'type': 'bytes', 'versions': '1+', 'nullableVersions': '2+', 'zeroCopy': True}]},
        {'name': 'Stamp', 'type': 'Stamp', 'versions': '2+', 'taggedVersions': '2+', 'tag': 4}],
    'commonStructs': [{'name': 'Stamp', 'versions': '2+', 'fields': [
        {'name': 'Value', 'type': 'int16', 'versions': '2+', 'default': -1}]}],
}
RESPONSE = {'apiKey': 7, 'type': 'response', 'name': 'LetterResponse', 'validVersions': '1-3', 'flexibleVersions': '2+',
            'fields': [{'name': 'ErrorCode', 'type': 'int16', 'versions': '0+'}]}
DATA = {'type': 'data', 'name': 'Envelope', 'validVersions': '0-1', 'flexibleVersions': 'none',
        'fields': [{'name': 'Colour', 'type': 'string', 'versions': '0+', 'default': 'white'}]}


def older(definition):
    """The same API in a release that still had version 0 and not yet version 3."""
    definition = copy.deepcopy(definition)
    definition.pop('latestVersionUnstable', None)
    if definition['type'] == 'data':
        return definition
    definition['validVersions'] = '0-2'
    if definition['type'] == 'request':
        definition['listeners'] = ['zkBroker', 'broker']
        definition['fields'].append({'name': 'OldWords', 'type': '[]string', 'versions': '0'})
    return definition


class CheckSchema(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / 'schema').mkdir()
        self.text, self.data_text = TEXT, DATA_TEXT
        self.new = [copy.deepcopy(d) for d in (REQUEST, RESPONSE, DATA)]
        self.old = [older(d) for d in (REQUEST, RESPONSE, DATA)]

    def jar(self, name, definitions, release):
        path = self.folder / name
        with zipfile.ZipFile(path, 'w') as archive:
            archive.writestr('kafka/kafka-version.properties', f'commitId=0\nversion={release}\n')
            for definition in definitions:
                broken = isinstance(definition, str)
                text = definition if broken else '// A licence.\n' + json.dumps(definition, indent=1)
                name = 'Broken' if broken else definition['name']
                archive.writestr(f'common/message/{name}.json', text + '\n// after the end\n')
        return path

    def run_with(self, *jars):
        (self.folder / 'schema' / '07_letter.msg').write_text(self.text)
        (self.folder / 'schema' / 'envelope.msg').write_text(self.data_text)
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = check_schema.main(['--schema', str(self.folder / 'schema'), *map(str, jars)])
        return code, out.getvalue(), err.getvalue()

    def check(self):
        return self.run_with(self.jar('new.jar', self.new, '4.4.0'), self.jar('old.jar', self.old, '3.9.2'))

    def expect_difference(self, *parts):
        code, out, err = self.check()
        self.assertEqual((code, err), (1, ''), out)
        lines = out.splitlines()
        self.assertRegex(lines[-1], r'^[1-9]\d* differences$')
        self.assertTrue(any(all(part in line for part in parts) for line in lines), f'{parts} not in\n{out}')

    def expect_unreadable(self, result, *parts):
        code, out, err = result
        self.assertEqual((code, out), (2, ''))
        for part in parts:
            self.assertIn(part, err)

    def test_texts_and_definitions_that_agree_have_no_difference(self):
        code, out, err = self.check()
        self.assertEqual((code, err), (0, ''), out)
        self.assertEqual(out.splitlines(), ['3 messages compared', '0 differences'])

    def test_one_jar_alone_speaks_for_its_versions_only(self):
        self.assertEqual(self.run_with(self.jar('new.jar', self.new, '4.4.0'))[0], 0)
        self.assertEqual(self.run_with(self.jar('old.jar', self.old, '3.9.2'))[0], 0)

    def test_an_api_is_found_by_its_key_after_it_was_renamed(self):
        self.text = TEXT.replace('0-3   negotiated', '1-3   negotiated').replace('  old_words    [string]  0\n', '')
        self.old[0].update(validVersions='1-2', name='EpistleRequest')
        self.old[1].update(validVersions='1-2', name='EpistleResponse')
        code, out, _ = self.check()
        self.assertEqual(code, 0, out)

    def test_each_change_of_a_text_is_named_with_its_line_and_path(self):
        changes = {
            ('  address ', '  adress '): (':5:', 'LetterRequest.Adress', 'versions 1-3: here, not in new.jar'),
            ('weight       int64', 'weight       int32'): (':6:', 'LetterRequest.Weight', 'int32 here, int64'),
            ('string?   1+', 'string?   2+'): ('LetterRequest.Address', 'versions: 2-3 here, 1-3 in new.jar'),
            ('nullable 2+', 'nullable 3+'): ('LetterRequest.Pages.Text', 'nullable: 3 here, 2-3'),
            ('tag 4', 'tag 5'): ('LetterRequest.Stamp', 'tag in versions 2-3: 5 here, 4'),
            ('stamp     2+   tag 4', 'stamp     2+   tag 4 3+'): ('LetterRequest.Stamp', 'tagged: 3 here, 2-3'),
            ('default 70', 'default 71'): ('LetterRequest.Weight', 'default in versions 1-3: 71 here, 70'),
            ('default null', 'default "null"'): ('LetterRequest.Address', 'default'),
            ('ignorable  default', 'default'): ('LetterRequest.Address', 'ignorable: none here, 1-3 in new.jar'),
            ('ignorable  default', 'ignorable 1+ default'): ('Address', 'ignorable: none here, 0 in old.jar'),
            ('          key', ''): ('LetterRequest.Pages.Number', 'map key: none here, 1-3'),
            ('entity topic_name', 'entity group_id'): ('Address', 'entity: group_id in 1-3 here, topic_name in 1-3'),
            ('default -1', 'default -1 flexible none'): ('Stamp.Value', 'flexible in versions 2-3: none here'),
            ('flexible 2+ ', 'flexible 3+ '): ('flexible versions: 3 here, 2-3 in new.jar',),
            ('negotiated 1-3', 'negotiated 0-3'): ('LetterResponse', 'negotiated: 0-3 here, 1-3 in new.jar'),
            ('unstable 3', ''): ('unstable from version: None here, 3 in new.jar',),
            ('api 7 Letter', 'api 7 Epistle'): ('name: EpistleRequest here, LetterRequest in new.jar',),
            ('api 7 Letter', 'api 8 Letter'): ('LetterRequest is in the jar, not here',),
            ('broker controller', 'broker'): ('listeners: broker here, broker controller in new.jar',),
            ('[string]  0', '[string]  0-1'): ('LetterRequest.OldWords', 'versions 1: here, not in new.jar'),
            ('  old_words    [string]  0\n', ''): ('LetterRequest.OldWords', 'versions 0: in old.jar, not here'),
            ('[page]', '[leaf]'): ('LetterRequest.Pages', '[]Leaf here, []Page'),
            ('struct stamp 2+', 'struct stamp 3+'): ('struct Stamp', 'versions: 3 here, 2-3'),
            ('  pages  ', '  sheets '): ('LetterRequest.Pages', 'versions 1-3: in new.jar, not here'),
        }
        for (before, after), expected in changes.items():
            with self.subTest(after=after):
                self.assertIn(before, TEXT)
                self.text = TEXT.replace(before, after)
                self.expect_difference(*expected)

    def test_a_changed_default_of_a_data_schema_is_named(self):
        self.data_text = DATA_TEXT.replace('white', 'black')
        self.expect_difference('envelope.msg:4: Envelope.Colour: default in versions 0-1: "black" here, "white" in')

    def test_a_changed_order_of_fields_is_named(self):
        lines = TEXT.splitlines(keepends=True)
        lines[4], lines[5] = lines[5], lines[4]
        self.text = ''.join(lines)
        self.expect_difference('LetterRequest', 'order of fields in versions 2-3: Weight, Address')

    def test_a_field_that_only_a_definition_has_is_named(self):
        self.new[1]['fields'].append({'name': 'Reason', 'type': 'string', 'versions': '2+'})
        self.expect_difference('LetterResponse.Reason: versions 2-3: in new.jar, not here')

    def test_a_new_version_of_a_newer_release_is_named(self):
        self.new[0]['validVersions'] = self.new[1]['validVersions'] = '1-4'
        self.expect_difference('LetterRequest', 'versions 4 are in new.jar, not here')
        self.expect_difference('LetterRequest', 'negotiated: 1-3 here, 1-4 in new.jar')

    def test_versions_that_no_jar_has_are_named(self):
        self.old[0]['validVersions'] = self.old[1]['validVersions'] = '1-2'
        self.expect_difference('LetterResponse: versions 0 are here, in no jar')

    def test_a_message_that_only_a_definition_has_is_named(self):
        self.new.append({'type': 'data', 'name': 'Parcel', 'validVersions': '0', 'fields': []})
        self.expect_difference('Parcel is in the jar, not here')

    def test_an_attribute_that_nobody_knows_is_a_difference(self):
        self.new[0]['fields'][0]['encryptedVersions'] = '3+'
        self.expect_difference('attribute encryptedVersions of Address in new.jar is unknown to this tool')

    def test_an_unquoted_null_is_an_empty_default_and_not_null(self):
        self.new[0]['fields'][0]['default'] = None
        self.expect_difference('LetterRequest.Address', 'default in versions 1-3: null here, "" in new.jar')

    def test_an_inline_struct_is_not_a_shared_one(self):
        stamp = self.new[0]['commonStructs'].pop()
        self.new[0]['fields'][3]['fields'] = stamp['fields']
        self.expect_difference('LetterRequest.Stamp: struct: shared here, inline in new.jar')

    def test_a_broken_text_is_an_error_with_its_place(self):
        breaks = {
            ('int64 ', 'int65 '): None,  # a struct without fields: no syntax error, but a difference
            ('default 70', 'default'): (':6:', 'value of default is missing'),
            ('default 70', 'defualt 70'): (':6:', '"defualt" is unknown'),
            ('tag 4', 'tag four'): ('"four" is no tag',),
            ('    number', '     number'): (':8:', 'indentation'),
            ('  weight', '\tweight'): (':6:', 'tab'),
            ('  old_words', '  weight'): ('field Weight is there twice',),
            ('versions 0-3', 'versions 3-0'): ('run backwards',),
            ('string?   1+', 'string?   1-9'): (':5:', 'not all among the valid ones'),
            ('response\n', 'answer\n'): ('expected one of the sections response',),
            ('response\n  error_code   int16\n', ''): ('section response is missing',),
            ('key\n', 'key key\n'): ('key is said twice',),
            ('  pages  ', '  pages_ '): (':7:', 'snake case'),
            ('api 7', 'api seven'): (':2:', 'a number is missing'),
        }
        for (before, after), expected in breaks.items():
            with self.subTest(after=after):
                self.assertIn(before, TEXT)
                self.text = TEXT.replace(before, after)
                if expected is None:
                    self.expect_difference('LetterRequest.Weight')
                else:
                    self.expect_unreadable(self.check(), '07_letter.msg', *expected)

    def test_a_broken_jar_is_an_error_that_names_it(self):
        torn = self.folder / 'torn.jar'
        torn.write_bytes(self.jar('new.jar', self.new, '4.4.0').read_bytes()[:300])
        self.expect_unreadable(self.run_with(torn), 'torn.jar')
        self.expect_unreadable(self.run_with(self.folder / 'absent.jar'), 'absent.jar')
        self.expect_unreadable(self.run_with(self.jar('empty.jar', [], '4.4.0')), 'no message definitions')
        for definition, expected in (('{"name": ', 'bad.jar!common/message/Broken'),
                                     ('{"name": "X"}', "KeyError: 'type'")):
            self.expect_unreadable(self.run_with(self.jar('bad.jar', [definition], '4.4.0')), expected)


if __name__ == '__main__':
    unittest.main()
