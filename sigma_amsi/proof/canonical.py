"""The canonical form of predicates: most proofs end here, because both sides are the same once spelling is out of the way.

Canonical are: a regular expression that is a pattern is written as one; what has no letters compares without case; texts of tests without case
are folded; conjunctions and disjunctions are flat sets; negation stands at the leaves.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from sigma_amsi.characters import ANY_CHARACTER, Chars, fold
from sigma_amsi.pattern import ANY_MANY, AnyMany, Pattern, Token
from sigma_amsi.predicate.tree import And, AnyField, Matcher, Matches, Not, Null, Or, Predicate, Regex, Test
from sigma_amsi.regex.tree import Anchor, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText


@dataclass(frozen=True, slots=True)
class Leaf:
    """A canonical test or its negation."""

    test: Test
    positive: bool


@dataclass(frozen=True, slots=True)
class Node:
    """A conjunction or disjunction of canonical parts, without order."""

    conjunction: bool
    parts: "frozenset[Canonical]"


Canonical: TypeAlias = Leaf | Node


def canonical(predicate: Predicate, positive: bool = True) -> Canonical:
    """The canonical form of the predicate, or of its negation."""
    match predicate:
        case Not(part):
            return canonical(part, not positive)
        case And(parts) | Or(parts):
            return _node(isinstance(predicate, And) == positive, [canonical(part, positive) for part in parts])
    test = canonical_test(predicate)
    if isinstance(test.holds, Matches) and test.holds.pattern.tokens == (ANY_MANY,) and not isinstance(test.subject, AnyField):
        return Leaf(Test(test.subject, Null()), not positive)  # any text at all: the subject is present
    return Leaf(test, positive)


@lru_cache(maxsize=16384)
def canonical_test(test: Test) -> Test:
    """The test with its matcher, and the conditions inside its term, in canonical form."""
    subject = test.subject if isinstance(test.subject, AnyField) else canonical_term(test.subject)
    holds = canonical_matcher(test.holds)
    if isinstance(subject, XmlText) and (
        isinstance(holds, Null) or (isinstance(holds, Matches) and not _may_meet_an_entity(holds.pattern))
    ):
        subject = subject.of
    return Test(subject, holds)


def canonical_matcher(holds: Matcher) -> Matcher:
    """The matcher with spelling differences removed."""
    if isinstance(holds, Regex):
        pattern = pattern_of(holds.tree)
        if pattern is None:
            return holds
        holds = Matches(pattern, holds.cased)
    if isinstance(holds, Matches):
        cased = holds.cased and holds.pattern.has_case
        return Matches(holds.pattern if cased else folded(holds.pattern), cased)
    return holds


def folded(pattern: Pattern) -> Pattern:
    """The pattern with its texts folded and its sets closed under case."""
    return Pattern.of(*(_folded_token(token) for token in pattern.tokens))


def pattern_of(tree: RegexTree) -> Pattern | None:
    """The pattern that matches the values in which the expression is found, or None when no pattern does.

    `regex.as_pattern` does the like for generators and is not used: a mistake that both sides shared would prove itself.
    """
    items = list(tree.items) if isinstance(tree, Sequence) else [tree]
    tokens: list[Token] = []
    if items and items[0] == Anchor(Place.TEXT_START):
        items.pop(0)
    else:
        tokens.append(ANY_MANY)
    ended = bool(items) and items[-1] == Anchor(Place.TEXT_END)
    if ended:
        items.pop()
    for item in items:
        match item:
            case Literal(text):
                tokens.append(text)
            case OneOf(chars) if chars.ranges:
                tokens.append(chars)
            case Repeat(OneOf(chars), minimum, None) if chars == ANY_CHARACTER:
                tokens += [*[ANY_CHARACTER] * minimum, ANY_MANY]
            case Repeat(OneOf(chars), minimum, maximum) if minimum == maximum and chars.ranges and minimum <= 64:
                tokens += [chars] * minimum
            case _:
                return None
    return Pattern.of(*tokens, *([] if ended else [ANY_MANY]))


def canonical_term(term: Term) -> Term:
    """The term with the conditions inside it in an order that does not depend on how they were written."""
    match term:
        case Field() | Column() | Text() | Absent():
            return term
        case Join(parts):
            return Join(tuple(canonical_term(part) for part in parts))
        case First(terms):
            return First(tuple(canonical_term(each) for each in terms))
        case When(test, then, otherwise):
            return When(_ordered(canonical(test)), canonical_term(then), canonical_term(otherwise))
        case Prefix(of, table):
            return Prefix(canonical_term(of), tuple((fold(own), other) for own, other in table))
        case Values(of, table):
            return Values(canonical_term(of), tuple(sorted((fold(own), other) for own, other in table)))
        case XmlText(of):
            return XmlText(canonical_term(of))
    return NumberText(canonical_term(term.of), term.style)


_ENTITIES = ("&amp;", "&lt;", "&gt;")


def _may_meet_an_entity(pattern: Pattern) -> bool:
    """Whether decoding entities could change the answer of a pattern on some text.

    It cannot when the pattern's texts have no `&`, `<` or `>`, which decoding leaves alone, and none of them can lie in an entity or begin inside one: what
    follows any-many must not be a part of an entity, nor start with the end of one.
    """
    for place, token in enumerate(pattern.tokens):
        if isinstance(token, AnyMany):
            continue
        if not isinstance(token, str) or any(character in token for character in "&<>"):
            return True
        folded_text = fold(token)
        if place > 0 and any(
            folded_text in entity or any(folded_text.startswith(entity[start:]) for start in range(1, len(entity))) for entity in _ENTITIES
        ):
            return True
    return False


def _node(conjunction: bool, parts: list[Canonical]) -> Canonical:
    flat: set[Canonical] = set()
    for part in parts:
        if isinstance(part, Node) and part.conjunction == conjunction:
            flat |= part.parts
        else:
            flat.add(part)
    return flat.pop() if len(flat) == 1 else Node(conjunction, frozenset(flat))


def _ordered(form: Canonical) -> Predicate:
    """A canonical form as a predicate again, its parts sorted by their spelling."""
    if isinstance(form, Leaf):
        return form.test if form.positive else Not(form.test)
    parts = tuple(sorted((_ordered(part) for part in form.parts), key=repr))
    return And(parts) if form.conjunction else Or(parts)


def _folded_token(token: Token) -> Token:
    if isinstance(token, str):
        return fold(token)
    return token.folded() if isinstance(token, Chars) else token
