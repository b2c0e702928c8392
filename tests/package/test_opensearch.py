"""Monitors of OpenSearch: a time window of their own, the query that was proved, and nothing that the alerting plugin would drop."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sigma_amsi.errors import Refused
from sigma_amsi.package.model import Action, Schedule, Suppression
from tests.package.schemas import check, vendor_schema
from tests.package.siem import converted, corpus_queries, format_of, hostile_rules, package_of, packaged, rule, written

NAME, FORMAT = "lucene/ecs_windows", "opensearch_monitor"

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["type", "monitor_type", "name", "enabled", "schedule", "inputs", "triggers", "ui_metadata"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "monitor"},
        "monitor_type": {"const": "query_level_monitor"},
        "name": {"type": "string", "minLength": 1, "maxLength": 256},
        "enabled": {"type": "boolean"},
        "schedule": {
            "type": "object",
            "required": ["period"],
            "properties": {"period": {"required": ["interval", "unit"], "properties": {"interval": {"type": "integer", "minimum": 1}}}},
        },
        "inputs": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"required": ["search"]}},
        "triggers": {"type": "array", "minItems": 1, "items": {"required": ["query_level_trigger"]}},
        "ui_metadata": {"type": "object"},
    },
}


def one(**options: Any) -> Any:
    (content,) = written(NAME, FORMAT, [rule()], **options).values()
    return json.loads(content)


def query_of(monitor: Any) -> str:
    """The query that runs, after the plugin has rendered the search as a Mustache template."""
    rendered = re.sub(
        r"\{\{\{?(.*?)\}?\}\}", lambda found: "1700000000000" if found[1] == "period_end" else "", json.dumps(monitor["inputs"])
    )
    (_, condition) = json.loads(rendered)[0]["search"]["query"]["query"]["bool"]["filter"]
    text: str = condition["query_string"]["query"]
    return text


def test_a_monitor_looks_at_each_event_once() -> None:
    schedule = Schedule(every=timedelta(minutes=15), lookback=timedelta(minutes=15), delay=timedelta(minutes=5))
    found = one(schedule=schedule)
    assert found["schedule"] == {"period": {"interval": 15, "unit": "MINUTES"}}
    window, condition = found["inputs"][0]["search"]["query"]["query"]["bool"]["filter"]
    assert window == {"range": {"@timestamp": {"gte": "{{period_end}}||-20m", "lt": "{{period_end}}||-5m", "format": "epoch_millis"}}}
    assert condition == {"query_string": {"query": converted(NAME, rule()).text}}
    assert found["inputs"][0]["search"]["indices"] == ["winlogbeat-*"]


def test_what_the_plugin_would_drop_is_in_its_free_part() -> None:
    found = one(owner="red team")
    assert found["ui_metadata"]["sigma"]["description"] == "A provider's key is deleted.\nIts checks stop."
    assert found["ui_metadata"]["sigma"]["owner"] == "red team"
    assert found["triggers"][0]["query_level_trigger"]["severity"] == "2"


def test_suppression_throttles_actions() -> None:
    action = Action("page", {"destination_id": "d1", "message_template": {"source": "hit"}})
    found = one(actions=(action,), suppression=Suppression(timedelta(minutes=30)))
    assert found["triggers"][0]["query_level_trigger"]["actions"] == [
        {
            "name": "page",
            "throttle_enabled": True,
            "throttle": {"value": 30, "unit": "MINUTES"},
            "destination_id": "d1",
            "message_template": {"source": "hit"},
        }
    ]
    for suppression in (Suppression(timedelta(minutes=30), ("host.name",)), Suppression(timedelta(seconds=90))):
        with pytest.raises(Refused) as caught:
            one(suppression=suppression)
        assert caught.value.problem.code == "detection-suppression"


def test_a_query_that_the_plugin_would_render_is_refused() -> None:
    package = packaged(NAME, FORMAT, [rule()])
    (detection,) = package.detections
    braces = replace(detection, query=replace(detection.query, text='registry.path:"{{period_end}}"'))
    with pytest.raises(Refused) as caught:
        format_of(NAME, FORMAT).check(braces, package.settings)
    assert caught.value.problem.code == "unwritable-text"


def test_hostile_texts_neither_break_out_nor_get_lost() -> None:
    rules = hostile_rules()
    files = written(NAME, FORMAT, rules)
    found = {each["ui_metadata"]["sigma"]["id"]: each for each in map(json.loads, files.values())}
    assert check(SCHEMA, found.values()) == len(rules)
    for original in rules:
        each = found[original.id]
        assert query_of(each) == converted(NAME, original).text
        said = each["ui_metadata"]["sigma"]
        assert (said["title"], said["description"], said["author"]) == (original.title, original.description, original.author)
        assert said["falsepositives"] == list(original.falsepositives)


@pytest.mark.parametrize("whose", ["own", "vendor"])
def test_the_corpus_is_valid_and_has_the_queries_of_the_target(whose: str) -> None:
    queries = corpus_queries(NAME)
    schema = SCHEMA if whose == "own" else vendor_schema("opensearch/monitor.schema.json")
    package = package_of(NAME, FORMAT, [query for query in queries if "{{" not in query.text])
    found = [json.loads(content) for content in format_of(NAME, FORMAT).write(package).values()]
    assert check(schema, found) == len(package.detections)
    assert {query_of(each) for each in found} == {detection.query.text for detection in package.detections}
