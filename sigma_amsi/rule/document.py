"""YAML text to documents: trees of nodes that remember their lines.

The tree is built from the events of PyYAML's C parser, which is fifteen times as fast as PyYAML's own construction of objects and keeps the
place of everything. Depth and size are limited while the events arrive: the parser never looks much further ahead than the event that it
gives, so that it cannot be led into the depths in which it takes quadratic time, and at last crashes.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

import yaml
from msgspec import Struct
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sigma_amsi.errors import Problem, RuleError
from sigma_amsi.rule.problems import failure, shown

try:
    from yaml.cyaml import CParser as _Parser  # type: ignore[attr-defined] # the stubs do not list what it imports
except ImportError:  # a PyYAML that was built without libyaml

    class _Parser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):  # type: ignore[no-redef]
        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)

        def get_event(self) -> Any:
            event: Any = super().get_event()  # type: ignore[no-untyped-call] # the stubs of PyYAML
            if isinstance(event, ScalarEvent) and any("\ud800" <= character <= "\udfff" for character in event.value):
                mark: Any = event.start_mark
                raise yaml.scanner.ScannerError("in a quoted value", mark, "found an escape for half of a character", mark)
            return event


MAXIMUM_DEPTH = 64
"""Lists and maps in one another. A rule has fewer than ten."""

_TOO_DEEP = f"more than {MAXIMUM_DEPTH} lists and maps in one another"
_TOO_DEEP_FOR_LIBYAML = "exceeded maximum nesting depth"  # what the scanner of PyYAML 6.0.4 says first, at 1,000 levels

MAXIMUM_NODES = 250_000
"""Nodes of one document, what its aliases stand for included."""

MAXIMUM_CHARACTERS = 4_000_000
"""Characters of one document."""


class Scalar(Struct):
    """A value. `tag` is empty for a plain value, whose type is told by its text; else the short name of its type, `str` for a quoted one."""

    text: str
    line: int
    tag: str


class ListNode(Struct):
    items: list["Node"]
    line: int


class MapNode(Struct):
    """A mapping: each key with its line and its value."""

    entries: dict[str, tuple[int, "Node"]]
    line: int


Node: TypeAlias = Scalar | ListNode | MapNode


class Document(NamedTuple):
    """A document that is not empty, and its text."""

    root: Node
    text: str


# What libyaml takes for the start of a document, with the directives before it. A line like this cannot be inside of a value.
_DOCUMENT_START = re.compile(r"^(?:%[^\n]*\n)*---(?=[ \t\n]|\Z)", re.MULTILINE)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_SCALAR_TAGS = frozenset({"str", "int", "float", "bool", "null", "timestamp"})
_TAG_PREFIX = "tag:yaml.org,2002:"


def documents(text: str) -> Iterator[Document | Problem]:
    """The documents of a text, whose lines end in `\\n`. A document with a problem does not keep the others from being read."""
    line = 0
    starts = [found.start() for found in _DOCUMENT_START.finditer(text)] if "\n---" in text else []
    for start, end in zip([0, *(each for each in starts if each)], [*(each for each in starts if each), len(text)], strict=True):
        part = text[start:end]
        try:
            if len(part) > MAXIMUM_CHARACTERS:
                raise failure("too-large", f"a document of more than {MAXIMUM_CHARACTERS} characters", line + 1)
            for root in _roots(part, line + 1):
                yield Document(root, part)
        except RuleError as error:
            yield error.problem
        line += part.count("\n")


def _roots(text: str, first_line: int) -> Iterator[Node]:
    try:
        parser = _Parser(text)
        while True:
            event = parser.get_event()
            if event is None:
                return
            if event.__class__ is DocumentStartEvent:
                root = _Composer(parser.get_event, first_line).compose()
                if not (isinstance(root, Scalar) and root.tag in ("", "null") and root.text in _NULLS):
                    yield root
    except yaml.YAMLError as error:
        raise RuleError(_syntax_problem(error, text, first_line)) from None


class _Anchored(NamedTuple):
    node: Node
    size: int
    depth: int


class _Composer:
    """Builds the tree of one document from its events."""

    def __init__(self, take: Any, first_line: int) -> None:
        self.take = take
        self.first_line = first_line
        self.anchors: dict[str, _Anchored] = {}
        self.count = 0
        self.deepest = 0

    def compose(self) -> Node:
        take, first_line = self.take, self.first_line
        # The collection being filled, the key that waits for its value, and those around it. An anchor keeps what was counted at its start.
        current: ListNode | MapNode | None = None
        key: Scalar | None = None
        outer: list[tuple[ListNode | MapNode | None, Scalar | None, tuple[str, int, int] | None]] = []
        node: Node
        while True:
            event = take()
            kind = event.__class__
            if kind is ScalarEvent:
                self.count += 1
                line = event.start_mark.line + first_line
                node = Scalar(event.value, line, "" if event.implicit[0] else "str" if event.tag is None else _scalar_tag(event.tag, line))
                if event.anchor is not None:
                    self.anchors[event.anchor] = _Anchored(node, 1, 0)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.count += 1
                line = event.start_mark.line + first_line
                anchor = None
                if event.anchor is not None:
                    anchor = (event.anchor, self.count - 1, self.deepest)
                    self.anchors.pop(event.anchor, None)
                    self.deepest = 0
                outer.append((current, key, anchor))
                self.enter(len(outer), line)
                if event.tag is not None:
                    _refuse_collection_tag(event.tag, kind is MappingStartEvent, line)
                current, key = MapNode({}, line) if kind is MappingStartEvent else ListNode([], line), None
                continue
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                assert current is not None
                node = self.merged(current) if isinstance(current, MapNode) and "<<" in current.entries else current
                current, key, anchor = outer.pop()
                if anchor is not None:
                    name, count, deepest = anchor
                    self.anchors[name] = _Anchored(node, self.count - count, self.deepest - len(outer))
                    self.deepest = max(self.deepest, deepest)
            else:
                assert kind is AliasEvent
                line = event.start_mark.line + first_line
                node = self.alias(event.anchor, len(outer), line)
            if self.count > MAXIMUM_NODES:
                raise failure("too-large", f"a document of more than {MAXIMUM_NODES} values", first_line)
            if key is not None:
                assert isinstance(current, MapNode)
                current.entries[key.text] = (key.line, node)
                key = None
            elif current is None:
                return node
            elif isinstance(current, ListNode):
                current.items.append(node)
            elif isinstance(node, Scalar):
                if node.text in current.entries:
                    raise failure("duplicate-key", f"the key {shown(node.text)} stands here twice", node.line)
                key = node
            else:
                raise failure("yaml-key", "a list or a map is used as a key", node.line)

    def enter(self, depth: int, line: int) -> None:
        self.deepest = max(self.deepest, depth)
        if depth > MAXIMUM_DEPTH:
            raise failure("too-deep", _TOO_DEEP, line)

    def alias(self, name: str, depth: int, line: int) -> Node:
        anchored = self.anchors.get(name)
        if anchored is None:
            raise failure("yaml-alias", f"the alias *{name} has no anchor before it, or stands inside of what it names", line)
        self.count += anchored.size
        self.enter(depth + anchored.depth, line)
        return anchored.node

    def merged(self, node: MapNode) -> MapNode:
        """The map with its merge key `<<` replaced by the entries of the maps that it names; own entries win, then those named first."""
        line, source = node.entries.pop("<<")
        entries: dict[str, tuple[int, Node]] = {}
        for each in source.items if isinstance(source, ListNode) else [source]:
            if not isinstance(each, MapNode):
                raise failure("yaml-merge", "`<<` takes a map or a list of maps", line)
            self.count += len(each.entries)
            for key, value in each.entries.items():
                entries.setdefault(key, value)
        return MapNode({**entries, **node.entries}, node.line)


def _scalar_tag(tag: str, line: int) -> str:
    name = tag.removeprefix(_TAG_PREFIX)
    if tag == "!":  # the tag that only says: not plain
        return "str"
    if name == tag or name not in _SCALAR_TAGS:
        raise failure("yaml-tag", f"the tag {shown(tag)} is not used in rules", line)
    return name


def _refuse_collection_tag(tag: str, is_map: bool, line: int) -> None:
    if tag not in ("!", _TAG_PREFIX + ("map" if is_map else "seq")):
        raise failure("yaml-tag", f"the tag {shown(tag)} is not used in rules", line)


def _syntax_problem(error: yaml.YAMLError, text: str, first_line: int) -> Problem:
    if isinstance(error, yaml.reader.ReaderError):
        line = text.encode("utf-8", "surrogatepass")[: error.position].count(b"\n") + first_line
        return Problem("encoding", f"the character U+{_code_point(error):04X} is not allowed in YAML", line=line)
    mark = getattr(error, "problem_mark", None)
    lines = text.rstrip("\n").split("\n")
    index = min(mark.line, len(lines) - 1) if mark is not None else 0  # what is missing at the end is missed on the line after it
    if "\t" in lines[index][: len(lines[index]) - len(lines[index].lstrip(" \t"))]:
        return Problem("yaml-tab", "a tab in the indentation, where YAML takes blanks only", line=first_line + index)
    if getattr(error, "problem", None) == _TOO_DEEP_FOR_LIBYAML:
        return Problem("too-deep", _TOO_DEEP, line=first_line + index)
    message = " ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None)))) or str(error)
    return Problem("yaml-syntax", message, line=first_line + index)


def _code_point(error: yaml.reader.ReaderError) -> int:
    return error.character if isinstance(error.character, int) else ord(error.character)
