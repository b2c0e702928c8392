"""Single tests in Kusto: one comparison of one value, by the type of what is compared.

Every expression is two-valued where it stands under `not`: Kusto's `<`, `>` and address functions are null for a null operand, and
`not(null)` is null, which drops the row ("Null values"). Equality, the string operators and `in` are false for a null operand, and
strings are never null.
"""

import re
from decimal import ROUND_CEILING, ROUND_FLOOR
from ipaddress import IPv6Network
from typing import Literal, NoReturn

from msgspec import Struct

from sigma_amsi.characters import other_case
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.predicate.evaluate import pattern_test, regex_test
from sigma_amsi.predicate.tree import Compare, Empty, Exists, InNetwork, Matcher, Matches, Null, Regex, Same, Test, TimePart
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.of_pattern import tree_of
from sigma_amsi.regex.perl import Dialect
from sigma_amsi.regex.tree import Choice, OneOf, RegexTree, Repeat, Sequence
from sigma_amsi.regex.tree import Literal as LiteralText
from sigma_amsi.regex.write import write_perl

from .layout import Expression, Leaf, Listing, chain
from .text import literal

Kind = Literal["text", "integer", "boolean", "time"]

_OF_TEXT = (Matches, Regex)
_is_integer = re.compile("0|-?[1-9][0-9]*").fullmatch


class Subject(Struct, frozen=True):
    """What is compared: its expression, kind and native type. `may_be_empty` is whether the empty text has to be told from none."""

    expression: str
    kind: Kind = "text"
    native: str = "string"
    may_be_empty: bool = False

    @property
    def as_text(self) -> "Subject":
        """The subject as a string: what a number or boolean is in `tostring`, in the spelling of the predicate."""
        if self.kind == "text":
            return self
        spelled = f"tostring({self.expression})"
        return Subject(f"tolower({spelled})" if self.kind == "boolean" else spelled)  # tostring(true) is True


def comparison(subject: Subject, test: Test, other: Subject | None, *, under_not: bool) -> Expression:
    """The expression of a test on the subject. `other` is what a `Same` compares with."""
    if subject.kind == "text" and isinstance(test.holds, _OF_TEXT):
        return text_comparison(subject, test.holds, test)
    match test.holds, subject.kind:
        case Null(), "text":
            _demand_one_emptiness(subject, test)
            return Leaf(f"isempty({subject.expression})")
        case Null(), _:
            return Leaf(f"isnull({subject.expression})")
        case Exists(), _:
            return presence(subject, test)
        case Empty(), _:
            refuse_emptiness(test)
        case Same() as holds, _:
            assert other is not None
            return _same(subject, other, holds, test)
        case TimePart() as holds, "time":
            return _part_of_time(subject, holds)
        case TimePart(), _:
            raise Refused("time-part", "the column holds the time as text, of which Kusto cannot take a part", test=test)
        case InNetwork() as holds, "text":
            return _network(subject, holds, test, under_not=under_not)
        case InNetwork(), _:
            raise Refused("network-on-type", f"a column of type {subject.native} holds no addresses", test=test)
        case holds, "integer":
            return _integer(subject, holds, test, under_not=under_not)
        case (Matches() | Regex()) as holds, "boolean":
            return _boolean(subject, holds, test)
        case Compare(), _:
            raise Refused(
                "number-order",
                f"the column is of type {subject.native}: Kusto would order its text, or not compare it at all",
                hint="use a target whose column is numeric",
                test=test,
            )
        case Matches(Pattern((AnyMany(),))), "time":
            return presence(subject, test)
    raise Refused("wildcard-on-type", "a datetime column takes no text and no pattern", hint="use minute, hour, …", test=test)


def presence(subject: Subject, test: Test) -> Expression:
    """That the subject has a value."""
    if subject.kind != "text":
        return Leaf(f"isnotnull({subject.expression})")
    _demand_one_emptiness(subject, test)
    return Leaf(f"isnotempty({subject.expression})")


