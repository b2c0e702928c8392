"""Saved searches as resources of Terraform's splunk provider.

Facts from splunk/terraform-provider-splunk, docs/resources/saved_searches.md, 1.5.
"""

from collections.abc import Iterable

from sigma_amsi.errors import Problem
from sigma_amsi.package.format import Files, Settings
from sigma_amsi.package.model import Detection, Package
from sigma_amsi.package.terraform import document, label, literal
from sigma_amsi.package.writing import Json

from .package import search_keys

_RESOURCE = "splunk_saved_searches"
_NAMES = {"enableSched": "is_scheduled", "counttype": "alert_type", "relation": "alert_comparator", "quantity": "alert_threshold"}
_TRUTHS = frozenset({"disabled", "is_scheduled", "realtime_schedule", "alert_track", "alert_digest_mode", "alert_suppress"})
_SHARING = {"system": "global", "none": "app"}


def check_terraform(detection: Detection, settings: Settings) -> Iterable[Problem]:
    """Raises Refused for a schedule or action that Splunk does not have."""
    search_keys(detection, settings)
    return ()


def write_terraform(package: Package) -> Files:
    """One configuration with all searches."""
    bodies = {label(detection): literal(_body(detection, package.settings)) for detection in package.detections}
    return {f"{package.name}.tf.json": document("splunk", "splunk/splunk", ">= 1.5.1", _RESOURCE, bodies)}


def _body(detection: Detection, settings: Settings) -> Json:
    """The provider's arguments are the keys of savedsearches.conf in other words. Actions are switched on by a list of their names.

    Without `alert_condition` a search is no alert to the provider, and without `acl` an update changes nothing
    (splunk/terraform-provider-splunk issues 79, 127, 164).
    """
    keys = search_keys(detection, settings)
    switches = {f"action.{action.name}" for action in detection.actions}
    arguments = {_argument(key): value for key, value in keys.items() if key not in switches}
    acl: dict[str, Json] = {
        "owner": "nobody",
        "app": settings.text("app"),
        "sharing": _SHARING[settings.text("export")],
        "read": list(settings.texts("readers")),
        "write": list(settings.texts("writers")),
    }
    return {
        "name": detection.name,
        **{name: _typed(name, value) for name, value in arguments.items()},
        "alert_condition": "",
        "actions": ",".join(action.name for action in detection.actions),
        "acl": [acl],
    }


def _argument(key: str) -> str:
    return _NAMES.get(key, key.replace(".", "_"))


def _typed(argument: str, value: str) -> Json:
    if argument in _TRUTHS:
        return value == "1"
    return int(value) if argument == "alert_severity" else value
