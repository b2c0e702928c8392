"""What a term cannot say although it is there: values that it does not have, and differences that it does not keep."""

from collections.abc import Iterable, Iterator
from itertools import product

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.hints import near
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, Token, exactly
from sigma_amsi.pattern_meet import meet
from sigma_amsi.pipeline.subjects import Subject, Subjects, subjects_of
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import (
    And,
    AnyField,
    Compare,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Test,
)
from sigma_amsi.predicate.walk import tests_of
from sigma_amsi.regex.tree import Literal, OneOf, RegexTree, Sequence
from sigma_amsi.term import Term


def refuse_unsayable_values(tests: Iterable[Test], subjects: Subjects) -> None:
    """Refuse a test that could match a value of which the pipeline says that the term cannot represent it."""
    for test in tests:
        for name in subjects_of(test):
            for unsayable in subjects[name].mapping.cannot:
                if _could_pass(unsayable.pattern, test.holds):
                    message = f"{subjects[name].name} cannot be asked for this value: {unsayable.reason}"
                    raise Refused("unmapped-value", message, test=test)


def refuse_unlisted_values(tests: Iterable[Test], subjects: Subjects) -> None:
    """Refuse a test that is about more than one value of a field that goes through a table of values.

    The table need not list all values that events have. A whole value is listed or not; a wildcard would be true of the listed ones alone.
    """
    for test in tests:
        for name in subjects_of(test):
            subject = subjects[name]
            if subject.translated and not isinstance(test.holds, Null | Exists | Empty) and not _is_one_value(test.holds):
                hint = f"name whole values: {', '.join(subject.only[:12])}" if subject.only else ""
                raise Refused("unmapped-value", f"{subject.name} can only be asked for whole values that are known", hint=hint, test=test)


def refuse_impossible_values(rule: Predicate, tests: Iterable[Test], subjects: Subjects) -> None:
    """Refuse a test that no value of its term can pass.

    A table of values need not list all that events have, so that the rule's value may be one that the SIEM spells in an unknown way. A list of
    the vendor's is complete, so that the value never occurs: a filter for it is idle, and beside another value of the field that does occur,
    an alternative may be. Both stay.
    """
    impossible = {test for test in tests if _is_impossible(test, subjects[test.subject])}
    for group, inverted in _groups(rule) if impossible else ():
        occurring = {part.subject for part in group.parts if isinstance(part, Test) and part not in impossible}
        for part in group.parts:
            test = _literal(part)
            if test is None or test not in impossible:
                continue
            subject = subjects[test.subject]
            idle = inverted != isinstance(part, Not) or (isinstance(group, Or) and test.subject in occurring)
            if subject.translated or not idle:
                raise Refused("unmapped-value", f"{subject.name} never has this value", hint=_near_value(test.holds, subject), test=test)


def refuse_lost_differences(rule: Predicate, tests: Iterable[Test], subjects: Subjects) -> None:
    """Refuse a rule that tells null, absent and dropped values of a field apart where the SIEM does not.

    All such tests come to ask whether the term is absent. Different ones do no harm as alternatives: any of them that the term is absent, or
    negated, none of them. A rule that wants one and not the other, or both at once, depends on the difference.
    """
    ways: dict[Term | AnyField, set[str]] = {}
    for test in tests:
        if (way := _way_to_be_absent(test, subjects[test.subject])) is not None:
            ways.setdefault(test.subject, set()).add(way)
    for name, found in ways.items():
        if len(found) > 1:
            _check_ways(rule, False, name, subjects[name])


def _check_ways(part: Predicate, inverted: bool, name: Term | AnyField, subject: Subject) -> set[tuple[str, bool]]:
    """The ways in which the part asks whether the subject is absent, each with whether it wants that. `inverted`: under how many negations."""
    if isinstance(part, Not):
        return _check_ways(part.part, not inverted, name, subject)
    if isinstance(part, Test):
        way = _way_to_be_absent(part, subject) if part.subject == name else None
        return set() if way is None else {(way, isinstance(part.holds, Exists) == inverted)}
    alternatives = isinstance(part, Or) != inverted
    ways: set[tuple[str, bool]] = set()
    for inside in part.parts:
        more = _check_ways(inside, inverted, name, subject)
        for (way, wanted), (other, other_wanted) in product(ways, more):
            if way != other and not wanted == other_wanted == alternatives:
                message = f"the rule tells {way} and {other} of {subject.name} apart, which are one in the SIEM"
                raise Refused("null-and-empty", message, test=_first_way(inside, name, subject))
        ways |= more
    return ways


