"""What the comparisons of `eval` and `where` mean. Search Reference, "eval", "where" and "Comparison and Conditional functions".

A comparison with a missing field is null: the page "search" gives `where a!=b` and `where NOT a=b` as equals.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal, cast

from sigma_amsi.errors import Unreadable
from sigma_amsi.pattern import exactly
from sigma_amsi.predicate.construct import absent, length_tree, test, unspelled
from sigma_amsi.predicate.evaluate import canonical_decimal
from sigma_amsi.predicate.tree import FALSE, TRUE, Compare, Matches, Predicate, Regex, Same, all_of, any_of, negation
from sigma_amsi.predicate.truth import Open, Side, Truth, certain, opposite
from sigma_amsi.term import Absent, Term, Text

from .values import KINDS, Length, Number, Numeric, Site, String, Value, constant_text, has_many, has_numbers_only

Order = Literal["<", "<=", ">", ">="]
_OPPOSITE: Mapping[str, Order] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED: Mapping[str, str] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_LONGEST = 2000
"""The longest length that a text is compared with: the expression for it has as many states."""
_MAXIMUM_DIGITS = 15
"""Digits of a number that a double, in which `eval` calculates, keeps apart."""


def compare(operator: str, left: Value, right: Value, site: Site) -> Truth:
    """The truth of `left operator right`."""
    if _is_constant(left) and not _is_constant(right):
        left, right, operator = right, left, _MIRRORED[operator]
    if isinstance(left, String) and has_many(left.term, site.table) and operator == "!=":
        raise site.unreadable("what != means on a field with several values is disputed")
    if operator == "!=":
        return opposite(_equals(left, right, site))
    return _equals(left, right, site) if operator == "=" else _ordered(cast(Order, operator), left, right, site)


def null_if_absent(term: Term, holds: Predicate, site: Site) -> Truth:
    """A condition that is null where the term is absent."""
    missing = FALSE if site.known.has(term) else absent(term)
    if missing == FALSE:
        return certain(holds)
    return Truth(holds, all_of([negation(missing), negation(holds)]))


def open_if_absent(value: String, holds: Matches | Regex, what: str, site: Site) -> Truth:
    """A condition that is not true where the value is absent; whether it is false or null then is documented nowhere."""
    matcher = unspelled(holds, value.spelling) if value.spelling else holds
    passed = FALSE if matcher is None else test(value.term, matcher)
    if site.known.has(value.term) or absent(value.term) == FALSE:
        return certain(passed)
    return Truth(passed, Open(f"whether {what} of a missing field is false or null is not documented; isnotnull() settles it", site.offset))


def settled(side: Side) -> Predicate:
    """The rows of a side that the reading depends on. Raises Unreadable when documentation leaves them open."""
    if isinstance(side, Open):
        raise Unreadable(side.reason, side.offset)
    return side


def _is_constant(value: Value) -> bool:
    return isinstance(value, Number) or constant_text(value) is not None


def _equals(left: Value, right: Value, site: Site) -> Truth:
    match left, right:
        case Number(one), Number(other):
            return certain(TRUE if one == other else FALSE)
        case (String(Absent()), _) | (_, String(Absent())):
            return Truth(FALSE, FALSE)
        case String(Text()), Number():
            pass  # Search Reference, "eval": a text literal and a number literal are a syntax error
        case String(), String():
            text = constant_text(right)
            return _fields_equal(left, right, site) if text is None else _equals_text(left, text, site)
        case String(term), Number(number):
            return _equals_number(term, number, site)
        case Numeric(term), Number(number):
            holds = all_of([test(term, Compare(">=", number)), test(term, Compare("<=", number))])
            return Truth(holds, any_of([test(term, Compare("<", number)), test(term, Compare(">", number))]))
        case Length(term), Number():
            return null_if_absent(term, _length(term, "=", right, site), site)
    raise site.unreadable(f"{KINDS[type(left)]} and {KINDS[type(right)]} are not compared so")


def _equals_text(value: String, text: str, site: Site) -> Truth:
    holds = Matches(exactly(text), cased=True)
    matcher = unspelled(holds, value.spelling) if value.spelling else holds
    return null_if_absent(value.term, FALSE if matcher is None else test(value.term, matcher), site)


def _fields_equal(left: String, right: String, site: Site) -> Truth:
    """Two fields. Values that look like numbers are compared as numbers, so that `1` equals `1.0`, unless a function made texts of them."""
    spelled = {left.spelling, right.spelling} - {None}
    numbers = has_numbers_only(left.term, site.table) and has_numbers_only(right.term, site.table)
    if not numbers and (len(spelled) != 1 or None in (left.spelling, right.spelling)):
        raise site.unreadable("fields are compared as numbers where they look like numbers; lower() or upper() on both makes texts of them")
    known = [value.term for value in (left, right) if not site.known.has(value.term)]
    missing = any_of(absent(term) for term in known)
    same = test(left.term, Same(right.term, cased=not spelled))
    return certain(same) if missing == FALSE else Truth(same, all_of([negation(missing), negation(same)]))


def _equals_number(term: Term, number: Decimal, site: Site) -> Truth:
    if has_numbers_only(term, site.table):
        return null_if_absent(term, test(term, Matches(exactly(canonical_decimal(number)), cased=True)), site)
    _check_digits(number, site)
    holds = all_of([test(term, Compare(">=", number)), test(term, Compare("<=", number))])
    return Truth(
        holds, Open("whether a text that is no number differs from one or is null is not documented; tonumber() settles it", site.offset)
    )


def _ordered(operator: Order, left: Value, right: Value, site: Site) -> Truth:
    if isinstance(left, Length) and isinstance(right, Number):
        return null_if_absent(left.term, _length(left.term, operator, right, site), site)
    if not isinstance(left, String | Numeric) or not isinstance(right, Number):
        raise site.unreadable(f"`{operator}` between {KINDS[type(left)]} and {KINDS[type(right)]} is not read")
    _check_digits(right.number, site)
    holds = test(left.term, Compare(operator, right.number))
    if isinstance(left, Numeric):
        return Truth(holds, test(left.term, Compare(_OPPOSITE[operator], right.number)))
    if not has_numbers_only(left.term, site.table):
        raise site.unreadable("how a text that is no number is ordered is not documented; tonumber() makes it null")
    return null_if_absent(left.term, holds, site)


def _length(term: Term, operator: str, right: Number, site: Site) -> Predicate:
    if right.number != int(right.number):
        raise site.unreadable("a length is compared with whole numbers only")
    bound = int(right.number)
    minimum, maximum = {"=": (bound, bound), "<": (0, bound - 1), "<=": (0, bound), ">": (bound + 1, None), ">=": (bound, None)}[operator]
    minimum = max(minimum, 0)
    if max(minimum, maximum or 0) > _LONGEST:
        raise site.unreadable(f"lengths above {_LONGEST} are not read")
    return FALSE if maximum is not None and maximum < minimum else test(term, Regex(length_tree(minimum, maximum)))


def _check_digits(number: Decimal, site: Site) -> None:
    if len(number.as_tuple().digits) > _MAXIMUM_DIGITS:
        raise site.unreadable("a number with more digits than Splunk calculates with")
