"""Texts come back from JSON, YAML, Bicep and Terraform as they were, and nothing in the files hides."""

import json
import os
import string
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sigma_amsi.package import bicep
from sigma_amsi.package.terraform import literal
from sigma_amsi.package.writing import HIDDEN, Json, file_stems, iso_duration, json_line, json_text
from sigma_amsi.package.yaml_text import yaml_text
from tests.package.read_azure import bicep_rules
from tests.package.siem import HOSTILE_TEXTS, packaged, rule
from tests.package.test_sentinel import rendered

AWKWARD = st.text(st.sampled_from(" \n\r\t\\'\"`$%{}[]:#-?!&*|>@,~=\x00\x1b\x85\xa0\u2028\u202e\ufeff\ue000\U000e0020aZ0é日"), max_size=12)
TEXTS = (
    AWKWARD
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    | st.sampled_from([*HOSTILE_TEXTS, "", "null", "NO", "12", "0x1", ".5", "2024-01-01"])
)
NAMES = st.text(string.ascii_letters, min_size=1, max_size=5)
VALUES: st.SearchStrategy[Json] = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


def hides(text: str) -> bool:
    return HIDDEN.search(text) is not None


@given(DOCUMENTS)
def test_json(value: dict[str, Json]) -> None:
    for text in (json_line(value), json_text(value)):
        assert json.loads(text) == value
        assert not hides(text)
    assert "\n" not in json_line(value)


@given(DOCUMENTS)
def test_yaml(value: dict[str, Json]) -> None:
    text = yaml_text(value)
    assert yaml.safe_load(text) == value
    assert not hides(text)


@given(DOCUMENTS)
def test_yaml_whose_reader_expands_variables(value: dict[str, Json]) -> None:
    text = yaml_text(value, unexpanded=True)
    assert "$" not in text
    with mock.patch.dict(os.environ, {"x": "changed", "a": "changed", "HOME": "changed"}):
        assert yaml.safe_load(os.path.expandvars(text)) == value


@given(st.dictionaries(NAMES, TEXTS | st.integers(0) | st.booleans(), min_size=1, max_size=4))
def test_bicep(properties: dict[str, Json]) -> None:
    rules: list[dict[str, Json]] = [
        {"id": "0f1c9f2e-0000-4000-8000-000000000001", "properties": {"all": properties, "texts": [*properties.values()]}}
    ]
    content = bicep.document(rules, "2025-09-01")
    (found,) = bicep_rules(content)
    assert found["properties"] == {"all": properties, "texts": [*properties.values()]}
    assert not hides(content)


@given(TEXTS)
def test_terraform_texts(text: str) -> None:
    escaped = literal(text)
    assert isinstance(escaped, str)
    assert rendered(escaped) == text


def test_texts_of_several_lines_are_blocks_where_they_can() -> None:
    assert yaml_text({"a": "b\n  c\n\nd", "e": ["f\ng\n"], "h": " i\nj", "k": "l\n\n", "m": "n\n \no"}) == (
        'a: |-\n  b\n    c\n\n  d\ne:\n  - |\n    f\n    g\nh: " i\\nj"\nk: "l\\n\\n"\nm: "n\\n \\no"\n'
    )


@pytest.mark.parametrize(
    ("minutes", "written"), [(0, "PT0S"), (1.5, "PT1M30S"), (5, "PT5M"), (60, "PT1H"), (70, "PT1H10M"), (1440, "PT24H"), (20160, "PT336H")]
)
def test_durations(minutes: float, written: str) -> None:
    assert iso_duration(timedelta(minutes=minutes)) == written


def test_files_are_called_like_rules_and_never_like_each_other_or_a_device() -> None:
    named = {
        "0f1c9f2e-0000-4000-8000-000000000001": "Own Rule.yml",
        "0f1c9f2e-0000-4000-8000-000000000002": "own_rule.yml",
        "0f1c9f2e-0000-4000-8000-000000000003": "con.yml",
        "0f1c9f2e-0000-4000-8000-000000000004": "日本.yml",
        "0f1c9f2e-0000-4000-8000-000000000005": "other-1.yml",
    }
    rules = [replace(rule(id=id), path=Path("folder") / name) for id, name in named.items()]
    stems = file_stems(packaged("eql/ecs_windows", "elastalert", rules).detections)
    assert [*stems.values()] == [
        "own_rule_0f1c9f2e-0000-4000-8000-000000000001",
        "own_rule_0f1c9f2e-0000-4000-8000-000000000002",
        "con_0f1c9f2e-0000-4000-8000-000000000003",
        "rule",
        "other-1",
    ]
