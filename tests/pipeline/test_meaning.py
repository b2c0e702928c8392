"""The predicate over columns is true of exactly the rows of which the rule is true when its fields have the values of their terms.

Rows, terms and rules are random. The meaning of the rule is worked out here from the values of the terms; what an absent one stands for comes from
`dropped_texts`, whose own promises are tested against the same rows.
"""

from collections.abc import Mapping

from hypothesis import assume, given
from hypothesis import strategies as st

from sigma_amsi.errors import Refused
from sigma_amsi.pattern import ANY_MANY, Pattern, containing, exactly, starting
from sigma_amsi.pipeline.extent import dropped_texts, only_texts
from sigma_amsi.pipeline.model import LogSource, Mapped, Missing, Pipeline
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.pipeline.subjects import LogSourceFields
from sigma_amsi.pipeline.substitute import Substitution, substitute
from sigma_amsi.predicate.evaluate import Record, evaluate, passes, term_values
from sigma_amsi.predicate.tree import TRUE, And, Empty, Exists, Matcher, Matches, Not, Null, Or, Predicate, Regex, Same, Test
from sigma_amsi.predicate.walk import columns_of, fields_of
from sigma_amsi.regex.tree import Anchor, Choice, Literal, Place, sequence
from sigma_amsi.term import Absent, Column, Field, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

COLUMNS = {
    "plain": ColumnType("plain"),
    "full": ColumnType("full", absent_for=("",)),
    "dashed": ColumnType("dashed", absent_for=("", "-"), many=True),
    "zero": ColumnType("zero", absent_for=("0x0",)),
    "closed": ColumnType("closed", absent_for=("",), values=("a", "-")),
}
TABLE = Table("t", COLUMNS)
TEXTS = ["", "-", "a", "A", "-a", "&lt;", "0", "5", "0x0", "0x5", "--"]


@st.composite
def rows(draw: st.DrawFn) -> Record:
    row: dict[str, str | tuple[str, ...]] = {}
    for column in COLUMNS.values():
        texts = st.sampled_from([text for text in column.values or TEXTS if text not in column.absent_for])
        if column.many:
            row[column.name] = tuple(draw(st.lists(texts, min_size=1, max_size=2)))
        else:
            row[column.name] = draw(texts)
        if draw(st.booleans()):
            del row[column.name]
    return row


PATTERNS = st.sampled_from([*map(exactly, TEXTS), starting("-"), containing("a"), containing("x"), Pattern.of(ANY_MANY)])
CONDITIONS = st.sampled_from([Test(Column("plain"), Null()), Test(Column("dashed"), Matches(exactly("-a"))), Test(Column("full"), Null())])
PAIRS = st.lists(st.tuples(st.sampled_from(["-", "a", "&", "0x"]), st.sampled_from(["", "-", "b", "0"])), min_size=1, max_size=2).map(tuple)
LEAVES: st.SearchStrategy[Term] = st.one_of(
    st.sampled_from([Column(name) for name in COLUMNS]), st.sampled_from([Absent(), Text("-"), Text("a")])
)
TERMS: st.SearchStrategy[Term] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Join(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: First(tuple(parts))),
        st.builds(lambda test, then, otherwise: When(test, then, otherwise), CONDITIONS, inner, inner),
        st.builds(Prefix, inner, PAIRS),
        st.builds(Values, inner, PAIRS),
        st.builds(XmlText, inner),
        st.builds(NumberText, inner, st.sampled_from(["dword", "hex"])),
    ),
    max_leaves=4,
)
MATCHERS: st.SearchStrategy[Matcher] = st.one_of(
    st.builds(Matches, PATTERNS, st.booleans()),
    st.sampled_from([Null(), Empty(), Exists(), Regex(Literal("-")), Regex(Choice((Literal("a"), sequence([Anchor(Place.TEXT_END)]))))]),
    st.builds(Same, st.sampled_from([Field("one"), Field("two")]), st.sampled_from(["equals", "contains"])),
)
RULES: st.SearchStrategy[Predicate] = st.recursive(
    st.builds(Test, st.sampled_from([Field("one"), Field("two")]), MATCHERS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=5,
)


def rule_is_true(rule: Predicate, terms: Mapping[str, Term], row: Record) -> bool:
    match rule:
        case And(parts):
            return all(rule_is_true(part, terms, row) for part in parts)
        case Or(parts):
            return any(rule_is_true(part, terms, row) for part in parts)
        case Not(part):
            return not rule_is_true(part, terms, row)
        case Test(Field(name), holds):
            values = term_values(terms[name], row)
            if isinstance(holds, Null | Exists):
                return (not values) == isinstance(holds, Null)
            event: Record = {field: term_values(term, row) for field, term in terms.items()}
            if any(passes(value, holds, event) for value in values):
                return True
            asked = "" if isinstance(holds, Empty) else holds.pattern.literal if isinstance(holds, Matches) else None
            return not values and asked is not None and any(passes(text, holds, event) for text in dropped_texts(terms[name], TABLE))
    raise AssertionError(rule)


def substituted(rule: Predicate, log_source: LogSource, pipeline: Pipeline) -> Substitution | None:
    try:
        return substitute(rule, LogSourceFields.of(log_source, pipeline))
    except Refused:
        return None


@given(RULES, TERMS, TERMS, st.lists(rows(), min_size=1, max_size=6))
def test_a_rule_means_the_same_over_columns(rule: Predicate, one: Term, two: Term, several: list[Record]) -> None:
    terms = {"one": one, "two": two}
    log_source = LogSource("p/c", "t", TRUE, {name: Mapped(term) for name, term in terms.items()}, Missing("none"))
    pipeline = Pipeline("p", "P", Schema("s", "S", {"t": TABLE}), {"p/c": (log_source,)}, {}, {})
    done = substituted(rule, log_source, pipeline)
    assume(done is not None)
    assert done is not None
    assert fields_of(done.detection) == ()
    assert set(done.fields) == set(fields_of(rule))
    assert set(columns_of(done.detection)) <= {column for columns in done.fields.values() for column in columns}
    for row in several:
        assert evaluate(done.detection, row) == rule_is_true(rule, terms, row)


@given(TERMS, rows())
def test_the_extent_of_a_term(term: Term, row: Record) -> None:
    values = term_values(term, row)
    for text, held in dropped_texts(term, TABLE).items():
        assert held or text not in values
    only = only_texts(term, TABLE)
    assert only is None or set(values) <= set(only)
