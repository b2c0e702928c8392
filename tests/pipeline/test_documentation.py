"""`docs/pipelines.md` has a section for each pipeline, with every fact of its schema as the schema says it."""

import re
from pathlib import Path

import pytest

from sigma_amsi.pipeline.files import available
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.pipeline.schema import EMPTY_IS_ABSENT, Fact

PAGE = (Path(__file__).parents[2] / "docs" / "pipelines.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\S+)$\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
ROW = re.compile(r"^\| `[a-z0-9-]+` \| (?:official|vendor|site) \|.*$", re.MULTILINE)
SHARES_THE_FACTS_OF = {"ecs_windows_agent": "ecs_windows"}


def facts_of(pipeline: str) -> list[Fact]:
    schema = load_pipeline(pipeline).schema
    return [*schema.facts, *(fact for table in schema.tables.values() for fact in table.facts)]


def row(fact: Fact) -> str:
    return f"| `{fact.name}` | {fact.basis} | {fact.says} |"


@pytest.mark.parametrize("pipeline", available())
def test_the_facts_of_each_pipeline(pipeline: str) -> None:
    described = SHARES_THE_FACTS_OF.get(pipeline, pipeline)
    expected = [row(fact) for fact in facts_of(pipeline)]
    assert ROW.findall(SECTIONS[described]) == expected, "the table has to read:\n" + "\n".join(expected)


def test_the_fact_of_every_schema() -> None:
    assert row(EMPTY_IS_ABSENT) in ROW.findall(SECTIONS["Facts"])


def test_every_fact_that_is_mentioned_exists() -> None:
    known = {fact.name for pipeline in available() for fact in facts_of(pipeline)} | {EMPTY_IS_ABSENT.name}
    mentioned = set(re.findall(r"(?:fact `|--assume )([a-z0-9-]+)", PAGE))
    assert mentioned
    assert mentioned <= known


def test_every_pipeline_is_in_the_first_table() -> None:
    assert set(re.findall(r"^\| \[`(\w+)`\]", PAGE, re.MULTILINE)) == set(available())
