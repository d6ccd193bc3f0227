#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turns the message texts of protocol/schema into the C++ of protocol/generated.

    gen_protocol.py [--schema DIR] [--out DIR] [--check]

The output depends on the texts alone, so that --check can compare: it writes nothing and fails, naming the first file that
differs, if the output folder is not what this script would write.

A text is one API (request and response), one header, one data schema or one coordinator record. '#' begins a comment; in the
output it becomes the comment of the field that it stands beside, above, or (far to the right, alone on its line) below.
The first line says what it is:

    api KEY Name   versions A-B   negotiated C-D|none   flexible N+|none   to TARGET   listeners L..|none   [unstable N]
    header|data|coordinator_key|coordinator_value Name   [id N]   versions A-B   flexible N+|none

Then the sections 'request' and 'response' (api) or 'fields'. Two spaces a level, one field a line:

    name   type   [versions]   [attribute ..]

type        bool int8 int16 uint16 int32 uint32 int64 float64 uuid string bytes records, or a struct; [type] is an array,
            ? behind it allows null. A struct's fields follow two spaces deeper, unless it is shared: then they follow
            'struct name' at the level of the section's fields.
versions    3, 3+ or 0-12; all when left out
attributes  nullable R       null is allowed in these versions only
            tag N [R]        a tagged field (in these versions, all of them flexible)
            ignorable [R]    a value is dropped in silence where the version lacks the field, else it is refused
            default V        a number, true, false, null or a word; else 0, false, empty, and null for records
            key [R], entity NAME [R]     for people and for tools/check_schema.py
            as NAME, struct_as NAME      Kafka's name where it is not the camel case of ours
            flexible none    keeps the old form in flexible versions
