"""Tests on composed terms said as tests on plain columns, for query languages that cannot compute a value.

`reduce` does what all languages share. This module adds what only such languages need: a pattern is split over the parts of a join, a
respelled beginning is spelled out again, and what cannot be said is refused. The result is true on exactly the same rows, for columns with
several values too: the parts of a join combine freely, so that each part may meet its share of the pattern by a value of its own.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain, product, takewhile
from typing import TypeAlias

from sigma_amsi.characters import Chars, fold, other_case
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, Token, exactly
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.places import Places, covers
from sigma_amsi.predicate.listed import settled
from sigma_amsi.predicate.pushing import Push, Pushed
from sigma_amsi.predicate.reduce import Manner, reduced
from sigma_amsi.predicate.tree import (
    FALSE,
    TRUE,
    AnyField,
    Empty,
    Exists,
    InNetwork,
    Matcher,
    Matches,
    Null,
    Predicate,
    Regex,
    Same,
    Test,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.predicate.walk import columns_of, map_tests, tests_of
from sigma_amsi.regex.as_pattern import patterns_of
from sigma_amsi.term import Column, Join, Prefix, Term, Text, XmlText

_Ask: TypeAlias = Callable[[Term, Sequence[Matcher]], Predicate]
"""Says a disjunction of tests on a term in tests on plain columns, or raises _CannotSay."""

ALTERNATIVES = 64
"""The most ways to split one pattern over the parts of a join, or to spell it in XML, that are written out."""


def push_down(predicate: Predicate, table: Table, given: Predicate = TRUE) -> Predicate:
    """`predicate`, on the rows of `table` that satisfy `given`, with plain columns as the only subjects.

    Raises Refused with `term-unsupported` or `several-values` for a test that no combination of tests on the columns says.
    """
    if all(_is_plain(test) for test in tests_of(predicate)):
        return predicate
    manner = Manner(
        takes=lambda _: False,
        computes=lambda _: False,
        growth=0,
        takes_apart=lambda term, holds, push: _taken_apart(term, holds, push, table),
    )
    pushed = reduced(map_tests(settled(predicate, table, given), _as_patterns), table, given, {}, manner).predicate
    for test in tests_of(pushed):
        if not _is_plain(test):
            raise Refused("term-unsupported", _why(test), hint="use a language that computes values (Kusto, Splunk)", test=test)
    return pushed


def _is_plain(test: Test) -> bool:
    subject_is_plain = isinstance(test.subject, AnyField | Column)
    return subject_is_plain and (not isinstance(test.holds, Same) or isinstance(test.holds.other, Column))


def _why(test: Test) -> str:
    kind = type(test.subject).__name__.lower()
    asked = type(test.holds).__name__.lower()
    return (
        f"the field is spread over {', '.join(columns_of(test)) or 'no column'}, and the test ({asked} on {kind}) cannot be said on these"
    )


def _as_patterns(test: Test) -> Predicate:
    """The test with patterns for what else means the same, since only patterns can be split."""
    if _is_plain(test):
        return test
    match test.holds:
        case Empty():
            return Test(test.subject, Matches(exactly("")))
        case Regex(tree, cased):
            patterns = patterns_of(tree)
            return test if patterns is None else any_of(Test(test.subject, Matches(pattern, cased)) for pattern in patterns)
        case Same(Text(value), "equals", cased):
            return Test(test.subject, Matches(exactly(value), cased))
        case Same(Text(value), how, cased):
            before = () if how == "startswith" else (ANY_MANY,)
            after = () if how == "endswith" else (ANY_MANY,)
            return Test(test.subject, Matches(Pattern.of(*before, value, *after), cased))
    return test


class _CannotSay(Exception):
    """The terms inside cannot say the test."""


def _taken_apart(term: Term, holds: Matcher, push: Push, table: Table) -> Pushed:
    def ask(inner: Term, matchers: Sequence[Matcher]) -> Predicate:
        passed = push(inner, matchers)
        if passed is None:
            raise _CannotSay
        return any_of(passed)

    try:
        match term, holds:
            case Join(parts), Null():
                return [_nothing_in(parts, ask)]
            case Join(parts), Exists():
                return [negation(_nothing_in(parts, ask))]
            case Join(parts), Matches(pattern, cased):
                return _join(parts, Places(pattern, cased), ask)
            case Prefix(of) | XmlText(of), Null() | Exists():
                return [ask(of, [holds])]
            case Prefix(), Matches(pattern, cased):
                return _prefix(term, Places(pattern, cased), ask, table)
            case XmlText(of), Matches(pattern, cased):
                return [ask(of, _xml_patterns(Places(pattern, cased)))]
            case XmlText(of), InNetwork():
                return [ask(of, [holds])]  # no address has a character that XML spells otherwise
    except _CannotSay:
        pass
    return None


# -- Join --------------------------------------------------------------------------------------------------------------------------------


def _join(parts: tuple[Term, ...], places: Places, ask: _Ask) -> list[Predicate]:
    """The pattern's tokens dealt out to the parts in every way that the constants between them allow."""
    alternatives: dict[tuple[Pattern, ...], None] = {}
    for split in _splits(parts, places, 0):
        alternatives[split] = None
        if len(alternatives) > ALTERNATIVES:
            raise _CannotSay
    varying = [part for part in parts if not isinstance(part, Text)]
    found: list[Predicate] = []
    for split in _widest(list(alternatives), places.cased):
        shares = [_part(part, share, places.cased, ask) for part, share in zip(varying, split, strict=True)]
        if all(not share.tokens or share.tokens == (ANY_MANY,) for share in split):
            shares.append(negation(_nothing_in(parts, ask)))
        found.append(all_of(shares))
    return found


