"""Detection rules of Elastic Security: complete, valid for Kibana, with the query that was proved, whatever the rule's texts are."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.package.model import Action, Package, Schedule, Suppression
from tests.package.schemas import check, vendor_schema
from tests.package.siem import HOSTILE_TEXTS, converted, corpus_queries, format_of, hostile_rules, package_of, packaged, rule, written

FORMAT = "siem_rule_ndjson"
TARGETS = ("lucene/ecs_windows", "eql/ecs_windows", "kibana/ecs_windows")

TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "array", "items": {"type": "string"}}
REFERENCE = {
    "type": "object",
    "required": ["id", "name", "reference"],
    "additionalProperties": False,
    "properties": dict.fromkeys(("id", "name", "reference"), TEXT),
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        "rule_id",
        "name",
        "description",
        "risk_score",
        "severity",
        "type",
        "language",
        "query",
        "index",
        "enabled",
        "interval",
        "from",
    ],
    "additionalProperties": False,
    "properties": {
        **dict.fromkeys(("rule_id", "name", "description", "query", "license", "note", "timestamp_override"), TEXT),
        **dict.fromkeys(("index", "author", "references", "false_positives", "tags"), TEXTS),
        "enabled": {"type": "boolean"},
        "type": {"enum": ["query", "eql"]},
        "language": {"enum": ["lucene", "kuery", "eql"]},
        "severity": {"enum": ["low", "medium", "high", "critical"]},
        "risk_score": {"type": "integer", "minimum": 0, "maximum": 100},
        "max_signals": {"type": "integer", "minimum": 1},
        "interval": {"pattern": r"^[1-9]\d*[smhd]$"},
        "from": {"pattern": r"^now-[1-9]\d*[smhd]$"},
        "to": {"const": "now"},
        "threat": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["framework", "tactic"],
                "properties": {"tactic": REFERENCE, "technique": {"type": "array", "items": {"required": ["id", "name", "reference"]}}},
            },
        },
        "required_fields": {"type": "array", "items": {"type": "object", "required": ["name", "type"]}},
        "alert_suppression": {"type": "object"},
        "actions": {"type": "array"},
    },
}


def rules_of(files: dict[str, str]) -> list[dict[str, Any]]:
    (content,) = files.values()
    assert content.endswith("\n")
    return [json.loads(line) for line in content.removesuffix("\n").split("\n")]


def one(name: str = "lucene/ecs_windows", **options: Any) -> dict[str, Any]:
    (found,) = rules_of(written(name, FORMAT, [rule()], **options))
    return found


def corpus_package(name: str) -> Package:
    queries = corpus_queries(name)
    return package_of(name, FORMAT, queries)


def written_corpus(name: str) -> tuple[Package, list[dict[str, Any]]]:
    package = corpus_package(name)
    return package, rules_of({path: content.decode() for path, content in format_of(name, FORMAT).write(package).items()})


def test_a_rule_is_complete() -> None:
    assert one() == {
        "rule_id": "0f1c9f2e-0000-4000-8000-000000000001",
        "name": "Own Provider Key Deleted",
        "description": "A provider's key is deleted.\nIts checks stop.",
        "enabled": True,
        "type": "query",
        "language": "lucene",
        "query": converted("lucene/ecs_windows", rule()).text,
        "index": ["winlogbeat-*"],
        "severity": "high",
        "risk_score": 73,
        "interval": "1h",
        "from": "now-70m",
        "to": "now",
        "timestamp_override": "event.ingested",
        "max_signals": 100,
        "author": ["A. Author, B. Author"],
        "license": "CC0-1.0",
        "references": ["https://example.org/a"],
        "false_positives": ["Removal of the product"],
        "tags": ["Sigma", "attack.defense-impairment", "attack.t1685", "cve.2024-1"],
        "threat": [
            {
                "framework": "MITRE ATT&CK",
                "tactic": {"id": "TA0112", "name": "Defense Impairment", "reference": "https://attack.mitre.org/tactics/TA0112/"},
                "technique": [
                    {"id": "T1685", "name": "Disable or Modify Tools", "reference": "https://attack.mitre.org/techniques/T1685/"},
                ],
            }
        ],
        "required_fields": [{"name": "process.executable", "type": "keyword"}, {"name": "registry.path", "type": "keyword"}],
    }


@pytest.mark.parametrize(("name", "type", "language"), [*zip(TARGETS, ("query", "eql", "query"), ("lucene", "eql", "kuery"), strict=True)])
def test_each_language_says_what_it_is(name: str, type: str, language: str) -> None:
    found = one(name)
    assert (found["type"], found["language"]) == (type, language)


def test_index_patterns_come_from_the_pipeline_or_the_destination() -> None:
    assert one("lucene/ecs_windows_agent")["index"] == ["logs-system.*", "logs-windows.*"]
    assert one(settings={"index": ("own-*", "-own-old")})["index"] == ["own-*", "-own-old"]


def test_sub_techniques_stand_below_their_technique() -> None:
    (found,) = rules_of(written("eql/ecs_windows", FORMAT, [rule(tags=["attack.credential-access", "attack.impact", "attack.t1003.001"])]))
    first, second = found["threat"]
    assert first["tactic"]["name"] == "Credential Access"
    assert [(each["id"], [below["id"] for below in each["subtechnique"]]) for each in first["technique"]] == [("T1003", ["T1003.001"])]
    assert second["tactic"]["name"] == "Impact"
    assert "technique" not in second


@pytest.mark.parametrize(
    ("level", "severity", "score"),
    [("informational", "low", 1), ("low", "low", 21), ("medium", "medium", 47), (None, "medium", 47), ("critical", "critical", 99)],
)
def test_levels(level: str | None, severity: str, score: int) -> None:
    (found,) = rules_of(written("eql/ecs_windows", FORMAT, [rule(level=level)]))
    assert (found["severity"], found["risk_score"]) == (severity, score)


def test_windows_of_consecutive_runs_overlap_by_the_delay() -> None:
    schedule = Schedule(every=timedelta(minutes=15), lookback=timedelta(minutes=20), delay=timedelta(minutes=5))
    found = one(schedule=schedule)
    assert (found["interval"], found["from"], found["to"]) == ("15m", "now-25m", "now")


def test_a_disabled_rule_says_so_and_an_owner_is_noted() -> None:
    found = one(enabled=False, owner="red team", settings={"timestamp_override": "", "max_signals": 7})
    assert found["enabled"] is False
    assert found["note"] == "Owner: red team"
    assert "timestamp_override" not in found
    assert found["max_signals"] == 7


def test_suppression_by_fields() -> None:
    found = one(suppression=Suppression(timedelta(hours=2), ("host.name",)))
    assert found["alert_suppression"] == {
        "group_by": ["host.name"],
        "duration": {"value": 120, "unit": "m"},
        "missing_fields_strategy": "doNotSuppress",
    }
    assert one(suppression=Suppression(timedelta(seconds=90), ("a",)))["alert_suppression"]["duration"] == {"value": 90, "unit": "s"}


@pytest.mark.parametrize("fields", [(), ("a", "b", "c", "d")])
def test_other_suppression_is_refused(fields: tuple[str, ...]) -> None:
    with pytest.raises(Refused) as caught:
        one(suppression=Suppression(timedelta(hours=2), fields))
    assert caught.value.problem.code == "detection-suppression"


def test_actions_are_kibana_s() -> None:
    action = Action(".slack", {"id": "connector-1", "params": {"message": "hit"}})
    assert one(actions=(action,))["actions"] == [
        {"action_type_id": ".slack", "group": "default", "id": "connector-1", "params": {"message": "hit"}}
    ]
    with pytest.raises(ConfigurationError) as caught:
        one(actions=(Action(".slack", {"params": {}}),))
    problem = caught.value.problem
    assert (problem.code, problem.path, problem.line) == ("detection-action", Path("rules/own_provider.yml"), 1)
    assert "no id" in problem.message


def test_doubtful_tags_are_warned_of() -> None:
    package = packaged("eql/ecs_windows", FORMAT, [rule(tags=["attack.t9999"])])
    (problem,) = format_of("eql/ecs_windows", FORMAT).check(package.detections[0], package.settings)
    assert problem.code == "unknown-attack-tag"


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_texts_neither_break_out_nor_get_lost(name: str) -> None:
    rules = hostile_rules()
    files = written(name, FORMAT, rules)
    found = rules_of(files)
    assert check(SCHEMA, found) == len(rules)
    for original, each, text in zip(rules, found, HOSTILE_TEXTS, strict=True):
        assert each["query"] == converted(name, original).text
        assert each["description"].endswith(original.description.strip())
        assert each["name"] == original.title or each["description"].startswith(original.title)
        assert each["author"] == [original.author]
        assert each["references"] == list(original.references)
        assert each["false_positives"] == list(original.falsepositives)
        assert original.title == text or text.split()[0] in original.title
    (content,) = files.values()
    assert all(character.isprintable() or character == "\n" for character in content)


def test_bytes_do_not_depend_on_the_order_of_rules() -> None:
    rules = hostile_rules()
    assert written("eql/ecs_windows", FORMAT, rules) == written("eql/ecs_windows", FORMAT, reversed(rules))


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_valid_and_has_the_queries_of_the_target(name: str) -> None:
    package, found = written_corpus(name)
    assert check(SCHEMA, found) == len(package.detections)
    assert [each["query"] for each in found] == [detection.query.text for detection in package.detections]
    assert len({each["rule_id"] for each in found}) == len(found)


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_valid_by_kibana_s_description(name: str) -> None:
    schema = vendor_schema("elastic/kibana_rule.schema.json")
    _, found = written_corpus(name)
    assert check(schema, found) == len(found) > 0
