"""What terms drop, and the only texts that they have, by example."""

from collections.abc import Mapping

import pytest

from sigma_amsi.pipeline.extent import dropped_texts, only_texts
from sigma_amsi.pipeline.schema import ColumnType, Table
from sigma_amsi.predicate.tree import TRUE
from sigma_amsi.term import Absent, Column, First, Join, NumberText, Prefix, Term, Text, Values, When, XmlText

TABLE = Table(
    "t",
    {
        "keeps": ColumnType("keeps"),
        "empty": ColumnType("empty", absent_for=("",)),
        "dash": ColumnType("dash", absent_for=("", "-")),
        "word": ColumnType("word", absent_for=("n/a", "<none>", "0x0")),
        "flag": ColumnType("flag", "boolean"),
        "closed": ColumnType("closed", values=("a", "b")),
    },
)
KEEPS, EMPTY, DASH, WORD, FLAG, CLOSED = map(Column, TABLE.columns)
SLASH = (("/", "n"),)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (KEEPS, {}),
        (DASH, {"": False, "-": False}),
        (Text("x"), {}),
        (Absent(), {}),
        (First((KEEPS, WORD)), {"": False}),
        (First((DASH, DASH)), {"": False, "-": False}),
        (First((DASH, Text("-"))), {"": False}),
        (When(TRUE, EMPTY, DASH), {"": False}),
        (When(TRUE, DASH, Absent()), {"": False, "-": False}),
        (When(TRUE, DASH, Text("x")), {}),
        (When(TRUE, Prefix(DASH, (("x", ""),)), DASH), {"": True, "-": True}),
        (When(TRUE, DASH, Prefix(DASH, (("x", "-"),))), {"": False, "-": True}),
        (Join((DASH, Text("\\"), EMPTY)), {"": False}),
        (Join((DASH, Text("\\"), DASH)), {"": False, "-": False}),
        (Join((DASH, Text("\\"), KEEPS)), {}),
        (Join((WORD, WORD)), {"n/a": True, "<none>": True, "0x0": True}),
        (Prefix(WORD, SLASH), {"n/a": True, "<none>": False, "0x0": False}),
        (Values(DASH, SLASH), {}),
        (XmlText(WORD), {"n/a": False, "<none>": True, "0x0": False}),
        (NumberText(WORD, "hex"), {"n/a": False, "<none>": False, "0x0": True}),
    ],
)
def test_dropped_texts(term: Term, expected: Mapping[str, bool]) -> None:
    assert dropped_texts(term, TABLE) == expected


def test_what_ingestion_has_removed_is_dropped_by_every_column() -> None:
    assert dropped_texts(KEEPS, TABLE, ["none"]) == {"none": False}
    assert dropped_texts(Join((DASH, Text("\\"), KEEPS)), TABLE, ["none"]) == {"none": True}
    assert dropped_texts(When(TRUE, KEEPS, Text("none")), TABLE, ["none"]) == {}


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (KEEPS, None),
        (FLAG, ("true", "false")),
        (CLOSED, ("a", "b")),
        (Text("x"), ("x",)),
        (Absent(), ()),
        (Values(KEEPS, (("x", "b"), ("y", "c"), ("z", "b"))), ("b", "c")),
        (When(TRUE, CLOSED, Text("x")), ("a", "b", "x")),
        (When(TRUE, CLOSED, KEEPS), None),
        (First((CLOSED, Text("b"), Absent())), ("a", "b")),
        (Join((CLOSED, CLOSED)), None),
        (Prefix(CLOSED, SLASH), None),
        (XmlText(CLOSED), None),
    ],
)
def test_only_texts(term: Term, expected: tuple[str, ...] | None) -> None:
    assert only_texts(term, TABLE) == expected
