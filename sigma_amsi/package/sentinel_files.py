"""Files with scheduled rules of Microsoft Sentinel: templates in YAML, and resources in ARM's JSON and in Bicep."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from sigma_amsi.package import bicep
from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.format import Files
from sigma_amsi.package.kusto_rows import Rows
from sigma_amsi.package.model import Package
from sigma_amsi.package.sentinel import API_VERSION, ScheduledRule, scheduled_rule
from sigma_amsi.package.writing import Json, file_stems, json_text
from sigma_amsi.package.yaml_text import yaml_text

_MOST_RESOURCES = 800
_LARGEST_TEMPLATE = 3_500_000
"""Azure Resource Manager, template limits: 800 resources, and 4 MB with the values of parameters put in."""

_SCHEMA = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#"


def write_yaml(package: Package, rows: Mapping[str, Rows]) -> Files:
    """A template for each detection. `rows`: detection id -> what its query returns."""
    stems = file_stems(package.detections)
    return {
        f"{stems[rule.detection.id]}.yaml": yaml_text(_template(rule, package, rows[rule.detection.id])).encode()
        for rule in _rules(package, rows)
    }


def write_arm(package: Package, rows: Mapping[str, Rows]) -> Files:
    """As many deployment templates as the limits of Resource Manager ask for."""
    return _parts(package, [_arm_resource(rule) for rule in _rules(package, rows)], "json", _arm_template)


def write_bicep(package: Package, rows: Mapping[str, Rows]) -> Files:
    """The same in Bicep, which becomes ARM's JSON when it is deployed."""
    rules: list[dict[str, Json]] = [{"id": rule.detection.id, "properties": rule.properties()} for rule in _rules(package, rows)]
    return _parts(package, rules, "bicep", lambda part: bicep.document(part, API_VERSION))


def _rules(package: Package, rows: Mapping[str, Rows]) -> list[ScheduledRule]:
    return [scheduled_rule(detection, package, rows[detection.id]) for detection in package.detections]


def _parts(
    package: Package, resources: Sequence[dict[str, Json]], ending: str, document: Callable[[Sequence[dict[str, Json]]], str]
) -> Files:
    """One file, or several with numbers where one would be beyond the limits."""
    parts = [*_within_limits(resources)] or [[]]
    names = [package.name] if len(parts) == 1 else [f"{package.name}-{number}" for number in range(1, len(parts) + 1)]
    return {f"{name}.{ending}": document(part).encode() for name, part in zip(names, parts, strict=True)}


def _within_limits(resources: Iterable[dict[str, Json]]) -> Iterator[list[dict[str, Json]]]:
    part: list[dict[str, Json]] = []
    size = 0
    for resource in resources:
        length = len(json_text(resource).encode())
        if part and (len(part) == _MOST_RESOURCES or size + length > _LARGEST_TEMPLATE):
            yield part
            part, size = [], 0
        part.append(resource)
        size += length
    if part:
        yield part


# -- YAML --------------------------------------------------------------------------------------------------------------------------------


def _template(rule: ScheduledRule, package: Package, rows: Rows) -> dict[str, Json]:
    """The order of keys is that of the templates in Azure-Sentinel. A template is never enabled by itself."""
    detection = rule.detection
    said: dict[str, Json] = {
        "id": rule.detection.id,
        "name": detection.name,
        "description": rule.description,
        "severity": rule.severity,
        "status": "Available",
        "requiredDataConnectors": _connectors(rows.table),
        "queryFrequency": shown_duration(detection.schedule.every),
        "queryPeriod": shown_duration(rule.period),
        "triggerOperator": "gt",
        "triggerThreshold": 0,
        "tactics": [*rule.tactics],
        "relevantTechniques": [*rule.techniques],
        "query": detection.query.text,
    }
    if rule.entity_mappings:
        said["entityMappings"] = [*rule.entity_mappings]
    if detection.suppression is not None:
        said["suppressionEnabled"] = True
        said["suppressionDuration"] = shown_duration(detection.suppression.duration)
    said["eventGroupingSettings"] = {"aggregationKind": rule.aggregation}
    said["incidentConfiguration"] = {"createIncident": rule.creates_incident}
    return {**said, "version": package.version, "kind": "Scheduled"}


def _connectors(table: str) -> list[Json]:
    """The data connectors that fill a table; empty where none is known."""
    if table.startswith("Device"):
        return [{"connectorId": "MicrosoftThreatProtection", "dataTypes": [table]}]
    known = {"SecurityEvent": ("SecurityEvents", "WindowsSecurityEvents"), "WindowsEvent": ("WindowsForwardedEvents",)}
    return [{"connectorId": connector, "dataTypes": [table]} for connector in known.get(table, ())]


# -- ARM ---------------------------------------------------------------------------------------------------------------------------------


def _arm_template(resources: Sequence[dict[str, Json]]) -> str:
    return json_text(
        {
            "$schema": _SCHEMA,
            "contentVersion": "1.0.0.0",
            "parameters": {"workspace": {"type": "string", "metadata": {"description": "The name of the Log Analytics workspace."}}},
            "resources": [*resources],
        }
    )


def _arm_resource(rule: ScheduledRule) -> dict[str, Json]:
    return {
        "type": "Microsoft.OperationalInsights/workspaces/providers/alertRules",
        "apiVersion": API_VERSION,
        "name": f"[concat(parameters('workspace'), '/Microsoft.SecurityInsights/{rule.detection.id}')]",
        "kind": "Scheduled",
        "properties": arm_literal(rule.properties()),
    }


def arm_literal(value: Json) -> Json:
    """The value with every text meaning itself.

    A text is an expression where it begins with `[` and ends with `]`, and only then another `[` is taken off (Azure Resource Manager, Syntax and
    expressions in ARM templates: escape characters).
    """
    if isinstance(value, str):
        return f"[{value}" if value.startswith("[") and value.endswith("]") else value
    if isinstance(value, list):
        return [arm_literal(each) for each in value]
    if isinstance(value, dict):
        return {key: arm_literal(each) for key, each in value.items()}
    return value
