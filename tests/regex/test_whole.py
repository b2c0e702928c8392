"""Anchors rewritten away: the expression for whole values, and the one to search for, say the same as the one with anchors."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sigma_amsi.predicate.evaluate import regex_test
from sigma_amsi.proof.compile import regex_language
from sigma_amsi.proof.search import equivalent
from sigma_amsi.regex import RegexConstruct
from sigma_amsi.regex.perl import parse
from sigma_amsi.regex.tree import Place, RegexTree
from sigma_amsi.regex.whole import has_anchor, searched, whole
from sigma_amsi.regex.write_lucene import write_whole

from .trees import anchored, texts, trees


@settings(deadline=None)
@given(trees, st.booleans(), st.lists(texts, min_size=5, max_size=15))
def test_every_form_is_found_in_the_same_texts(tree: RegexTree, cased: bool, values: list[str]) -> None:
    try:
        without = whole(tree)
    except RegexConstruct:
        assume(False)
    assert not has_anchor(without)
    assert not has_anchor(searched(without), set(Place) - {Place.TEXT_START, Place.TEXT_END})
    for text in ("", "\n", *values):
        expected = regex_test(tree, cased)(text)
        assert regex_test(anchored(without), cased)(text) == expected
        assert regex_test(searched(without), cased)(text) == expected
    assert equivalent(regex_language(tree, cased), regex_language(searched(without), cased))


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        ("foo", ".*foo.*"),
        ("^foo", "foo.*"),
        (r"foo\z", ".*foo"),
        ("foo$", ".*foo\n?"),
        ("^$", "\n?"),
        ("^foo|bar", ".*bar.*|foo.*"),
        ("(^|,)x", ".*,x.*|x.*"),
        ("(?m)^a$", "(.*\n)?a(\n.*)?"),
        (r"\bfoo\b", "(.*[^0-9A-Z_a-z])?foo([^0-9A-Z_a-z].*)?"),
        (r"\b-", ".*[0-9A-Z_a-z]-.*"),
        (r"\Bfoo", ".*[0-9A-Z_a-z]foo.*"),
        (r"a\bb", "#"),
        (r"a\b.?\bb", ".*a[^\n0-9A-Z_a-z]b.*"),
        (r"\b[0-9]{2,4}\z", "(.*[^0-9A-Z_a-z])?[0-9]{2,4}"),
        (".*foo.*", ".*[^\n]*foo[^\n]*.*"),
    ],
)
def test_spelling(expression: str, written: str) -> None:
    assert write_whole(whole(parse(expression).tree), folded=False) == written


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (r"(?:\ba)+", "repetition"),
        (r"(?:a|\b|^|$|\B)(?:a|\b|^|$|\B)(?:a|\b|^|$|\B)(?:a|\b|^|$|\B)", "too many places"),
        (r"a$\b", "after the end"),
    ],
)
def test_what_cannot_be_rewritten_is_refused(expression: str, reason: str) -> None:
    with pytest.raises(RegexConstruct, match=reason):
        whole(parse(expression).tree)
