"""What makes a saved search a correlation search of Splunk Enterprise Security."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.attack import threats_of
from sigma_amsi.package.format import Settings
from sigma_amsi.package.model import Detection, Severity

from .conf import prose

_RISK: Mapping[Severity, int] = {"informational": 10, "low": 25, "medium": 50, "high": 75, "critical": 100}
_LONGEST_LABEL = 99
_DOLLAR = "\uff04"


def correlation_keys(detection: Detection, settings: Settings) -> Mapping[str, str]:
    """The keys that come on top of those of a scheduled search. Enterprise Security 8 makes findings or intermediate findings, never both, of one search."""
    made = _notable(detection, settings) if settings.text("finding") == "notable" else _risk(detection, settings)
    return {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.label": _label(detection),
        "action.correlationsearch.annotations": _json(_annotations(detection)),
        "action.correlationsearch.metadata": _json(_metadata(detection)),
        "action.correlationsearch.detection_type": "ebd",
        **made,
    }


def _label(detection: Detection) -> str:
    """The title, where it is a line of no more than what Enterprise Security takes for names; else the name made from it."""
    title = prose(detection.title)
    return title if 0 < len(title) <= _LONGEST_LABEL and "\n" not in title else detection.name


def _annotations(detection: Detection) -> Mapping[str, list[str]]:
    """ATT&CK is given by the ids of techniques; a framework that Splunk does not know, ours, is kept as unmanaged annotations."""
    techniques = list(threats_of(detection.rule).techniques)
    return {**({"mitre_attack": techniques} if techniques else {}), "sigma_rule": [detection.id]}


def _metadata(detection: Detection) -> Mapping[str, object]:
    known = {"deprecated": "1" if detection.rule.status == "deprecated" else "0", "detection_id": detection.id, "detection_version": "1"}
    published = _timestamp(detection.rule.modified or detection.rule.date)
    return known if published is None else {**known, "publish_time": published}


def _timestamp(date: str) -> float | None:
    try:
        return datetime.strptime(date.replace("/", "-"), "%Y-%m-%d").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _notable(detection: Detection, settings: Settings) -> Mapping[str, str]:
    keys = {
        "action.notable": "1",
        "action.notable.param.rule_title": _without_tokens(_label(detection)),
        "action.notable.param.rule_description": _without_tokens(detection.description) or detection.name,
        "action.notable.param.security_domain": settings.text("domain"),
        "action.notable.param.severity": detection.severity,
    }
    return {**keys, "action.notable.param.default_owner": prose(detection.owner)} if detection.owner else keys


def _risk(detection: Detection, settings: Settings) -> Mapping[str, str]:
    score = _RISK[detection.severity]
    objects = settings.table("risk_objects")
    if not objects:
        raise ConfigurationError(Problem("configuration-value", "a risk event is about something: `risk_objects` is empty"))
    risks = [{"risk_object_field": name, "risk_object_type": kind, "risk_score": score} for name, kind in objects.items()]
    return {
        "action.risk": "1",
        "action.risk.param._risk": _json(risks),
        "action.risk.param._risk_message": _without_tokens(_label(detection)),
        "action.risk.param._risk_score": "0",
        "action.risk.param.verbose": "0",
    }


def _without_tokens(text: str) -> str:
    """A parameter of an alert action. Splunk replaces what stands between two dollar signs there and knows no escape: where there are two, they are
    written as their full-width forms, which read the same."""
    return prose(text.replace("$", _DOLLAR) if text.count("$") > 1 else text)


def _json(value: object) -> str:
    """One line of ASCII: no character in it can end the line, and the last is a brace or bracket."""
    return json.dumps(value, separators=(", ", ": "))
