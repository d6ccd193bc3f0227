# SPDX-License-Identifier: Apache-2.0
"""The texts of protocol/schema as check_schema.py sees them: messages, structs and fields in Kafka's spelling.

gen_protocol.py has a parser of its own. That they are two is on purpose: a slip in one shows in the other.
"""
import collections
import pathlib
import re

PRIMITIVES = {'bool', 'int8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'float64', 'uuid', 'string', 'bytes',
              'records'}
VERSION_SPEC = re.compile(r'(\d+)(?:-(\d+)|(\+))?$')


class Unreadable(Exception):
    """A text or a jar that cannot be read; its message says where and why."""


class Field:
    """One field of ours or theirs, in Kafka's spelling, its version attributes as sets."""

    def __init__(self, name, type_, versions, line):
        self.name, self.type, self.versions, self.line = name, type_, versions, line
        self.nullable = self.tagged = self.ignorable = self.key = self.entity_versions = frozenset()
        self.tag = self.default = self.entity = self.flexible = None
        self.fields = None  # of an inline struct


class Struct:
    """A struct that several fields of one message share."""

    def __init__(self, name, versions, line):
        self.name, self.versions, self.line, self.fields = name, versions, line, []


class Message:
    """One direction of an API, a header, or a data schema."""

    def __init__(self, name, kind, key, where, line):
        self.name, self.kind, self.key, self.where, self.line = name, kind, key, where, line
        self.versions = self.flexible = frozenset()
        self.negotiated = self.unstable = self.listeners = None
        self.fields, self.structs, self.unknown = [], {}, []

    def identity(self):
        """Messages of APIs are matched by key, since an API may be renamed; all others by name."""
        return (self.kind, self.key) if self.kind in ('request', 'response') else (self.kind, self.name)


def show(versions):
    """A set of versions as text: 0-2,5."""
    runs = []
    for version in sorted(versions):
        if runs and runs[-1][1] == version - 1:
            runs[-1][1] = version
        else:
            runs.append([version, version])
    return ','.join(str(a) if a == b else f'{a}-{b}' for a, b in runs) or 'none'


def camel(snake_name):
    return ''.join(part[:1].upper() + part[1:] for part in snake_name.split('_'))


def snake(camel_name):
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', camel_name).lower()


