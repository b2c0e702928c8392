"""The stand-in that runs Kusto queries keeps the rows that the table says, and refuses what it does not know."""

from __future__ import annotations

import pytest

from . import available, require
from .answers import Hits, Refused
from .cases.kusto import COLUMNS, ROW_CASES, ROWS
from .kusto import check
from .kusto_execute import execute


@pytest.fixture(autouse=True)
def engine() -> None:
    require("duckdb-kql")


def test_every_case_of_the_table() -> None:
    answers = execute(COLUMNS, ROWS, [f"T | where {case.predicate}" for case in ROW_CASES])
    wrong = [
        f"{answer} for {case.predicate}, which keeps {sorted(case.rows)}"
        for case, answer in zip(ROW_CASES, answers, strict=True)
        if answer != Hits(case.rows)
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.skipif(not available("kusto"), reason="test_kusto.py says why")
def test_every_predicate_is_legal_kusto() -> None:
    answers = check({"T": COLUMNS}, [f"T | where {case.predicate}" for case in ROW_CASES])
    assert [case.predicate for case, diagnostics in zip(ROW_CASES, answers, strict=True) if diagnostics] == []


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("T", {0, 1, 2}),
        ('T | where folder == h@"C:\\x" and name == ```cmd.exe```', {0}),
        ('T | where name == "\\u0063md\\x2eexe"', {0, 1}),
        ('T | extend whole = strcat(folder, @"\\", name) | where whole =~ @"C:\\x\\cmd.exe"', {0}),
        ('T | where folder != "" | where name has "cmd"', {0, 1}),
        ('T | extend name = iff(isempty(name), "none", name) | where name == "none"', {2}),
        ('let names = dynamic(["CMD.exe"]); T | where name in~ (names)', {0, 1}),
        ('T | where name has "cmd" // a comment at the end', {0, 1}),
        ('T\n| where name has "cmd" and\n    // inside\n    folder endswith "y"', {1}),
    ],
)
def test_queries_of_several_steps(query: str, rows: set[int]) -> None:
    data = [{"folder": "C:\\x", "name": "cmd.exe"}, {"folder": "C:\\y", "name": "cmd.exe"}, {}]
    assert execute({"folder": "string", "name": "string"}, data, [query]) == [Hits(frozenset(rows))]


@pytest.mark.parametrize(
    "query",
    [
        "T | where Missing == 1",
        "T | where",
        'T | where s matches regex "("',
        "T | where unheard_of(s)",
        'T | where s == "\\7"',
        'search "x"',
        "Other",
    ],
)
def test_what_it_does_not_know_it_refuses(query: str) -> None:
    assert isinstance(execute({"s": "string"}, [{"s": "x"}], [query])[0], Refused)


def test_tables_of_one_name_follow_each_other() -> None:
    assert execute({"s": "string"}, [{"s": "x"}], ['T | where s == "x"']) == [Hits(frozenset({0}))]
    assert execute({"n": "int"}, [], ["T | where n == 1"]) == [Hits(frozenset())]
    assert execute({"a b": "datetime"}, [{"a b": "2024-01-01"}], ["T | where ['a b'] > datetime(2023-01-01)"]) == [Hits(frozenset({0}))]