def listed(subject: Subject, texts: tuple[str, ...], *, cased: bool) -> Expression:
    """That the subject equals one of several texts, all of them `listable`."""
    if subject.kind == "integer":
        return Listing(f"{subject.expression} in", texts)
    return Listing(f"{subject.expression} {'in' if cased else 'in~'}", tuple(literal(text) for text in texts))


def listable(subject: Subject, holds: Matcher) -> str | None:
    """The text that the matcher asks for, if Kusto's `in` or `in~` does the same; None where it does not."""
    if not isinstance(holds, Matches) or not holds.pattern.literal:
        return None
    text = holds.pattern.literal
    if subject.kind == "integer":
        return text if _fits(text, subject.native) else None
    return text if subject.kind == "text" and (holds.cased or folds_reliably(text)) else None


def folds_reliably(text: str) -> bool:
    """Whether Kusto's operators without case surely ignore the case of the text.

    "The in~ operator" and its siblings say that case-insensitive operators support ASCII text only. Letters beyond are left to regular
    expressions, whose `(?i)` knows them.
    """
    return text.isascii() or all(character.isascii() or other_case(character) == character for character in text)


def text_comparison(subject: Subject, holds: Matches | Regex, test: Test) -> Expression:
    """A pattern or regular expression on a string."""
    if isinstance(holds, Regex):
        found = Leaf(f"{subject.expression} matches regex {_regex_literal(holds.tree, holds.cased, test)}")
        if demands_text(holds.tree) or not regex_test(holds.tree, holds.cased)(""):
            return found
        return chain("and", [presence(subject, test), found])  # the empty string is how an absent one looks
    if holds.pattern.matches_empty():
        return presence(subject, test) if holds.pattern.tokens else _empty_text(subject, test)
    operator, text = _operator(holds.pattern)
    if operator and (holds.cased or folds_reliably(text)):
        return Leaf(f"{subject.expression} {operator[0] if holds.cased else operator[1]} {literal(text)}")
    return Leaf(f"{subject.expression} matches regex {_regex_literal(tree_of(holds.pattern), holds.cased, test)}")


def demands_text(tree: RegexTree) -> bool:
    """Whether the expression plainly needs a character wherever it is found; if not, it has to be tried on the empty text."""
    match tree:
        case LiteralText(text):
            return text != ""
        case OneOf():
            return True
        case Sequence(items):
            return any(map(demands_text, items))
        case Choice(options):
            return all(map(demands_text, options))
        case Repeat(item, minimum):
            return minimum > 0 and demands_text(item)
    return False


def refuse_emptiness(test: Test) -> NoReturn:
    """Refuse a test that depends on the difference between an empty and an absent string."""
    raise Refused("null-and-empty", "a Kusto string is empty where it is absent: the two cannot be told apart", test=test)


def _empty_text(subject: Subject, test: Test) -> Expression:
    if subject.may_be_empty:
        refuse_emptiness(test)
    return Leaf("false")


def _demand_one_emptiness(subject: Subject, test: Test) -> None:
    if subject.may_be_empty:
        refuse_emptiness(test)


_OPERATORS: dict[tuple[bool, bool], tuple[str, str]] = {
    (False, False): ("==", "=~"),
    (True, True): ("contains_cs", "contains"),
    (False, True): ("startswith_cs", "startswith"),
    (True, False): ("endswith_cs", "endswith"),
}


def _operator(pattern: Pattern) -> tuple[tuple[str, str] | None, str]:
    """The operators, by case and without, that say the pattern, and their operand."""
    tokens = pattern.tokens
    opened = isinstance(tokens[0], AnyMany)
    closed = isinstance(tokens[-1], AnyMany)
    inner = tokens[opened : len(tokens) - closed]
    if len(inner) != 1 or not isinstance(inner[0], str):
        return None, ""
    return _OPERATORS[opened, closed], inner[0]


def _regex_literal(tree: RegexTree, cased: bool, test: Test) -> str:
    try:
        return literal(write_perl(tree, Dialect.KUSTO, cased=cased))
    except RegexConstruct as construct:
        raise Refused("regex-construct", f"Kusto's regular expressions cannot say it: {construct.reason}", test=test) from construct


