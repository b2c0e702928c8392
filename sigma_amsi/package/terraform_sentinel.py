"""Scheduled rules of Microsoft Sentinel as resources of Terraform's azurerm provider."""

from collections.abc import Mapping

from sigma_amsi.package.format import Files
from sigma_amsi.package.kusto_rows import Rows
from sigma_amsi.package.model import Package
from sigma_amsi.package.sentinel import ScheduledRule, scheduled_rule
from sigma_amsi.package.terraform import document, label, literal
from sigma_amsi.package.writing import Json

_RESOURCE = "azurerm_sentinel_alert_rule_scheduled"


def write_terraform(package: Package, rows: Mapping[str, Rows]) -> Files:
    """One configuration with all rules, which asks for the workspace's id as a variable."""
    bodies: dict[str, Json] = {
        label(detection): _body(scheduled_rule(detection, package, rows[detection.id])) for detection in package.detections
    }
    variable: dict[str, Json] = {
        "log_analytics_workspace_id": {"type": "string", "description": "The resource id of a workspace that Sentinel is onboarded to."}
    }
    return {f"{package.name}.tf.json": document("azurerm", "hashicorp/azurerm", ">= 4.0", _RESOURCE, bodies, variable)}


def _body(rule: ScheduledRule) -> Json:
    """The arguments; a block is a list of objects."""
    said = rule.properties()
    body: dict[str, Json] = {
        "name": rule.detection.id,
        "display_name": said["displayName"],
        "description": said["description"],
        "severity": said["severity"],
        "enabled": said["enabled"],
        "query": said["query"],
        "query_frequency": said["queryFrequency"],
        "query_period": said["queryPeriod"],
        "trigger_operator": said["triggerOperator"],
        "trigger_threshold": said["triggerThreshold"],
        "suppression_enabled": said["suppressionEnabled"],
        "suppression_duration": said["suppressionDuration"],
        "tactics": said["tactics"],
        "techniques": said["techniques"],
        "event_grouping": [{"aggregation_method": rule.aggregation}],
        "incident": [{"create_incident_enabled": rule.creates_incident, "grouping": [{"enabled": False}]}],
    }
    if rule.entity_mappings:
        body["entity_mapping"] = [_mapping(each) for each in rule.entity_mappings]
    escaped = literal(body)
    assert isinstance(escaped, dict)
    return {"log_analytics_workspace_id": "${var.log_analytics_workspace_id}", **escaped}


def _mapping(mapping: Json) -> Json:
    assert isinstance(mapping, dict)
    fields = mapping["fieldMappings"]
    assert isinstance(fields, list)
    return {
        "entity_type": mapping["entityType"],
        "field_mapping": [
            {"identifier": each["identifier"], "column_name": each["columnName"]} for each in fields if isinstance(each, dict)
        ],
    }
