"""Custom detections of Microsoft Defender XDR: the current shape of Graph, the query that was proved, and rows that the service can find again."""

import json
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.package.model import Action, Schedule, Suppression
from tests.package.schemas import check, vendor_schema
from tests.package.siem import converted, corpus_queries, format_of, hostile_rules, package_of, packaged, rule, target_of, written

FORMAT = "defender_custom_detection"
DEFENDER, WORKSPACE = "kusto/microsoft_xdr", "kusto/azure_monitor"

TEXT = {"type": "string", "minLength": 1}
DURATION = {"pattern": r"^PT(\d+H)?(\d+M)?$"}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["@odata.type", "id", "displayName", "description", "status", "queryCondition", "schedule", "detectionAction"],
    "properties": {
        **dict.fromkeys(("id", "displayName", "description"), TEXT),
        "@odata.type": {"const": "#microsoft.graph.security.detectionRule"},
        "status": {"enum": ["enabled", "disabled"]},
        "queryCondition": {"required": ["queryText"], "additionalProperties": False, "properties": {"queryText": {"type": "string"}}},
        "schedule": {
            "required": ["frequency"],
            "additionalProperties": False,
            "properties": dict.fromkeys(("frequency", "lookback"), DURATION),
        },
        "detectionAction": {
            "required": ["alertTemplate"],
            "properties": {
                "alertTemplate": {
                    "required": ["title", "severity", "tactics", "entityMappings"],
                    "additionalProperties": False,
                    "properties": {
                        **dict.fromkeys(("title", "description"), TEXT),
                        "severity": {"enum": ["informational", "low", "medium", "high"]},
                        "tactics": {"type": "array", "items": {"required": ["tactic", "techniques"]}},
                        "entityMappings": {
                            "type": "object",
                            "minProperties": 1,
                            "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1}},
                        },
                    },
                }
            },
        },
    },
}


def one(name: str = DEFENDER, **options: Any) -> Any:
    (content,) = written(name, FORMAT, [options.pop("of", rule())], **options).values()
    return json.loads(content)


def refused(name: str = DEFENDER, **options: Any) -> str:
    with pytest.raises(Refused) as caught:
        one(name, **options)
    return caught.value.problem.code


def test_a_detection_is_complete() -> None:
    found = one()
    description = found["description"]
    assert description.startswith("A provider's key is deleted.\nIts checks stop.")
    assert found == {
        "@odata.type": "#microsoft.graph.security.detectionRule",
        "id": "0f1c9f2e-0000-4000-8000-000000000001",
        "displayName": "Own Provider Key Deleted",
        "description": description,
        "status": "enabled",
        "queryCondition": {"queryText": converted(DEFENDER, rule()).text},
        "schedule": {"frequency": "PT1H"},
        "detectionAction": {
            "alertTemplate": {
                "title": "Own Provider Key Deleted",
                "description": description,
                "severity": "high",
                "tactics": [{"tactic": "DefenseEvasion", "techniques": [{"technique": "T1685"}]}],
                "entityMappings": {
                    "hosts": [{"deviceIdColumn": "DeviceId", "nameColumn": "DeviceName"}],
                    "accounts": [
                        {
                            "nameColumn": "InitiatingProcessAccountName",
                            "ntDomainColumn": "InitiatingProcessAccountDomain",
                            "sidColumn": "InitiatingProcessAccountSid",
                            "upnColumn": "InitiatingProcessAccountUpn",
                            "aadUserIdColumn": "InitiatingProcessAccountObjectId",
                        }
                    ],
                    "files": [
                        {
                            "nameColumn": "InitiatingProcessFileName",
                            "sha1Column": "InitiatingProcessSHA1",
                            "sha256Column": "InitiatingProcessSHA256",
                        }
                    ],
                    "registryValues": [
                        {"keyColumn": "RegistryKey", "valueNameColumn": "RegistryValueName"},
                        {"keyColumn": "PreviousRegistryKey", "valueNameColumn": "PreviousRegistryValueName"},
                    ],
                },
            }
        },
    }


def test_sub_techniques_stand_below_their_technique() -> None:
    found = one(of=rule(tags=["attack.credential-access", "attack.t1003.001", "attack.t1003.002", "attack.impact"]))
    assert found["detectionAction"]["alertTemplate"]["tactics"] == [
        {"tactic": "CredentialAccess", "techniques": [{"technique": "T1003", "subTechniques": ["T1003.001", "T1003.002"]}]},
        {"tactic": "Impact", "techniques": []},
    ]


def test_tables_of_a_workspace_are_recognised_by_their_own_columns() -> None:
    found = one(WORKSPACE, schedule=Schedule(timedelta(minutes=15), timedelta(minutes=15), timedelta(minutes=5)))
    assert found["schedule"] == {"frequency": "PT15M"}
    assert found["detectionAction"]["alertTemplate"]["entityMappings"] == {"hosts": [{"nameColumn": "Computer"}]}


