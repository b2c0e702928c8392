"""The writer of SPL, where a corpus of rules does not lead it: terms of pipelines that users write, as they are and under `not`."""

from itertools import product

import pytest
from sigma_amsi.backends.splunk.inward import inward

from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused
from sigma_amsi.pattern import containing, ending, exactly, starting
from sigma_amsi.pipeline.schema import ColumnType, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import TRUE, Matcher, Matches, Not, Null, Predicate, Regex, Test
from sigma_amsi.regex.perl import parse
from sigma_amsi.registry import find_backend
from sigma_amsi.term import Absent, Column, First, Join, Prefix, Term, Text, Values, When, XmlText

A, B, KIND = Column("a"), Column("b"), Column("kind")
TABLE = Table("T", {name: ColumnType(name, absent_for=("",)) for name in ("a", "b", "kind")})
SCHEMA = Schema("test", "test", {"T": TABLE})
SPLUNK = find_backend("splunk")

IS_X = Test(KIND, Matches(exactly("x")))
TRANSLATED = Values(A, (("x", "Alpha"), ("1", "Beta"), ("X", "Other")))
JOINED = Join((A, Text("-"), B))
RESPELLED = (("Al", "Om"), ("Be", ""))
TERMS: dict[str, Term] = {
    "a respelled translation": Prefix(TRANSLATED, RESPELLED),
    "a respelled join": Prefix(JOINED, RESPELLED),
    "a respelled choice": Prefix(First((A, B)), RESPELLED),
    "a respelled conditional": Prefix(When(IS_X, A, TRANSLATED), RESPELLED),
    "a respelled constant": Join((Prefix(Text("Alx"), RESPELLED), A)),
    "a respelled spelling": Prefix(Prefix(A, (("x", "Al"),)), RESPELLED),
    "a join where something holds": When(IS_X, JOINED, B),
    "a join where something does not hold": When(IS_X, B, JOINED),
    "a join or nothing": When(IS_X, JOINED, Absent()),
    "a join first": First((JOINED, KIND)),
    "a join last": First((KIND, JOINED)),
    "nothing first": First((Absent(), JOINED, Text("Om"), KIND)),
    "a translated translation": Values(TRANSLATED, (("Alpha", "Om"), ("Other", "no"))),
    "a translated join": Values(JOINED, (("x-1", "Omx"), ("1-x", "Al"))),
    "a translated constant": Join((Values(Text("x"), (("x", "Om"),)), A)),
    "a decoded join": XmlText(JOINED),
    "a decoded join first": First((XmlText(Join((B, Text("-x")))), KIND)),
    "a decoded constant": Join((XmlText(Text("&lt;x")), A)),
    "a join of what is never there": Prefix(Join((Absent(), Text("Al"), Values(Text("y"), (("x", "Om"),)))), RESPELLED),
}
MATCHERS: list[Matcher] = [
    Matches(containing("om")),
    Matches(exactly("ompha")),
    Matches(starting("x")),
    Matches(containing("O"), cased=True),
    Matches(ending("-x")),
    Regex(*parse("^O.*x")),
    Null(),
]
VALUES = (None, "x", "X", "1", "y-x", "Alx", "beta", "&lt;x")
ROWS = [{name: value for name, value in zip("ab", both, strict=True) if value} for both in product(VALUES, VALUES)]


def written(predicate: Predicate) -> str:
    return SPLUNK.generate(Statement(table=TABLE, where=TRUE, detection=predicate, schema=SCHEMA))


@pytest.mark.parametrize("term", TERMS.values(), ids=TERMS)
def test_what_is_written_is_read_back(term: Term) -> None:
    for holds, kind in product(MATCHERS, ({}, {"kind": "x"}, {"kind": "omy"})):
        for predicate in (Test(term, holds), Not(Test(term, holds))):
            query = written(predicate)
            read = SPLUNK.parse(query, SCHEMA, TABLE).predicate
            wrong = [row for row in ROWS if evaluate(read, {**row, **kind}) != evaluate(predicate, {**row, **kind})]
            assert not wrong, (query, wrong[0], kind)


def test_what_is_decoded_twice_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        written(Test(XmlText(XmlText(A)), Regex(*parse("<x+"))))
    assert refused.value.problem.code == "term-unsupported"


@pytest.mark.parametrize(
    ("term", "done"),
    [
        (Prefix(TRANSLATED, RESPELLED), Values(A, (("x", "Ompha"), ("1", "ta")))),
        (Values(TRANSLATED, (("beta", "two"),)), Values(A, (("1", "two"),))),
        (Values(TRANSLATED, (("gamma", "three"),)), Absent()),
        (Prefix(When(IS_X, A, Text("Beta")), RESPELLED), When(IS_X, Prefix(A, RESPELLED), Text("ta"))),
        (XmlText(Text("a &amp; b")), Text("a & b")),
        (First((Absent(), A, Text("x"), B)), First((A, Text("x")))),
        (First((Text(""), Prefix(Text("Alx"), RESPELLED), B)), Text("Omx")),
        (Join((Text("x"), Absent())), Absent()),
        (Join((Text("x"), XmlText(Text("&lt;")))), Text("x<")),
        (JOINED, JOINED),
    ],
)
def test_operations_on_constants_are_done_before(term: Term, done: Term) -> None:
    assert inward(term) == done
