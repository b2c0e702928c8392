"""Monitors of OpenSearch's alerting plugin: one JSON body for each detection.

Facts from opensearch-project/common-utils (Monitor.kt) and alerting (InputService.kt).
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from sigma_amsi.errors import Problem, Refused
from sigma_amsi.package.attack import threats_of
from sigma_amsi.package.elastic_formats import index_of
from sigma_amsi.package.format import Files, Settings
from sigma_amsi.package.misconfigured import check_index
from sigma_amsi.package.model import Action, Detection, Package, Severity, Suppression
from sigma_amsi.package.writing import Json, file_stems, json_text, sigma_metadata, whole_minutes

_SEVERITY: Mapping[Severity, str] = {"critical": "1", "high": "2", "medium": "3", "low": "4", "informational": "5"}
_HITS = 100
"""The events that an action's message can show."""


def write_monitors(package: Package) -> Files:
    """A file for each detection."""
    stems = file_stems(package.detections)
    return {f"{stems[detection.id]}.json": json_text(_monitor(detection, package)).encode() for detection in package.detections}


def check(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """What a monitor cannot hold of the detection, and what is doubtful in its classification."""
    check_index(detection, settings)
    if detection.suppression is not None and detection.suppression.fields:
        message = "OpenSearch throttles an action as a whole, not by fields"
        raise Refused("detection-suppression", message, hint="leave `fields` out")
    if detection.suppression is not None and detection.suppression.duration % timedelta(minutes=1):
        raise Refused("detection-suppression", "OpenSearch throttles an action for whole minutes")
    if "{{" in detection.query.text:
        # The plugin renders the whole search as a Mustache template before it runs it.
        message = "the query has `{{`, which begins a variable in a monitor's search"
        raise Refused("unwritable-text", message, hint="use another artefact for this rule")
    return threats_of(detection.rule).problems


def _monitor(detection: Detection, package: Package) -> dict[str, Json]:
    return {
        "type": "monitor",
        "monitor_type": "query_level_monitor",
        "name": detection.name,
        "enabled": detection.enabled,
        "schedule": {"period": {"interval": whole_minutes(detection.schedule.every), "unit": "MINUTES"}},
        "inputs": [{"search": {"indices": [*index_of(package.pipeline.name, package.settings)], "query": _search(detection, package)}}],
        "triggers": [{"query_level_trigger": _trigger(detection)}],
        # The one part of a monitor that takes anything: unknown keys elsewhere are dropped.
        "ui_metadata": {"sigma": sigma_metadata(detection)},
    }


def _search(detection: Detection, package: Package) -> Json:
    """The events of one window, of which each begins where the one before ended."""
    delay = whole_minutes(detection.schedule.delay)
    start = whole_minutes(detection.schedule.lookback) + delay
    window: dict[str, Json] = {"gte": f"{{{{period_end}}}}||-{start}m", "lt": f"{{{{period_end}}}}||-{delay}m", "format": "epoch_millis"}
    conditions: list[Json] = [
        {"range": {package.settings.text("timestamp_field"): window}},
        {"query_string": {"query": detection.query.text}},
    ]
    return {"size": _HITS, "query": {"bool": {"filter": conditions}}}


def _trigger(detection: Detection) -> dict[str, Json]:
    return {
        "id": detection.id,
        "name": detection.name,
        "severity": _SEVERITY[detection.severity],
        "condition": {"script": {"source": "ctx.results[0].hits.total.value > 0", "lang": "painless"}},
        "actions": [_action(action, detection.suppression) for action in detection.actions],
    }


def _action(action: Action, suppression: Suppression | None) -> Json:
    throttle: dict[str, Json] = {}
    if suppression is not None:
        throttle = {"throttle_enabled": True, "throttle": {"value": whole_minutes(suppression.duration), "unit": "MINUTES"}}
    return {"name": action.name, **throttle, **action.settings}
