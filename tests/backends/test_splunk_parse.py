"""The reader of Splunk searches, held against the cases of `cases/splunk.yml`, and against searches that mean harm."""

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
CASES: list[Case] = yaml.safe_load((Path(__file__).parent / "cases" / "splunk.yml").read_text(encoding="utf-8"))
READABLE = [case for case in CASES if "unreadable" not in case]
REFUSED = [case for case in CASES if "unreadable" in case]
ALWAYS_THERE = ("_raw", *"abfgxu", "ip", "dst", "path", "share", "image", "Image", "CommandLine", "ParentImage", "RuleName")


def read(case: Case) -> Predicate:
    names = {name for row in [*case.get("matches", []), *case.get("differs", [])] for name in row}
    integers, many, empty = (case.get(key, []) for key in ("integers", "many", "empty"))
    columns = {}
    for name in (*ALWAYS_THERE, *sorted(names), *case.get("columns", []), *integers, *many):
        kind: ColumnKind = "integer" if name in integers else "text"
        columns[name] = ColumnType(name, kind, many=name in many, absent_for=() if name in empty else ("",))
    table = Table("", columns)
    return find_backend("splunk").parse(case["search"], Schema("test", "test", {"": table}, macros=case.get("macros", {})), table).predicate


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case["search"])
def test_reads_what_the_search_means(case: Case) -> None:
    predicate = read(case)
    assert case["source"]
    assert case.get("matches") or case.get("differs")
    for row in case.get("matches", []):
        assert evaluate(predicate, row), row
    for row in case.get("differs", []):
        assert not evaluate(predicate, row), row


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["search"])
def test_refuses_what_is_not_known(case: Case) -> None:
    with pytest.raises(Unreadable) as refused:
        read(case)
    assert case["unreadable"] in refused.value.problem.message
    assert refused.value.offset == case["at"]


def read_text(text: str, macros: Mapping[str, str] | None = None) -> Predicate:
    return read({"search": text, "macros": macros or {}})


GROWING = "* | eval x0=a" + "".join(f" | eval x{n}=coalesce({', '.join([f'x{n - 1}'] * 10)})" for n in range(1, 9)) + ' | where x8="a"'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 5000 + "a=1" + ")" * 5000, "nested deeper than"),
        ("NOT " * 5000 + "a=1", "nested deeper than"),
        ("* | where " + "(" * 5000 + "a=1" + ")" * 5000, "nested deeper than"),
        ("* | where " + "NOT " * 5000 + "a=1", "nested deeper than"),
        ("* | where a=" + "lower(" * 5000 + "b" + ")" * 5000, "nested deeper than"),
        (GROWING, "takes more than"),
        (
            "*" + "".join(f" | eval x{n}=lower(x{n - 1})" if n else " | eval x0=a" for n in range(500)) + ' | where x499="a"',
            "nested deeper than",
        ),
        ("* " + "| search a=1 " * 2000, "more than 1000 commands"),
        ("* | eval " + ", ".join(f"x{n}=1" for n in range(2000)), "more than 1000 fields"),
        ("* | table " + ", ".join(f"x{n}*" for n in range(2000)), "more than 100 names with wildcards"),
        ('a="' + "x" * 150_000, "a quotation that does not end"),
        ('a="' + "\\" * 150_001, "a quotation that does not end"),
        ("a=1 " * 60_000, "longer than 200000 characters"),
        ("a" + " " * 150_000 + "(", "the search ends where a term is expected"),
        ("* | fields - " + "a," * 60_000 + '"', "a quotation that does not end"),
        ("* | regex f=" + " " * 150_000, "`regex` takes a field"),
        ("* | rename " + "a AS b, " * 20_000 + "c", "`rename` takes"),
    ],
    ids=lambda value: value[:40],
)
def test_refuses_what_would_exhaust_it(text: str, reason: str) -> None:
    started = time.perf_counter()
    with pytest.raises(Unreadable) as refused:
        read_text(text)
    assert reason in refused.value.problem.message
    assert time.perf_counter() - started < 10


def test_macros_cannot_grow_without_bound() -> None:
    macros = {f"m{n}": f"`m{n + 1}` `m{n + 1}`" for n in range(60)} | {"m60": "a=1"}
    with pytest.raises(Unreadable, match="makes the search longer than"):
        read_text("`m0`", macros)


@pytest.mark.parametrize(
    "text",
    [
        "a IN (" + ", ".join(f'"{n}"' for n in range(15_000)) + ")",
        " OR ".join(f'a="*{n}"' for n in range(12_000)),
        "* | where " + " OR ".join(f'a="{n}"' for n in range(12_000)),
        "* | table a, " + ", ".join(f"x{n}" for n in range(20_000)) + ' | search a="11999"',
        "(" * 40 + "a=11999" + ")" * 40,
    ],
    ids=lambda text: text[:40],
)
def test_reads_what_is_only_long(text: str) -> None:
    started = time.perf_counter()
    assert evaluate(read_text(text), {"a": "11999"})
    assert time.perf_counter() - started < 10
