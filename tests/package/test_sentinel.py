"""Scheduled rules of Microsoft Sentinel: valid in each of their files, with the query that was proved, entities of columns that exist, within limits."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
import yaml

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.package.model import Action, Package, Schedule, Suppression
from tests.package.read_azure import bicep_rules, evaluated
from tests.package.schemas import check, vendor_schema
from tests.package.siem import converted, corpus_queries, format_of, hostile_rules, package_of, rule, target_of, written

TARGETS = ("kusto/microsoft_xdr", "kusto/azure_monitor")
DEFENDER, WORKSPACE = TARGETS

IDENTIFIERS = {
    "Account": {"FullName", "Name", "NTDomain", "Sid"},
    "DNS": {"DomainName"},
    "File": {"Name"},
    "Host": {"FullName"},
    "IP": {"Address"},
    "Process": {"CommandLine", "ProcessId"},
    "RegistryKey": {"Key"},
    "RegistryValue": {"Name", "Value"},
    "URL": {"Url"},
}
TACTICS = {
    *("Reconnaissance", "ResourceDevelopment", "InitialAccess", "Execution", "Persistence", "PrivilegeEscalation", "DefenseEvasion"),
    *("CredentialAccess", "Discovery", "LateralMovement", "Collection", "Exfiltration", "CommandAndControl", "Impact"),
}
MAPPINGS = {
    "type": "array",
    "maxItems": 5,
    "items": {
        "type": "object",
        "required": ["entityType", "fieldMappings"],
        "properties": {
            "entityType": {"enum": [*IDENTIFIERS]},
            "fieldMappings": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"required": ["identifier", "columnName"]}},
        },
    },
}
PROPERTIES: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["displayName", "description", "severity", "enabled", "query", "queryFrequency", "queryPeriod", "suppressionDuration"],
    "properties": {
        "displayName": {"type": "string", "minLength": 1, "maxLength": 256},
        "description": {"type": "string", "maxLength": 5000},
        "severity": {"enum": ["Informational", "Low", "Medium", "High"]},
        "enabled": {"type": "boolean"},
        "query": {"type": "string", "minLength": 1, "maxLength": 10_000},
        "queryFrequency": {"pattern": r"^PT(\d+H)?(\d+M)?$"},
        "queryPeriod": {"pattern": r"^PT(\d+H)?(\d+M)?$"},
        "triggerOperator": {"const": "GreaterThan"},
        "triggerThreshold": {"const": 0},
        "suppressionEnabled": {"type": "boolean"},
        "suppressionDuration": {"pattern": r"^PT(\d+H)?(\d+M)?$"},
        "tactics": {"type": "array", "uniqueItems": True, "items": {"enum": sorted(TACTICS)}},
        "techniques": {"type": "array", "uniqueItems": True, "items": {"pattern": r"^T\d{4}$"}},
        "entityMappings": MAPPINGS,
        "eventGroupingSettings": {"type": "object"},
        "incidentConfiguration": {"type": "object"},
    },
}


def of_arm(files: Mapping[str, str]) -> list[dict[str, Any]]:
    """Name -> properties, as Resource Manager sees them."""
    resources = [resource for content in files.values() for resource in json.loads(content)["resources"]]
    for resource in resources:
        assert re.fullmatch(r"\[concat\(parameters\('workspace'\), '/Microsoft\.SecurityInsights/[0-9a-f-]{36}'\)\]", resource["name"]), (
            resource["name"]
        )
        assert resource["kind"] == "Scheduled"
    return [evaluated(resource["properties"]) for resource in resources]


def of_bicep(files: Mapping[str, str]) -> list[dict[str, Any]]:
    return [rule["properties"] for content in files.values() for rule in bicep_rules(content)]


def of_terraform(files: Mapping[str, str]) -> list[dict[str, Any]]:
    """The same properties, as Terraform's templates and the provider's names give them."""
    (content,) = files.values()
    bodies = json.loads(content)["resource"]["azurerm_sentinel_alert_rule_scheduled"].values()
    found = []
    for body in bodies:
        assert body.pop("log_analytics_workspace_id") == "${var.log_analytics_workspace_id}"
        said = rendered(body)
        found.append(
            {
                "displayName": said["display_name"],
                "description": said["description"],
                "severity": said["severity"],
                "enabled": said["enabled"],
                "query": said["query"],
                "queryFrequency": said["query_frequency"],
                "queryPeriod": said["query_period"],
                "triggerOperator": said["trigger_operator"],
                "triggerThreshold": said["trigger_threshold"],
                "suppressionEnabled": said["suppression_enabled"],
                "suppressionDuration": said["suppression_duration"],
                "tactics": said["tactics"],
                "techniques": said["techniques"],
                "entityMappings": [
                    {
                        "entityType": each["entity_type"],
                        "fieldMappings": [
                            {"identifier": one["identifier"], "columnName": one["column_name"]} for one in each["field_mapping"]
                        ],
                    }
                    for each in said.get("entity_mapping", [])
                ],
                "eventGroupingSettings": {"aggregationKind": said["event_grouping"][0]["aggregation_method"]},
                "incidentConfiguration": {"createIncident": said["incident"][0]["create_incident_enabled"]},
            }
        )
    return found


def rendered(value: Any) -> Any:
    """The value of Terraform JSON in which no text may hold a template."""
    if isinstance(value, str):
        assert not re.search(r"(?<!\$)\$\{|(?<!%)%\{", value.replace("$${", "").replace("%%{", "")), value
        return value.replace("$${", "${").replace("%%{", "%{")
    if isinstance(value, list):
        return [rendered(each) for each in value]
    return {key: rendered(each) for key, each in value.items()} if isinstance(value, dict) else value


READERS: Mapping[str, Callable[[Mapping[str, str]], list[dict[str, Any]]]] = {
    "sentinel_arm": of_arm,
    "sentinel_bicep": of_bicep,
    "terraform": of_terraform,
}


def one(name: str = DEFENDER, **options: Any) -> dict[str, Any]:
    (found,) = of_arm(written(name, "sentinel_arm", [options.pop("of", rule())], **options))
    return found


def template(name: str = DEFENDER, **options: Any) -> dict[str, Any]:
    (content,) = written(name, "sentinel_yaml", [options.pop("of", rule())], **options).values()
    found: dict[str, Any] = yaml.safe_load(content)
    return found


def corpus_package(name: str, called: str) -> Package:
    queries = corpus_queries(name)
    return package_of(name, called, [query for query in queries if len(query.text) <= 10_000])


def files_of(package: Package, name: str, called: str) -> dict[str, str]:
    return {path: content.decode() for path, content in format_of(name, called).write(package).items()}


def test_a_rule_is_complete() -> None:
    assert one() == {
        "displayName": "Own Provider Key Deleted",
        "description": (
            "A provider's key is deleted.\nIts checks stop.\n\nFalse positives:\n- Removal of the product\n\nReferences:\n- https://example.org/a\n\n"
            "Author: A. Author, B. Author\nSigma rule: 0F1C9F2E-0000-4000-8000-000000000001, CC0-1.0"
        ),
        "severity": "High",
        "enabled": True,
        "query": converted(DEFENDER, rule()).text,
        "queryFrequency": "PT1H",
        "queryPeriod": "PT1H5M",
        "triggerOperator": "GreaterThan",
        "triggerThreshold": 0,
        "suppressionEnabled": False,
        "suppressionDuration": "PT5H",
        "tactics": ["DefenseEvasion"],
        "techniques": ["T1685"],
        "entityMappings": [
            {"entityType": "Host", "fieldMappings": [{"identifier": "FullName", "columnName": "DeviceName"}]},
            {"entityType": "RegistryKey", "fieldMappings": [{"identifier": "Key", "columnName": "PreviousRegistryKey"}]},
            {
                "entityType": "RegistryValue",
                "fieldMappings": [
                    {"identifier": "Name", "columnName": "PreviousRegistryValueName"},
                    {"identifier": "Value", "columnName": "PreviousRegistryValueData"},
                ],
            },
            {
                "entityType": "Account",
                "fieldMappings": [
                    {"identifier": "Name", "columnName": "InitiatingProcessAccountName"},
                    {"identifier": "NTDomain", "columnName": "InitiatingProcessAccountDomain"},
                    {"identifier": "Sid", "columnName": "InitiatingProcessAccountSid"},
                ],
            },
            {
                "entityType": "Process",
                "fieldMappings": [
                    {"identifier": "CommandLine", "columnName": "InitiatingProcessCommandLine"},
                    {"identifier": "ProcessId", "columnName": "InitiatingProcessId"},
                ],
            },
        ],
        "eventGroupingSettings": {"aggregationKind": "SingleAlert"},
        "incidentConfiguration": {"createIncident": True},
    }


def test_every_file_says_the_same() -> None:
    rules = [rule(), *hostile_rules()]
    said = [read(written(DEFENDER, called, rules)) for called, read in READERS.items()]
    assert said[0] == said[1] == said[2]
    assert len(said[0]) == len(rules)


def test_a_template_is_the_same_rule() -> None:
    found, properties = template(), one()
    for key in ("description", "severity", "query", "tactics", "entityMappings", "eventGroupingSettings", "incidentConfiguration"):
        assert found[key] == properties[key]
    assert found["relevantTechniques"] == properties["techniques"]
    assert (found["id"], found["name"]) == ("0f1c9f2e-0000-4000-8000-000000000001", properties["displayName"])
    assert (found["queryFrequency"], found["queryPeriod"]) == ("1h", "65m")
    assert (found["triggerOperator"], found["triggerThreshold"], found["kind"], found["version"]) == ("gt", 0, "Scheduled", "1.2.3")
    assert found["requiredDataConnectors"] == [{"connectorId": "MicrosoftThreatProtection", "dataTypes": ["DeviceRegistryEvents"]}]


def test_entities_come_from_columns_that_the_query_computes() -> None:
    tested_twice = rule(
        logsource={"product": "windows", "category": "process_creation"},
        detection={
            "selection": {"CommandLine|contains": ["a", "b"]},
            "other": {"CommandLine|endswith": "c"},
            "condition": "selection and other",
        },
    )
    assert "extend CommandLine" in converted(WORKSPACE, tested_twice).text
    assert [each["entityType"] for each in one(WORKSPACE, of=tested_twice)["entityMappings"]] == ["Host", "Process"]
    assert [each["entityType"] for each in one(WORKSPACE)["entityMappings"]] == ["Host"]


def test_a_logon_s_account_is_the_column_that_every_event_has() -> None:
    of = rule(logsource={"product": "windows", "service": "security"}, detection={"selection": {"EventID": 4624}, "condition": "selection"})
    account = next(each for each in one(WORKSPACE, of=of)["entityMappings"] if each["entityType"] == "Account")
    assert account["fieldMappings"] == [{"identifier": "FullName", "columnName": "Account"}]


def test_a_value_that_is_set_is_in_the_plain_columns() -> None:
    of = rule(
        logsource={"product": "windows", "category": "registry_set"},
        detection={"selection": {"TargetObject|endswith": "\\Own"}, "condition": "selection"},
    )
    key = next(each for each in one(of=of)["entityMappings"] if each["entityType"] == "RegistryKey")
    assert key["fieldMappings"] == [{"identifier": "Key", "columnName": "RegistryKey"}]


def test_sub_techniques_become_their_technique_and_new_tactics_the_old_one() -> None:
    found = one(
        of=rule(tags=["attack.stealth", "attack.defense-impairment", "attack.command-and-control", "attack.t1036.003", "attack.t1036.005"])
    )
    assert found["tactics"] == ["DefenseEvasion", "CommandAndControl"]
    assert found["techniques"] == ["T1036"]


@pytest.mark.parametrize(("level", "severity"), [("informational", "Informational"), (None, "Medium"), ("critical", "High")])
def test_levels(level: str | None, severity: str) -> None:
    assert one(of=rule(level=level))["severity"] == severity


@pytest.mark.parametrize(
    ("every", "lookback", "delay", "frequency", "period"),
    [(5, 5, 0, "PT5M", "PT5M"), (15, 20, 5, "PT15M", "PT20M"), (60, 60, 30, "PT1H", "PT1H25M"), (1440, 2880, 0, "PT24H", "PT48H")],
)
def test_windows_leave_no_gap(every: int, lookback: int, delay: int, frequency: str, period: str) -> None:
    schedule = Schedule(timedelta(minutes=every), timedelta(minutes=lookback), timedelta(minutes=delay))
    found = one(schedule=schedule)
    assert (found["queryFrequency"], found["queryPeriod"]) == (frequency, period)


@pytest.mark.parametrize(
    "schedule",
    [
        Schedule(timedelta(minutes=4), timedelta(minutes=4), timedelta()),
        Schedule(timedelta(days=14, minutes=1), timedelta(days=14, minutes=1), timedelta()),
        Schedule(timedelta(hours=1), timedelta(days=14), timedelta(minutes=10)),
        Schedule(timedelta(minutes=30), timedelta(days=2), timedelta()),
    ],
)
def test_a_schedule_beyond_the_limits_is_refused(schedule: Schedule) -> None:
    with pytest.raises(Refused) as caught:
        one(schedule=schedule)
    assert caught.value.problem.code == "detection-schedule"


def test_suppression_is_of_the_whole_rule() -> None:
    found = one(suppression=Suppression(timedelta(hours=3)))
    assert (found["suppressionEnabled"], found["suppressionDuration"]) == (True, "PT3H")
    assert template(suppression=Suppression(timedelta(hours=3)))["suppressionDuration"] == "3h"
    for refused in (Suppression(timedelta(hours=3), ("DeviceName",)), Suppression(timedelta(minutes=30)), Suppression(timedelta(hours=25))):
        with pytest.raises(Refused) as caught:
            one(suppression=refused)
        assert caught.value.problem.code == "detection-suppression"


def test_actions_are_not_left_out() -> None:
    with pytest.raises(ConfigurationError) as caught:
        one(actions=(Action("playbook"),))
    assert caught.value.problem.code == "detection-action"


@pytest.mark.parametrize("what", ["query", "description"])
def test_what_is_too_long_is_refused(what: str) -> None:
    values = [f"C:\\{'x' * 50}{number}" for number in range(200)]
    long = {
        "query": rule(detection={"selection": {"TargetObject": values}, "condition": "selection"}),
        "description": rule(description="x" * 10_000),
    }
    with pytest.raises(Refused) as caught:
        one(of=long[what])
    assert caught.value.problem.code == "detection-limit"
    assert what in caught.value.problem.message


def test_settings() -> None:
    found = one(settings={"incidents": False, "event_grouping": "AlertPerResult"}, enabled=False)
    assert found["incidentConfiguration"] == {"createIncident": False}
    assert found["eventGroupingSettings"] == {"aggregationKind": "AlertPerResult"}
    assert found["enabled"] is False
    assert one(owner="red team")["description"].endswith("\n\nOwner: red team")


@pytest.mark.parametrize("called", [*READERS])
@pytest.mark.parametrize("name", TARGETS)
def test_hostile_texts_neither_break_out_nor_get_lost(name: str, called: str) -> None:
    rules = hostile_rules()
    files = written(name, called, rules)
    found = READERS[called](files)
    assert check(PROPERTIES, found) == len(rules)
    for original, each in zip(rules, found, strict=True):
        assert each["query"] == converted(name, original).text
        assert original.description.strip() in each["description"]
        assert f"- {original.references[0]}" in each["description"]
        assert f"Author: {original.author}" in each["description"]
        assert each["displayName"] == original.title or each["description"].startswith(original.title)
    for content in files.values():
        assert all(character.isprintable() or character == "\n" for character in content)


def test_hostile_texts_in_templates() -> None:
    rules = hostile_rules()
    found = {each["id"]: each for each in map(yaml.safe_load, written(DEFENDER, "sentinel_yaml", rules).values())}
    assert len(found) == len(rules)
    for original in rules:
        each = found[original.id]
        assert each["query"] == converted(DEFENDER, original).text
        assert original.description.strip() in each["description"]


@pytest.mark.parametrize("called", [*READERS])
@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_valid_and_has_the_queries_of_the_target(name: str, called: str) -> None:
    package = corpus_package(name, called)
    found = READERS[called](files_of(package, name, called))
    assert check(PROPERTIES, found) == len(package.detections)
    assert [each["query"] for each in found] == [detection.query.text for detection in package.detections]
    for detection, each in zip(package.detections, found, strict=True):
        table = target_of(name).pipeline.schema.tables[detection.query.text.partition("\n")[0]]
        for mapping in each["entityMappings"]:
            for field in mapping["fieldMappings"]:
                assert field["identifier"] in IDENTIFIERS[mapping["entityType"]]
                assert field["columnName"] in table.columns or f"{field['columnName']} = " in detection.query.text


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_is_valid_by_azure_s_description(name: str) -> None:
    resource = vendor_schema("microsoft/sentinel_scheduled_alertRule_2025-09-01.schema.json")
    templates = vendor_schema("microsoft/sentinel_template_yaml.schema.json")
    package = corpus_package(name, "sentinel_arm")
    found = of_arm(files_of(package, name, "sentinel_arm"))
    assert check(resource, ({"kind": "Scheduled", "properties": each} for each in found)) == len(package.detections)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    contents = files_of(package, name, "sentinel_yaml").values()
    assert check(templates, (yaml.load(content, Loader=loader) for content in contents)) == len(package.detections)


def test_a_template_of_arm_stays_within_the_limits() -> None:
    package = corpus_package(WORKSPACE, "sentinel_arm")
    files = files_of(package, WORKSPACE, "sentinel_arm")
    assert sorted(files) == ["detections-1.json", "detections-2.json", "detections-3.json"]
    for content in files.values():
        assert len(json.loads(content)["resources"]) <= 800
        assert len(content.encode()) < 4_000_000