def _splits(parts: tuple[Term, ...], places: Places, place: int) -> Iterator[tuple[Pattern, ...]]:
    """For each part that is no constant the pattern of its share, when the parts from here on read the pattern from `place` on."""
    if not parts:
        if places.accepts(place):
            yield ()
        return
    first, rest = parts[0], parts[1:]
    if isinstance(first, Text):
        for reached in sorted(places.after(frozenset({place}), first.value)):
            yield from _splits(rest, places, reached)
        return
    for cut in places.cuts(place) if rest else [places.end]:
        for others in _splits(rest, places, cut):
            yield (places.between(place, cut), *others)


def _part(part: Term, share: Pattern, cased: bool, ask: _Ask) -> Predicate:
    """The part, an absent one counting as empty, matches its share."""
    if share.tokens == (ANY_MANY,):
        return TRUE
    return ask(part, [Matches(share, cased), *([] if share.tokens else [Null()])])


def _nothing_in(parts: tuple[Term, ...], ask: _Ask) -> Predicate:
    """All parts that are no constants are absent."""
    return all_of(ask(part, [Null()]) for part in parts if not isinstance(part, Text))


def _widest(alternatives: list[tuple[Pattern, ...]], cased: bool) -> list[tuple[Pattern, ...]]:
    """The alternatives without those that another one covers."""
    kept: list[tuple[Pattern, ...]] = []
    for one in alternatives:
        if not any(_all_cover(other, one, cased) for other in kept):
            kept = [other for other in kept if not _all_cover(one, other, cased)]
            kept.append(one)
    return kept


def _all_cover(wide: tuple[Pattern, ...], narrow: tuple[Pattern, ...], cased: bool) -> bool:
    return all(covers(one, other, cased) for one, other in zip(wide, narrow, strict=True))


# -- Prefix ------------------------------------------------------------------------------------------------------------------------------


def _prefix(term: Prefix, places: Places, ask: _Ask, table: Table) -> list[Predicate]:
    """Each pair's beginning with what the pattern leaves after its spelling, or any other value as it is."""
    found: list[Predicate] = []
    others: list[Predicate] = []
    before: list[str] = []
    for own, spelled in term.table:
        if any(fold(own).startswith(fold(earlier)) for earlier in before):
            continue  # an earlier pair takes all of these values
        longer = [earlier for earlier in before if fold(earlier).startswith(fold(own))]
        before.append(own)
        left = places.after(frozenset({0}), spelled)
        as_it_is = places.after_any_case(own)
        if as_it_is == {left}:
            continue  # the test cannot tell the two spellings apart
        beginning = _spelled(own, places.cased)
        rests = [Matches(Pattern.of(*beginning, *places.items[place:]), places.cased) for place in sorted(left)]
        taken_before = [_begins(earlier, ask, term, places.cased) for earlier in longer]
        found.append(all_of([ask(term.of, rests), *map(negation, taken_before)]))
        if as_it_is != {frozenset()}:  # else no value that begins so passes as it is
            others.append(negation(all_of([_begins(own, ask, term, places.cased), *map(negation, taken_before)])))
        if longer or others:
            _check_one_value(term, table)
    unchanged = ask(term.of, [Matches(Pattern.of(*places.items), places.cased)])
    return [part for part in [*found, all_of([unchanged, *others])] if part != FALSE]


