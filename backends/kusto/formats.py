"""The artefacts that Kusto queries become, with their settings. What checks and writes them is imported when it is called."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sigma_amsi.errors import Problem
from sigma_amsi.package.format import Files, Format, Setting, Settings

if TYPE_CHECKING:
    from sigma_amsi.package.model import Detection, Package


def _check_sentinel(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from sigma_amsi.package.sentinel import check

    return check(detection, settings)


def _check_defender(detection: "Detection", settings: Settings) -> Iterable[Problem]:
    from sigma_amsi.package.defender import check

    from .package import rows_of

    del settings
    return check(detection, rows_of(detection.query.text))


def _write_yaml(package: "Package") -> Files:
    from sigma_amsi.package.sentinel_files import write_yaml

    from .package import returned

    return write_yaml(package, returned(package))


def _write_arm(package: "Package") -> Files:
    from sigma_amsi.package.sentinel_files import write_arm

    from .package import returned

    return write_arm(package, returned(package))


def _write_bicep(package: "Package") -> Files:
    from sigma_amsi.package.sentinel_files import write_bicep

    from .package import returned

    return write_bicep(package, returned(package))


def _write_terraform(package: "Package") -> Files:
    from sigma_amsi.package.terraform_sentinel import write_terraform

    from .package import returned

    return write_terraform(package, returned(package))


def _write_defender(package: "Package") -> Files:
    from sigma_amsi.package.defender import write_rules

    from .package import returned

    return write_rules(package, returned(package))


_RULE = (
    Setting("incidents", "boolean", "Whether alerts become incidents.", True),
    Setting(
        "event_grouping",
        "text",
        "Whether a run makes one alert for all events, or one for each.",
        "SingleAlert",
        choices=("SingleAlert", "AlertPerResult"),
    ),
)

FORMATS = (
    Format("sentinel_yaml", "Scheduled rules of Microsoft Sentinel, one YAML template each.", _write_yaml, _RULE, _check_sentinel),
    Format("sentinel_arm", "Scheduled rules of Microsoft Sentinel as deployment templates of Azure.", _write_arm, _RULE, _check_sentinel),
    Format("sentinel_bicep", "Scheduled rules of Microsoft Sentinel in Bicep.", _write_bicep, _RULE, _check_sentinel),
    Format(
        "terraform",
        "Terraform JSON for the azurerm provider: scheduled rules of Sentinel.",
        _write_terraform,
        _RULE,
        _check_sentinel,
        single=True,
    ),
    Format(
        "defender_custom_detection",
        "Custom detections of Microsoft Defender XDR, one JSON file each.",
        _write_defender,
        (),
        _check_defender,
    ),
)
