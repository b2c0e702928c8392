"""Rules of ElastAlert 2: one YAML file for each detection.

Facts from jertel/elastalert2, schema.yaml, loaders.py and elastalert.py of 2.19 and 2.31.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

from sigma_amsi.errors import Problem
from sigma_amsi.package.attack import threats_of
from sigma_amsi.package.elastic_formats import index_of
from sigma_amsi.package.format import Files, Settings
from sigma_amsi.package.misconfigured import check_index
from sigma_amsi.package.model import Action, Detection, Package, Severity
from sigma_amsi.package.writing import Json, file_stems, sigma_metadata, titled_description, whole_minutes
from sigma_amsi.package.yaml_text import yaml_text

_PRIORITY: Mapping[Severity, int] = {"informational": 0, "low": 1, "medium": 2, "high": 3, "critical": 4}


def write_rules(package: Package, language: Literal["lucene", "eql"]) -> Files:
    """A file for each detection.

    ElastAlert replaces `$NAME` in a rule's file by environment variables before it reads the YAML. What comes from the Sigma rule is safe from that;
    what the user sets for an alert is not, since that is where secrets are named.
    """
    stems = file_stems(package.detections)
    return {
        f"{stems[detection.id]}.yml": (
            yaml_text(_rule(detection, package, language), unexpanded=True)
            + yaml_text({"alert": [_alert(action) for action in detection.actions] or ["debug"]})
        ).encode()
        for detection in package.detections
    }


def check(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """What is doubtful in the classification. Raises ConfigurationError where no index is known."""
    check_index(detection, settings)
    return threats_of(detection.rule).problems


def _rule(detection: Detection, package: Package, language: Literal["lucene", "eql"]) -> dict[str, Json]:
    query = detection.query.text
    schedule, suppression = detection.schedule, detection.suppression
    said: dict[str, Json] = {
        "name": detection.name,
        "description": titled_description(detection) or detection.title,
        "type": "any",
        "index": ",".join(index_of(package.pipeline.name, package.settings)),
        "timestamp_field": package.settings.text("timestamp_field"),
        "filter": [{"eql": query} if language == "eql" else {"query": {"query_string": {"query": query}}}],
        "priority": _PRIORITY[detection.severity],
        "is_enabled": detection.enabled,
        # A window ends `query_delay` ago, starts `buffer_time` before, and what an earlier run has seen is left out.
        "buffer_time": {"minutes": whole_minutes(schedule.lookback)},
        "query_delay": {"minutes": whole_minutes(schedule.delay)},
        "realert": {"seconds": int(suppression.duration.total_seconds()) if suppression else 0},
    }
    if suppression and suppression.fields:
        said["query_key"] = [*suppression.fields]
    if detection.owner:
        said["owner"] = detection.owner
    said["sigma"] = sigma_metadata(detection)
    return said


def _alert(action: Action) -> Json:
    return {action.name: dict(action.settings)} if action.settings else action.name
