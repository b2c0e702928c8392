"""Terms in canonical form: conditionals outside, constants evaluated, spellings left out where a test cannot notice them."""

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from msgspec.structs import replace

from sigma_amsi.characters import Chars, fold, other_case
from sigma_amsi.pattern import Pattern
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import number_text, passes, term_values
from sigma_amsi.predicate.tree import Matcher, Matches, Null, Regex
from sigma_amsi.predicate.walk import columns_of
from sigma_amsi.proof.automaton import Language, States, members, pattern_language
from sigma_amsi.proof.budget import LimitReached
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.images import Style, all_numbers, all_spellings
from sigma_amsi.proof.search import find
from sigma_amsi.regex.tree import Choice, Literal, OneOf, RegexTree, Repeat
from sigma_amsi.regex.tree import Sequence as RegexSequence
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

MAXIMUM_BRANCHES = 32
"""Conditionals inside a term are brought to its outside as long as it gets no more branches than this."""


@lru_cache(maxsize=4096)
def canonical_term(term: Term) -> Term:
    """The term with its conditionals outside, constants evaluated, and neighbours that are one thing joined."""
    match term:
        case Field() | Column() | Text() | Absent():
            return term
        case When(test, then, otherwise):
            return When(test, canonical_term(then), canonical_term(otherwise))
        case Join(parts):
            return _outside([part if isinstance(part, Text) else _no_constant(canonical_term(part)) for part in parts], _join)
        case First(terms):
            return _outside([canonical_term(each) for each in terms], _first)
        case Prefix(of, table):
            folded = tuple((fold(own), other) for own, other in table)
            return _outside([canonical_term(of)], lambda parts: _unary(Prefix(parts[0], folded)))
        case Values(of) | XmlText(of) | NumberText(of):
            return _outside([canonical_term(of)], lambda parts: _unary(replace(term, of=parts[0])))


def first_listed(values: Values) -> tuple[tuple[str, str], ...]:
    """The pairs of a table of values that count: the first of those that only differ in case."""
    return tuple({fold(own): (own, other) for own, other in reversed(values.table)}.values())


def is_single(term: Term, table: Table | None) -> bool:
    """Whether the term never has several values."""
    return table is not None and all((column := table.column(name)) is not None and not column.many for name in columns_of(term))


@lru_cache(maxsize=4096)
def is_never_empty(term: Term, table: Table | None) -> bool:
    """Whether no value of the term is the empty text."""
    match term:
        case Field():
            return False
        case Column(name):
            column = table.column(name) if table else None
            return column is not None and (
                "" in column.absent_for
                or column.kind in ("integer", "boolean", "address")
                or (column.values is not None and "" not in column.values)
            )
        case Text(value):
            return value != ""
        case Absent() | First():
            return True
        case Join(parts):
            return any(part != Text("") and isinstance(part, Text) for part in parts) or all(is_never_empty(part, table) for part in parts)
        case When(_, then, otherwise):
            return is_never_empty(then, table) and is_never_empty(otherwise, table)
        case Values():
            return all(other for _, other in term.table)
        case Prefix(of):
            return all(other for _, other in term.table) and is_never_empty(of, table)
        case XmlText(of) | NumberText(of):
            return is_never_empty(of, table)


def without_what_no_test_notices(term: Term, holds: Matcher) -> Term:
    """The term less an operation, or pairs of it, that make no difference to the test; the same object when there are none."""
    match term:
        case Prefix(of) | XmlText(of) | NumberText(of) if isinstance(holds, Null):
            return of
        case Prefix(of, table) if isinstance(holds, Matches):
            kept = _noticed(table, holds)
            return term if len(kept) == len(table) else Prefix(of, kept) if kept else of
        case XmlText(of) if isinstance(holds, Matches) and is_clear_of_entities(holds.pattern):
            return of
        case XmlText(of) if isinstance(holds, Matches | Regex) and not _notices_entities(holds):
            return of
        case NumberText(of, style) if isinstance(holds, Matches) and not _may_meet_a_number(holds, style):
            return of
    return term


# -- Conditionals ------------------------------------------------------------------------------------------------------------------------


def _outside(parts: list[Term], make: Callable[[Sequence[Term]], Term]) -> Term:
    """What `make` makes of the parts, by the cases of the conditionals among them."""
    branches = 1
    for part in parts:
        branches *= _branches(part)
    if branches > MAXIMUM_BRANCHES:
        return make(parts)

    def by_cases(done: tuple[Term, ...], rest: list[Term]) -> Term:
        if not rest:
            return make(done)
        first = rest[0]
        if isinstance(first, When):
            return When(first.test, by_cases(done, [first.then, *rest[1:]]), by_cases(done, [first.otherwise, *rest[1:]]))
        return by_cases((*done, first), rest[1:])

    return by_cases((), parts)


def _branches(term: Term) -> int:
    return _branches(term.then) + _branches(term.otherwise) if isinstance(term, When) else 1


# -- One operation on canonical parts ----------------------------------------------------------------------------------------------------


def _no_constant(part: Term) -> Term:
    """A part of a join that turns out to be a text: it is present, which a constant of the join does not count as."""
    if isinstance(part, When):
        return When(part.test, _no_constant(part.then), _no_constant(part.otherwise))
    return Prefix(part, ()) if isinstance(part, Text) else part


def _join(parts: Sequence[Term]) -> Term:
    flat: list[Term] = []
    for part in parts:
        # An inner join with constants is no text at all where its parts are absent; without constants it is its parts.
        for each in part.parts if isinstance(part, Join) and not any(isinstance(inner, Text) for inner in part.parts) else (part,):
            if isinstance(each, Text) and flat and isinstance(flat[-1], Text):
                flat[-1] = Text(flat[-1].value + each.value)
            elif not isinstance(each, Absent) and each != Text(""):
                flat.append(each)
    if all(isinstance(part, Text) for part in flat):
        return Absent()
    if not any(columns_of(part) for part in flat):
        return _evaluated(Join(tuple(flat)))
    return flat[0] if len(flat) == 1 else Join(tuple(flat))