class TextParser:
    """Reads one .msg file strictly: what it does not know is an error with its place."""

    def __init__(self, path):
        self.path, self.messages = path, []
        self.number = 0
        self.valid = None

    def fail(self, why):
        raise Unreadable(f'{self.path}:{self.number}: {why}')

    def versions(self, text):
        match = VERSION_SPEC.match(text)
        if not match:
            self.fail(f'"{text}" is no version, as 3, 3+ or 0-12')
        first = int(match[1])
        last = int(match[2]) if match[2] else max(self.valid, default=first) if match[3] else first
        if last < first:
            self.fail(f'versions {text} run backwards or begin after the last version')
        found = frozenset(range(first, last + 1))
        if self.valid is not None and not found <= self.valid:
            self.fail(f'versions {text} are not all among the valid ones, {show(self.valid)}')
        return found

    def parse(self):
        try:
            text = self.path.read_text(encoding='utf-8')
        except (OSError, UnicodeDecodeError) as error:
            raise Unreadable(f'{self.path}: {error}') from None
        targets = {}   # section name -> message
        stack = []     # (indentation, list of fields) of the open levels
        section = None
        for self.number, raw in enumerate(text.splitlines(), 1):
            line = raw.split('#', 1)[0].rstrip()
            if not line:
                continue
            indent = len(line) - len(line.lstrip(' '))
            words = line.split()
            if '\t' in line:
                self.fail('a tab; indentation is two spaces a level')
            if self.valid is None:
                targets = self.head(words, indent)
            elif indent == 0:
                if len(words) != 1 or words[0] not in targets:
                    self.fail(f'expected one of the sections {", ".join(targets)}, found "{line}"')
                section = targets.pop(words[0])
                section.line = self.number
                stack = [(2, section.fields)]
            elif section is None:
                self.fail('a field before the first section')
            else:
                self.body(words, indent, section, stack)
        if self.valid is None:
            self.fail('no message in this file')
        if targets:
            self.fail(f'section {", ".join(targets)} is missing')
        for message in self.messages:
            self.check_structs(message)
        return self.messages

    def head(self, words, indent):
        kind = words.pop(0)
        kinds = ('api', 'header', 'data', 'coordinator_key', 'coordinator_value')
        if indent or kind not in kinds:
            self.fail(f'a file begins with one of {", ".join(kinds)}, not "{kind}"')
        key = self.number_of(words) if kind == 'api' else None
        if not words or not re.fullmatch(r'[A-Z]\w*', words[0]):
            self.fail('the name of the message is missing')
        name, options = words.pop(0), {}
        while words:
            option = words.pop(0)
            if option == 'listeners':
                values = []
                while words and words[0] not in ('unstable', 'versions', 'negotiated', 'flexible', 'to'):
                    values.append(words.pop(0))
            elif option in ('versions', 'negotiated', 'flexible', 'to', 'unstable', 'id') and words:
                values = words.pop(0)
            else:
                self.fail(f'"{option}" is unknown here, or its value is missing')
            if option in options:
                self.fail(f'{option} is said twice')
            options[option] = values
        needed = {'versions', 'flexible'} | ({'negotiated', 'to', 'listeners'} if kind == 'api' else set())
        allowed = needed | ({'unstable'} if kind == 'api' else {'id'} if kind.startswith('coordinator') else set())
        if not needed <= options.keys() <= allowed:
            self.fail(f'needs {", ".join(sorted(needed))} and allows {", ".join(sorted(allowed))}')
        self.valid = self.versions(options['versions'])
        if options['versions'].endswith('+'):
            self.fail('the versions of a message have an end')

        def versions_or_none(option):
            return frozenset() if options[option] == 'none' else self.versions(options[option])

        def message(title, what):
            made = Message(title, what, key, self.path, self.number)
            made.versions, made.flexible = self.valid, versions_or_none('flexible')
            self.messages.append(made)
            return made

        if kind != 'api':
            made = message(name, kind.replace('_', '-'))
            made.key = int(options['id']) if 'id' in options else None
            return {'fields': made}
        both = {what: message(name + what.capitalize(), what) for what in ('request', 'response')}
        for made in both.values():
            made.negotiated = versions_or_none('negotiated')
        both['request'].listeners = frozenset(w for w in options['listeners'] if w != 'none')
        both['request'].unstable = int(options['unstable']) if 'unstable' in options else None
        return both

    def number_of(self, words):
        if not words or not words[0].isdigit():
            self.fail('a number is missing')
        return int(words.pop(0))

    def body(self, words, indent, message, stack):
        while stack and stack[-1][0] > indent:
            stack.pop()
        if not stack or stack[-1][0] != indent:
            self.fail('the indentation fits no level: two spaces a level, and only a struct has fields below it')
        if words[0] == 'struct':
            if indent != 2:
                self.fail('a shared struct stands at the level of the section')
            struct = self.struct(words[1:])
            if struct.name in message.structs:
                self.fail(f'struct {struct.name} is there twice')
            message.structs[struct.name] = struct
            stack.append((4, struct.fields))
            return
        field = self.field(words)
        if any(other.name == field.name for other in stack[-1][1]):
            self.fail(f'field {field.name} is there twice')
        stack[-1][1].append(field)
        if field.type.lstrip('[]')[0].isupper():
            field.fields = []
            stack.append((indent + 2, field.fields))

    def struct(self, words):
        if not words:
            self.fail('the name of the struct is missing')
        name, versions = camel(words[0]), self.valid
        rest = words[1:]
        if rest and VERSION_SPEC.match(rest[0]):
            versions = self.versions(rest.pop(0))
        if rest[:1] == ['as'] and len(rest) == 2:
            name = rest[1]
        elif rest:
            self.fail(f'"{" ".join(rest)}" is unknown here')
        return Struct(name, versions, self.number)

    def field(self, words):
        if len(words) < 2 or not re.fullmatch(r'[a-z][a-z0-9]*(_[a-z0-9]+)*', words[0]):
            self.fail('a field is a name in snake case and a type')
        match = re.fullmatch(r'(\[)?([a-z][a-z0-9_]*)(?(1)\])(\?)?', words[1])
        if not match:
            self.fail(f'"{words[1]}" is no type')
        base = match[2] if match[2] in PRIMITIVES else camel(match[2])
        rest = collections.deque(words[2:])
        versions = self.versions(rest.popleft()) if rest and VERSION_SPEC.match(rest[0]) else self.valid
        field = Field(camel(words[0]), ('[]' if match[1] else '') + base, versions, self.number)
        if match[3]:
            field.nullable = versions
        seen = set()
        while rest:
            word = rest.popleft()
            if word in seen:
                self.fail(f'{word} is said twice')
            seen.add(word)
            self.attribute(word, rest, field, versions)
        if 'nullable' in seen and match[3]:
            self.fail('nullable beside a "?"')
        return field

    def attribute(self, word, rest, field, versions):
        def value():
            if not rest:
                self.fail(f'the value of {word} is missing')
            return rest.popleft()

        def optional_versions(otherwise):
            return self.versions(rest.popleft()) if rest and VERSION_SPEC.match(rest[0]) else otherwise

        if word == 'nullable':
            field.nullable = self.versions(value())
        elif word == 'tag':
            text = value()
            if not text.isdigit():
                self.fail(f'"{text}" is no tag')
            field.tag, field.tagged = int(text), optional_versions(versions)
        elif word == 'ignorable':
            field.ignorable = optional_versions(self.valid)
        elif word == 'key':
            field.key = optional_versions(versions)
        elif word == 'default':
            field.default = value()
        elif word == 'entity':
            field.entity, field.entity_versions = value(), optional_versions(versions)
        elif word == 'flexible':
            field.flexible = value()
            if field.flexible != 'none':
                self.fail('a field says "flexible none" or nothing')
        elif word == 'as':
            field.name = value()
        elif word == 'struct_as':
            if not field.type.lstrip('[]')[0].isupper():
                self.fail('struct_as beside a type that is no struct')
            field.type = ('[]' if field.type.startswith('[]') else '') + value()
        else:
            self.fail(f'attribute "{word}" is unknown')

    def check_structs(self, message):
        def walk(fields):
            for field in fields:
                if field.fields is None:
                    continue
                self.number = field.line
                shared = field.type.lstrip('[]') in message.structs
                if shared and field.fields:
                    self.fail(f'{field.type} is a shared struct, yet has fields here')
                if shared:
                    field.fields = None
                walk(field.fields or [])

        walk(message.fields)
        for struct in message.structs.values():
            walk(struct.fields)


def read_texts(folder):
    files = sorted(pathlib.Path(folder).glob('*.msg'))
    if not files:
        raise Unreadable(f'{folder}: no .msg file there')
    ours = {}
    for path in files:
        for message in TextParser(path).parse():
            if message.identity() in ours:
                raise Unreadable(f'{path}: {message.name} is in {ours[message.identity()].where} already')
            ours[message.identity()] = message
    return ours
