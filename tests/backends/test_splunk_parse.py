"""The reader of Splunk searches, held against the cases of `cases/splunk.yml`, and against searches that mean harm."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigma_amsi.errors import Unreadable
from sigma_amsi.pipeline.schema import ColumnKind, ColumnType, Schema, Table
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.registry import find_backend

parse = find_backend("splunk").parse

Case = Mapping[str, Any]
CASES: list[Case] = yaml.safe_load((Path(__file__).parent / "cases" / "splunk.yml").read_text(encoding="utf-8"))
READABLE = [case for case in CASES if "unreadable" not in case]
REFUSED = [case for case in CASES if "unreadable" in case]
ALWAYS_THERE = (
    "_raw",
    "a",
    "b",
    "f",
    "g",
    "x",
    "ip",
    "dst",
    "CommandLine",
    "ParentImage",
    "Image",
    "image",
    "path",
    "RuleName",
    "share",
    "u",
)


def read(case: Case) -> Any:
    names = {name for row in [*case.get("matches", []), *case.get("differs", [])] for name in row}
    integers, many, empty = (case.get(key, []) for key in ("integers", "many", "empty"))
    columns = {}
    for name in (*ALWAYS_THERE, *sorted(names), *case.get("columns", []), *integers, *many):
        kind: ColumnKind = "integer" if name in integers else "text"
        columns[name] = ColumnType(name, kind, many=name in many, absent_for=() if name in empty else ("",))
    table = Table("", columns)
    return parse(case["search"], Schema("test", "test", {"": table}, macros=case.get("macros", {})), table).predicate


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
