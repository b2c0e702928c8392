"""Constructors that parsers build predicates and terms with: they decide what is constant and know what a predicate says of presence."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal, TypeAlias, assert_never

from msgspec import Struct

from sigma_amsi.characters import ANY_CHARACTER, NO_CHARACTER, Chars, fold, other_case
from sigma_amsi.pattern import Pattern, starting
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.evaluate import passes
from sigma_amsi.predicate.tree import (
    FALSE,
    TRUE,
    And,
    AnyField,
    Matcher,
    Matches,
    Not,
    Null,
    Or,
    Predicate,
    Regex,
    Same,
    Test,
    all_of,
    any_of,
    negation,
)
from sigma_amsi.regex.tree import Anchor, Choice, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.regex.tree import Literal as LiteralText
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


def test(subject: Term, holds: Matcher) -> Predicate:
    """The test; decided where the subject is constant, the conditions for it where the subject is a choice among constants."""
    match subject:
        case Absent():
            return TRUE if isinstance(holds, Null) else FALSE
        case Text(value) if not isinstance(holds, Same):
            return TRUE if passes(value, holds, {}) else FALSE
        case When(condition, then, otherwise) if _is_choice_of_constants(subject):
            return any_of([all_of([condition, test(then, holds)]), all_of([negation(condition), test(otherwise, holds)])])
    return Test(subject, holds)


def absent(term: Term) -> Predicate:
    """The rows on which the term has no value."""
    match term:
        case Field() | Column():
            return Test(term, Null())
        case Absent():
            return TRUE
        case Text():
            return FALSE
        case Join(parts):
            varying = [part for part in parts if not isinstance(part, Text)]
            return all_of(absent(part) for part in varying) if varying else FALSE
        case When(condition, then, otherwise):
            return any_of([_absent_where(condition, then), _absent_where(negation(condition), otherwise)])
        case Prefix(of) | XmlText(of) | NumberText(of):
            return absent(of)
        case First() | Values():
            return Test(term, Null())
    assert_never(term)


def present(term: Term) -> Predicate:
    """The rows on which the term has a value."""
    return negation(absent(term))


def can_be_empty(term: Term, table: Table) -> bool:
    """Whether the term can have the empty text as its value, apart from having none."""
    match term:
        case Column(name):
            column = table.column(name)
            return column is not None and "" not in column.absent_for and column.kind in ("text", "dynamic")
        case Text(value):
            return not value
        case Join(parts):
            return not any(isinstance(part, Text) and part.value for part in parts) and any(can_be_empty(part, table) for part in parts)
        case When(_, then, otherwise):
            return can_be_empty(then, table) or can_be_empty(otherwise, table)
        case Prefix(of, pairs) | Values(of, pairs):
            return any(not other for _, other in pairs) or (isinstance(term, Prefix) and can_be_empty(of, table))
        case XmlText(of) | NumberText(of):
            return can_be_empty(of, table)
        case Field() | Absent() | First():
            return False
    assert_never(term)


def when(condition: Predicate, then: Term, otherwise: Term) -> Term:
    """The conditional, or the branch that it always is, or the respelled beginning that it amounts to."""
    if then == otherwise or condition == TRUE:
        return then
    if condition == FALSE:
        return otherwise
    if isinstance(then, Prefix) and len(then.table) == 1 and condition == Test(then.of, Matches(starting(then.table[0][0]))):
        if otherwise == then.of:
            return then
        if isinstance(otherwise, Prefix) and otherwise.of == then.of:
            return Prefix(then.of, then.table + otherwise.table)
    return When(condition, then, otherwise)


def joined(parts: Iterable[Term], known: "Known") -> Term:
    """The join, with neighbouring constants as one. A single part is itself; a constant before the rest of a text respells its beginning."""
    merged: list[Term] = []
    for part in parts:
        previous = merged[-1] if merged else None
        if isinstance(part, Absent) or part == Text(""):
            continue
        if isinstance(part, Text) and isinstance(previous, Text):
            merged[-1] = Text(previous.value + part.value)
        elif isinstance(part, Prefix) and isinstance(previous, Text) and _is_guarded(part, known):
            ((beginning, other),) = part.table
            merged[-1] = Prefix(part.of, ((beginning, previous.value + other),))
        else:
            merged.append(part)
    if not merged:
        return Text("")
    return merged[0] if len(merged) == 1 else Join(tuple(merged))


def rest_of(term: Term, length: int, known: "Known") -> Term | None:
    """The term without its first characters, where it is known to begin with a text of that length; else None."""
    if length == 0:
        return term
    for test in known.tests:
        beginning = _beginning(test.holds) if test.subject == term else ""
        if len(beginning) >= length:
            return Prefix(term, ((beginning[:length], ""),))
    return None


_MAXIMUM_KNOWN = 200
"""Tests that are kept in mind. To forget one never makes a reading wrong, and keeping all would cost their square."""


class Known(Struct, frozen=True):
    """What is known of the rows for which an expression is read, since it makes no difference on all others.

    present: terms that have a value. tests: tests that hold. others: what else holds: disjunctions and negations.
    """

    present: frozenset[Term] = frozenset()
    tests: frozenset[Test] = frozenset()
    others: frozenset[Predicate] = frozenset()

    def and_(self, predicate: Predicate) -> "Known":
        """What is known where the predicate holds as well."""
        if len(self.tests) + len(self.others) >= _MAXIMUM_KNOWN:
            return self
        tests: set[Test] = set()
        found: set[Term] = set()
        others: set[Predicate] = set()
        for part in _conjuncts(predicate):
            positive = part.part if isinstance(part, Not) else part
            if isinstance(positive, Test) and not isinstance(positive.subject, AnyField) and _is_null(positive) == isinstance(part, Not):
                found.add(positive.subject)
                tests |= set() if isinstance(part, Not) else {positive}
            else:
                others.add(part)
        return Known(self.present | found, self.tests | tests, self.others | others)

    def has(self, term: Term) -> bool:
        """Whether the term is known to have a value: at once, or in each case of a disjunction that holds."""
        if self._has(term):
            return True
        choices = [part for part in self.others if isinstance(part, Or)]
        if not choices:
            return False
        rest = Known(self.present, self.tests, self.others.difference(choices))  # one choice at a time, lest their cases multiply
        return any(all(rest.and_(case).has(term) for case in choice.parts) for choice in choices)

    def _has(self, term: Term) -> bool:
        if term in self.present or isinstance(term, Text):
            return True
        match term:
            case Join(parts):
                return any(self._has(part) for part in parts if not isinstance(part, Text))
            case First(terms):
                return any(map(self._has, terms))
            case When(condition, then, otherwise):
                return (self._has(then) or self._knows(negation(condition))) and (self._has(otherwise) or self._knows(condition))
            case Values(of, pairs):
                listed = {fold(own) for own, _ in pairs}
                return any(test.subject == of and _literal(test.holds) in listed for test in self.tests)
            case Prefix(of) | XmlText(of) | NumberText(of):
                return self._has(of)
        return False

    def _knows(self, predicate: Predicate) -> bool:
        """Whether the predicate is known to hold, part by part."""
        return all(map(self._knows_part, _conjuncts(predicate)))

    def _knows_part(self, part: Predicate) -> bool:
        match part:
            case Not(Test(subject, Null())):
                return subject in self.present
            case Or(parts) if any(map(self._knows, parts)):
                return True
        return part in self.tests or part in self.others


Spelling: TypeAlias = Literal["lower", "upper"]


def unspelled(holds: Matches | Regex, spelling: Spelling) -> Matches | Regex | None:
    """The matcher that passes the texts whose lower or upper spelling passes `holds`; None when no text does."""
    if not holds.cased:
        return holds
    if isinstance(holds, Regex):
        return Regex(_unspelled_tree(holds.tree, spelling), cased=False)
    if not all(is_spelled(token, spelling) for token in holds.pattern.tokens if isinstance(token, str)):
        return None
    tokens = (_unspelled_set(token, spelling) if isinstance(token, Chars) else token for token in holds.pattern.tokens)
    return Matches(Pattern.of(*tokens), cased=False)


def is_spelled(text: str, spelling: Spelling) -> bool:
    """Whether the text is in lower, or upper, spelling already."""
    return all(_is_spelled(character, spelling) for character in text)


def found_in_empty(tree: RegexTree) -> bool:
    """Whether the expression is found in the empty text."""
    return _is_nullable(tree, holding=set(Place) - {Place.WORD_EDGE})


def is_nullable(tree: RegexTree) -> bool:
    """Whether what the expression finds in some text can be empty."""
    return _is_nullable(tree, holding=set(Place))


def length_tree(minimum: int, maximum: int | None) -> RegexTree:
    """The expression of the texts that have so many characters."""
    return Sequence((Anchor(Place.TEXT_START), Repeat(OneOf(ANY_CHARACTER), minimum, maximum), Anchor(Place.TEXT_END)))


def _is_choice_of_constants(term: Term) -> bool:
    if isinstance(term, When):
        return _is_choice_of_constants(term.then) and _is_choice_of_constants(term.otherwise)
    return isinstance(term, Text | Absent)


def _absent_where(condition: Predicate, term: Term) -> Predicate:
    if Known().and_(condition).has(term) or condition == present(term):
        return FALSE
    return all_of([condition, absent(term)])


def _is_nullable(tree: RegexTree, holding: set[Place]) -> bool:
    match tree:
        case LiteralText() | OneOf():
            return False
        case Sequence(items):
            return all(_is_nullable(item, holding) for item in items)
        case Choice(options):
            return any(_is_nullable(option, holding) for option in options)
        case Repeat(item, minimum):
            return minimum == 0 or _is_nullable(item, holding)
        case Anchor(place):
            return place in holding
    assert_never(tree)


def _literal(holds: Matcher) -> str | None:
    """The one text, folded, that a value has if it passes."""
    literal = holds.pattern.literal if isinstance(holds, Matches) else None
    return None if literal is None else fold(literal)


def _is_null(test: Test) -> bool:
    return isinstance(test.holds, Null)


def _conjuncts(predicate: Predicate) -> Iterator[Predicate]:
    """The parts that all hold where the predicate does, negations moved inwards."""
    match predicate:
        case And(parts):
            for part in parts:
                yield from _conjuncts(part)
        case Not(Or(parts)):
            for part in parts:
                yield from _conjuncts(negation(part))
        case _:
            yield predicate


def _is_spelled(character: str, spelling: Spelling) -> bool:
    lower = fold(character)
    return character == lower if spelling == "lower" else character != lower or other_case(character) == character


def _is_guarded(term: Prefix, known: Known) -> bool:
    """Whether the one beginning that the term spells differently is known to be there."""
    beginning = term.table[0][0]
    return len(term.table) == 1 and any(test.subject == term.of and _beginning(test.holds).startswith(beginning) for test in known.tests)


def _beginning(holds: Matcher) -> str:
    """The text that a value begins with, in some case, if it passes; empty where none is known."""
    text = ""
    match holds:
        case Matches(Pattern((str(first), *_))) | Regex(Sequence((Anchor(Place.TEXT_START), LiteralText(first), *_))):
            text = first
    return text if all(character < "\U00010000" for character in text) else ""  # engines may count the others as two


def _unspelled_set(chars: Chars, spelling: Spelling) -> Chars:
    return chars if chars == ANY_CHARACTER else (chars - _never_spelled(spelling)).folded()


def _unspelled_tree(tree: RegexTree, spelling: Spelling) -> RegexTree:
    match tree:
        case LiteralText(text):
            return tree if is_spelled(text, spelling) else OneOf(NO_CHARACTER)
        case OneOf(chars):
            return OneOf(_unspelled_set(chars, spelling))
        case Sequence(items):
            return Sequence(tuple(_unspelled_tree(item, spelling) for item in items))
        case Choice(options):
            return Choice(tuple(_unspelled_tree(option, spelling) for option in options))
        case Repeat(item, minimum, maximum):
            return Repeat(_unspelled_tree(item, spelling), minimum, maximum)
        case Anchor():
            return tree
    assert_never(tree)


@lru_cache(maxsize=2)
def _never_spelled(spelling: Spelling) -> Chars:
    """The characters that no text in that spelling has."""
    letters = (chr(point) for point in range(0x1E944))  # beyond, no character has another case
    return Chars.of(character for character in letters if not _is_spelled(character, spelling))
