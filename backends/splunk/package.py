"""Splunk's saved searches: one .conf file, a whole app, and correlation searches of Enterprise Security."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import NoReturn

from sigma_amsi.errors import ConfigurationError, Problem, Refused
from sigma_amsi.package.archive import tar_gz
from sigma_amsi.package.attack import threats_of
from sigma_amsi.package.format import Files, Settings
from sigma_amsi.package.model import Action, Detection, Package, Severity, Suppression
from sigma_amsi.package.writing import description_with_credits

from .conf import conf_file, exact, prose
from .cron import cron, window
from .enterprise_security import correlation_keys

_SEVERITY: Mapping[Severity, str] = {"informational": "2", "low": "3", "medium": "4", "high": "5", "critical": "6"}
"""`alert.severity` of savedsearches.conf, whose 1 is for debugging."""

_VERSION_IN_URL = re.compile(r"(https?://[^/\s]+/\S*?\b\d{1,3}(?:\.\d{1,3}){2})\.(\d{1,3}\b)")
"""AppInspect takes a version such as 13.0.3.0 in a path for a public address and warns. With `%2E` for a dot it is the same URL."""

_MOST_FREQUENT = timedelta(minutes=5)
_OWN_ACTIONS = frozenset({"correlationsearch", "notable", "risk"})


def check(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """Raises Refused for a search, schedule or action that a .conf file cannot hold. Warns of what AppInspect would."""
    for value in search_keys(detection, settings).values():
        exact(value)
    if detection.schedule.every < _MOST_FREQUENT and settings.boolean("scheduled"):
        yield Problem("detection-schedule", f"{detection.name}: more than 12 runs an hour, which AppInspect warns of")


def write_saved_searches(package: Package) -> Files:
    """`savedsearches.conf` alone."""
    return {"savedsearches.conf": conf_file((each.name, search_keys(each, package.settings)) for each in package.detections)}


def write_app(package: Package) -> Files:
    """An app, as a folder and as the archive that Splunk installs."""
    return _app(package, {each.name: search_keys(each, package.settings) for each in package.detections})


def check_correlation(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """As `check`; the actions of Enterprise Security are not the user's to name."""
    for action in detection.actions:
        if action.name in _OWN_ACTIONS:
            _fail(f"the action {action.name} is written by the format itself")
    yield from threats_of(detection.rule).problems
    yield from check(detection, settings)


def write_correlation_app(package: Package) -> Files:
    """An app of correlation searches."""
    settings = package.settings
    return _app(package, {each.name: {**search_keys(each, settings), **correlation_keys(each, settings)} for each in package.detections})


def _app(package: Package, searches: Mapping[str, Mapping[str, str]]) -> Files:
    settings = package.settings
    name = settings.text("app") or f"sigma_{package.name.replace('-', '_')}"
    files = {
        f"{name}/default/app.conf": conf_file(_about(name, package).items()),
        f"{name}/default/savedsearches.conf": conf_file(searches.items()),
        f"{name}/metadata/default.meta": conf_file({"": _access(settings)}.items()),
    }
    return {**files, f"{name}-{package.version}.tar.gz": tar_gz(files)}


def _about(name: str, package: Package) -> Mapping[str, Mapping[str, str]]:
    settings = package.settings
    return {
        "install": {"is_configured": "0", "state": "enabled"},
        "launcher": {
            "author": prose(settings.text("author")),
            "version": package.version,
            "description": prose(settings.text("description")),
        },
        "ui": {"is_visible": "0", "label": prose(settings.text("label"))},
        "package": {"id": name, "check_for_updates": "0"},
        "id": {"name": name, "version": package.version},
    }


def _access(settings: Settings) -> Mapping[str, str]:
    readers, writers = (", ".join(settings.texts(key)) for key in ("readers", "writers"))
    return {"access": f"read : [ {readers} ], write : [ {writers} ]", "export": settings.text("export")}


def search_keys(detection: Detection, settings: Settings) -> Mapping[str, str]:
    """The keys of a saved search as savedsearches.conf has them. `search` is the proved query, to the character. Raises Refused."""
    keys = {"description": _description(detection), "search": detection.query.text, "disabled": "0" if detection.enabled else "1"}
    if not settings.boolean("scheduled"):
        return {**keys, **(_suppression(detection.suppression) if detection.suppression else {}), **_actions(detection.actions)}
    earliest, latest = window(detection.schedule)
    return {
        **keys,
        "enableSched": "1",
        "cron_schedule": cron(detection.schedule, detection.id),
        "dispatch.earliest_time": earliest,
        "dispatch.latest_time": latest,
        "realtime_schedule": "0",  # a run that is late still looks at its own window
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": "0",
        "alert.track": "1" if settings.boolean("track") else "0",
        "alert.severity": _SEVERITY[detection.severity],
        **_suppression(detection.suppression),
        **_actions(detection.actions),
    }


def _description(detection: Detection) -> str:
    owner = f"\n\nOwner: {detection.owner}" if detection.owner else ""
    return prose(_VERSION_IN_URL.sub(r"\1%2E\2", description_with_credits(detection)) + owner)


def _suppression(suppression: Suppression | None) -> Mapping[str, str]:
    """With fields, throttling is per result ("Throttle alerts"): savedsearches.conf asks for `digest_mode` off then."""
    if suppression is None:
        return {"alert.digest_mode": "1"}
    for name in suppression.fields:
        if "," in name or name != name.strip() or not name:
            raise Refused("detection-suppression", f"a list of fields in a .conf file cannot hold {name!r}")
    keys = {"alert.suppress": "1", "alert.suppress.period": f"{int(suppression.duration.total_seconds())}s"}
    if suppression.fields:
        return {"alert.digest_mode": "0", **keys, "alert.suppress.fields": ", ".join(suppression.fields)}
    return {"alert.digest_mode": "1", **keys}


def _actions(actions: Iterable[Action]) -> Mapping[str, str]:
    keys: dict[str, str] = {}
    for action in actions:
        prefix = f"action.{_key(action.name)}"
        keys[prefix] = "1"
        for name, value in action.settings.items():
            keys[f"{prefix}.{_key(name)}"] = _scalar(action, name, value)
    return keys


def _key(name: str) -> str:
    if not name.isascii() or not name.replace("_", "").replace(".", "").isalnum():
        _fail(f"{name!r} is no name of an action or of its parameters")
    return name


def _scalar(action: Action, name: str, value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_scalar(action, name, each) for each in value)
    if not isinstance(value, str | int | float):
        _fail(f"the parameter {name} of the action {action.name} is neither a text, a number, a truth nor a list of these")
    return str(int(value)) if isinstance(value, bool) else str(value)


def _fail(message: str) -> NoReturn:
    raise ConfigurationError(Problem("detection-action", message))
