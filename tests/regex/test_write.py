"""What is written is found in the same values as the tree that it was written from."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigma_amsi.characters import ANY_CHARACTER, Chars
from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.regex.perl import Dialect, parse
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence, choice, sequence
from sigma_amsi.regex.write import write_perl

CHARACTERS = "aB-^]\\.\n"
LEAVES = st.one_of(
    st.text(CHARACTERS, min_size=1, max_size=3).map(Literal),
    st.frozensets(st.sampled_from(CHARACTERS), min_size=1)
    .map(Chars.of)
    .flatmap(lambda chars: st.sampled_from([OneOf(chars), OneOf(~chars)])),
    st.just(OneOf(ANY_CHARACTER)),
)
TREES: st.SearchStrategy[RegexTree] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(sequence),
        st.lists(inner, min_size=2, max_size=3, unique=True).map(choice),
        st.tuples(inner, st.integers(0, 2), st.sampled_from([None, 2, 3])).map(lambda three: Repeat(*three)),
    ),
    max_leaves=6,
)


@given(TREES, st.booleans(), st.lists(st.text(CHARACTERS + "Ab", max_size=5), min_size=4, max_size=4))
def test_python_finds_the_same(tree: RegexTree, cased: bool, values: list[str]) -> None:
    written = re.compile(
        re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: f"\\U{int(found[1], 16):08x}", write_perl(tree, Dialect.PCRE, cased=cased))
    )
    for value in values:
        assert (written.search(value) is not None) == regex_test(tree, cased)(value)


@given(TREES, st.sampled_from(Dialect), st.lists(st.text(CHARACTERS, max_size=5), min_size=4, max_size=4))
def test_the_reader_reads_it_back(tree: RegexTree, dialect: Dialect, values: list[str]) -> None:
    again = parse(write_perl(tree, dialect, cased=True), dialect=dialect)
    for value in values:
        assert regex_test(again.tree, again.cased)(value) == regex_test(tree, True)(value)


@pytest.mark.parametrize(
    ("tree", "dialect", "written"),
    [
        (Sequence((Anchor(Place.TEXT_START), Literal("a.b"), Anchor(Place.TEXT_END))), Dialect.KUSTO, "^a\\.b$"),
        (Sequence((Anchor(Place.TEXT_START), Literal("a.b"), Anchor(Place.TEXT_END))), Dialect.PCRE, "^a\\.b\\z"),
        (Sequence((Literal("a"), Anchor(Place.TEXT_END_OR_LAST_NEWLINE))), Dialect.KUSTO, "a\\n?$"),
        (Repeat(Choice((Literal("a"), Literal("bc"))), 1, None), Dialect.PCRE, "(?:a|bc)+"),
        (OneOf(~Chars.of("\n")), Dialect.PCRE, "[^\\n]"),
        (Repeat(OneOf(ANY_CHARACTER), 2, 5), Dialect.PCRE, "(?s).{2,5}"),
    ],
)
def test_spelling(tree: RegexTree, dialect: Dialect, written: str) -> None:
    assert write_perl(tree, dialect, cased=True) == written


def test_a_word_edge_without_a_neighbour_is_rewritten_for_kusto() -> None:
    written = write_perl(Sequence((Anchor(Place.WORD_EDGE), Literal("a"))), Dialect.KUSTO, cased=True)
    assert "\\b" not in written
    again = parse(written, dialect=Dialect.KUSTO)
    assert [regex_test(again.tree, again.cased)(value) for value in ("a", "xa", " a", "b")] == [True, False, True, False]