"""
import argparse
import os
import re
import sys
import textwrap

NUMBERS = {
    "bool": ("bool", 1), "int8": ("std::int8_t", 1), "int16": ("std::int16_t", 2), "uint16": ("std::uint16_t", 2),
    "int32": ("std::int32_t", 4), "uint32": ("std::uint32_t", 4), "int64": ("std::int64_t", 8),
    "float64": ("double", 8), "uuid": ("uuid", 16),
}
TEXTS = {"string": "std::string_view", "bytes": "bytes_view", "records": "bytes_view"}
INTEGER_RANGE = {
    "int8": (-(1 << 7), (1 << 7) - 1), "int16": (-(1 << 15), (1 << 15) - 1), "uint16": (0, (1 << 16) - 1),
    "int32": (-(1 << 31), (1 << 31) - 1), "uint32": (0, (1 << 32) - 1), "int64": (-(1 << 63), (1 << 63) - 1),
}
KEYWORDS = set("""alignas alignof and and_eq asm auto bitand bitor bool break case catch char class co_await co_return
    co_yield compl concept const constexpr consteval constinit const_cast continue decltype default delete do double
    dynamic_cast else enum explicit export extern false float for friend goto if inline int long mutable namespace new
    noexcept not not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires return
    short signed sizeof static static_assert static_cast struct switch template this thread_local throw true try typedef
    typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq""".split())
# Names that the generated structs use themselves.
TAKEN = {"list", "nullable", "uuid", "bytes_view", "api", "api_version", "version_range", "message_kind", "broker_errc",
         "tagged_field", "unknown_tags", "kind", "message_name", "versions", "negotiated", "flexible_since", "api_key",
         "response_type", "std"}
TARGETS = {"any", "broker", "leader", "controller", "group_coordinator", "transaction_coordinator", "share_coordinator",
           "voter"}
LISTENERS = {"broker", "controller", "zk_broker"}
NEWEST = 32767
GROUPS = 9  # how many .cpp files the codec is spread over


class SchemaError(Exception):
    """A text that does not follow the grammar; says where."""

    def __init__(self, place, text):
        super().__init__(f"{place}: {text}")


def camel(snake):
    return "".join(part[:1].upper() + part[1:] for part in snake.split("_"))


def is_range(token):
    return token is not None and re.fullmatch(r"[0-9]+(\+|-[0-9]+)?", token) is not None


def parse_range(token, place):
    if not is_range(token):
        raise SchemaError(place, f"'{token}' is not a range of versions")
    if token.endswith("+"):
        return int(token[:-1]), NEWEST
    first, _, last = token.partition("-")
    result = int(first), int(last or first)
    if result[0] > result[1]:
        raise SchemaError(place, f"the range of versions '{token}' is empty")
    return result


def parse_range_or_none(token, place):
    return None if token == "none" else parse_range(token, place)


def within(of_range, context):
    return frozenset(v for v in context if of_range[0] <= v <= of_range[1]) if of_range else frozenset()


class Tokens:
    """The words of a line, taken one by one."""

    def __init__(self, words, place):
        self.words, self.place, self.position = words, place, 0

    def peek(self):
        return self.words[self.position] if self.position < len(self.words) else None

    def take(self, what):
        word = self.peek()
        if word is None:
            raise SchemaError(self.place, f"{what} is missing")
        self.position += 1
        return word

    def take_range(self):
        return parse_range(self.take("a range of versions"), self.place)

    def take_range_if_any(self):
        return self.take_range() if is_range(self.peek()) else None


class Field:
    """One field of a struct, as its line says."""

    def __init__(self, words, place, comment):
        tokens = Tokens(words, place)
        self.place, self.comment = place, comment
        self.name = tokens.take("a field's name")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name):
            raise SchemaError(place, f"'{self.name}' is not a name in snake case")
        match = re.fullmatch(r"(\[)?([a-z][a-z0-9_]*)(\])?(\?)?", tokens.take(f"the type of '{self.name}'"))
        if not match or bool(match[1]) != bool(match[3]):
            raise SchemaError(place, f"'{tokens.words[1]}' is not a type")
        self.is_list, self.type = bool(match[1]), match[2]
        self.versions = tokens.take_range_if_any() or (0, NEWEST)
        self.nullable = (0, NEWEST) if match[4] else None
        self.tag = self.tag_versions = self.ignorable = self.default = self.json = self.struct_as = None
        self.plain = False
        self.children, self.struct = [], None
        seen = set()
        while tokens.peek() is not None:
            self._attribute(tokens, seen)
        self.json = self.json or camel(self.name)
        self.json = self.json[:1].lower() + self.json[1:]
        self.is_struct = self.type not in NUMBERS and self.type not in TEXTS
        # Of bool: a byte other than 0 and 1 must not become one, and the array is copied as it comes.
        if self.type in ("bytes", "records", "bool") and self.is_list:
            raise SchemaError(place, f"arrays of {self.type} do not exist")
        if self.nullable and not self.is_list and self.type in NUMBERS:
            raise SchemaError(place, f"a value of type {self.type} cannot be null")
        if self.struct_as and not self.is_struct:
            raise SchemaError(place, "struct_as needs a struct")
        self._check_default()

    def _attribute(self, tokens, seen):
        word = tokens.take("an attribute")
        if word in seen:
            raise SchemaError(self.place, f"'{word}' stands twice")
        seen.add(word)
        if word == "nullable":
            if self.nullable:
                raise SchemaError(self.place, "'nullable' beside '?'")
            self.nullable = tokens.take_range()
        elif word == "tag":
            number = tokens.take("the number of the tag")
            if not number.isdigit():
                raise SchemaError(self.place, f"'{number}' is not the number of a tag")
            self.tag = int(number)
            self.tag_versions = tokens.take_range_if_any() or self.versions
        elif word == "ignorable":
            self.ignorable = tokens.take_range_if_any() or (0, NEWEST)
        elif word == "key":
            tokens.take_range_if_any()
        elif word == "default":
            self.default = tokens.take("the default")
        elif word == "entity":
            tokens.take("the entity")
            tokens.take_range_if_any()
        elif word == "as":
            self.json = tokens.take("Kafka's name")
        elif word == "struct_as":
            self.struct_as = tokens.take("Kafka's name of the struct")
        elif word == "flexible":
            if tokens.take("'none'") != "none":
                raise SchemaError(self.place, "a field can only be 'flexible none'")
            if self.type != "string" or self.is_list:
                raise SchemaError(self.place, "'flexible none' is only for strings")
            self.plain = True
        else:
            raise SchemaError(self.place, f"'{word}' is not an attribute")

    def _check_default(self):
        if self.default is None:
            return
        if self.default == "null":
            if not self.nullable:
                raise SchemaError(self.place, "the default is null, but null is not allowed")
        elif self.is_list or self.is_struct or self.type in ("bytes", "records", "uuid", "float64"):
            raise SchemaError(self.place, f"'{self.default}' cannot be the default of this type")
        elif self.type == "bool":
            if self.default not in ("true", "false"):
                raise SchemaError(self.place, f"'{self.default}' is not true or false")
        elif self.type in INTEGER_RANGE:
            try:
                number = int(self.default, 0)
            except ValueError:
                raise SchemaError(self.place, f"'{self.default}' is not a number") from None
            low, high = INTEGER_RANGE[self.type]
            if not low <= number <= high:
                raise SchemaError(self.place, f"{number} does not fit {self.type}")

    # What C++ makes of it.
    @property
    def cpp(self):
        return self.name + "_" if self.name in KEYWORDS or self.name in TAKEN else self.name

    @property
    def is_error_code(self):
        return self.type == "int16" and not self.is_list and (self.name == "error_code" or self.name.endswith("_error_code"))

    @property
    def item_type(self):
        if self.is_struct:
            return self.struct.cpp
        if self.is_error_code:
            return "broker_errc"
        return NUMBERS[self.type][0] if self.type in NUMBERS else TEXTS[self.type]

    @property
    def value_type(self):
        return f"list<{self.item_type}>" if self.is_list else self.item_type

    @property
    def cpp_type(self):
        return f"nullable<{self.value_type}>" if self.nullable else self.value_type

    @property
    def default_is_null(self):
        return self.nullable is not None and (self.default == "null" or (self.type == "records" and self.default is None))

    def initializer(self):
        if self.nullable:
            if self.default_is_null:
                return "{}"
            if self.is_struct and not self.is_list:
                return f" = detail::default_value<{self.item_type}>"
            return f" = {self.value_type}{{{self._text_default()}}}"
        if self.default is None:
            return " = false" if self.type == "bool" and not self.is_list else \
                " = 0" if self.type in INTEGER_RANGE and not self.is_list and not self.is_error_code else "{}"
        if self.type == "string":
            return f"{{{self._text_default()}}}"
        return " = " + self._number_default()

    def _text_default(self):
        return f'"{self.default}"' if self.type == "string" and not self.is_list and self.default else ""

    def _number_default(self):
        if self.type == "bool":
            return self.default or "false"
        number = int(self.default or "0", 0)
        if self.is_error_code:
            return f"broker_errc{{{number}}}"
        if number == -(1 << 63):
            return "(-9223372036854775807 - 1)"
        return str(number)

    def is_default(self, of, scope):
        """C++ that says whether the member `of` has its default."""
        if self.default_is_null:
            return f"!{of}.has_value()"
        if self.nullable:
            if self.is_struct and not self.is_list:
                return f"({of}.has_value() && *{of} == {scope}{self.item_type}{{}})"
            if self._text_default():
                return f"({of}.has_value() && *{of} == {self._text_default()})"
            return f"({of}.has_value() && {of}->empty())"
        if self.is_list or (self.type in TEXTS and not self._text_default()):
            return f"{of}.empty()"
        if self.type in TEXTS:
            return f"{of} == {self._text_default()}"
        if self.is_struct:
            return f"{of} == {scope}{self.item_type}{{}}"
        if self.type == "uuid":
            return f"{of}.is_zero()"
        if self.type == "bool":
            return of if self.default == "true" else f"!{of}"
        if self.type == "float64":
            return f"{of} == 0.0"
        return f"{of} == {self._number_default()}"


class Struct:
    """A message or one of the structs inside it."""

    def __init__(self, name, fields, place, comment=""):
        self.name, self.fields, self.place, self.comment = name, fields, place, comment
        self.cpp = name
        self.context = frozenset()  # the versions in which it occurs
        self.is_message = False


class Message(Struct):
    """A struct that stands alone: with a name, a kind and versions of its own."""

    def __init__(self, cpp, name, kind, head, fields, shared, place, comment):
        super().__init__(cpp, fields, place, comment)
        self.message_name, self.kind, self.head = name, kind, head
        self.is_message = True
        self.shared = shared
        self.context = frozenset(range(head.versions[0], head.versions[1] + 1))
        self.structs = []  # the nested ones, inner ones first
        self._collect()
        self._name_structs()
        self._spread_versions()
        for each in [self, *self.structs]:
            check_tags(each, head)

    def _collect(self):
        by_name, used = {}, set()
        for struct in self.shared:
            if struct.name in by_name:
                raise SchemaError(struct.place, f"struct {struct.name} stands twice")
            by_name[struct.name] = struct
        inline = set()
        busy = set()

        def visit(owner):
            names = set()
            for field in owner.fields:
                if field.name in names:
                    raise SchemaError(field.place, f"field '{field.name}' stands twice")
                names.add(field.name)
                if not field.is_struct:
                    if field.children:
                        raise SchemaError(field.place, f"a field of type {field.type} has no fields of its own")
                    continue
                if field.children:
                    if field.type in by_name:
                        raise SchemaError(field.place, f"struct {field.type} stands twice")
                    by_name[field.type] = field.struct = Struct(field.type, field.children, field.place)
                    inline.add(field.type)
                elif field.type not in by_name:
                    raise SchemaError(field.place, f"there is no type '{field.type}'")
                field.struct = by_name[field.type]
                if field.struct.name in busy:
                    raise SchemaError(field.place, f"struct {field.type} contains itself")
                if field.struct.name not in used:
                    busy.add(field.struct.name)
                    visit(field.struct)
                    busy.discard(field.struct.name)
                    used.add(field.struct.name)
                    self.structs.append(field.struct)

        visit(self)
        for struct in self.shared:
            if struct.name not in used:
                raise SchemaError(struct.place, f"struct {struct.name} is never used")

    def _name_structs(self):
        field_names = {field.cpp for struct in [self, *self.structs] for field in struct.fields}
        taken = {struct.name for struct in self.structs} | field_names
        for struct in self.structs:
            if struct.name in field_names or struct.name in KEYWORDS or struct.name in TAKEN or struct.name == self.name:
                struct.cpp = struct.name + "_data"
                if struct.cpp in taken:
                    raise SchemaError(struct.place, f"struct {struct.name}: {struct.cpp} is taken too")

    def _spread_versions(self):
        for owner in [self, *reversed(self.structs)]:  # outer ones first
            for field in owner.fields:
                if field.is_struct:
                    field.struct.context |= field_versions(field, owner)

    def smallest(self, struct, version):
        """The least number of bytes that a struct takes in a version."""
        flexible = self.head.is_flexible(version)
        total = 1 if flexible else 0
        for field in struct.fields:
            if version not in field_versions(field, struct) or version in tag_versions(field, struct):
                continue
            if field.is_list or field.type in ("bytes", "records"):
                total += 1 if flexible else 4
            elif field.type == "string":
                total += 1 if flexible and not field.plain else 2
            elif field.is_struct:
                total += 1 if field.nullable else self.smallest(field.struct, version)
            else:
                total += NUMBERS[field.type][1]
        return total


def field_versions(field, owner):
    return within(field.versions, owner.context)


def tag_versions(field, owner):
    return within(field.tag_versions, field_versions(field, owner)) if field.tag is not None else frozenset()


def check_tags(struct, head):
    numbers = set()
    for field in struct.fields:
        if field.tag is None:
            continue
        if field.tag in numbers:
            raise SchemaError(field.place, f"tag {field.tag} stands twice")
        numbers.add(field.tag)
        versions = tag_versions(field, struct)
        if not versions:
            raise SchemaError(field.place, f"tag {field.tag} is in no version of the field")
        for version in sorted(versions):
            if not head.is_flexible(version):
                raise SchemaError(field.place, f"tag {field.tag} in version {version}, which is not flexible")


class Head:
    """The first line of a file."""

    KINDS = {"api", "header", "data", "coordinator_key", "coordinator_value"}

    def __init__(self, words, place):
        tokens = Tokens(words, place)
        self.place = place
        self.kind = tokens.take("the kind")
        if self.kind not in self.KINDS:
            raise SchemaError(place, f"a file begins with one of {', '.join(sorted(self.KINDS))}, not '{self.kind}'")
        self.key = -1
        if self.kind == "api":
            self.key = self._number(tokens.take("the key"))
        self.name = tokens.take("the name")
        if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", self.name):
            raise SchemaError(place, f"'{self.name}' is not a name in camel case")
        self.versions = self.negotiated = self.flexible = self.unstable = self.target = None
        self.listeners = []
        seen = set()
        while tokens.peek() is not None:
            self._attribute(tokens, seen)
        required = {"versions", "flexible"} | ({"negotiated", "to", "listeners"} if self.kind == "api" else set())
        for word in sorted(required - seen):
            raise SchemaError(place, f"'{word}' is missing")
        if self.versions[1] == NEWEST:
            raise SchemaError(place, "the versions need an end")

    def _number(self, word):
        if not word.isdigit():
            raise SchemaError(self.place, f"'{word}' is not a number")
        return int(word)

    def _attribute(self, tokens, seen):
        word = tokens.take("an attribute")
        if word in seen:
            raise SchemaError(self.place, f"'{word}' stands twice")
        seen.add(word)
        if word == "versions":
            self.versions = tokens.take_range()
        elif word == "flexible":
            self.flexible = parse_range_or_none(tokens.take("a range of versions"), self.place)
            if self.flexible and self.flexible[1] != NEWEST:
                raise SchemaError(self.place, "flexible versions have no end: 'flexible 3+'")
        elif word == "id" and self.kind.startswith("coordinator"):
            self.key = self._number(tokens.take("the id"))
        elif word == "negotiated" and self.kind == "api":
            self.negotiated = parse_range_or_none(tokens.take("a range of versions"), self.place)
        elif word == "unstable" and self.kind == "api":
            self.unstable = self._number(tokens.take("the first unstable version"))
        elif word == "to" and self.kind == "api":
            self.target = tokens.take("the target")
            if self.target not in TARGETS:
                raise SchemaError(self.place, f"'{self.target}' is not one of {', '.join(sorted(TARGETS))}")
        elif word == "listeners" and self.kind == "api":
            while tokens.peek() in LISTENERS:
                self.listeners.append(tokens.take("a listener"))
            if not self.listeners and tokens.take("a listener") != "none":
                raise SchemaError(self.place, f"listeners are 'none' or some of {', '.join(sorted(LISTENERS))}")
        else:
            raise SchemaError(self.place, f"'{word}' is not an attribute of {self.kind}")

    def is_flexible(self, version):
        return self.flexible is not None and version >= self.flexible[0]


class File:
    """One text: its head and its messages."""

    COMMENT_COLUMN = 24  # a line of comment alone that starts behind this column goes on with the one above it

    def __init__(self, path, shown):
        self.path, self.shown = path, shown
        self.head = None
        self.sections = {}
        self._section = None
        self._comment = []        # lines of comment that wait for what they stand above
        self._last = None         # the field that a comment may go on with
        self._stack = []          # (indentation, list of fields)
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                self._line(line.rstrip("\n"), f"{shown}:{number}")
        if self.head is None:
            raise SchemaError(f"{shown}:1", "the file is empty")
        self._make_messages()

    def _line(self, line, place):
        if "\t" in line:
            raise SchemaError(place, "a tabulator; use spaces")
        code, hash_sign, comment = line.partition("#")
        comment = comment.strip()
        words = code.split()
        if not words:
            if hash_sign and self._last is not None and len(code) >= self.COMMENT_COLUMN:
                self._last.comment = f"{self._last.comment} {comment}".strip()
            elif hash_sign:
                self._comment.append(comment)
                self._last = None
            elif self.head is not None:
                self._last = None
            return
        if self.head is None:
            self.head = Head(words, place)
            self.head.comment = [*self._comment, *([comment] if comment else [])]
            self._comment = []
            return
        indentation = len(code) - len(code.lstrip(" "))
        text = " ".join([*self._comment, comment]).strip()
        self._comment = []
        if indentation == 0:
            self._begin_section(words, place, text)
        elif self._section is None:
            raise SchemaError(place, "a field before the first section")
        elif words[0] == "struct":
            self._begin_struct(words, indentation, place, text)
        else:
            self._field(words, indentation, place, text)

    def _begin_section(self, words, place, comment):
        allowed = ("request", "response") if self.head.kind == "api" else ("fields",)
        if len(words) != 1 or words[0] not in allowed:
            raise SchemaError(place, f"sections of {self.head.kind} are: {', '.join(allowed)}")
        if words[0] in self.sections:
            raise SchemaError(place, f"section {words[0]} stands twice")
        fields = []
        self._section = self.sections[words[0]] = {"fields": fields, "structs": [], "place": place, "comment": comment}
        self._stack = [(2, fields)]
        self._last = None

    def _begin_struct(self, words, indentation, place, comment):
        if indentation != 2:
            raise SchemaError(place, "a shared struct stands at the level of the section's fields")
        tokens = Tokens(words[1:], place)
        name = tokens.take("the struct's name")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
            raise SchemaError(place, f"'{name}' is not a name in snake case")
        if name in NUMBERS or name in TEXTS:
            raise SchemaError(place, f"'{name}' is a type already")
        tokens.take_range_if_any()
        if tokens.peek() == "as":
            tokens.take("as")
            tokens.take("Kafka's name")
        if tokens.peek() is not None:
            raise SchemaError(place, f"'{tokens.peek()}' is not an attribute of a struct")
        struct = Struct(name, [], place, comment)
        self._section["structs"].append(struct)
        self._stack = [(2, None), (4, struct.fields)]
        self._last = struct

    def _field(self, words, indentation, place, comment):
        while self._stack and self._stack[-1][0] > indentation:
            self._stack.pop()
        if not self._stack or self._stack[-1][0] != indentation:
            last = self._last_field
            if not self._stack or last is None or indentation != self._stack[-1][0] + 2 or not last.is_struct:
                raise SchemaError(place, "the indentation fits nothing above it")
            self._stack.append((indentation, last.children))
        fields = self._stack[-1][1]
        if fields is None:
            raise SchemaError(place, "a field of the section after its shared structs")
        field = Field(words, place, comment)
        fields.append(field)
        self._last = field

    @property
    def _last_field(self):
        fields = self._stack[-1][1]
        return fields[-1] if fields else None

    def _make_messages(self):
        head, self.messages = self.head, []
        self.stem = re.sub(r"^[0-9]+_", "", os.path.splitext(os.path.basename(self.path))[0])
        if self.stem.replace("_", "") != head.name.lower():
            raise SchemaError(head.place, f"the file's name does not say {head.name}")
        names = {"request": head.name + "Request", "response": head.name + "Response", "fields": head.name}
        for section, kind in (("request", "request"), ("response", "response"), ("fields", head.kind)):
            if section not in self.sections:
                if (section == "fields") != (head.kind == "api"):
                    raise SchemaError(f"{self.shown}:1", f"section {section} is missing")
                continue
            it = self.sections[section]
            cpp = self.stem + ("" if section == "fields" else "_" + section)
            self.messages.append(Message(cpp, names[section], kind, head, it["fields"], it["structs"], it["place"], it["comment"]))

    @property
    def weight(self):
        return sum(3 + len(struct.fields) for message in self.messages for struct in [message, *message.structs])


def condition(versions, context):
    """C++ that holds in the context exactly for `versions`, some of it; empty if always."""
    if versions == context:
        return ""
    ordered = sorted(context)
    parts, start = [], None
    for position, version in enumerate([*ordered, None]):
        inside = version is not None and version in versions
        if inside and start is None:
            start = version
        elif not inside and start is not None:
            end = ordered[position - 1]
            bounds = []
            if start == end and start not in (ordered[0], ordered[-1]):
                bounds.append(f"version == {start}")
            else:
                if start != ordered[0]:
                    bounds.append(f"version >= {start}")
                if end != ordered[-1]:
                    bounds.append(f"version <= {end}")
            parts.append(" && ".join(bounds))
            start = None
    if len(parts) > 1:
        parts = [f"({part})" if "&&" in part else part for part in parts]
    return " || ".join(parts)


def truth(versions, context):
    """The same as an expression in every case."""
    if versions == context:
        return "true"
    return condition(versions, context) if versions else "false"


def doc(text, indentation):
    lines = textwrap.wrap(text, 116 - indentation, break_long_words=False, break_on_hyphens=False)
    return [f"{' ' * indentation}/// {line}" for line in lines]


def paragraphs(lines):
    """The lines of a head's comment as /// lines; they keep their breaks, since tables stand there."""
    lines = list(lines)
    while lines and not lines[-1]:
        lines.pop()
    return [f"/// {line}".rstrip() for line in lines]


