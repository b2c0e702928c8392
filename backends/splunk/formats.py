"""The kinds of saved searches that Splunk has, and their settings. What checks and writes them is imported when it is called."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec.structs import replace

from sigma_amsi.errors import Problem
from sigma_amsi.package.format import Files, Format, Names, Setting, Settings

if TYPE_CHECKING:
    from sigma_amsi.package.model import Detection, Package


def _check(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from .package import check

    return check(detection, settings)


def _check_correlation(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from .package import check_correlation

    return check_correlation(detection, settings)


def _write_saved_searches(package: "Package") -> Files:
    from .package import write_saved_searches

    return write_saved_searches(package)


def _write_app(package: "Package") -> Files:
    from .package import write_app

    return write_app(package)


def _write_correlation_app(package: "Package") -> Files:
    from .package import write_correlation_app

    return write_correlation_app(package)


def _check_terraform(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from .terraform import check_terraform

    return check_terraform(detection, settings)


def _write_terraform(package: "Package") -> Files:
    from .terraform import write_terraform

    return write_terraform(package)


_UNSAFE = '[]/\\"'
"""Brackets end the name of a stanza, slashes break clients of the REST interface, a quotation mark ends the name in `| savedsearch`."""

_NAMES = Names(longest=99, unsafe=_UNSAFE, folded=True, reserved=("default",))

_APP_ID = r"[A-Za-z][A-Za-z0-9_.]{0,99}"
_ROLE = r"\*|[a-z0-9_-]+"

_ACCESS = (
    Setting("readers", "texts", "The roles that may see the searches.", ("*",), pattern=_ROLE),
    Setting("writers", "texts", "The roles that may change the searches.", ("admin", "sc_admin"), pattern=_ROLE),
    Setting("export", "text", "Whether other apps see the searches.", "system", choices=("system", "none")),
)
_SCHEDULED = Setting("scheduled", "boolean", "Whether the searches run by themselves.", True)
_TRACK = Setting("track", "boolean", "Whether hits are listed under the triggered alerts.", True)

_APP = (
    Setting("app", "text", "The app's id, which is its folder; `sigma_` and the destination's name where it is not set.", pattern=_APP_ID),
    Setting("label", "text", "The app's name for people.", "Sigma detections", pattern=r"[^\r\n]{5,80}"),
    Setting("author", "text", "The app's author.", "sigma-amsi", pattern=r"[^\r\n]{1,200}"),
    Setting("description", "text", "What the app is, in one line.", "Detections made from Sigma rules", pattern=r"[^\r\n]{1,200}"),
    *_ACCESS,
    _SCHEDULED,
    _TRACK,
)

FORMATS = (
    Format(
        "savedsearches",
        "One savedsearches.conf.",
        _write_saved_searches,
        (replace(_SCHEDULED, default=False), _TRACK),
        _check,
        _NAMES,
        single=True,
    ),
    Format("app", "A Splunk app with scheduled searches, as a folder and as an archive.", _write_app, _APP, _check, _NAMES),
    Format(
        "correlation",
        "An app with correlation searches for Splunk Enterprise Security.",
        _write_correlation_app,
        (
            *_APP,
            Setting(
                "domain",
                "text",
                "The security domain of the findings.",
                "endpoint",
                choices=("access", "endpoint", "network", "threat", "identity", "audit"),
            ),
            Setting(
                "finding",
                "text",
                "What a hit makes: a notable event (finding) or a risk event (intermediate finding).",
                "notable",
                choices=("notable", "risk"),
            ),
            Setting(
                "risk_objects",
                "table",
                "For risk events: the fields that name what is at risk, each with what it names.",
                {"dest": "system", "user": "user"},
                choices=("system", "user", "other"),
            ),
        ),
        _check_correlation,
        # Enterprise Security puts `identity - ` before and ` - Rule` behind a name that it clones, and takes 99 characters.
        replace(_NAMES, longest=99 - len("identity - ") - len(" - Rule")),
    ),
    Format(
        "terraform",
        "Terraform JSON for the splunk provider.",
        _write_terraform,
        (Setting("app", "text", "The app that the searches belong to.", "search", pattern=_APP_ID), *_ACCESS, _SCHEDULED, _TRACK),
        _check_terraform,
        _NAMES,
        single=True,
    ),
)
