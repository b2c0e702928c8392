"""The writer of Kusto queries, where a corpus of rules does not lead it: terms of pipelines that users write, and its shortcuts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma_amsi.backends.kusto.leaves import demands_text

from sigma_amsi.backend import Statement
from sigma_amsi.characters import Chars
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import containing
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate, regex_test
from sigma_amsi.predicate.tree import TRUE, Matches, Test
from sigma_amsi.regex.tree import Anchor, Choice, Literal, OneOf, Place, RegexTree, Repeat, Sequence
from sigma_amsi.registry import find_backend
from sigma_amsi.term import Column, Join, Prefix, Term, Values

TABLE = Table("T", {name: ColumnType(name, "text", absent_for=("",)) for name in ("k", "s")})
SCHEMA = Schema("test", "test", {"T": TABLE})
KEY, TEXT = Column("k"), Column("s")


def written(term: Term, text: str) -> tuple[Test, str]:
    test = Test(term, Matches(containing(text)))
    return test, find_backend("kusto").generate(Statement(table=TABLE, where=TRUE, detection=test, schema=SCHEMA))


@pytest.mark.parametrize("table", [(("HKLM", "M"),), (("HKLM\\a", "M"),), (("HKLM\\a", ""), ("hklm", "M"))], ids=str)
def test_a_respelled_translation_is_read_back(table: tuple[tuple[str, str], ...]) -> None:
    translated = Values(KEY, (("1", "HKLM\\a"), ("2", "hklm\\b"), ("3", "other")))
    term = Join((Prefix(translated, table), TEXT))
    for text in ("M", "a-", "-q", "r-q"):
        test, query = written(term, text)
        read = find_backend("kusto").parse(query, SCHEMA, TABLE).predicate
        for key in ("1", "2", "3", "4", None):
            row = {"s": "-q"} if key is None else {"k": key, "s": "-q"}
            assert evaluate(read, row) == evaluate(test, row), (query, row)


def test_a_beginning_of_characters_that_may_count_twice_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        written(Join((Prefix(TEXT, (("\U0001f600:", "x"),)), KEY)), "xq")
    assert refused.value.problem.code == "term-unsupported"
    assert "x" in written(Join((Prefix(TEXT, (("\u00e9:", "x"),)), KEY)), "xq")[1]


_TREES: st.SearchStrategy[RegexTree] = st.recursive(
    st.sampled_from([Literal(""), Literal("a"), OneOf(Chars.of("ab")), Anchor(Place.TEXT_START), Sequence(())]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: Sequence(tuple(items))),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: Choice(tuple(options))),
        st.builds(Repeat, inner, st.integers(0, 2), st.integers(2, 3) | st.none()),
    ),
    max_leaves=6,
)


@given(_TREES)
def test_what_plainly_demands_a_character_is_not_found_in_the_empty_text(tree: RegexTree) -> None:
    assert not (demands_text(tree) and regex_test(tree, True)(""))
