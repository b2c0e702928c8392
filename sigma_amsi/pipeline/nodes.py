"""Configuration files as trees that remember their lines: YAML, strictly read, with every scalar a text.

Schemas, pipelines and site files are made of names and texts, so `443`, `true` and `1e3` are read as they are written; only an unquoted
`null`, `~` or nothing at all is no value. Anchors, aliases and tags are refused: the formats have names for what is used twice.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import NoReturn, TypeAlias, TypeVar

import yaml
from msgspec import Struct

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.hints import near

# The C parser takes a tenth of the time; a PyYAML that was built without it still works.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_MAXIMUM_DEPTH = 100


class TextNode(Struct):
    """A scalar. `text` is None for an unquoted null."""

    text: str | None
    line: int
    path: Path


class ListNode(Struct):
    items: list["Node"]
    line: int
    path: Path


class MapNode(Struct):
    """A mapping, its keys unique. `lines` has the line of each key."""

    entries: dict[str, "Node"]
    lines: dict[str, int]
    line: int
    path: Path


Node: TypeAlias = TextNode | ListNode | MapNode
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_Take: TypeAlias = Callable[[], yaml.Event]
_Any = TypeVar("_Any", TextNode, ListNode, MapNode)


def read_nodes(content: bytes | str, path: Path) -> MapNode:
    """The mapping that the one YAML document of a file holds. Raises ConfigurationError."""
    try:
        take: _Take = _Loader(content).get_event
        take()  # the stream starts
        if isinstance(take(), yaml.StreamEndEvent):
            raise _problem("configuration-yaml", "the file is empty", path, 0)
        root = _node(take(), take, path, 0)
        take()  # the document ends
        if not isinstance(end := take(), yaml.StreamEndEvent):
            raise _problem("configuration-yaml", "the file holds more than one document", path, _line(end))
    except yaml.YAMLError as error:
        raise _yaml_problem(error, path) from None
    return mapping(root, "the file")


def fail(node: Node, code: str, message: str, hint: str = "") -> NoReturn:
    """Raise the error that points at the node."""
    raise _problem(code, message, node.path, node.line, hint)


def fail_at_key(node: MapNode, key: str, code: str, message: str, hint: str = "") -> NoReturn:
    """Raise the error that points at a key of the mapping."""
    raise _problem(code, message, node.path, node.lines[key], hint)


def mapping(node: Node, what: str) -> MapNode:
    """The node as a mapping; an error says that `what` has to be one."""
    return _expect(node, MapNode, f"{what} has to be a mapping")


def listing(node: Node, what: str) -> list[Node]:
    """The items of the node, which has to be a list."""
    return _expect(node, ListNode, f"{what} has to be a list").items


def text(node: Node, what: str) -> str:
    """The text of the node, which may be empty but not null."""
    found = _expect(node, TextNode, f"{what} has to be a text").text
    if found is None:
        fail(node, "configuration-type", f"{what} has no value")
    return found


def texts(node: Node, what: str) -> tuple[str, ...]:
    """The texts of a list; a single text counts as a list of one."""
    return tuple(text(item, what) for item in (node.items if isinstance(node, ListNode) else (node,)))


def choice(node: Node, what: str, options: Collection[str]) -> str:
    """The text of the node, one of the options."""
    found = text(node, what)
    if found not in options:
        fail(node, "configuration-value", f"{what} is '{found}'", f"write one of: {', '.join(options)}")
    return found


def check_keys(node: MapNode, what: str, required: Collection[str], optional: Collection[str] = ()) -> None:
    """Raise unless the mapping has every required key and none but those named."""
    for key in node.entries:
        if key not in required and key not in optional:
            fail_at_key(node, key, "configuration-unknown-key", f"'{key}' is no key of {what}", near(key, [*required, *optional]))
    for key in required:
        if key not in node.entries:
            fail(node, "configuration-missing-key", f"{what} lacks '{key}'")


def _node(event: yaml.Event, take: _Take, path: Path, depth: int) -> Node:
    line = _line(event)
    if depth > _MAXIMUM_DEPTH:
        raise _problem("configuration-yaml", f"nested deeper than {_MAXIMUM_DEPTH} levels", path, line)
    if not isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) or event.anchor is not None or event.tag is not None:
        raise _problem("configuration-yaml", "anchors, aliases and tags are not read", path, line, "give the term or field group a name")
    if isinstance(event, yaml.ScalarEvent):
        empty = event.implicit[0] and event.value in _NULLS
        return TextNode(None if empty else event.value, line, path)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Node] = []
        while not isinstance(item := take(), yaml.SequenceEndEvent):
            items.append(_node(item, take, path, depth + 1))
        return ListNode(items, line, path)
    entries: dict[str, Node] = {}
    lines: dict[str, int] = {}
    while not isinstance(key := take(), yaml.MappingEndEvent):
        if not isinstance(key, yaml.ScalarEvent) or key.anchor is not None or key.tag is not None:
            raise _problem("configuration-yaml", "a key has to be a plain text", path, _line(key))
        name: str = key.value
        if name in entries:
            raise _problem("configuration-duplicate-key", f"'{name}' stands in line {lines[name]} already", path, _line(key))
        lines[name] = _line(key)
        entries[name] = _node(take(), take, path, depth + 1)
    return MapNode(entries, lines, line, path)


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    assert mark is not None  # every event that a parser gives has its marks
    return mark.line + 1


def _expect(node: Node, kind: type[_Any], message: str) -> _Any:
    if not isinstance(node, kind):
        found = {TextNode: "a text", ListNode: "a list", MapNode: "a mapping"}[type(node)]
        fail(node, "configuration-type", f"{message}, not {found}")
    return node


def _yaml_problem(error: yaml.YAMLError, path: Path) -> ConfigurationError:
    mark = getattr(error, "problem_mark", None)
    says = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return _problem("configuration-yaml", says, path, mark.line + 1 if mark else 0)


def _problem(code: str, message: str, path: Path, line: int, hint: str = "") -> ConfigurationError:
    return ConfigurationError(Problem(code, message, path, line, hint))
