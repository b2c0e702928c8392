"""Microsoft's parser and binder answer as the table says."""

from __future__ import annotations

import pytest

from . import require
from .cases.kusto import BINDER_CASES, SCHEMA
from .kusto import Diagnostic, check


@pytest.fixture(autouse=True)
def engine() -> None:
    require("kusto")


def test_every_case_of_the_binder() -> None:
    answers = check(SCHEMA, [case.query for case in BINDER_CASES])
    wrong = []
    for case, diagnostics in zip(BINDER_CASES, answers, strict=True):
        codes = {diagnostic.code for diagnostic in diagnostics}
        # One mistake often has several diagnostics: a legal query has none, an illegal one those of the table.
        if not codes >= case.codes or bool(codes) != bool(case.codes):
            wrong.append(f"{sorted(codes)}: {case.query[:200]} should have {sorted(case.codes)}")
    assert not wrong, "\n".join(wrong)


def test_a_diagnostic_says_what_and_where() -> None:
    [[diagnostic]] = check(SCHEMA, ["T | where Missing == 1"])
    message = "The name 'Missing' does not refer to any known column, table, variable or function."
    assert diagnostic == Diagnostic("KS142", "Error", message, start=10, length=7)


def test_the_schema_may_change_between_questions() -> None:
    query = "Other | where Column == 1"
    assert check(SCHEMA, [query]) != [[]]
    assert check({"Other": {"Column": "long"}}, [query]) == [[]]
    assert check(SCHEMA, [query]) != [[]]


def test_a_type_that_kusto_does_not_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="varchar"):
        check({"T": {"s": "varchar"}}, ["T"])
