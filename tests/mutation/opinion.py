"""What a predicate means on a row, once more: a second opinion that shares no code with the project's own evaluator.

Patterns and expressions are matched by sets of positions, not by Python's regular expressions; terms are computed value by value. Slow and plain.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from ipaddress import ip_address
from itertools import product
from typing import TypeAlias

from sigma_amsi.characters import Chars, other_case
from sigma_amsi.pattern import AnyMany, Pattern
from sigma_amsi.predicate.evaluate import Cell
from sigma_amsi.predicate.tree import And, AnyField, Compare, Empty, InNetwork, Matches, Not, Null, Or, Predicate, Regex, Same, Test
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

Row: TypeAlias = Mapping[str, Cell]
Equal: TypeAlias = Callable[[str, str], bool]


class NoOpinion(Exception):
    """The predicate has something in it that is not evaluated here."""


def holds(predicate: Predicate, row: Row) -> bool:
    """Whether the row satisfies the predicate. Raises NoOpinion."""
    if isinstance(predicate, Not):
        return not holds(predicate.part, row)
    if isinstance(predicate, And):
        return not any(not holds(part, row) for part in predicate.parts)
    if isinstance(predicate, Or):
        return any(holds(part, row) for part in predicate.parts)
    return _test(predicate, row)


def _test(test: Test, row: Row) -> bool:
    if isinstance(test.subject, AnyField):
        raise NoOpinion("a keyword")
    values = list(texts(test.subject, row))
    matcher = test.holds
    if isinstance(matcher, Null):
        return not values
    if isinstance(matcher, Same):
        own = [_lowered(text, matcher.cased) for text in values]
        other = [_lowered(text, matcher.cased) for text in texts(matcher.other, row)]
        if matcher.how != "equals":
            raise NoOpinion("a part of another field")
        return not set(own).isdisjoint(other)
    return any(_passes(matcher, text) for text in values)


def _passes(matcher: object, text: str) -> bool:
    match matcher:
        case Matches(pattern, cased):
            return len(text) in _ends(pattern, text, _equal(cased), cased)
        case Regex(tree, cased):
            return found(tree, text, cased=cased)
        case Empty():
            return text == ""
        case Compare(operator, number):
            return _is_number(text) and _ordered(Decimal(text), operator, number)
        case InNetwork(network):
            try:
                address = ip_address(text)
            except ValueError:
                return False
            shift = network.max_prefixlen - network.prefixlen
            return address.version == network.version and int(address) >> shift == int(network.network_address) >> shift
    raise NoOpinion(type(matcher).__name__)


# -- terms -------------------------------------------------------------------------------------------------------------------------------


def texts(term: Term, row: Row) -> Iterator[str]:
    """The texts that a term has on a row."""
    match term:
        case Column(name) | Field(name):
            cell = row.get(name)
            for value in cell if isinstance(cell, tuple) else (cell,):
                if value is not None:
                    yield value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
        case Text(value):
            yield value
        case Absent():
            return
        case First(terms):
            for each in terms:
                present = [text for text in texts(each, row) if text]
                if present:
                    yield from present
                    return
        case When(test, then, otherwise):
            yield from texts(then if holds(test, row) else otherwise, row)
        case Join(parts):
            options = [list(texts(part, row)) for part in parts]
            if any(found and not isinstance(part, Text) for part, found in zip(parts, options, strict=True)):
                yield from map("".join, product(*(found or [""] for found in options)))
        case Prefix(of, table):
            for text in texts(of, row):
                fits = [(old, new) for old, new in table if _lowered(text[: len(old)], False) == _lowered(old, False)]
                yield fits[0][1] + text[len(fits[0][0]) :] if fits else text
        case Values(of, table):
            for text in texts(of, row):
                yield from [new for old, new in table if _lowered(old, False) == _lowered(text, False)][:1]
        case XmlText(of):
            yield from (text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") for text in texts(of, row))
        case NumberText(of, style):
            yield from (_spelled(text, style) for text in texts(of, row))
        case _:
            raise NoOpinion(type(term).__name__)


def _spelled(text: str, style: str) -> str:
    bits = 32 if style == "dword" else 64
    if not text.isdecimal() or not text.isascii() or (text[0] == "0" and text != "0") or int(text) >= 2**bits:
        return text
    digits = f"{int(text):016x}"
    if style == "dword":
        return f"DWORD (0x{digits[8:]})"
    return f"QWORD (0x{digits[:8]}-0x{digits[8:]})" if style == "qword" else "0x" + (digits.lstrip("0") or "0")


# -- patterns and expressions ------------------------------------------------------------------------------------------------------------


def _ends(pattern: Pattern, text: str, equal: Equal, cased: bool) -> set[int]:
    """Where a match of the pattern that begins at the text's start can end."""
    reached = {0}
    for token in pattern.tokens:
        if isinstance(token, AnyMany):
            reached = set(range(min(reached), len(text) + 1)) if reached else set()
        elif isinstance(token, Chars):
            reached = {place + 1 for place in reached if place < len(text) and _in(token, text[place], cased)}
        else:
            reached = {place + len(token) for place in reached if _same(token, text[place : place + len(token)], equal)}
    return reached