class Generator:
    """Everything that is written, as a dictionary from path to text."""

    NOTICE = "// Generated by tools/gen_protocol.py from {}. Do not edit."

    def __init__(self, files, include, source):
        self.files, self.include, self.source = files, include, source
        self.has_apis = any(file.head.kind == "api" for file in files)
        self.out = {}

    def run(self):
        for file in self.files:
            self.out[f"messages/{file.stem}.hpp"] = self._header(file)
        for number, group in enumerate(self._groups(), 1):
            self.out[f"codec_{number}.cpp"] = self._codec(group)
        if self.has_apis:
            self.out["api_keys.hpp"] = self._api_keys()
            self.out["api_table.cpp"] = self._api_table()
        self.out["message_table.cpp"] = self._message_table()
        self.out[".clang-format"] = "DisableFormat: true\nSortIncludes: Never\n"
        return self.out

    def _begin(self, source):
        return ["// SPDX-License-Identifier: Apache-2.0", self.NOTICE.format(source)]

    # messages/*.hpp
    def _header(self, file):
        lines = [*self._begin(f"{self.source}/{os.path.basename(file.path)}"), "#pragma once", ""]
        if file.head.kind == "api":
            lines.append(f"#include <{self.include}/api_keys.hpp>")
        lines += ["#include <odradek/protocol/message.hpp>", "", "namespace odradek {", ""]
        for message in file.messages:
            if message.kind == "request":
                lines += [f"struct {file.stem}_response;", ""]
            lines += self._message(file, message)
        lines += ["} // namespace odradek", ""]
        return "\n".join(lines)

    def _message(self, file, message):
        head = file.head
        lines = paragraphs(head.comment)
        if message.comment:
            lines += [*(["///"] if lines else []), *doc(message.comment, 0)]
        if not lines:
            lines = [f"/// {message.message_name}."]
        lines.append(f"struct {message.cpp} {{")
        for struct in message.structs:
            lines += self._struct(message, struct, 4)
        if head.kind == "api":
            lines.append(f"    static constexpr api api_key = api::{file.stem};")
        else:
            lines.append(f"    static constexpr std::int16_t record_id = {head.key}; ///< Of a coordinator's record; else -1.")
        lines.append(f"    static constexpr message_kind kind = message_kind::{message.kind};")
        lines.append(f'    static constexpr std::string_view message_name = "{message.message_name}";')
        lines.append(f"    static constexpr version_range versions{{{head.versions[0]}, {head.versions[1]}}}; ///< What can be read and written.")
        first, last = (head.versions if head.kind != "api" else head.negotiated) or (0, -1)
        lines.append(f"    static constexpr version_range negotiated{{{first}, {last}}}; ///< What a client chooses from.")
        lines.append(f"    static constexpr api_version flexible_since{{{head.flexible[0] if head.flexible else NEWEST}}};")
        if message.kind == "request":
            lines.append(f"    using response_type = {file.stem}_response;")
        lines.append("")
        lines += self._members(message, message, 4)
        lines += ["};", "", "template <class Archive>",
                  f"ODRADEK_EXPORT void codec(Archive& archive, archived<Archive, {message.cpp}>& x, api_version v);", ""]
        return lines

    def _struct(self, message, struct, indentation):
        space = " " * indentation
        return [*doc(struct.comment, indentation), f"{space}struct {struct.cpp} {{",
                *self._members(message, struct, indentation + 4), f"{space}}};", ""]

    def _members(self, message, struct, indentation):
        space, lines = " " * indentation, []
        for field in struct.fields:
            text = self._comment(message, struct, field)
            line = f"{space}{field.cpp_type} {field.cpp}{field.initializer()};"
            if text and len(line) + 6 + len(text) <= 120:
                lines.append(f"{line} ///< {text}")
            else:
                lines += [*doc(text, indentation), line]
        if self._has_tags(message, struct):
            lines.append(f"{space}list<tagged_field> unknown_tags{{}}; ///< Kept as they came and written back.")
        lines += ["", f"{space}friend bool operator==(const {struct.cpp}&, const {struct.cpp}&) = default;"]
        return lines

    @staticmethod
    def _comment(message, struct, field):
        """The words of the schema, and the versions if the struct is older or lives longer."""
        versions = field_versions(field, struct)
        parts = [field.comment] if field.comment else []
        if versions != struct.context and versions:
            first, last = min(versions), max(versions)
            newest = last == max(message.context)
            parts.append(f"(v{first}+)" if newest else f"(v{first})" if first == last else f"(v{first}-{last})")
        return " ".join(parts)

    @staticmethod
    def _has_tags(message, struct):
        return any(message.head.is_flexible(version) for version in struct.context)

    # codec_*.cpp
    def _groups(self):
        """The files in their order, cut into parts of about the same weight."""
        total, groups = sum(file.weight for file in self.files), []
        count = min(GROUPS, max(1, total // 150))
        done = 0
        for file in self.files:
            if not groups or done >= total * len(groups) / count:
                groups.append([])
            groups[-1].append(file)
            done += file.weight
        return groups

    def _codec(self, group):
        lines = [*self._begin(self.source)]
        lines += [f"#include <{self.include}/messages/{file.stem}.hpp>" for file in group]
        lines += ["", "#include <odradek/protocol/codec.hpp>", "", "namespace odradek {", ""]
        for file in group:
            for message in file.messages:
                for struct in [*message.structs, message]:
                    lines += self._codec_of(message, struct)
                for archive in ("read_archive", "write_archive", "visitor"):
                    const = "const " if archive == "write_archive" else ""
                    lines.append(f"template ODRADEK_EXPORT void codec({archive}&, {const}{message.cpp}&, api_version);")
                lines.append("")
        lines += ["} // namespace odradek", ""]
        return "\n".join(lines)

    def _codec_of(self, message, struct):
        scope = f"{message.cpp}::"
        name = message.cpp if struct.is_message else scope + struct.cpp
        table = name.replace("::", "_") + "_fields"
        lines = []
        if struct.fields:
            lines += [f"static constexpr field_info {table}[] = {{"]
            lines += [f'    {{"{field.name}", "{field.json}"}},' for field in struct.fields]
            lines += ["};"]
        lines += ["template <class Archive>",
                  f"void codec([[maybe_unused]] Archive& archive, [[maybe_unused]] archived<Archive, {name}>& x, "
                  "[[maybe_unused]] api_version v)", "{"]
        body = []
        tagged = []
        for index, field in enumerate(struct.fields):
            info = f"{table}[{index}]"
            body += self._untagged(message, struct, field, info)
            if tag_versions(field, struct):
                tagged.append((field.tag, field, info))
        body += self._tags(message, struct, sorted(tagged, key=lambda each: each[0]))
        if any(re.search(r"(?<!\.)\bversion\b", line) for line in body):
            lines.append("    const int version = v.value;")
        return [*lines, *body, "}", ""]

    def _untagged(self, message, struct, field, info):
        live = field_versions(field, struct)
        plain = live - tag_versions(field, struct)
        ignored = within(field.ignorable, struct.context)
        refused = struct.context - live - ignored
        absent = f"archive.absent({info}, {field.is_default('x.' + field.cpp, message.cpp + '::')});"
        call = self._call(message, struct, field, info, False)
        lines = []
        if plain:
            when = condition(plain, struct.context)
            if not when:
                return [f"    {call}"]
            lines = [f"    if ({when}) {{", f"        {call}"]
            if refused:
                rest = struct.context - plain
                other = condition(refused, rest)
                lines += [f"    }} else if ({other}) {{" if other else "    } else {", f"        {absent}"]
            return [*lines, "    }"]
        if refused:
            when = condition(refused, struct.context)
            lines = [f"    if ({when}) {absent}"] if when else [f"    {absent}"]
        return lines

    def _call(self, message, struct, field, info, tagged):
        value = f"x.{field.cpp}"
        allowed = ""
        if field.nullable:
            versions = tag_versions(field, struct) if tagged else field_versions(field, struct)
            allowed = ", " + truth(within(field.nullable, versions), versions)
        if field.is_struct and field.is_list:
            smallest = min(message.smallest(field.struct, version) for version in field_versions(field, struct))
            return f"archive.template objects<{smallest}>({info}, {value}, v{allowed});"
        if field.is_struct:
            method = "tagged_object" if tagged and field.nullable else "object"
            return f"archive.{method}({info}, {value}, v{allowed});"
        if field.is_list:
            return f"archive.{'strings' if field.type == 'string' else 'numbers'}({info}, {value}{allowed});"
        if field.type in NUMBERS:
            return f"archive.number({info}, {value});"
        method = "plain_string" if field.plain else field.type
        return f"archive.{method}({info}, {value}{allowed});"

    def _tags(self, message, struct, tagged):
        flexible = frozenset(version for version in struct.context if message.head.is_flexible(version))
        if not flexible:
            return []
        arguments = ["x.unknown_tags"]
        for number, field, info in tagged:
            live = truth(tag_versions(field, struct), flexible)
            is_default = field.is_default("x." + field.cpp, message.cpp + "::")
            call = self._call(message, struct, field, info, True)
            arguments.append(f"tagged{{{number}, {live}, {info}, [&] {{ {call} }}, [&] {{ return {is_default}; }}}}")
        when = condition(flexible, struct.context)
        space = " " * (8 if when else 4)
        joined = arguments[0] + "".join(f",\n{space}    {argument}" for argument in arguments[1:])
        call = f"{space}archive.tags({joined});"
        if not when:
            return call.split("\n")
        return [f"    if ({when}) {{", *call.split("\n"), "    } else {", "        archive.no_tags(x.unknown_tags);", "    }"]

    # tables
    def _api_files(self):
        return [file for file in self.files if file.head.kind == "api"]

    def _api_keys(self):
        lines = [*self._begin(self.source), "#pragma once", "", "#include <cstdint>", "", "namespace odradek {", "",
                 "/// The key of every API, as requests carry it.", "enum class api : std::int16_t {"]
        lines += [f"    {file.stem} = {file.head.key}," for file in self._api_files()]
        return "\n".join([*lines, "};", "", "} // namespace odradek", ""])

    def _api_table(self):
        lines = [*self._begin(self.source), "#include <odradek/protocol/api.hpp>", "", "namespace odradek {",
                 "namespace {", "", "constexpr api_info table[] = {"]
        for file in self._api_files():
            head = file.head
            first, last = head.negotiated or (0, -1)
            listeners = ", ".join(str(name in head.listeners).lower() for name in ("broker", "controller", "zk_broker"))
            flexible = f"api_version{{{head.flexible[0]}}}" if head.flexible else "std::nullopt"
            unstable = f"api_version{{{head.unstable}}}" if head.unstable is not None else "std::nullopt"
            lines.append(f'    {{"{head.name}", api::{file.stem}, {{{head.versions[0]}, {head.versions[1]}}}, {{{first}, {last}}}, '
                         f"{flexible}, {unstable}, api_target::{head.target}, {{{listeners}}}}},")
        return "\n".join([*lines, "};", "", "} // namespace", "",
                          "list<api_info> all_apis() noexcept", "{", "    return table;", "}", "", "} // namespace odradek", ""])

    def _message_table(self):
        function = "all_messages" if self.has_apis else "coordinator_messages"
        lines = [*self._begin(self.source)]
        lines += [f"#include <{self.include}/messages/{file.stem}.hpp>" for file in self.files]
        lines += ["", "#include <odradek/protocol/any_message.hpp>", "", "namespace odradek {"]
        if not self.has_apis:
            lines += ["", "list<message_descriptor> coordinator_messages() noexcept;"]
        lines += ["namespace {", "", "const message_descriptor table[] = {"]
        lines += [f"    detail::describe<{message.cpp}>()," for file in self.files for message in file.messages]
        lines += ["};", "", "} // namespace", "", f"list<message_descriptor> {function}() noexcept", "{", "    return table;",
                  "}", "", "} // namespace odradek", ""]
        return "\n".join(lines)


def load(folder, root):
    paths = sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".msg"))
    files = [File(path, os.path.relpath(path, root)) for path in paths]
    files.sort(key=lambda file: (file.head.kind != "api", file.head.key if file.head.kind == "api" else 0, file.stem))
    seen = {}
    for file in files:
        for what in [f"the name {file.stem}"] + ([f"the key {file.head.key}"] if file.head.kind == "api" else []):
            if what in seen:
                raise SchemaError(file.head.place, f"{what} is taken by {seen[what]}")
            seen[what] = file.shown
    return files