def _begins(own: str, ask: _Ask, term: Prefix, cased: bool) -> Predicate:
    return ask(term.of, [Matches(Pattern.of(*_spelled(own, cased), ANY_MANY), cased)])


def _spelled(text: str, cased: bool) -> list[Token]:
    """The text in any spelling of its letters, in a pattern that counts case or not."""
    return [_in_any_case(character) for character in text] if cased else [text]


def _in_any_case(character: str) -> Token:
    return character if other_case(character) == character else Chars.of([character, other_case(character)])


def _check_one_value(term: Prefix, table: Table) -> None:
    """Raise Refused where the columns may have several values: a test and a negated one would be met by different ones."""
    for name in columns_of(term):
        column = table.column(name)
        assert column is not None, name
        if column.many:
            raise Refused("several-values", f"{name} can hold several values, and each may begin with another spelling")


# -- XmlText -----------------------------------------------------------------------------------------------------------------------------

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

_Unit: TypeAlias = tuple[Token, ...]
"""What one token of the pattern is in XML text: the token itself, or the characters of an entity."""


def _xml_patterns(places: Places) -> list[Matcher]:
    """The pattern as it looks in XML text, with each special character as entity or as itself.

    Raises _CannotSay where text that looks so could have entities at other places: an entity is read as one character.
    """
    special = sum(isinstance(item, str) and item in _ENTITIES for item in places.items)
    if 1 << special > ALTERNATIVES:
        raise _CannotSay
    cased = places.cased or special > 0  # entities count by case, whatever the rest of the pattern does
    items = [_in_any_case(item) if cased and not places.cased and isinstance(item, str) else item for item in places.items]
    ways = product(*([(item,), tuple(_ENTITIES[item])] if isinstance(item, str) and item in _ENTITIES else [(item,)] for item in items))
    possible = [way for way in ways if _is_possible(way)]
    return [Matches(Pattern.of(*chain.from_iterable(way)), cased) for way in possible]


def _is_possible(units: Sequence[_Unit]) -> bool:
    """Whether each unit can be what it is; raises _CannotSay where that depends on the text around it."""
    for index, unit in enumerate(units):
        first = unit[0]
        if isinstance(first, AnyMany):
            following = _stretch(units[index + 1 :])
            if following and any(_agree(following, entity[inside:]) for entity in _ENTITIES.values() for inside in range(1, len(entity))):
                raise _CannotSay  # it could begin within an entity
        elif isinstance(first, Chars) and any(special in first for special in _ENTITIES):
            raise _CannotSay  # one character may be several
        elif unit == ("&",):
            read = _stretch(units[index:])
            is_last = not any(isinstance(item, AnyMany) for later in units[index:] for item in later)
            for entity in _ENTITIES.values():
                if read[: len(entity)] == list(entity):
                    return False
                if _agree(read, entity) and not (is_last and len(read) < len(entity)):
                    raise _CannotSay  # it could begin an entity
    return True


def _stretch(units: Sequence[_Unit]) -> list[Token]:
    """What is read up to the next any-many."""
    return list(takewhile(lambda item: not isinstance(item, AnyMany), chain.from_iterable(units)))


def _agree(items: list[Token], text: str) -> bool:
    """Whether the items could stand for the text, as far as both go, in some case."""
    return all(
        fold(item) == fold(character) if isinstance(item, str) else isinstance(item, Chars) and character in item.folded()
        for item, character in zip(items, text, strict=False)
    )