def _integer(subject: Subject, holds: Matcher, test: Test, *, under_not: bool) -> Expression:
    match holds:
        case Matches(Pattern((AnyMany(),))):
            return presence(subject, test)
        case Matches(pattern) if pattern.literal is not None:
            if not _fits(pattern.literal, subject.native):
                raise Refused(
                    "value-of-wrong-type",
                    f"a column of type {subject.native} never holds {pattern.literal!r}",
                    hint="check the rule's value, or use a target that keeps the field as text",
                    test=test,
                )
            return Leaf(f"{subject.expression} == {pattern.literal}")
        case Compare(operator, number):
            # Kusto compares a long with a real as reals, which lose digits: the nearest integer says the same.
            rounding = ROUND_FLOOR if operator in ("<=", ">") else ROUND_CEILING
            bound = str(number.to_integral_value(rounding) + 0)  # + 0: no negative zero
            if not _fits(bound, subject.native):
                raise Refused("value-of-wrong-type", f"{number} is out of the range of a {subject.native}", test=test)
            compared = Leaf(f"{subject.expression} {operator} {bound}")
            return chain("and", [presence(subject, test), compared]) if under_not else compared
    assert isinstance(holds, Matches | Regex)
    return text_comparison(subject.as_text, holds, test)


def _fits(text: str, native: str) -> bool:
    """Whether the text is an integer as the column spells it, within the column's range."""
    bits = 31 if native == "int" else 63
    return _is_integer(text) is not None and -(1 << bits) < int(text) < 1 << bits


def _boolean(subject: Subject, holds: Matches | Regex, test: Test) -> Expression:
    passes = pattern_test(holds.pattern, holds.cased) if isinstance(holds, Matches) else regex_test(holds.tree, holds.cased)
    accepted = [value for value in ("true", "false") if passes(value)]
    if not accepted:
        raise Refused("value-of-wrong-type", "the column holds only true and false", test=test)
    return presence(subject, test) if len(accepted) == 2 else Leaf(f"{subject.expression} == {accepted[0]}")


def _part_of_time(subject: Subject, holds: TimePart) -> Expression:
    # "week_of_year()": the ISO 8601 week. For the other parts datetime_part has the same names as Sigma.
    taken = f"week_of_year({subject.expression})" if holds.unit == "week" else f'datetime_part("{holds.unit}", {subject.expression})'
    return Leaf(f"{taken} == {holds.number}")


def _network(subject: Subject, holds: InNetwork, test: Test, *, under_not: bool) -> Expression:
    network = holds.network
    if isinstance(network, IPv6Network) and network.overlaps(_MAPPED):
        # "ipv6_is_in_range()" reads an IPv4 address as ::ffff:a.b.c.d, and would find it in here.
        raise Refused("network-on-type", f"Kusto would find IPv4 addresses in {network}", hint="name a narrower network", test=test)
    found = f"ipv{network.version}_is_in_range({subject.expression}, {literal(str(network))})"
    return Leaf(f"coalesce({found}, false)", depth=14) if under_not else Leaf(found)


_MAPPED = IPv6Network("::ffff:0:0/96")


def _same(subject: Subject, other: Subject, holds: Same, test: Test) -> Expression:
    """Two columns compared. The empty string is in every string, so the other column has to have a value."""
    kinds = {subject.kind, other.kind}
    if "time" in kinds and (len(kinds) > 1 or holds.how != "equals"):
        raise Refused("field-comparison", "a datetime column cannot be compared with text", test=test)
    if holds.how == "equals" and len(kinds) == 1 and "text" not in kinds:
        return chain("and", [Leaf(f"isnotnull({other.expression})"), Leaf(f"{subject.expression} == {other.expression}")])
    left, right = subject.as_text.expression, other.as_text.expression
    cased, uncased = _OPERATORS[_ENDS[holds.how]]
    return chain("and", [Leaf(f"isnotempty({right})"), Leaf(f"{left} {cased if holds.cased else uncased} {right}")])


_ENDS = {"equals": (False, False), "contains": (True, True), "startswith": (False, True), "endswith": (True, False)}