def test_a_column_of_another_meaning_is_no_entity() -> None:
    """SecurityEvent has a DeviceId, of a device that was plugged in, and an AccountName without a SID."""
    logon = rule(
        logsource={"product": "windows", "service": "security"}, detection={"selection": {"EventID": 4624}, "condition": "selection"}
    )
    assert converted(WORKSPACE, logon).text.startswith("SecurityEvent\n")
    mappings = one(WORKSPACE, of=logon)["detectionAction"]["alertTemplate"]["entityMappings"]
    assert mappings["hosts"] == [{"nameColumn": "Computer"}]
    assert [mapping["nameColumn"] for mapping in mappings["accounts"]] == ["TargetUserName", "SubjectUserName"]


@pytest.mark.parametrize(
    ("hours", "lookback", "said"),
    [
        (1, timedelta(hours=1), {"frequency": "PT1H"}),
        (1, timedelta(hours=3, minutes=50), {"frequency": "PT1H"}),
        (1, timedelta(hours=3, minutes=51), {"frequency": "PT1H", "lookback": "PT4H1M"}),
        (3, timedelta(hours=3), {"frequency": "PT3H"}),
        (24, timedelta(hours=24), {"frequency": "PT24H"}),
    ],
)
def test_the_lookback_is_written_where_the_service_s_own_is_too_short(hours: int, lookback: timedelta, said: dict[str, str]) -> None:
    assert one(schedule=Schedule(timedelta(hours=hours), lookback))["schedule"] == said


def test_other_schedules_are_refused() -> None:
    half = timedelta(minutes=30)
    assert refused(schedule=Schedule(half, half)) == "detection-schedule"
    assert refused(WORKSPACE, schedule=Schedule(timedelta(minutes=1), half)) == "detection-schedule"


def test_suppression_is_refused() -> None:
    assert refused(suppression=Suppression(timedelta(hours=1))) == "detection-suppression"


def test_actions_are_automated_actions() -> None:
    actions = (Action("isolateDevices", {"deviceIdColumn": "DeviceId", "isolationType": "selective"}),)
    assert one(actions=actions)["detectionAction"]["automatedActions"] == {
        "isolateDevices": [{"deviceIdColumn": "DeviceId", "isolationType": "selective"}]
    }
    with pytest.raises(ConfigurationError) as caught:
        one(actions=(Action("reboot"),))
    assert caught.value.problem.code == "detection-action"


@pytest.mark.parametrize("changes", [{"title": "Uses {{DeviceName}}"}, {"description": "Uses {{DeviceName}}"}, {"author": "{{x}}"}])
def test_texts_that_the_service_would_fill_in_are_refused(changes: dict[str, str]) -> None:
    assert refused(of=rule(**changes)) == "unwritable-text"


@pytest.mark.parametrize(
    "text",
    [
        "DeviceRegistryEvents\n| extend ReportId = RegistryKey",
        "DeviceEvents\n| extend Timestamp = ActionType",
        "OwnTable_CL\n| where x == 1",
    ],
)
def test_rows_that_the_service_cannot_find_again_are_refused(text: str) -> None:
    package = packaged(DEFENDER, FORMAT, [rule()])
    (detection,) = package.detections
    changed = replace(detection, query=replace(detection.query, text=text))
    with pytest.raises(Refused) as caught:
        format_of(DEFENDER, FORMAT).check(changed, package.settings)
    assert caught.value.problem.code == "detection-columns"


@pytest.mark.parametrize("name", [DEFENDER, WORKSPACE])
def test_hostile_texts_neither_break_out_nor_get_lost(name: str) -> None:
    rules = [each for each in hostile_rules() if "{{" not in each.title]
    found = {each["id"]: each for each in map(json.loads, written(name, FORMAT, rules).values())}
    assert check(SCHEMA, found.values()) == len(rules)
    for original in rules:
        each = found[original.id]
        assert each["queryCondition"]["queryText"] == converted(name, original).text
        assert original.description.strip() in each["description"]
        assert each["displayName"] == original.title or each["description"].startswith(original.title)


@pytest.mark.parametrize("whose", ["own", "vendor"])
@pytest.mark.parametrize("name", [DEFENDER, WORKSPACE])
def test_the_corpus_is_valid_and_has_the_queries_of_the_target(name: str, whose: str) -> None:
    queries = corpus_queries(name)
    schema = SCHEMA if whose == "own" else vendor_schema("microsoft/graph_detectionRule.schema.json")
    package = package_of(name, FORMAT, queries)
    found = {each["id"]: each for each in map(json.loads, format_of(name, FORMAT).write(package).values())}
    assert check(schema, found.values()) == len(package.detections)
    for detection in package.detections:
        each = found[detection.id]
        assert each["queryCondition"]["queryText"] == detection.query.text
        table = target_of(name).pipeline.schema.tables[detection.query.text.partition("\n")[0]]
        for mappings in each["detectionAction"]["alertTemplate"]["entityMappings"].values():
            for column in (column for mapping in mappings for column in mapping.values()):
                assert column in table.columns or f"{column} = " in detection.query.text


def test_what_is_announced_as_removed_is_not_written() -> None:
    schema = vendor_schema("microsoft/graph_detectionRule.schema.json")
    removed = {
        name for part in schema["$defs"].values() for name, property in part.get("properties", {}).items() if property.get("deprecated")
    }
    assert removed
    assert not removed & set(json.dumps(one()).replace('"', " ").replace(":", " ").split())
