"""Rules of ElastAlert 2: complete, valid, and the same after ElastAlert has put environment variables into the file."""

import os
from datetime import timedelta
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from sigma_amsi.errors import ConfigurationError
from sigma_amsi.package.model import Action, Suppression
from tests.package.schemas import check, vendor_schema
from tests.package.siem import converted, corpus_queries, format_of, hostile_rules, package_of, packaged, rule, written

FORMAT = "elastalert"
TARGETS = ("lucene/ecs_windows", "eql/ecs_windows")

TEXT = {"type": "string", "minLength": 1}
SPAN = {
    "type": "object",
    "additionalProperties": False,
    "minProperties": 1,
    "properties": {"minutes": {"type": "integer"}, "seconds": {"type": "integer"}},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "type", "index", "filter", "alert", "buffer_time", "query_delay", "realert", "is_enabled"],
    "properties": {
        **dict.fromkeys(("name", "index", "description", "timestamp_field"), TEXT),
        "type": {"const": "any"},
        "priority": {"enum": [0, 1, 2, 3, 4]},
        "is_enabled": {"type": "boolean"},
        "filter": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"type": "object"}},
        "alert": {"type": "array", "minItems": 1},
        **dict.fromkeys(("buffer_time", "query_delay", "realert"), SPAN),
    },
}


def read(content: str) -> Any:
    """A rule's file as ElastAlert's loader reads it (elastalert/yaml.py)."""
    return yaml.safe_load(os.path.expandvars(content))


def one(name: str = "lucene/ecs_windows", **options: Any) -> Any:
    (content,) = written(name, FORMAT, [rule()], **options).values()
    return read(content)


def test_a_rule_is_complete() -> None:
    query = converted("lucene/ecs_windows", rule()).text
    assert one() == {
        "name": "Own Provider Key Deleted",
        "description": "A provider's key is deleted.\nIts checks stop.",
        "type": "any",
        "index": "winlogbeat-*",
        "timestamp_field": "@timestamp",
        "filter": [{"query": {"query_string": {"query": query}}}],
        "priority": 3,
        "is_enabled": True,
        "buffer_time": {"minutes": 60},
        "query_delay": {"minutes": 10},
        "realert": {"seconds": 0},
        "sigma": {
            "title": "Own Provider Key Deleted",
            "id": "0F1C9F2E-0000-4000-8000-000000000001",
            "description": "A provider's key is deleted.\nIts checks stop.",
            "level": "high",
            "status": "test",
            "author": "A. Author, B. Author",
            "license": "CC0-1.0",
            "tags": ["attack.defense-impairment", "attack.t1685", "cve.2024-1"],
            "references": ["https://example.org/a"],
            "falsepositives": ["Removal of the product"],
        },
        "alert": ["debug"],
    }


def test_eql_is_a_filter_of_its_own() -> None:
    assert one("eql/ecs_windows")["filter"] == [{"eql": converted("eql/ecs_windows", rule()).text}]


def test_a_file_is_called_like_the_rule_s() -> None:
    assert list(written("eql/ecs_windows", FORMAT, [rule()])) == ["own_provider.yml"]
    twice = [rule(), rule(id="0f1c9f2e-0000-4000-8000-000000000002")]
    assert list(written("eql/ecs_windows", FORMAT, twice)) == [
        "own_provider_0f1c9f2e-0000-4000-8000-000000000001.yml",
        "own_provider_0f1c9f2e-0000-4000-8000-000000000002.yml",
    ]


def test_suppression_owner_and_several_indices() -> None:
    found = one(
        suppression=Suppression(timedelta(hours=2), ("host.name", "user.name")),
        owner="red team",
        settings={"index": ("a-*", "b-*")},
        enabled=False,
    )
    assert found["realert"] == {"seconds": 7200}
    assert found["query_key"] == ["host.name", "user.name"]
    assert found["owner"] == found["sigma"]["owner"] == "red team"
    assert found["index"] == "a-*,b-*"
    assert found["is_enabled"] is False


def test_alerts_name_their_secrets_as_environment_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OWN_WEBHOOK", "https://example.org/hook")
    actions = (Action("slack", {"slack_webhook_url": "$OWN_WEBHOOK"}), Action("debug"))
    assert one(actions=actions)["alert"] == [{"slack": {"slack_webhook_url": "https://example.org/hook"}}, "debug"]


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_texts_neither_break_out_nor_get_lost(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("x", "HOME"):
        monkeypatch.setenv(variable, 'secret"\n')
    rules = hostile_rules()
    files = written(name, FORMAT, rules)
    assert len(files) == len(rules)
    found = {each["sigma"]["id"]: each for each in map(read, files.values())}
    assert check(SCHEMA, found.values()) == len(rules)
    for original in rules:
        each = found[original.id]
        query = converted(name, original).text
        assert (
            each["filter"] == [{"eql": query}] if name.startswith("eql") else each["filter"][0]["query"]["query_string"]["query"] == query
        )
        said = each["sigma"]
        assert (said["title"], said["description"], said["author"]) == (original.title, original.description, original.author)
        assert said["references"] == list(original.references)


def test_no_hidden_character_and_no_dollar_stands_in_a_file() -> None:
    for content in written("eql/ecs_windows", FORMAT, hostile_rules()).values():
        assert "$" not in content
        assert all(character.isprintable() or character == "\n" for character in content)


def test_a_query_with_dollar_signs_is_byte_identical(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("env", "changed")
    dollars = rule(detection={"selection": {"TargetObject|contains": ["${env:x}", "$env", "\\$env\\"]}, "condition": "selection"})
    (content,) = written("eql/ecs_windows", FORMAT, [dollars]).values()
    assert read(content)["filter"] == [{"eql": converted("eql/ecs_windows", dollars).text}]


def test_an_unknown_index_is_an_error_of_the_destination() -> None:
    package = packaged("eql/ecs_windows", FORMAT, [rule()])
    (detection,) = package.detections
    elsewhere = replace(detection, query=replace(detection.query, pipeline="own_pipeline"))
    with pytest.raises(ConfigurationError) as caught:
        format_of("eql/ecs_windows", FORMAT).check(elsewhere, package.settings)
    assert caught.value.problem.code == "detection-index"


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("whose", ["own", "vendor"])
def test_the_corpus_is_valid_and_has_the_queries_of_the_target(name: str, whose: str) -> None:
    queries = corpus_queries(name)
    schema = SCHEMA if whose == "own" else vendor_schema("elastic/elastalert2_rule.schema.json")
    package = package_of(name, FORMAT, queries[::5])
    files = format_of(name, FORMAT).write(package)
    found = [yaml.load(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) for content in files.values()]
    assert check(schema, found) == len(package.detections)
    texts = {each["filter"][0].get("eql") or each["filter"][0]["query"]["query_string"]["query"] for each in found}
    assert texts == {detection.query.text for detection in package.detections}
