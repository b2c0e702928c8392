"""The samples of a rule: SigmaHQ's regression data, a file beside the rule (`RULE.tests.yml` for `RULE.yml`), and the rule's own key `tests`.

The latter two have the same form:

    should match:
        a provider's key is deleted:            # a name, and the fields of an event
            EventType: DeleteKey
            TargetObject: HKLM\\...
        as recorded: recordings/deleted.evtx    # or the path of a file of events, from the folder of the rule
    should not match:
        the key is created: {EventType: CreateKey, TargetObject: HKLM\\...}

Every event under `should match` has to match, and none under `should not match`. What the rule's log source says already, such as the channel, may be
left out of the fields.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.events.log_sources import defaults, event_of_fields
from sigma_amsi.events.model import Event
from sigma_amsi.pipeline.files import read_file
from sigma_amsi.pipeline.nodes import ListNode, MapNode, Node, TextNode, check_keys, fail, mapping
from sigma_amsi.predicate.evaluate import Cell, text_of
from sigma_amsi.replay.model import Expected, Sample
from sigma_amsi.replay.regression import regression_samples
from sigma_amsi.rule.model import Rule
from sigma_amsi.rule.scalar import Data
from sigma_amsi.rule.source import SAMPLES_SUFFIX

KEY = "tests"
_EXPECTATIONS: Mapping[str, Expected] = {"should match": "all", "should not match": "none"}


def samples_of(rule: Rule) -> Iterator[Sample]:
    """All samples of the rule. Raises ConfigurationError for a test that cannot be read."""
    yield from regression_samples(rule)
    if KEY in rule.custom:
        path = rule.path or Path("<input>")
        yield from _read(mapping(_node(rule.custom[KEY], rule.line, path), f"`{KEY}`"), rule)
    if rule.path is not None:
        beside = rule.path.with_name(rule.path.stem + SAMPLES_SUFFIX)
        if beside.is_file():
            yield from _read(read_file(beside), rule)


def _read(tests: MapNode, rule: Rule) -> Iterator[Sample]:
    check_keys(tests, "the tests", [], tuple(_EXPECTATIONS))
    for title, samples in tests.entries.items():
        for name, node in mapping(samples, f"'{title}'").entries.items():
            yield _sample(name, _EXPECTATIONS[title], node, rule)


def _sample(name: str, expected: Expected, node: Node, rule: Rule) -> Sample:
    place = f"{node.path}:{node.line}"
    if isinstance(node, TextNode):
        if not node.text:
            fail(node, "configuration-type", f"'{name}' has neither fields nor the path of a file")
        path = node.path.parent / node.text
        if not path.is_file():
            raise ConfigurationError(Problem("test-file", f"there is no file '{path}'", node.path, node.line))
        return Sample(name, expected, path, place)
    events = [mapping(item, "an event") for item in node.items] if isinstance(node, ListNode) else [node]
    return Sample(name, expected, tuple(_event(event, rule, number) for number, event in enumerate(events, 1)), place)


def _event(node: MapNode, rule: Rule, position: int) -> Event:
    fields: dict[str, Cell] = {name: _cell(name, value) for name, value in node.entries.items()}
    return event_of_fields({**defaults(rule.log_source), **fields}, node.path, position, node.line)


def _cell(name: str, node: Node) -> Cell:
    if isinstance(node, ListNode):
        return tuple(_scalar(name, item) for item in node.items)
    return _scalar(name, node)


def _scalar(name: str, node: Node) -> str | None:
    if not isinstance(node, TextNode):
        fail(node, "configuration-type", f"the value of '{name}' has to be a text, null or a list of those")
    return node.text


def _node(data: Data, line: int, path: Path) -> Node:
    """Plain data as if it stood in that line; a rule keeps no places of keys that the specification does not know."""
    if isinstance(data, dict):
        return MapNode({name: _node(value, line, path) for name, value in data.items()}, dict.fromkeys(data, line), line, path)
    if isinstance(data, list):
        return ListNode([_node(item, line, path) for item in data], line, path)
    return TextNode(None if data is None else text_of(data), line, path)
