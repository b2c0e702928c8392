"""Conditions on the fields of an event, as the files in pipelines/rows write them."""

from sigma_amsi.pipeline.conditions import read_pattern
from sigma_amsi.pipeline.nodes import ListNode, MapNode, Node, TextNode, fail, listing, mapping
from sigma_amsi.predicate.tree import Matches, Not, Null, Predicate, Test, all_of, any_of
from sigma_amsi.term import Field


def read_event_condition(node: Node) -> Predicate:
    """The predicate over fields that a condition says. Raises ConfigurationError.

    `{Field: value, …}`: all of the entries hold. A list of values: any of them; null: the field is absent. A text can have the wildcards `*` and
    `?` and is compared without case. `{not: condition}`, `{any: [condition…]}` and `{all: [condition…]}` combine.
    """
    return all_of([_entry(name, value) for name, value in mapping(node, "a condition").entries.items()])


def _entry(name: str, value: Node) -> Predicate:
    if name == "not":
        return Not(read_event_condition(value))
    if name in ("any", "all"):
        parts = [read_event_condition(item) for item in listing(value, f"'{name}'")]
        return any_of(parts) if name == "any" else all_of(parts)
    return any_of([_test(name, item) for item in (value.items if isinstance(value, ListNode) else (value,))])


def _test(name: str, node: Node) -> Test:
    if isinstance(node, ListNode | MapNode):
        fail(node, "configuration-type", f"the value of '{name}' has to be a text, null or a list of those")
    assert isinstance(node, TextNode)
    return Test(Field(name), Null() if node.text is None else Matches(read_pattern(node.text)))
