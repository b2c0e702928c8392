"""Tests on decoded XML text as tests on the column itself, where a fact says how the column's texts are escaped.

The text that is looked for is escaped instead of decoding the column. That this is the same on every text that the fact allows is not taken for granted:
it is argued from where the texts of the pattern may begin, or else the automata of both tests are compared on these texts.
"""

from functools import lru_cache

from sigma_amsi.characters import Chars
from sigma_amsi.pattern import AnyMany, Pattern, Token
from sigma_amsi.pipeline.schema import Table
from sigma_amsi.predicate.tree import Matches, Test
from sigma_amsi.proof.automaton import pattern_language
from sigma_amsi.proof.budget import Budget, LimitReached
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.forms import FALSE, TRUE, Canonical, Leaf, joined
from sigma_amsi.proof.images import before_xml_text
from sigma_amsi.proof.search import find
from sigma_amsi.proof.terms import may_begin_inside_an_entity
from sigma_amsi.regex.tree import Anchor, Literal, OneOf, Place, RegexTree, Repeat, choice, sequence
from sigma_amsi.term import Column, XmlText

LOOK = 20_000
"""The steps that the comparison of one pattern may take."""


@lru_cache(maxsize=64)
def has_shapes(table: Table) -> bool:
    """Whether a fact says what the texts of some column of the table look like."""
    return any(column.texts is not None for column in table.columns.values())


def as_written(form: Canonical, table: Table, without: frozenset[str]) -> tuple[Canonical, frozenset[str]]:
    """The form with such tests on the columns themselves, and without those for impossible texts; and the facts that this rests on.

    without: facts that may not be used.
    """
    if not has_shapes(table):
        return form, frozenset()
    if isinstance(form, Leaf):
        written, fact = _leaf(form, table, without)
        return written, frozenset([fact] if fact else [])
    parts = [as_written(part, table, without) for part in form.parts]
    facts: frozenset[str] = frozenset().union(*(used for _, used in parts))
    return joined(form.conjunction, [part for part, _ in parts]), facts


def _leaf(leaf: Leaf, table: Table, without: frozenset[str]) -> tuple[Canonical, str]:
    subject, holds = leaf.test.subject, leaf.test.holds
    of = subject.of if isinstance(subject, XmlText) else subject
    column = table.column(of.name) if isinstance(of, Column) and isinstance(holds, Matches) else None
    if column is None or column.texts is None or column.texts_by in without:
        return leaf, ""
    assert isinstance(holds, Matches)
    if not any(special in token for token in holds.pattern.tokens if isinstance(token, str) for special in "&<>"):
        return leaf, ""
    if of is subject:
        impossible = _is_impossible(holds, column.texts)
        return (FALSE if leaf.positive else TRUE, column.texts_by) if impossible else (leaf, "")
    escaped = Matches(Pattern.of(*map(_escaped, holds.pattern.tokens)), holds.cased)
    if not (_is_escaped(column.texts) and _begins_at_characters(escaped.pattern)) and not _is_the_same(holds, escaped, column.texts):
        return leaf, ""
    return Leaf(Test(of, escaped), leaf.positive), column.texts_by


@lru_cache(maxsize=1024)
def _is_impossible(holds: Matches, shape: RegexTree) -> bool:
    """Whether no text of the shape passes."""
    try:
        return find([pattern_language(holds.pattern, holds.cased), regex_language(shape, True)], (), Budget(LOOK)) is None
    except LimitReached:
        return False


def _escaped(token: Token) -> Token:
    return token.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") if isinstance(token, str) else token


_ESCAPED = sequence(
    [
        Anchor(Place.TEXT_START),
        Repeat(choice([OneOf(~Chars.of("&<>")), *map(Literal, ("&amp;", "&lt;", "&gt;"))]), 0, None),
        Anchor(Place.TEXT_END),
    ]
)
"""Texts in which every special character is escaped, so that each character of the decoded text is spelled in one way."""


@lru_cache(maxsize=64)
def _is_escaped(shape: RegexTree) -> bool:
    """Whether all texts of the shape are escaped throughout."""
    try:
        return find([regex_language(shape, True)], [regex_language(_ESCAPED, True)], Budget(LOOK)) is None
    except LimitReached:
        return False


def _begins_at_characters(escaped: Pattern) -> bool:
    """Whether it is seen at a glance that in an escaped text each text of the pattern begins where a character or its entity does.

    It then ends at such a place, too, since both spell the same characters from there on. So what stands between the texts is whole characters, and
    the text matches just when what it decodes to matches the pattern that is not escaped.
    """
    return all(
        isinstance(token, AnyMany) or (isinstance(token, str) and (place == 0 or not may_begin_inside_an_entity(token)))
        for place, token in enumerate(escaped.tokens)
    )


@lru_cache(maxsize=1024)
def _is_the_same(holds: Matches, escaped: Matches, shape: RegexTree) -> bool:
    """Whether on the texts of the shape the first test, on what they decode to, and the second, on the texts as they are, agree."""
    budget = Budget(LOOK)
    allowed, direct = regex_language(shape, True), pattern_language(escaped.pattern, escaped.cased)
    try:
        decoded = before_xml_text(pattern_language(holds.pattern, holds.cased), budget)
        return find([decoded, allowed], [direct], budget) is None and find([direct, allowed], [decoded], budget) is None
    except LimitReached:
        return False