def _first(terms: Sequence[Term]) -> Term:
    kept: list[Term] = []
    for term in terms:
        if term in (Absent(), Text("")):
            continue
        kept += [each for each in (term.terms if isinstance(term, First) else (term,)) if each not in kept]
        if isinstance(term, Text):
            break
    if kept and isinstance(kept[0], Text):
        return kept[0]
    return First(tuple(kept)) if kept else Absent()


def _unary(term: Prefix | Values | XmlText | NumberText) -> Term:
    return _evaluated(term) if isinstance(term.of, Text | Absent) else term


def _evaluated(term: Term) -> Term:
    """A term without columns."""
    values = term_values(term, {})
    return Text(str(values[0])) if values else Absent()


# -- What a test notices -----------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _noticed(table: tuple[tuple[str, str], ...], holds: Matches) -> tuple[tuple[str, str], ...]:
    """The pairs of a `Prefix` that make a difference to the test, or that stand before such a pair and may take values from it."""
    language = pattern_language(holds.pattern, holds.cased)
    kept: list[tuple[str, str]] = []
    for own, other in reversed(table):
        hides = any(later.startswith(own) or own.startswith(later) for later, _ in kept)
        if hides or _after_any_case(language, own, holds.cased) != {language.after(other)}:
            kept.append((own, other))
    return tuple(reversed(kept))


def _after_any_case(language: Language, text: str, cased: bool) -> set[States]:
    """The sets of states that the spellings of a text lead to."""
    if not cased:
        return {language.after(text)}
    reached = {language.starts}
    for character in text:
        moves = [language.automaton.moves(each) for each in {character, other_case(character)}]
        reached = {move.apply(states) for states in reached for move in moves}
    return reached


_NUMBER_CHARACTERS = frozenset("dqwor (0x123456789abcdef-)")


@lru_cache(maxsize=2048)
def _may_meet_a_number(holds: Matches, style: Style) -> bool:
    """Whether the test could hold of a number, be it as a decimal or as `NumberText` spells it."""
    for token in holds.pattern.tokens:
        if isinstance(token, str) and not _NUMBER_CHARACTERS.issuperset(fold(token)):
            return False
    language = pattern_language(holds.pattern, holds.cased)
    return find([language, all_numbers(style)]) is not None or find([language, all_spellings(style)]) is not None


def numbers_spelled(text: str, holds: Matches, style: Style) -> list[str]:
    """The decimals that `NumberText` spells like the text, as far as the test tells, and the text itself unless it is respelled."""
    found = re.fullmatch(_NUMBER_SPELLINGS[style], fold(text))
    decimal = str(int("".join(found.groups()), 16)) if found else ""
    spelled = [decimal] if found and passes(number_text(decimal, style), holds, {}) else []
    return [*spelled, text] if number_text(text, style) == text else spelled


_NUMBER_SPELLINGS = {
    "dword": r"dword \(0x([0-9a-f]{8})\)",
    "qword": r"qword \(0x([0-9a-f]{8})-0x([0-9a-f]{8})\)",
    "hex": r"0x(0|[1-9a-f][0-9a-f]{0,15})",
}

_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


@lru_cache(maxsize=1024)
def _notices_entities(holds: Matches | Regex) -> bool:
    """Whether decoding entities may change the answer of the test on some text.

    It cannot where every entity leads the states of the test's automaton where its character leads them: by then, so do all texts and what they decode to.
    """
    if isinstance(holds, Regex) and _takes_ampersands(holds.tree):
        return True  # seldom does it not, and that takes long to tell
    try:
        language = pattern_language(holds.pattern, holds.cased) if isinstance(holds, Matches) else regex_language(holds.tree, holds.cased)
    except LimitReached:
        return True
    automaton = language.automaton
    for entity, character in _ENTITIES:
        first, decoded = automaton.moves(entity[0]), automaton.moves(character)
        moving = first.forward | first.stay | first.jumpers | decoded.forward | decoded.stay | decoded.jumpers
        for state in members(moving):
            if Language(automaton, 1 << state, language.accepts).after(entity) != decoded.apply(1 << state):
                return True
    return False


def is_clear_of_entities(pattern: Pattern) -> bool:
    """Whether the texts of a pattern without sets are seen at a glance to lie beside all entities.

    None of them has an `&`, `<` or `>`, which decoding leaves alone, and what follows any-many is no part of an entity, nor starts with the end of one.
    """
    for place, token in enumerate(pattern.tokens):
        if isinstance(token, str):
            if "&" in token or "<" in token or ">" in token or (place > 0 and may_begin_inside_an_entity(token)):
                return False
        elif isinstance(token, Chars):
            return False
    return True


def may_begin_inside_an_entity(text: str) -> bool:
    """Whether the text, in any case, lies in an entity behind its `&`, or begins as an entity ends."""
    if text[0] not in _INSIDE:
        return False
    text = fold(text)
    return any(text in entity or text.startswith(entity[start:]) for entity, _ in _ENTITIES for start in range(1, len(entity)))


_INSIDE = frozenset("ampltg;AMPLTG")


def _takes_ampersands(tree: RegexTree) -> bool:
    """Whether an `&` may be read somewhere in the expression."""
    match tree:
        case Literal(text):
            return "&" in text
        case OneOf(chars):
            return "&" in chars
        case RegexSequence(parts) | Choice(parts):
            return any(map(_takes_ampersands, parts))
        case Repeat(item):
            return _takes_ampersands(item)
    return False
