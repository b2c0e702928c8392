"""The reader of Kusto queries, held against the cases of `cases/kusto.yml`, and against queries that mean harm."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnKind, ColumnType, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.predicate.tree import Predicate
from sigma_amsi.registry import find_backend

parse = find_backend("kusto").parse

Case = Mapping[str, Any]
CASES: list[Case] = yaml.safe_load((Path(__file__).parent / "cases" / "kusto.yml").read_text(encoding="utf-8"))
READABLE = [case for case in CASES if "unreadable" not in case]
REFUSED = [case for case in CASES if "unreadable" in case]

KINDS: Mapping[ColumnKind, tuple[str, ...]] = {
    "text": ("s", "k"),
    "integer": ("n", "m"),
    "boolean": ("b",),
    "time": ("t",),
    "dynamic": ("d", "e", "EventData.*"),
}
COLUMNS = {
    name: ColumnType(name, kind, absent_for=("",) if kind in ("text", "dynamic") else ()) for kind, names in KINDS.items() for name in names
}
TABLE = Table("T", COLUMNS)
SCHEMA = Schema("test", "test", {"T": TABLE})


def read(query: str) -> Predicate:
    reading = parse(query, SCHEMA, TABLE)
    assert reading.table == "T"
    return reading.predicate


def text_of(case: Case) -> str:
    return str(case["query"]) if "query" in case else "T | where " + case["where"]


@pytest.mark.parametrize("case", READABLE, ids=text_of)
def test_reads_what_the_query_means(case: Case) -> None:
    predicate = read(text_of(case))
    assert case["source"]
    assert case.get("matches") or case.get("differs")
    for row in case.get("matches", []):
        assert evaluate(predicate, row), row
    for row in case.get("differs", []):
        assert not evaluate(predicate, row), row


@pytest.mark.parametrize("case", REFUSED, ids=text_of)
def test_refuses_what_is_not_known(case: Case) -> None:
    with pytest.raises(Unreadable) as refused:
        read(text_of(case))
    assert case["unreadable"] in refused.value.problem.message
    assert refused.value.offset == case["at"] + (len("T | where ") if "where" in case else 0)
