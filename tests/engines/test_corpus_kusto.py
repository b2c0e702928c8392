"""Every Kusto query that is made passes Microsoft's parser and binder against the tables of its schema."""

from __future__ import annotations

import pytest

from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.schema import Schema
from sigma_amsi.registry import find_backend
from tests.converted import queries
from tests.golden import cases, records

from . import require
from .kusto import TYPES, check

_TYPES = {"boolean": "bool"}
"""What Microsoft's documentation calls types otherwise than the language does."""


@pytest.fixture(autouse=True)
def engine() -> None:
    require("kusto")


def tables_of(schema: Schema) -> dict[str, dict[str, str]]:
    """The schema's tables as the binder takes them: members of a dynamic column have no type of their own."""
    return {
        name: {column.name: _TYPES.get(column.native, column.native) for column in table.columns.values() if not column.name.endswith("*")}
        for name, table in schema.tables.items()
    }


def mistakes(pipeline: str, texts: list[str]) -> list[str]:
    """What Microsoft's parser and binder say against the queries."""
    answers = check(tables_of(load_pipeline(pipeline).schema), texts)
    return [f"{problem.message}\n{text}" for text, problems in zip(texts, answers, strict=True) for problem in problems]


@pytest.mark.parametrize("pipeline", find_backend("kusto").pipelines)
def test_every_type_of_the_schema_is_one_of_the_language(pipeline: str) -> None:
    tables = tables_of(load_pipeline(pipeline).schema)
    assert {kind for columns in tables.values() for kind in columns.values()} <= TYPES


@pytest.mark.parametrize("pipeline", find_backend("kusto").pipelines)
def test_every_recorded_query_is_right(pipeline: str) -> None:
    texts = [record.recorded or "" for case in cases() for record in records(case) if record.target.startswith(f"kusto.{pipeline}")]
    found = [text.partition("\n\n")[2] for text in texts if not text.startswith("refused")]
    assert len(found) > 40
    assert mistakes(pipeline, found) == []


@pytest.mark.parametrize("pipeline", find_backend("kusto").pipelines)
def test_every_query_of_the_corpus_is_right(pipeline: str) -> None:
    found = [query.text for query in queries(f"kusto.{pipeline}")]
    assert found
    assert mistakes(pipeline, found) == []


def test_a_column_that_the_schema_lacks_is_seen() -> None:
    assert mistakes("microsoft_xdr", ['DeviceEvents | where NoSuchColumn == "a"']) != []
    assert mistakes("microsoft_xdr", ['DeviceEvents | where tostring(AdditionalFields.PipeName) == "a"']) != [], "a string has no members"
