"""Scheduled analytics rules of Microsoft Sentinel: what each says, whichever file it is written in.

Facts from Azure/azure-resource-manager-schemas (Microsoft.SecurityInsights 2025-09-01) and the validation of templates in Azure/Azure-Sentinel.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from msgspec import Struct

from sigma_amsi.errors import Problem, Refused
from sigma_amsi.package.attack import Tactic, threats_of
from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.format import Settings
from sigma_amsi.package.kusto_rows import Rows
from sigma_amsi.package.misconfigured import misconfigured
from sigma_amsi.package.model import Detection, Package, Severity
from sigma_amsi.package.sentinel_entities import entity_mappings
from sigma_amsi.package.writing import Json, description_with_credits, iso_duration

API_VERSION = "2025-09-01"

_SEVERITY: Mapping[Severity, str] = {
    "informational": "Informational",
    "low": "Low",
    "medium": "Medium",
    "high": "High",
    "critical": "High",  # Sentinel has no higher one
}
_LONGEST_QUERY = 10_000
_LONGEST_DESCRIPTION = 5_000
_SHORTEST = timedelta(minutes=5)
_LONGEST = timedelta(days=14)
_LONGEST_SUPPRESSION = timedelta(hours=24)
_OWN_DELAY = timedelta(minutes=5)
"""By how much every run is later than its window's end (Scheduled analytics rules in Microsoft Sentinel: query scheduling)."""

_RENAMED = {"Stealth": "DefenseEvasion", "DefenseImpairment": "DefenseEvasion"}
"""Sentinel has the tactic that version 19 of ATT&CK divided."""


class ScheduledRule(Struct, frozen=True):
    """A rule, its values spelled as the REST interface spells them; what a file spells otherwise it takes from the detection."""

    detection: Detection
    description: str
    severity: str
    period: timedelta
    tactics: tuple[str, ...]
    techniques: tuple[str, ...]
    entity_mappings: tuple[Json, ...]
    creates_incident: bool
    aggregation: str

    def properties(self) -> dict[str, Json]:
        """The properties of the resource."""
        detection = self.detection
        suppression = detection.suppression
        return {
            "displayName": detection.name,
            "description": self.description,
            "severity": self.severity,
            "enabled": detection.enabled,
            "query": detection.query.text,
            "queryFrequency": iso_duration(detection.schedule.every),
            "queryPeriod": iso_duration(self.period),
            "triggerOperator": "GreaterThan",
            "triggerThreshold": 0,
            "suppressionEnabled": suppression is not None,
            "suppressionDuration": iso_duration(suppression.duration if suppression else timedelta(hours=5)),
            "tactics": [*self.tactics],
            "techniques": [*self.techniques],
            "entityMappings": [*self.entity_mappings],
            "eventGroupingSettings": {"aggregationKind": self.aggregation},
            "incidentConfiguration": {"createIncident": self.creates_incident},
        }


def scheduled_rule(detection: Detection, package: Package, rows: Rows) -> ScheduledRule:
    """The detection as a rule. `rows` are what its query returns."""
    threats = threats_of(detection.rule)
    settings = package.settings
    return ScheduledRule(
        detection,
        description_of(detection),
        _SEVERITY[detection.severity],
        period_of(detection),
        tuple(dict.fromkeys(tactic_name(threat.tactic) for threat in threats.threats)),
        tuple(dict.fromkeys(each.partition(".")[0] for each in threats.techniques)),
        tuple(entity_mappings(rows.columns(package.pipeline.schema), rows.mentioned)),
        settings.boolean("incidents"),
        settings.text("event_grouping"),
    )


def check(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """What a scheduled rule cannot hold of the detection, and what is doubtful in its classification."""
    del settings
    _check_length("query", detection.query.text, _LONGEST_QUERY)
    _check_length("description, with references and credits,", description_of(detection), _LONGEST_DESCRIPTION)
    _check_schedule(detection)
    _check_suppression(detection)
    if detection.actions:
        message = "a scheduled rule of Sentinel has no actions"
        raise misconfigured(detection, "detection-action", message, "playbooks are started by automation rules; remove the actions")
    return threats_of(detection.rule).problems


def description_of(detection: Detection) -> str:
    """The description with all that Microsoft's rules have no other place for."""
    owner = f"\n\nOwner: {detection.owner}" if detection.owner else ""
    return description_with_credits(detection) + owner


def tactic_name(tactic: Tactic) -> str:
    """The tactic as Microsoft's interfaces name it."""
    name = "".join(part.capitalize() for part in tactic.tag.split("-"))
    return _RENAMED.get(name, name)


def period_of(detection: Detection) -> timedelta:
    """How far back a run looks from its window's end. What Sentinel waits by itself need not be looked at twice."""
    schedule = detection.schedule
    return schedule.lookback + max(timedelta(), schedule.delay - _OWN_DELAY)


def _check_length(what: str, text: str, longest: int) -> None:
    if len(text) > longest:
        raise Refused("detection-limit", f"the {what} has {len(text)} characters, of which Sentinel takes {longest}")


def _check_schedule(detection: Detection) -> None:
    every, period = detection.schedule.every, period_of(detection)
    for what, duration in (("runs", every), ("looks back", period)):
        if not _SHORTEST <= duration <= _LONGEST:
            message = f"a scheduled rule {what} by 5 minutes to 14 days, not {shown_duration(duration)}"
            raise Refused("detection-schedule", message)
    if period >= timedelta(days=2) and every < timedelta(hours=1):
        message = f"a rule that looks back {shown_duration(period)} runs once an hour at most, not every {shown_duration(every)}"
        raise Refused("detection-schedule", message, hint="run it less often, or look back less than 2 days")


def _check_suppression(detection: Detection) -> None:
    suppression = detection.suppression
    if suppression is None:
        return
    if suppression.fields:
        message = "Sentinel suppresses a rule as a whole, not by fields"
        raise Refused("detection-suppression", message, hint="leave `fields` out, or group alerts into incidents by entities")
    if not detection.schedule.every <= suppression.duration <= _LONGEST_SUPPRESSION:
        message = (
            f"a suppression lasts from one run to the next or longer, and 24 hours at most, not {shown_duration(suppression.duration)}"
        )
        raise Refused("detection-suppression", message)
