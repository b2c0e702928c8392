"""Searches that nothing runs by itself: objects that Kibana imports, and bodies of interfaces, with the query that was proved."""

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.package.model import Action, Suppression
from tests.package.siem import converted, format_of, hostile_rules, packaged, rule, written

SAVED = (("lucene/ecs_windows", "lucene"), ("kibana/ecs_windows", "kuery"))
BODIES = (("lucene/ecs_windows", "dsl_lucene"), ("eql/ecs_windows", "eqlapi"))


def lines(files: dict[str, str]) -> list[Any]:
    (content,) = files.values()
    return [json.loads(line) for line in content.removesuffix("\n").split("\n")]


@pytest.mark.parametrize(("name", "language"), SAVED)
def test_a_saved_search_is_complete(name: str, language: str) -> None:
    (found,) = lines(written(name, "kibana_ndjson", [rule()]))
    source = json.loads(found["attributes"].pop("kibanaSavedObjectMeta")["searchSourceJSON"])
    assert source == {
        "query": {"query": converted(name, rule()).text, "language": language},
        "filter": [],
        "indexRefName": found["references"][0]["name"],
    }
    assert found["references"] == [{"id": "winlogbeat-*", "name": "kibanaSavedObjectMeta.searchSourceJSON.index", "type": "index-pattern"}]
    assert (found["id"], found["type"]) == ("0f1c9f2e-0000-4000-8000-000000000001", "search")
    assert found["attributes"]["title"] == "Own Provider Key Deleted"
    assert "Author: A. Author, B. Author" in found["attributes"]["description"]
    assert found["attributes"]["columns"] == ["process.executable", "registry.path"]


def test_the_data_view_is_the_pipeline_s_or_the_destination_s() -> None:
    (found,) = lines(written("lucene/ecs_windows_agent", "kibana_ndjson", [rule()]))
    assert found["references"][0]["id"] == "logs-*"
    (found,) = lines(written("lucene/ecs_windows", "kibana_ndjson", [rule()], settings={"data_view": "own"}))
    assert found["references"][0]["id"] == "own"
    package = packaged("lucene/ecs_windows", "kibana_ndjson", [rule()])
    (detection,) = package.detections
    elsewhere = replace(detection, query=replace(detection.query, pipeline="own_pipeline"))
    with pytest.raises(ConfigurationError) as caught:
        format_of("lucene/ecs_windows", "kibana_ndjson").check(elsewhere, package.settings)
    assert caught.value.problem.code == "detection-index"


def test_bodies_are_those_of_the_interfaces() -> None:
    lucene, eql = ([converted(name, rule()).text, *lines(written(name, called, [rule()]))] for name, called in BODIES)
    assert lucene[1] == {"query": {"bool": {"must": [{"query_string": {"query": lucene[0]}}]}}}
    assert eql[1] == {"query": eql[0]}


@pytest.mark.parametrize(("name", "called"), [*BODIES, *((name, "kibana_ndjson") for name, _ in SAVED)])
def test_what_belongs_to_a_running_detection_is_not_left_out(name: str, called: str) -> None:
    with pytest.raises(Refused) as caught:
        written(name, called, [rule()], suppression=Suppression(timedelta(hours=1)))
    assert caught.value.problem.code == "detection-suppression"
    with pytest.raises(ConfigurationError) as misconfigured:
        written(name, called, [rule()], actions=(Action("email"),))
    assert misconfigured.value.problem.code == "detection-action"


@pytest.mark.parametrize("name", [name for name, _ in SAVED])
def test_hostile_texts_neither_break_out_nor_get_lost(name: str) -> None:
    rules = hostile_rules()
    for original, found in zip(rules, lines(written(name, "kibana_ndjson", rules)), strict=True):
        said = found["attributes"]
        assert json.loads(said["kibanaSavedObjectMeta"]["searchSourceJSON"])["query"]["query"] == converted(name, original).text
        assert original.description.strip() in said["description"]
        assert said["title"] == original.title or said["description"].startswith(original.title)
