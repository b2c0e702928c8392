"""What Kusto's comparisons mean. Pages: *String operators*, *Numerical operators*, *between operator*, *Null values*."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal, cast

from msgspec import Struct

from sigma_amsi.characters import Chars
from sigma_amsi.errors import Unreadable
from sigma_amsi.pattern import Pattern, containing, ending, exactly, starting
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.construct import Known, absent, can_be_empty, found_in_empty, length_tree, present, test, unspelled
from sigma_amsi.predicate.evaluate import canonical_decimal
from sigma_amsi.predicate.tree import (
    FALSE,
    TRUE,
    Compare,
    Empty,
    Matches,
    Predicate,
    Regex,
    Same,
    TimePart,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.predicate.truth import Open, Side, Truth, certain, conjunction, disjunction, opposite
from sigma_amsi.regex import RegexError, named_sets, perl
from sigma_amsi.regex.tree import Anchor, OneOf, Place, RegexTree, choice, sequence
from sigma_amsi.regex.tree import Literal as LiteralText
from sigma_amsi.term import Absent, Term, Text

from .values import KINDS, TEXTS, Dynamic, Flag, Length, Listing, Moment, Number, Part, String, Value

Order = Literal["<", "<=", ">", ">="]

_SYMBOLS = {"==": "equals_cs", "=~": "equals", "!=": "!equals_cs", "!~": "!equals"}
_PATTERNS: Mapping[str, Callable[[str], Pattern]] = {
    "equals": exactly,
    "contains": containing,
    "startswith": starting,
    "endswith": ending,
}
_TERM_EDGES = {"has": (True, True), "hasprefix": (True, False), "hassuffix": (False, True)}
"""Operator -> whether the needle must begin, and end, a term."""

_OPPOSITE: Mapping[str, Order] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED: Mapping[str, Order] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}

_LONGEST = 2000
"""The longest length that a text is compared with: the expression for it has as many states."""


class Site(Struct, frozen=True):
    """Where an expression stands: the table, what is known of its rows there, and the place in the text."""

    table: Table
    known: Known
    offset: int

    def unreadable(self, message: str) -> Unreadable:
        """The error that says so of this place."""
        return Unreadable(message, self.offset)


def compare(operator: str, left: Value, right: Value, site: Site) -> Truth:
    """The truth of `left operator right`, for every operator between two operands."""
    if operator in _OPPOSITE:
        return _ordered(cast(Order, operator), left, right, site)
    if operator == "matches regex":
        return _matches_regex(left, right, site)
    negated, how, cased = _taken_apart(operator)
    truth = _compared(how, left, right, cased, site)
    return opposite(truth) if negated else truth


@lru_cache(maxsize=64)
def _taken_apart(operator: str) -> tuple[bool, str, bool]:
    """Whether the operator denies, its name without marks, and whether it regards case."""
    name = _SYMBOLS.get(operator, operator)
    positive = name.removeprefix("!")
    return name != positive, positive.removesuffix("_cs"), positive.endswith("_cs")


def in_list(operator: str, left: Value, right: Value, site: Site) -> Truth:
    """The truth of `in`, `!in`, their `~` forms, `has_any` and `has_all`."""
    if not isinstance(right, Listing):
        raise site.unreadable(f"`{operator}` needs a list of constants, not {KINDS[type(right)]}")
    items = list(_flat(right))
    if any(isinstance(item, Dynamic) for item in items):
        raise site.unreadable("the values of a dynamic column are not known")
    if operator in ("has_any", "has_all"):
        found = (_compared("has", left, item, False, site) for item in items)
        return disjunction(found) if operator == "has_any" else conjunction(found)
    if isinstance(left, Number) and operator.endswith("~"):
        raise site.unreadable(f"`{operator}` takes a string, not a number")
    truth = disjunction(_compared("equals", left, item, not operator.endswith("~"), site) for item in items)
    return opposite(truth) if operator.startswith("!") else truth


def between(operator: str, value: Value, low: Value, high: Value, site: Site) -> Truth:
    """The truth of `between` and `!between`; a null gives null in both (page *between operator*)."""
    truth = conjunction([_ordered(">=", value, low, site), _ordered("<=", value, high, site)])
    return opposite(truth) if operator.startswith("!") else truth


def is_empty(value: Value, site: Site) -> Predicate:
    """`isempty`: the empty string, or null of any type."""
    term = term_of(value, site)
    if isinstance(value, TEXTS) and can_be_empty(term, site.table):
        return any_of([absent(term), test(term, Empty())])
    return FALSE if site.known.has(term) else absent(term)


def is_null(value: Value, site: Site) -> Truth:
    """`isnull`: never true of a string (page *Null values*)."""
    if isinstance(value, String):
        return certain(FALSE)
    term = term_of(value, site)
    if site.known.has(term):
        return certain(FALSE)
    if isinstance(value, Dynamic) and not can_be_empty(term, site.table):
        gap = Open("isnull() tells null from the empty text, which the schema does not; isempty() is both", site.offset)
        return Truth(gap, gap)
    return certain(absent(term))


def term_of(value: Value, site: Site) -> Term:
    """The term of a value that can be missing."""
    if isinstance(value, String | Dynamic | Number | Flag):
        return value.term
    if isinstance(value, Moment) and value.term is not None:
        return value.term
    raise site.unreadable(f"whether {KINDS[type(value)]} is missing is not read")


def as_truth(value: Value, site: Site) -> Truth:
    """A condition: a comparison, or a boolean column."""
    if isinstance(value, Flag):
        return Truth(_flag_is(value, True), _flag_is(value, False))
    if not isinstance(value, Truth):
        raise site.unreadable(f"{KINDS[type(value)]} is no condition")
    return value


def constant_text(value: Value) -> str | None:
    """The text of a string constant."""
    if not isinstance(value, String):
        return None
    return value.term.value if isinstance(value.term, Text) else "" if isinstance(value.term, Absent) else None


def constant_number(value: Value) -> Decimal | None:
    """The number of a numeric constant."""
    return Decimal(value.term.value) if isinstance(value, Number) and isinstance(value.term, Text) else None


def as_number(number: Decimal) -> Number:
    """A numeric constant."""
    return Number(Text(canonical_decimal(number)))


def settled(side: Side) -> Predicate:
    """The rows of a side that the reading depends on. Raises Unreadable when documentation leaves them open."""
    if isinstance(side, Open):
        raise Unreadable(side.reason, side.offset)
    return side


def _flat(listing: Listing) -> "list[Value]":
    return [item for part in listing.items for item in (_flat(part) if isinstance(part, Listing) else [part])]


def _compared(how: str, left: Value, right: Value, cased: bool, site: Site) -> Truth:
    """A comparison that is false, not null, of a null (page *Null values*)."""
    if how == "equals" and _is_constant(left) and not _is_constant(right):
        left, right = right, left
    if isinstance(left, TEXTS) and isinstance(right, TEXTS):
        return _texts_compared(how, left, right, cased, site)
    if how == "equals" and cased:
        if isinstance(left, Number | Part | Length):
            return _equals_number(left, right, site)
        if isinstance(left, Flag | Truth) and isinstance(right, Truth) and right.two_valued and right.true_when in (TRUE, FALSE):
            return _equals_flag(left, right.true_when == TRUE)
    raise site.unreadable(f"{KINDS[type(left)]} and {KINDS[type(right)]} are not compared so")


def _is_constant(value: Value) -> bool:
    return (
        constant_text(value) is not None
        or constant_number(value) is not None
        or (isinstance(value, Truth) and value.true_when in (TRUE, FALSE))
    )


def _flag_is(value: Flag, wanted: bool) -> Predicate:
    return test(value.term, Matches(exactly("true" if wanted else "false")))


def _equals_flag(left: Flag | Truth, wanted: bool) -> Truth:
    if isinstance(left, Flag):
        return certain(_flag_is(left, wanted))
    side = left.true_when if wanted else left.false_when
    return certain(settled(side))


def _equals_number(left: Number | Part | Length, right: Value, site: Site) -> Truth:
    number = constant_number(right)
    text = constant_text(right)
    if text is not None and isinstance(left, Number):
        # The literal is converted; the result for one that is no number is documented nowhere.
        if not text.isascii() or not text.removeprefix("-").isdigit():
            raise site.unreadable("a number is compared with a text that is none")
        number = Decimal(text)
    if isinstance(left, Length):
        return certain(_length_within(left, *_whole("==", number, site), site))
    if isinstance(left, Part):
        if number is None or number != int(number):
            raise site.unreadable("a part of a time is compared with whole numbers only")
        return certain(test(left.term, TimePart(left.unit, int(number))))
    if number is not None:
        if left.digits:
            return certain(all_of([test(left.term, Compare(">=", number)), test(left.term, Compare("<=", number))]))
        return certain(test(left.term, Matches(exactly(canonical_decimal(number)), cased=True)))
    if isinstance(right, Number) and not left.digits and not right.digits:
        # Two nulls give null (page *Null values*), one gives false.
        same = test(left.term, Same(right.term, cased=True))
        return Truth(same, all_of([negation(same), any_of([present(left.term), present(right.term)])]))
    raise site.unreadable(f"a number and {KINDS[type(right)]} are not compared so")


def _ordered(operator: Order, left: Value, right: Value, site: Site) -> Truth:
    """An order comparison. A null on either side gives null."""
    if constant_number(left) is not None:
        left, right, operator = right, left, _MIRRORED[operator]
    number = constant_number(right)
    if number is None or not isinstance(left, Number | Length):
        raise site.unreadable(f"`{operator}` between {KINDS[type(left)]} and {KINDS[type(right)]} is not read")
    if isinstance(left, Length):
        return certain(_length_within(left, *_whole(operator, number, site), site))
    holds = test(left.term, Compare(operator, number))
    if site.known.has(left.term):
        return certain(holds)
    return Truth(holds, test(left.term, Compare(_OPPOSITE[operator], number)))


def _whole(operator: str, number: Decimal | None, site: Site) -> tuple[int, int | None]:
    """The lengths, from and to, that stand so to a whole number."""
    if number is None or number != int(number):
        raise site.unreadable("a length is compared with whole numbers only")
    bound = int(number)
    return {"==": (bound, bound), "<": (0, bound - 1), "<=": (0, bound), ">": (bound + 1, None), ">=": (bound, None)}[operator]


def _length_within(value: Length, minimum: int, maximum: int | None, site: Site) -> Predicate:
    minimum = max(minimum, 0)
    if maximum is not None and maximum < minimum:
        return FALSE
    if max(minimum, maximum or 0) > _LONGEST:
        raise site.unreadable(f"lengths above {_LONGEST} are not read")
    if (minimum, maximum) == (0, None):
        return TRUE
    within = test(value.term, Regex(length_tree(minimum, maximum)))
    return within if minimum else any_of([absent(value.term), within])


def _matches_regex(left: Value, right: Value, site: Site) -> Truth:
    text = constant_text(right)
    if text is None or not isinstance(left, TEXTS):
        raise site.unreadable("`matches regex` needs a string and a constant expression")
    try:
        tree, cased = perl.parse(text, dialect=perl.Dialect.KUSTO)
    except RegexError as error:
        raise site.unreadable(f"regular expression: {error}") from error
    return _holds(left, Regex(tree, cased), found_in_empty(tree), site)


def _texts_compared(how: str, left: String | Dynamic, right: String | Dynamic, cased: bool, site: Site) -> Truth:
    needle = constant_text(right)
    if needle is None:
        return _columns_compared(how, left, right, cased, site)
    if isinstance(left, Dynamic) and how == "equals" and not needle:
        return certain(is_empty(left, site))  # a dynamic null equals the empty text, though other comparisons with it are false
    if how in _PATTERNS:
        pattern = _PATTERNS[how](needle)
        return _holds(left, Matches(pattern, cased), pattern.matches_empty(), site)
    tree = _has_tree(needle, *_TERM_EDGES[how])
    return _holds(left, Regex(tree, cased), found_in_empty(tree), site)


def _holds(value: String | Dynamic, holds: Matches | Regex, with_empty: bool, site: Site) -> Truth:
    """Whether the text passes the matcher, which the empty text does or does not."""
    term = value.term
    matcher: Matches | Regex | None = holds
    if isinstance(value, String) and value.spelling:
        matcher = unspelled(holds, value.spelling)
    passed = FALSE if matcher is None else test(term, matcher)
    if not with_empty or site.known.has(term):
        return certain(passed)
    if isinstance(value, String):
        always = matcher in (Matches(containing("")), Matches(containing(""), cased=True), Regex(sequence([]), True))
        return certain(TRUE if always else any_of([absent(term), passed]))
    if can_be_empty(term, site.table):
        return certain(passed)
    # False of a null, true of an empty text, and the schema does not tell the two apart.
    gap = Open("a comparison that the empty text passes is false of a dynamic null; tostring() makes it a string", site.offset)
    return Truth(gap, gap)


def _columns_compared(how: str, left: String | Dynamic, right: String | Dynamic, cased: bool, site: Site) -> Truth:
    if how not in _PATTERNS:
        raise site.unreadable(f"`{how}` needs a constant on its right")
    spellings = {value.spelling for value in (left, right) if isinstance(value, String)} | {
        None for value in (left, right) if isinstance(value, Dynamic)
    }
    if cased and spellings != {None}:
        if len(spellings) > 1:
            raise site.unreadable("a spelled text is compared with one that is not")
        cased = False
    same = test(left.term, Same(right.term, cast(Literal["equals", "contains", "startswith", "endswith"], how), cased))
    if how == "equals":
        return certain(any_of([same, all_of([is_empty(left, site), is_empty(right, site)])]))
    for value in (left, right):
        if isinstance(value, Dynamic) and not site.known.has(value.term):
            gap = Open("a comparison with a dynamic null is false, with an empty text it is not; tostring() makes it a string", site.offset)
            return Truth(gap, gap)
    return certain(any_of([same, is_empty(right, site)]))


def _has_tree(needle: str, begins: bool, ends: bool) -> RegexTree:
    """The expression of the texts in which the needle begins and ends at the edge of a term.

    A term is a maximal run of letters and digits (page *String operators*). Only an edge of the needle that is itself a letter or digit
    needs one: the emulator finds `.exe` in `cmd.exe`.
    """
    letters = _term_characters()
    outside = OneOf(~letters)
    items: list[RegexTree] = []
    if begins and needle and needle[0] in letters:
        items.append(choice([Anchor(Place.TEXT_START), outside]))
    if needle:
        items.append(LiteralText(needle))
    if ends and needle and needle[-1] in letters:
        items.append(choice([outside, Anchor(Place.TEXT_END)]))
    return sequence(items)


@lru_cache(maxsize=1)
def _term_characters() -> Chars:
    letters, digits = (named_sets.general_category(name) for name in ("L", "Nd"))
    assert letters is not None
    assert digits is not None
    return letters | digits
