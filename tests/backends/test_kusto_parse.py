"""The reader of Kusto queries, held against the cases of `cases/kusto.yml`, and against queries that mean harm."""

import time
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
    reading = find_backend("kusto").parse(query, SCHEMA, TABLE)
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


GROWING = (
    "T | extend x0 = s" + "".join(f" | extend x{n} = strcat({', '.join([f'x{n - 1}'] * 10)})" for n in range(1, 9)) + " | where x8 == 'a'"
)
DEEPENING = (
    "T"
    + "".join(f' | extend x{n} = iff(x{n - 1} == "a", "b", s)' if n else " | extend x0 = s" for n in range(300))
    + ' | where x299 == "a"'
)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("T | where " + "(" * 5000 + "b" + ")" * 5000, "nested deeper than"),
        ("T | where " + "not(" * 5000 + "b" + ")" * 5000, "nested deeper than"),
        ("T | where s == " + "strcat('a', " * 3000 + "'b'" + ")" * 3000, "nested deeper than"),
        ("T | where " + "case(b, " * 500 + "b, b, b)" + ", b, b)" * 499, "nested deeper than"),
        (GROWING, "takes more than"),
        (DEEPENING, "nested deeper than"),
        ("T | where s" + ".x" * 50_000 + " == 'a'", "more than 20 members of members"),
        ('T | where s == "' + "a" * 200_000, "a string that does not end"),
        ("T | where s == @'" + "''" * 100_000, "a string that does not end"),
        ("T | where s matches regex '" + "(" * 20_000 + "'", "regular expression"),
        ("T " + "| where b " * 5000, "more than"),
        ("T | extend " + ", ".join(f"x{n} = s" for n in range(5000)), "more than"),
        ("".join(f"let a{n} = {n}; " for n in range(5000)) + "T", "more than"),
        ("T | where b" + " and" * 10_000, "expected an expression"),
        ("T" + " " * 200_000 + "|", "expected a name"),
    ],
    ids=lambda value: value[:40],
)
def test_refuses_what_would_exhaust_it(query: str, reason: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Unreadable) as refused:
        read(query)
    assert reason in refused.value.problem.message
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize(
    "query",
    [
        "T | where " + " or ".join(f's contains "{n}"' for n in range(20_000)),
        "T | where s in~ (" + ", ".join(f'"{n}"' for n in range(20_000)) + ")",
        "T | where not(" + " and ".join(f"n > {n}" for n in range(5000)) + ")",
        "T | where " + "(" * 40 + "b" + ")" * 40,
        "T " + "| where b " * 900,
    ],
    ids=lambda query: query[:40],
)
def test_reads_what_is_only_long(query: str) -> None:
    started = time.perf_counter()
    assert evaluate(read(query), {"s": "19999", "n": 0, "b": True})
    assert time.perf_counter() - started < 10
