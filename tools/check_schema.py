#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares protocol/schema/*.msg with the message definitions inside Kafka's own jars, field by field.

    tools/check_schema.py kafka-clients-4.4.0.jar kafka-clients-3.9.2.jar
    tools/check_schema.py --schema tests/golden/coordinator_schema kafka-group-coordinator-4.4.0.jar ...

The newest jar speaks for the versions that it has, an older one for those that only it has: fields were renamed in
between. A jar from before the release that our texts negotiate, given alone, speaks for the versions outside the
negotiated range; of headers and data schemas, which have no such range, it judges all but `ignorable`.
Each difference is a line `file:line: path: what, versions: ours, theirs`. The last line is `N differences`; the exit
code is 0 only at 0 differences, 1 at more, 2 when a jar or a text cannot be read.
"""
import argparse
import json
import pathlib
import re
import sys
import zipfile

from schema_text import PRIMITIVES, VERSION_SPEC, Field, Message, Struct, Unreadable, read_texts, show, snake

# The release that the texts' negotiated ranges come from. Raise it together with them.
NEGOTIATED_RELEASE = (4, 4)
# What a definition may say. `about` is prose, zeroCopy a matter of Java's memory, deprecatedVersions of Java's logs; an
# attribute that this list lacks could change the wire, so it counts as a difference.
MESSAGE_KEYS = {'apiKey', 'type', 'name', 'listeners', 'validVersions', 'flexibleVersions', 'deprecatedVersions',
                'latestVersionUnstable', 'fields', 'commonStructs', 'about'}
FIELD_KEYS = {'name', 'type', 'versions', 'nullableVersions', 'taggedVersions', 'tag', 'default', 'ignorable', 'mapKey',
              'entityType', 'about', 'zeroCopy', 'flexibleVersions', 'fields'}


# --- their definitions ---

class Jar:
    """The definitions of one jar, by identity, and the release that the jar belongs to."""

    def __init__(self, path):
        self.name = pathlib.Path(path).name
        self.messages = {}
        try:
            with zipfile.ZipFile(path) as archive:
                self.release = self.read_release(archive)
                for entry in sorted(archive.namelist()):
                    if re.fullmatch(r'common/message/\w+\.json', entry):
                        self.add(entry, archive.read(entry).decode('utf-8'))
        except (OSError, zipfile.BadZipFile, UnicodeDecodeError, EOFError, zipfile.zlib.error) as error:
            raise Unreadable(f'{path}: {error}') from None
        if not self.messages:
            raise Unreadable(f'{path}: no message definitions (common/message/*.json) inside')

    def read_release(self, archive):
        text = self.name
        if 'kafka/kafka-version.properties' in archive.namelist():
            text = archive.read('kafka/kafka-version.properties').decode('utf-8', 'replace').split('version=')[-1]
        match = re.search(r'(\d+)\.(\d+)(?:\.(\d+))?', text)
        if not match:
            raise Unreadable(f'{self.name}: neither the jar nor its name tells the release')
        return tuple(int(part or 0) for part in match.groups())

    def add(self, entry, text):
        where = f'{self.name}!{entry}'
        try:
            definition, _ = json.JSONDecoder().raw_decode(strip_comments(text).lstrip())
            message = read_definition(definition, where)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Unreadable(f'{where}: {type(error).__name__}: {error}') from None
        if message.identity() in self.messages:
            raise Unreadable(f'{where}: a second definition of {message.name}')
        self.messages[message.identity()] = message


def strip_comments(text):
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*', lambda match: match[1] or '', text)


def read_definition(definition, where):
    message = Message(definition['name'], definition['type'], definition.get('apiKey'), where, 0)

    def versions(text, within):
        if text is None or text == 'none':
            return frozenset()
        match = VERSION_SPEC.match(str(text))
        if not match:
            raise ValueError(f'"{text}" is no version')
        last = int(match[2]) if match[2] else max(within, default=0) if match[3] else int(match[1])
        return frozenset(range(int(match[1]), last + 1))

    def read_fields(entries):
        found = []
        for entry in entries:
            message.unknown += [f'attribute {key} of {entry["name"]}' for key in entry.keys() - FIELD_KEYS]
            here = versions(entry.get('versions', entry.get('taggedVersions')), valid)
            field = Field(entry['name'], entry['type'], here, 0)
            field.nullable = versions(entry.get('nullableVersions'), valid)
            field.tag, field.tagged = entry.get('tag'), versions(entry.get('taggedVersions'), valid)
            field.ignorable = valid if entry.get('ignorable') in (True, 'true') else frozenset()
            field.key = field.versions if entry.get('mapKey') in (True, 'true') else frozenset()
            field.default, field.flexible = entry.get('default'), entry.get('flexibleVersions')
            if 'entityType' in entry:
                field.entity, field.entity_versions = snake(entry['entityType']), field.versions
            if 'fields' in entry:
                field.fields = read_fields(entry['fields'])
            found.append(field)
        return found

    valid = versions(definition['validVersions'], ())
    message.versions = valid
    message.flexible = versions(definition.get('flexibleVersions'), valid) & valid
    message.unstable = max(valid) if valid and definition.get('latestVersionUnstable') in (True, 'true') else None
    if 'listeners' in definition:
        message.listeners = frozenset(snake(name) for name in definition['listeners'])
    message.unknown = [f'attribute {key}' for key in definition.keys() - MESSAGE_KEYS]
    message.fields = read_fields(definition.get('fields', []))
    for entry in definition.get('commonStructs', []):
        struct = Struct(entry['name'], versions(entry['versions'], valid), 0)
        struct.fields = read_fields(entry['fields'])
        message.structs[struct.name] = struct
    return message


# --- the comparison ---

def normal_default(field):
    """A default in one spelling. What JSON calls null is an empty default; only the string "null" means null."""
    type_, value = field.type, field.default
    text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    if text == 'null' or (type_ == 'records' and text is None):
        return 'null'
    if type_ == 'string':
        return '"' + ('' if text in (None, '""') else text) + '"'
    if type_ == 'bool':
        return (text or 'false').lower()
    if type_ == 'float64':
        return repr(float(text or 0))
    if type_ in PRIMITIVES and 'int' in type_:
        return str(int(text or '0', 0))
    return text or 'empty'


class Comparison:
    def __init__(self):
        self.differences = []
        self.where = self.jar = None
        self.judges_ignorable = True

    def say(self, ours, path, what):
        where = ours.where if isinstance(ours, Message) else self.where
        self.differences.append(f'{where}:{ours.line}: {path}: {what}')

    def message(self, ours, theirs, among, jar):
        """Compares what both say about the versions `among`."""
        self.where, self.jar = ours.where, jar
        if not among:
            return
        for what in theirs.unknown:
            self.say(ours, ours.name, f'{what} in {jar} is unknown to this tool')
        if ours.name != theirs.name:
            self.say(ours, ours.name, f'name: {ours.name} here, {theirs.name} in {jar}')
        missing = among - ours.versions
        if missing:
            self.say(ours, ours.name, f'versions {show(missing)} are in {jar}, not here')
        among &= ours.versions
        self.sets(ours, ours.name, 'flexible versions', ours.flexible & among, theirs.flexible & among)
        if ours.kind.startswith('coordinator') and ours.key != theirs.key:
            self.say(ours, ours.name, f'id: {ours.key} here, {theirs.key} in {jar}')
        self.fields(ours, ours.name, ours.fields, theirs.fields, among, among)
        for name in sorted(ours.structs.keys() | theirs.structs.keys()):
            mine, other = ours.structs.get(name), theirs.structs.get(name)
            path = f'{ours.name}.struct {name}'
            if mine is None:
                if other.versions & among:
                    self.say(ours, path, f'this shared struct is in {jar}, not here')
            elif other is None:
                if mine.versions & among:
                    self.say(mine, path, f'this shared struct is here, not in {jar}')
            else:
                self.sets(mine, path, 'versions', mine.versions & among, other.versions & among)
                self.fields(mine, path, mine.fields, other.fields, mine.versions & among, other.versions & among)

    def sets(self, ours, path, what, mine, other):
        if mine != other:
            self.say(ours, path, f'{what}: {show(mine)} here, {show(other)} in {self.jar}')

    def fields(self, owner, path, ours, theirs, our_versions, their_versions):
        mine = {field.name: field for field in ours}
        others = {field.name: field for field in theirs}
        for field in theirs:
            if field.name not in mine and field.versions & their_versions:
                self.say(owner, f'{path}.{field.name}',
                         f'versions {show(field.versions & their_versions)}: in {self.jar}, not here')
        for field in ours:
            here = field.versions & our_versions
            if field.name in others:
                other = others[field.name]
                self.field(f'{path}.{field.name}', field, other, here, other.versions & their_versions, our_versions)
            elif here:
                self.say(field, f'{path}.{field.name}', f'versions {show(here)}: here, not in {self.jar}')
        wrong = {}
        for version in our_versions & their_versions:
            order = [f.name for f in ours
                     if f.name in others and version in f.versions and version in others[f.name].versions]
            other = [f.name for f in theirs if f.name in order]
            if order != other:
                wrong.setdefault((', '.join(order), ', '.join(other)), set()).add(version)
        for (order, other), versions in wrong.items():
            self.say(owner, path, f'order of fields in versions {show(versions)}: {order} here, {other} in {self.jar}')

    def field(self, path, ours, theirs, here, there, among):
        self.sets(ours, path, 'versions', here, there)
        if self.judges_ignorable:
            self.sets(ours, path, 'ignorable', ours.ignorable & among, theirs.ignorable & among)
        both = here & there
        if not both:
            return
        for what, mine, other in (('type', ours.type, theirs.type), ('tag', ours.tag, theirs.tag),
                                  ('default', normal_default(ours), normal_default(theirs)),
                                  ('flexible', ours.flexible, theirs.flexible)):
            if mine != other:
                self.say(ours, path, f'{what} in versions {show(both)}: {mine} here, {other} in {self.jar}')
        self.sets(ours, path, 'nullable', ours.nullable & both, theirs.nullable & both)
        self.sets(ours, path, 'tagged', ours.tagged & both, theirs.tagged & both)
        self.sets(ours, path, 'map key', ours.key & both, theirs.key & both)
        entities = [(f.entity, f.entity_versions & both) if f.entity_versions & both else (None, frozenset())
                    for f in (ours, theirs)]
        if entities[0] != entities[1]:
            texts = [f'{name} in {show(versions)}' if name else 'none' for name, versions in entities]
            self.say(ours, path, f'entity: {texts[0]} here, {texts[1]} in {self.jar}')
        if (ours.fields is None) != (theirs.fields is None):
            if ours.type == theirs.type:
                kinds = ['shared' if f.fields is None else 'inline' for f in (ours, theirs)]
                self.say(ours, path, f'struct: {kinds[0]} here, {kinds[1]} in {self.jar}')
        elif ours.fields is not None:
            self.fields(ours, path, ours.fields, theirs.fields, here, there)


def compare(ours, jars):
    """All differences between our messages and those of the jars."""
    result = Comparison()
    jars = sorted(jars, key=lambda jar: jar.release, reverse=True)
    releases = {jar.release for jar in jars}
    newest = jars[0].release
    compared = set()
    for identity in sorted(ours.keys() | {i for jar in jars for i in jar.messages}, key=str):
        found = [(jar, jar.messages[identity]) for jar in jars if identity in jar.messages]
        mine = ours.get(identity)
        if mine is None:
            jar, message = next(((j, m) for j, m in found if m.versions), (None, None))
            if message:
                result.differences.append(f'{message.where}: {message.name} is in the jar, not here')
            continue
        behind = newest[:2] < NEGOTIATED_RELEASE
        result.judges_ignorable = not behind or mine.negotiated is not None
        spoken_for = mine.negotiated or frozenset() if behind else frozenset()
        if not behind:
            compare_newest(result, mine, [m for jar, m in found if jar.release == newest], jars[0].name, releases)
        for jar, message in found:
            among = message.versions - spoken_for
            spoken_for |= message.versions
            if among:
                compared.add(identity)
                result.message(mine, message, among, jar.name)
        if mine.listeners is not None:
            compare_listeners(result, mine, [] if behind and mine.negotiated else found)
        extra = mine.versions - spoken_for
        lowest = min((min(m.versions) for _, m in found if m.versions), default=None)
        # One release alone cannot judge versions that only earlier releases had.
        if len(releases) == 1 and not behind and not mine.kind.startswith('coordinator'):
            extra = {version for version in extra if lowest is not None and version > lowest}
        if extra and (found or mine.negotiated is not None):
            result.say(mine, mine.name, f'versions {show(extra)} are here, in no jar')
    if not compared:
        raise Unreadable('nothing to compare: the texts and the jars have no message in common')
    return result.differences, len(compared)


def compare_newest(result, mine, newest, jar, releases):
    """What only the newest release decides: the range to negotiate, and what is unstable in it."""
    theirs = newest[0] if newest else None
    if mine.negotiated is None:
        if theirs is None and len(releases) == 1:
            result.say(mine, mine.name, f'this {mine.kind} is here, not in {jar}')
        return
    versions = theirs.versions if theirs else frozenset()
    if mine.negotiated != versions:
        result.say(mine, mine.name, f'negotiated: {show(mine.negotiated)} here, {show(versions)} in {jar}')
    unstable = theirs.unstable if theirs else None
    if mine.kind == 'request' and mine.unstable != unstable:
        result.say(mine, mine.name, f'unstable from version: {mine.unstable} here, {unstable} in {jar}')


def compare_listeners(result, mine, found):
    jar, message = next(((j, m) for j, m in found if m.listeners), (None, None))
    if message and mine.listeners != message.listeners:
        texts = [' '.join(sorted(names)) or 'none' for names in (mine.listeners, message.listeners)]
        result.say(mine, mine.name, f'listeners: {texts[0]} here, {texts[1]} in {jar.name}')


def main(arguments):
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description='Compares our message texts with the definitions in jars.')
    parser.add_argument('--schema', default=root / 'protocol' / 'schema', help='folder of .msg files (protocol/schema)')
    parser.add_argument('jars', nargs='+', metavar='JAR')
    options = parser.parse_args(arguments)
    try:
        ours = read_texts(options.schema)
        differences, compared = compare(ours, [Jar(path) for path in options.jars])
    except Unreadable as error:
        print(f'check_schema: {error}', file=sys.stderr)
        return 2
    for difference in differences:
        print(difference)
    print(f'{compared} messages compared')
    print(f'{len(differences)} differences')
    return 1 if differences else 0


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