def existing(folder):
    found = {}
    for directory, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, encoding="utf-8") as file:
                found[os.path.relpath(path, folder)] = file.read()
    return found


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--schema", default=os.path.join(root, "protocol", "schema"), help="folder of the texts")
    parser.add_argument("--out", default=os.path.join(root, "protocol", "generated"), help="folder of the output")
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the output is not up to date")
    options = parser.parse_args()
    try:
        files = load(options.schema, root)
    except (SchemaError, OSError) as error:
        print(f"gen_protocol.py: {error}", file=sys.stderr)
        return 2
    include = "odradek/" + os.path.relpath(os.path.abspath(options.out), root)
    if include.startswith("odradek/.."):
        include = "odradek/protocol/generated"  # a folder outside the project, to look at
    output = Generator(files, include, os.path.relpath(os.path.abspath(options.schema), root)).run()
    there = existing(options.out) if os.path.isdir(options.out) else {}
    if options.check:
        for path in sorted(set(output) | set(there)):
            if output.get(path) != there.get(path):
                print(f"gen_protocol.py: {os.path.join(options.out, path)} is not what the texts say; run tools/gen_protocol.py",
                      file=sys.stderr)
                return 1
        return 0
    for path, text in output.items():
        if there.get(path) != text:
            os.makedirs(os.path.dirname(os.path.join(options.out, path)), exist_ok=True)
            with open(os.path.join(options.out, path), "w", encoding="utf-8") as file:
                file.write(text)
    for path in set(there) - set(output):
        os.remove(os.path.join(options.out, path))
    return 0


if __name__ == "__main__":
    sys.exit(main())
