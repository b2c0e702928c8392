"""The detection of a rule as a predicate over fields, with the line of each item."""

from functools import lru_cache

from msgspec import Struct, field

from sigma_amsi.errors import Problem, Refused, RuleError
from sigma_amsi.predicate.tree import FALSE, AnyField, Or, Predicate, all_of, any_of, negation
from sigma_amsi.rule.condition import Part, combine, joined
from sigma_amsi.rule.document import ListNode, MapNode, Node, Scalar
from sigma_amsi.rule.leaves import ANY_FIELD, leaf
from sigma_amsi.rule.modifiers import FIELD_ONLY, Chain, chain_of
from sigma_amsi.rule.problems import at_line, failure, shown
from sigma_amsi.rule.scalar import value_of
from sigma_amsi.term import Field

MAXIMUM_VALUE_LENGTH = 65_536

_ITEM_DEPTH = 3
"""The most that one item can be deep: not, all, and what one value expands to."""


class Detection(Struct):
    """What the detection of a rule says.

    items: the line of each detection item and what it says. refusals: what is valid but cannot be a test, so that `predicate` means nothing.
    """

    predicate: Predicate = FALSE
    items: list[tuple[int, Predicate]] = field(default_factory=list)
    refusals: list[Problem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_detection(node: Node, line: int) -> Detection:
    """Read the value of `detection`, whose key stands at `line`. Raises RuleError."""
    if not isinstance(node, MapNode):
        raise failure("detection-type", "`detection` is no map of selections and a condition", line)
    if "condition" not in node.entries:
        raise failure("missing-condition", "`detection` has no condition", line)
    timeframe = node.entries.get("timeframe")
    if timeframe is not None and isinstance(timeframe[1], Scalar):
        raise failure("aggregation", "`timeframe` in a detection", timeframe[0], "the specification has correlation rules for this")
    detection = Detection()
    selections = {name: _selection(*entry, detection) for name, entry in node.entries.items() if name != "condition"}
    if not selections:
        raise failure("missing-selection", "`detection` has a condition and no selection", line)
    used: set[str] = set()
    detection.predicate = _condition(*node.entries["condition"], selections, used).predicate
    for name in selections:
        if name not in used and not name.startswith("_"):
            message = f"the condition does not use the selection {shown(name)}"
            detection.problems.append(Problem("unused-selection", message, line=node.entries[name][0]))
    return detection


def _condition(line: int, node: Node, selections: dict[str, Part], used: set[str]) -> Part:
    parts: list[Part] = []
    for each in node.items if isinstance(node, ListNode) else [node]:
        text = value_of(each) if isinstance(each, Scalar) else None
        if not isinstance(text, str):
            raise failure("condition-type", "a condition is a text, or a list of texts", line)
        try:
            parts.append(combine(text, selections, used))
        except RuleError as error:
            raise at_line(error, each.line) from None
    if not parts:
        raise failure("missing-condition", "an empty list of conditions", line)
    try:
        return joined("or", parts)
    except RuleError as error:
        raise at_line(error, line) from None


def _selection(line: int, node: Node, detection: Detection) -> Part:
    if isinstance(node, MapNode):
        return _map(line, node, detection)
    if isinstance(node, Scalar):
        if value_of(node) is None:
            raise failure("empty-selection", "a selection without anything in it", line)
        detection.problems.append(Problem("plain-selection", "a selection that is neither a list nor a map", line=line))
        return _item(line, _keyword(), [node], detection)
    if not node.items:
        raise failure("empty-selection", "a selection without anything in it", line)
    if all(isinstance(each, Scalar) for each in node.items):
        return _item(line, _keyword(), node.items, detection)
    parts: list[Part] = []
    for each in node.items:
        if isinstance(each, ListNode):
            raise failure("selection-type", "a list directly in a list of a selection", each.line, "lists hold texts and maps")
        parts.append(_map(each.line, each, detection) if isinstance(each, MapNode) else _item(each.line, _keyword(), [each], detection))
    return joined("or", parts)


def _map(line: int, node: MapNode, detection: Detection) -> Part:
    if not node.entries:
        raise failure("empty-selection", "a selection without anything in it", line)
    parts: list[Part] = []
    for key, (key_line, value) in node.entries.items():
        try:
            asked = _asked(key)
        except RuleError as error:
            raise at_line(error, key_line) from None
        parts.append(_item(key_line, asked, value.items if isinstance(value, ListNode) else [value], detection))
        if asked[1].all and not (isinstance(value, ListNode) and len(value.items) > 1):
            raise failure("all-on-single-value", f"`all` on a single value of {shown(key)}", key_line, "remove `all`")
    return joined("and", parts)


@lru_cache(maxsize=4096)
def _asked(key: str) -> tuple[Field | AnyField, Chain]:
    """The subject and the modifiers of an item's key."""
    name, *modifiers = key.split("|")
    chain = chain_of(tuple(modifiers))
    if name:
        return Field(name), chain
    if not modifiers:
        raise failure("field-name", "an empty name of a field")
    for modifier in modifiers:
        if modifier in FIELD_ONLY:
            raise failure("keyword-modifier", f"`{modifier}` on a keyword", hint="name the field before the `|`")
    return ANY_FIELD, chain


def _keyword() -> tuple[AnyField, Chain]:
    return ANY_FIELD, chain_of(())


def _item(line: int, asked: tuple[Field | AnyField, Chain], nodes: list[Node], detection: Detection) -> Part:
    subject, chain = asked
    if not nodes:
        raise failure("empty-list", "an empty list of values", line)
    predicates: list[Predicate] = []
    for node in nodes:
        if not isinstance(node, Scalar):
            raise failure("value-type", "a list or a map where a value is expected", node.line)
        if len(node.text) > MAXIMUM_VALUE_LENGTH:
            raise failure("too-large", f"a value of more than {MAXIMUM_VALUE_LENGTH} characters", node.line)
        value = value_of(node)
        if value is None and len(nodes) > 1:
            raise failure("null-in-list", "null in a list of values", node.line, "make it a selection of its own")
        try:
            predicates.append(leaf(subject, chain, value))
        except RuleError as error:
            raise at_line(error, node.line) from None
        except Refused as error:
            problem = error.problem
            detection.refusals.append(Problem(problem.code, problem.message, line=node.line, hint=problem.hint))
    size = sum(len(each.parts) if isinstance(each, Or) else 1 for each in predicates)
    predicate = predicates[0] if len(predicates) == 1 else all_of(predicates) if chain.all else any_of(predicates)
    if chain.neq:
        predicate = negation(predicate)
    detection.items.append((line, predicate))
    return Part(predicate, _ITEM_DEPTH, size)