def _first_way(part: Predicate, name: Term | AnyField, subject: Subject) -> Test:
    return next(test for test in tests_of(part) if test.subject == name and _way_to_be_absent(test, subject) is not None)


def _groups(predicate: Predicate) -> Iterator[tuple[And | Or, bool]]:
    """Every and/or of the predicate, with whether it stands under an odd number of negations; a test outside of any counts as an or of its own."""
    waiting = [(predicate, False)]
    while waiting:
        part, inverted = waiting.pop()
        while isinstance(part, Not) and _literal(part) is None:
            part, inverted = part.part, not inverted
        if isinstance(part, And | Or):
            yield part, inverted
            waiting.extend((inside, inverted) for inside in reversed(part.parts) if _literal(inside) is None)
        else:
            yield Or((part,)), inverted


def _literal(part: Predicate) -> Test | None:
    """The test that the part is, or that it negates; None where it is no test by itself."""
    inside = part.part if isinstance(part, Not) else part
    return inside if isinstance(inside, Test) else None


def _could_pass(pattern: Pattern | None, holds: Matcher) -> bool:
    """Whether a value of the pattern could pass; without a pattern, whether the test is for any value, or for none."""
    shape = _shape(holds)
    if pattern is None or shape is None:
        return pattern is None and shape is None
    return meet(shape, pattern)


def _way_to_be_absent(test: Test, subject: Subject) -> str | None:
    """Of a test that comes to ask whether its subject is absent: what it asks for."""
    if isinstance(test.holds, Null):
        return "null"
    if isinstance(test.holds, Exists):
        return "existence"
    dropped = subject.equal_to_dropped(test.holds)
    return None if dropped is None else f"the text '{dropped}'"


def _is_impossible(test: Test, subject: Subject) -> bool:
    if subject.only is None or not isinstance(test.holds, Matches | Regex | Compare | InNetwork | Empty):
        return False
    return subject.equal_to_dropped(test.holds) is None and not any(passes(text, test.holds, {}) for text in subject.only)


def _is_one_value(holds: Matcher) -> bool:
    """Whether the test is for one whole value, or for any at all."""
    return isinstance(holds, Matches) and (holds.pattern.literal is not None or holds.pattern.tokens == (ANY_MANY,))


def _near_value(holds: Matcher, subject: Subject) -> str:
    literal = holds.pattern.literal if isinstance(holds, Matches) else None
    return near(literal or "", subject.only or ())


def _shape(holds: Matcher) -> Pattern | None:
    """A pattern of every value that passes, and perhaps of more; None for tests that are not about what the value is."""
    match holds:
        case Matches(pattern):
            return None if all(isinstance(token, AnyMany) for token in pattern.tokens) and pattern.tokens else pattern
        case Regex(tree):
            return Pattern.of(ANY_MANY, *_tokens(tree), ANY_MANY)
        case Compare():
            return Pattern.of(_DECIMAL, ANY_MANY)
        case InNetwork():
            return Pattern.of(_ADDRESS, ANY_MANY)
        case Empty():
            return exactly("")
        case Null() | Exists():
            return None
    return Pattern.of(ANY_MANY)


_DECIMAL = Chars.of("+-.0123456789")
_ADDRESS = Chars.of(":0123456789ABCDEFabcdef")


def _tokens(tree: RegexTree) -> list[Token]:
    match tree:
        case Literal(text):
            return [text]
        case OneOf(chars):
            return [chars]
        case Sequence(items):
            return [token for item in items for token in _tokens(item)]
    return [ANY_MANY]