def found(tree: RegexTree, text: str, *, cased: bool = True) -> bool:
    """Whether the expression is found somewhere in the text."""
    return bool(_after(tree, text, set(range(len(text) + 1)), cased))


def _after(tree: RegexTree, text: str, places: set[int], cased: bool) -> set[int]:
    """Where a match that begins at one of the places can end."""
    match tree:
        case Literal(literal):
            return {place + len(literal) for place in places if _same(literal, text[place : place + len(literal)], _equal(cased))}
        case OneOf(chars):
            return {place + 1 for place in places if place < len(text) and _in(chars, text[place], cased)}
        case Sequence(items):
            for item in items:
                places = _after(item, text, places, cased) if places else places
            return places
        case Choice(options):
            return set().union(*(_after(option, text, places, cased) for option in options))
        case Anchor(place):
            return {position for position in places if _stands(place, text, position)}
        case Repeat(item, minimum, maximum):
            for _ in range(minimum):
                places = _after(item, text, places, cased)
            reached, newest, rounds = set(places), set(places), minimum
            while newest and (maximum is None or rounds < maximum):
                newest, rounds = _after(item, text, newest, cased) - reached, rounds + 1
                reached |= newest
            return reached
    raise NoOpinion(type(tree).__name__)


def _stands(place: Place, text: str, position: int) -> bool:
    before, after = text[position - 1 : position] if position else "", text[position : position + 1]
    match place:
        case Place.TEXT_START:
            return position == 0
        case Place.TEXT_END:
            return position == len(text)
        case Place.TEXT_END_OR_LAST_NEWLINE:
            return text[position:] in ("", "\n")
        case Place.LINE_START:
            return before in ("", "\n")
        case Place.LINE_END:
            return after in ("", "\n")
    edge = _is_word(before) != _is_word(after)
    return edge if place is Place.WORD_EDGE else not edge


def _is_word(character: str) -> bool:
    return character != "" and character.isascii() and (character.isalnum() or character == "_")


def _in(chars: Chars, character: str, cased: bool) -> bool:
    return character in chars or (not cased and other_case(character) in chars)


def _same(one: str, other: str, equal: Equal) -> bool:
    return len(one) == len(other) and all(map(equal, one, other))


def _equal(cased: bool) -> Equal:
    return (lambda one, other: one == other) if cased else (lambda one, other: one == other or other_case(one) == other)


def _lowered(text: str, cased: bool) -> str:
    return text if cased else "".join(min(character, other_case(character)) for character in text)


def _is_number(text: str) -> bool:
    digits = text[1:] if text[:1] in ("+", "-") else text
    whole, _, part = digits.partition(".")
    return (whole + part).isdecimal() and (whole + part).isascii()


def _ordered(value: Decimal, operator: str, number: Decimal) -> bool:
    return {"<": value < number, "<=": value <= number, ">": value > number, ">=": value >= number}[operator]
