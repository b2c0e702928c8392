"""What stands beside a term decides its conditions, and the predicate stays true of the same rows."""

from hypothesis import given
from hypothesis import strategies as st

from sigma_amsi.pattern import exactly
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.evaluate import Record, evaluate
from sigma_amsi.predicate.listed import settled
from sigma_amsi.predicate.tree import TRUE, And, Matches, Not, Null, Or, Predicate, Test
from sigma_amsi.term import Absent, Column, First, Join, Prefix, Term, Text, When

TABLE = Table("t", {name: ColumnType(name, compares="exact", many=name == "tags") for name in ("event", "name", "tags", "here", "there")})
VALUES = st.sampled_from(["1", "2", "a", "A"])


def equals(column: Term, text: str, *, cased: bool = True) -> Test:
    return Test(column, Matches(exactly(text), cased))


EVENT, HERE, THERE = Column("event"), Column("here"), Column("there")
MOVED = When(Or((equals(EVENT, "1"), equals(EVENT, "2"))), HERE, THERE)
CONDITIONS = st.builds(
    lambda name, text, cased: equals(Column(name), text, cased=cased), st.sampled_from(["event", "name", "tags"]), VALUES, st.booleans()
)
TERMS: st.SearchStrategy[Term] = st.recursive(
    st.sampled_from([HERE, THERE, Text("a"), Absent()]),
    lambda inner: st.one_of(
        st.builds(lambda test, then, otherwise: When(test, then, otherwise), st.one_of(CONDITIONS, CONDITIONS.map(Not)), inner, inner),
        st.builds(lambda one, other: First((one, other)), inner, inner),
        st.builds(lambda one, other: Join((one, other)), inner, inner),
        st.builds(lambda of: Prefix(of, (("a", ""),)), inner),
    ),
    max_leaves=5,
)
TESTS = st.one_of(
    CONDITIONS, st.builds(lambda term, text: equals(term, text), TERMS, VALUES), st.builds(lambda term: Test(term, Null()), TERMS)
)
PREDICATES: st.SearchStrategy[Predicate] = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=8,
)
ROWS: st.SearchStrategy[Record] = st.fixed_dictionaries(
    {}, optional={name: st.lists(VALUES, min_size=1, max_size=2).map(tuple) if name == "tags" else VALUES for name in TABLE.columns}
)


@given(PREDICATES, ROWS)
def test_it_holds_on_the_same_rows(predicate: Predicate, row: Record) -> None:
    assert evaluate(settled(predicate, TABLE, TRUE), row) == evaluate(predicate, row)


@given(PREDICATES, CONDITIONS, ROWS)
def test_it_holds_on_the_same_rows_of_those_given(predicate: Predicate, condition: Predicate, row: Record) -> None:
    if evaluate(condition, row):
        assert evaluate(settled(predicate, TABLE, condition), row) == evaluate(predicate, row)


def test_a_value_beside_the_term_decides() -> None:
    for event in (equals(EVENT, "1"), equals(EVENT, "2", cased=False), Or((equals(EVENT, "1"), equals(EVENT, "2")))):
        assert settled(And((event, Not(equals(MOVED, "x")))), TABLE, TRUE) == And((event, Not(equals(HERE, "x"))))
    assert settled(And((equals(EVENT, "3"), equals(MOVED, "x"))), TABLE, TRUE) == And((equals(EVENT, "3"), equals(THERE, "x")))


def test_what_does_not_decide() -> None:
    letters = When(equals(EVENT, "a"), HERE, THERE)
    for predicate in (
        Or((equals(EVENT, "1"), equals(MOVED, "x"))),
        And((Or((equals(EVENT, "1"), equals(EVENT, "3"))), equals(MOVED, "x"))),
        And((Not(equals(EVENT, "1")), equals(MOVED, "x"))),
        And((equals(EVENT, "a", cased=False), equals(letters, "x"))),
        And((equals(Column("tags"), "1"), equals(When(equals(Column("tags"), "1"), HERE, THERE), "x"))),
    ):
        assert settled(predicate, TABLE, TRUE) == predicate
