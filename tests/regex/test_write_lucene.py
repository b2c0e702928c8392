"""Lucene's expressions: what is written is read back as the same language, and real Lucene finds the same values by it."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from sigma_amsi.characters import NO_CHARACTER, Chars
from sigma_amsi.pattern import ANY_MANY, ONE, Pattern
from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.proof.automaton import pattern_language
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.search import equivalent
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.lucene import parse_lucene
from sigma_amsi.regex.perl import parse
from sigma_amsi.regex.tree import Choice, Literal, OneOf, RegexTree, Repeat, Sequence
from sigma_amsi.regex.write_lucene import lucene_pattern, write_lucene
from tests.engines.answers import Hits
from tests.engines.lucene import Lucene

from .trees import TEXTS, anchored, patterns, trees

VALUES = [text for text in TEXTS if len(text) <= 4]


@settings(deadline=None)
@given(trees, st.booleans())
def test_the_reader_reads_it_back(tree: RegexTree, folded: bool) -> None:
    written = _written(tree, folded)
    assert equivalent(regex_language(tree, not folded), regex_language(anchored(parse_lucene(written)), True))


@settings(deadline=None)
@given(patterns, st.booleans())
def test_patterns_are_read_back(pattern: Pattern, folded: bool) -> None:
    written = lucene_pattern(pattern, folded=folded)
    assert equivalent(pattern_language(pattern, not folded), regex_language(anchored(parse_lucene(written)), True))


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cases=st.lists(st.tuples(trees, st.booleans()), min_size=20, max_size=20))
def test_real_lucene_finds_the_same_values(lucene: Lucene, cases: list[tuple[RegexTree, bool]]) -> None:
    queries, expected = [], []
    for tree, folded in cases:
        try:
            queries.append(f"f:/{write_lucene(tree, folded=folded)}/")
        except RegexConstruct:
            continue
        found = regex_test(tree, not folded)
        expected.append(Hits(frozenset(row for row, value in enumerate(VALUES) if found(value))))
    assert lucene.run([{"f": [value]} for value in VALUES], {"f": "exact"}, queries) == expected


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (r"\\Run\\", r".*\\Run\\.*"),
        (r"(?i)a/b\.exe\z", r".*[Aa]\/[Bb]\.[Ee][Xx][Ee]"),
        (r"^(?:a|b|)c\z", "(a|b)?c"),
        (r"\A\z", "()"),
        (r"C:\\\z", r".*C:[\\]"),
        (r'["~<>&@#]\^\$', r".*[\"#&<>@~]^$.*"),
        (r"\A[\]\[^-]", r"[\-\[\]\^].*"),
        (r"\d{2,}\s?", ".*[0-9]{2,}[\t-\r ]?.*"),
        (r"(?i)\x{1F600}[^a]+é", ".*😀[^Aa]+[Éé].*"),
        ("#x&y@~<1-2>", r".*\#x\&y\@\~\<1-2\>.*"),
    ],
)
def test_spelling(expression: str, written: str) -> None:
    tree, cased = parse(expression)
    assert write_lucene(tree, folded=not cased) == written


@pytest.mark.parametrize(
    ("pattern", "folded", "written"),
    [
        (Pattern.of(ANY_MANY, "a*?", ONE), False, r".*a\*\?."),
        (Pattern.of("Ab", Chars.of("-/–")), True, r"[Aa][Bb][\-\/–]"),
        (Pattern.of(), True, "()"),
    ],
)
def test_spelling_of_patterns(pattern: Pattern, folded: bool, written: str) -> None:
    assert lucene_pattern(pattern, folded=folded) == written


def test_what_matches_nothing_is_not_repeated() -> None:
    """Lucene reads `#*` as `#`, where it should be the empty text."""
    tree = Choice((Sequence((Literal("a"), Repeat(OneOf(NO_CHARACTER), 0, None))), OneOf(NO_CHARACTER)))
    assert write_lucene(tree, folded=False) == ".*a.*"
    assert write_lucene(Repeat(OneOf(NO_CHARACTER), 1, 2), folded=False) == "#"


def test_half_a_surrogate_pair_cannot_be_written() -> None:
    with pytest.raises(RegexConstruct, match="surrogate"):
        write_lucene(Literal("\ud800"), folded=False)


def _written(tree: RegexTree, folded: bool) -> str:
    try:
        return write_lucene(tree, folded=folded)
    except RegexConstruct:
        assume(False)
        raise
