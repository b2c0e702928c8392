"""Detection rules of Elastic Security: one JSON document for each, as the import of Kibana takes them.

Facts from the OpenAPI description of Kibana's detections API, version 2023-10-31.
"""

from collections.abc import Iterable, Mapping

from sigma_amsi.errors import Problem, Refused
from sigma_amsi.package.attack import FRAMEWORK, Nested, Tactic, Technique, Threat, threats_of
from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.elastic_formats import Language, index_of
from sigma_amsi.package.format import Files, Settings
from sigma_amsi.package.misconfigured import misconfigured
from sigma_amsi.package.model import Action, Detection, Package, Schedule, Severity, Suppression
from sigma_amsi.package.writing import Json, json_line, titled_description
from sigma_amsi.pipeline.log_sources import find_log_source

_SEVERITY: Mapping[Severity, tuple[str, int]] = {
    "informational": ("low", 1),  # Kibana has no such severity
    "low": ("low", 21),
    "medium": ("medium", 47),
    "high": ("high", 73),
    "critical": ("critical", 99),
}
_MOST_SUPPRESSED_FIELDS = 3  # Elastic Security guide, Suppress detection alerts


def ndjson(package: Package, language: Language) -> Files:
    """The package as the one file that Kibana imports."""
    lines = [json_line(rule_of(detection, package, language)) + "\n" for detection in package.detections]
    return {f"{package.name}.ndjson": "".join(lines).encode()}


def check(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """What Kibana cannot hold of the detection, and what is doubtful in its classification."""
    del settings
    _check_suppression(detection)
    for action in detection.actions:
        missing = [name for name in ("id", "params") if name not in action.settings]
        if missing:
            message = f"the action {action.name} has no {' and no '.join(missing)}"
            raise misconfigured(detection, "detection-action", message, "`id` is the connector's; `params` are those of its type")
    return threats_of(detection.rule).problems


def rule_of(detection: Detection, package: Package, language: Language) -> dict[str, Json]:
    """The detection as the body of a rule."""
    rule = detection.rule
    severity, risk_score = _SEVERITY[detection.severity]
    settings = package.settings
    index = index_of(package.pipeline.name, settings)
    override = settings.text("timestamp_override")
    said: dict[str, Json] = {
        "rule_id": detection.id,
        "name": detection.name,
        "description": titled_description(detection) or detection.title,
        "enabled": detection.enabled,  # Kibana's own default is false
        "type": "eql" if language == "eql" else "query",
        "language": language,
        "query": detection.query.text,
        **({"index": [*index]} if index else {}),
        "severity": severity,
        "risk_score": risk_score,
        **_times(detection.schedule),
        **({"timestamp_override": override} if override else {}),
        "max_signals": settings.integer("max_signals") or 100,
        "author": [rule.author] if rule.author else [],
        **({"license": rule.license} if rule.license else {}),
        "references": [*rule.references],
        "false_positives": [*rule.falsepositives],
        "tags": [*dict.fromkeys((*settings.texts("tags"), *rule.tags))],
        "threat": [_threat(threat) for threat in threats_of(rule).threats],
        "required_fields": _required_fields(detection, package),
    }
    if detection.owner:
        said["note"] = f"Owner: {detection.owner}"
    if detection.suppression is not None:
        said["alert_suppression"] = _suppression(detection.suppression)
    if detection.actions:
        said["actions"] = [_action(action) for action in detection.actions]
    return said


def _times(schedule: Schedule) -> dict[str, Json]:
    """A window ends now, so that it starts earlier by as much as events may be late; Kibana does not report an event twice."""
    start = shown_duration(schedule.lookback + schedule.delay)
    return {"interval": shown_duration(schedule.every), "from": f"now-{start}", "to": "now"}


def _threat(threat: Threat) -> Json:
    said: dict[str, Json] = {"framework": FRAMEWORK, "tactic": _reference(threat.tactic)}
    if threat.techniques:
        said["technique"] = [_technique(nested) for nested in threat.techniques]
    return said


def _technique(nested: Nested) -> Json:
    said = _reference(nested.technique)
    if nested.subtechniques:
        said["subtechnique"] = [_reference(one) for one in nested.subtechniques]
    return said


def _reference(of: Tactic | Technique) -> dict[str, Json]:
    return {"id": of.id, "name": of.name, "reference": of.url}


def _required_fields(detection: Detection, package: Package) -> list[Json]:
    """The columns that the rule's fields are, with their types."""
    source = detection.rule.log_source
    sources = find_log_source(
        package.pipeline, product=source.product or None, category=source.category or None, service=source.service or None
    )
    table = package.pipeline.schema.tables[sources[0].table]
    names = sorted({name for columns in detection.query.fields.values() for name in columns})
    types = {name: column.native for name in names if (column := table.column(name)) is not None and column.native}
    return [{"name": name, "type": type} for name, type in types.items()]


def _check_suppression(detection: Detection) -> None:
    suppression = detection.suppression
    if suppression is None:
        return
    if not suppression.fields:
        message = "Kibana suppresses alerts by the fields in which they agree, and none is named"
        raise Refused("detection-suppression", message, hint="name fields, such as host.name")
    if len(suppression.fields) > _MOST_SUPPRESSED_FIELDS:
        message = f"Kibana suppresses by at most {_MOST_SUPPRESSED_FIELDS} fields, and {len(suppression.fields)} are named"
        raise Refused("detection-suppression", message)


def _suppression(suppression: Suppression) -> Json:
    seconds = int(suppression.duration.total_seconds())
    duration: Json = {"value": seconds, "unit": "s"} if seconds % 60 else {"value": seconds // 60, "unit": "m"}
    return {
        "group_by": [*suppression.fields],
        "duration": duration,
        "missing_fields_strategy": "doNotSuppress",  # an alert without the field is not known to be a repetition
    }


def _action(action: Action) -> Json:
    return {"action_type_id": action.name, "group": "default", **action.settings}
