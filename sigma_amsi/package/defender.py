"""Custom detections of Microsoft Defender XDR: one body for Microsoft Graph for each detection.

Facts from microsoft-graph-docs-contrib, security-detectionrule and the resources that it names (2026-05-25), and the page *Create custom detection
rules* of Defender's documentation. What that API announced as removed is not used.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta

from sigma_amsi.errors import Problem, Refused
from sigma_amsi.package.attack import Threat, threats_of
from sigma_amsi.package.durations import shown_duration
from sigma_amsi.package.format import Files
from sigma_amsi.package.kusto_rows import Rows
from sigma_amsi.package.misconfigured import misconfigured
from sigma_amsi.package.model import Action, Detection, Package, Severity
from sigma_amsi.package.sentinel import description_of, tactic_name
from sigma_amsi.package.writing import Json, file_stems, iso_duration, json_text

_SEVERITY: Mapping[Severity, str] = {
    "informational": "informational",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "critical": "high",  # Defender has no higher one
}

_LOOKBACK: Mapping[timedelta, timedelta] = {
    timedelta(hours=1): timedelta(hours=4),
    timedelta(hours=3): timedelta(hours=12),
    timedelta(hours=12): timedelta(hours=48),
    timedelta(hours=24): timedelta(days=30),
}
"""How often a rule on Defender's tables can run, and how far it then looks back by itself."""

_SENTINEL_FREQUENCIES = (timedelta(minutes=5), timedelta(days=14))
"""The shortest and longest time between runs on tables of a Sentinel workspace, which looks back four times as long by itself."""

_WORKSPACE_TABLES = frozenset({"Event", "SecurityEvent", "WindowsEvent"})
_DEVICE_TABLES = frozenset(
    (
        *("DeviceEvents", "DeviceFileCertificateInfo", "DeviceFileEvents", "DeviceImageLoadEvents", "DeviceInfo", "DeviceLogonEvents"),
        *("DeviceNetworkEvents", "DeviceNetworkInfo", "DeviceProcessEvents", "DeviceRegistryEvents"),
    )
)
_EVENT_TABLES = frozenset(
    (
        *("CloudAppEvents", "CloudAuditEvents", "CloudProcessEvents", "EmailAttachmentInfo", "EmailEvents", "EmailPostDeliveryEvents"),
        *("EmailUrlInfo", "EntraIdSignInEvents", "GraphApiAuditEvents", "IdentityDirectoryEvents", "IdentityLogonEvents"),
        *("IdentityQueryEvents", "MessageEvents", "UrlClickEvents"),
    )
)

_ACTIONS = frozenset(
    (
        *("allowFiles", "blockFiles", "collectInvestigationPackages", "disableUsers", "forceUserPasswordResets", "hardDeleteEmails"),
        *("initiateInvestigations", "isolateDevices", "markUsersAsCompromised", "moveEmailsToDeletedItems", "moveEmailsToInbox"),
        *("moveEmailsToJunk", "restrictAppExecutions", "runAntivirusScans", "softDeleteEmails", "stopAndQuarantineFiles"),
    )
)
"""The properties of an automatedActionSet."""

# Kind of entity -> the mappings of that kind, each of property -> column. One counts where the rows have its first column.
_ENTITIES: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "hosts": ({"nameColumn": "DeviceName", "deviceIdColumn": "DeviceId"}, {"nameColumn": "Computer"}),
    "accounts": (
        {
            "sidColumn": "AccountSid",
            "nameColumn": "AccountName",
            "ntDomainColumn": "AccountDomain",
            "upnColumn": "AccountUpn",
            "aadUserIdColumn": "AccountObjectId",
        },
        {
            "sidColumn": "InitiatingProcessAccountSid",
            "nameColumn": "InitiatingProcessAccountName",
            "ntDomainColumn": "InitiatingProcessAccountDomain",
            "upnColumn": "InitiatingProcessAccountUpn",
            "aadUserIdColumn": "InitiatingProcessAccountObjectId",
        },
        {"nameColumn": "TargetUserName", "ntDomainColumn": "TargetDomainName", "sidColumn": "TargetUserSid"},
        {"nameColumn": "SubjectUserName", "ntDomainColumn": "SubjectDomainName", "sidColumn": "SubjectUserSid"},
    ),
    "files": (
        {"nameColumn": "FileName", "sha1Column": "SHA1", "sha256Column": "SHA256"},
        {"nameColumn": "InitiatingProcessFileName", "sha1Column": "InitiatingProcessSHA1", "sha256Column": "InitiatingProcessSHA256"},
    ),
    "ips": ({"addressColumn": "RemoteIP"}, {"addressColumn": "IpAddress"}, {"addressColumn": "DestinationIp"}),
    "urls": ({"addressColumn": "RemoteUrl"},),
    "dns": ({"domainNameColumn": "QueryName"},),
    "registryValues": (
        {"keyColumn": "RegistryKey", "valueNameColumn": "RegistryValueName"},
        {"keyColumn": "PreviousRegistryKey", "valueNameColumn": "PreviousRegistryValueName"},
    ),
}


def write_rules(package: Package, rows: Mapping[str, Rows]) -> Files:
    """A file for each detection. `rows`: detection id -> what its query returns."""
    stems, schema = file_stems(package.detections), package.pipeline.schema
    return {
        f"{stems[detection.id]}.json": json_text(_rule(detection, rows[detection.id].columns(schema))).encode()
        for detection in package.detections
    }


def check(detection: Detection, rows: Rows) -> Iterable[Problem]:
    """What a custom detection cannot hold, and what is doubtful in its classification."""
    _check_columns(rows)
    _check_schedule(detection, rows.table)
    if detection.suppression is not None:
        message = "a custom detection of Defender has no suppression; events of one alert are not reported twice"
        raise Refused("detection-suppression", message, hint="remove the suppression")
    for what, text in (("title", detection.name), ("description", description_of(detection))):
        if "{{" in text:
            message = f"the {what} has `{{{{`, which stands for the value of a column in a Defender alert"
            raise Refused("unwritable-text", message)
    for action in detection.actions:
        if action.name not in _ACTIONS:
            message = f"Defender has no automated action {action.name}"
            raise misconfigured(detection, "detection-action", message, f"one of: {', '.join(sorted(_ACTIONS))}")
    return threats_of(detection.rule).problems


def _rule(detection: Detection, columns: Collection[str]) -> dict[str, Json]:
    description = description_of(detection)
    action: dict[str, Json] = {
        "alertTemplate": {
            "title": detection.name,
            "description": description,
            "severity": _SEVERITY[detection.severity],
            "tactics": [_tactic(threat) for threat in threats_of(detection.rule).threats],
            "entityMappings": _entity_mappings(columns),
        }
    }
    if detection.actions:
        action["automatedActions"] = _automated(detection.actions)
    return {
        "@odata.type": "#microsoft.graph.security.detectionRule",
        "id": detection.id,
        "displayName": detection.name,
        "description": description,
        "status": "enabled" if detection.enabled else "disabled",
        "queryCondition": {"queryText": detection.query.text},
        "schedule": _schedule(detection),
        "detectionAction": action,
    }


def _schedule(detection: Detection) -> dict[str, Json]:
    """What the service looks back by itself is not written where it is enough: only the beta interface takes it."""
    every = detection.schedule.every
    needed = detection.schedule.lookback + detection.schedule.delay
    said: dict[str, Json] = {"frequency": iso_duration(every)}
    if needed > _LOOKBACK.get(every, 4 * every):
        said["lookback"] = iso_duration(needed)
    return said


def _tactic(threat: Threat) -> Json:
    techniques: list[Json] = []
    for nested in threat.techniques:
        below: dict[str, Json] = {"subTechniques": [one.id for one in nested.subtechniques]} if nested.subtechniques else {}
        techniques.append({"technique": nested.technique.id, **below})
    return {"tactic": tactic_name(threat.tactic), "techniques": techniques}


def _entity_mappings(columns: Collection[str]) -> Json:
    found: dict[str, Json] = {}
    for kind, mappings in _ENTITIES.items():
        fitting: list[Json] = [
            {name: column for name, column in mapping.items() if column in columns}
            for mapping in mappings
            if next(iter(mapping.values())) in columns
        ]
        if fitting:
            found[kind] = fitting
    return found


def _automated(actions: Iterable[Action]) -> Json:
    found: dict[str, list[Json]] = {}
    for action in actions:
        found.setdefault(action.name, []).append(dict(action.settings))
    return {name: [*each] for name, each in found.items()}


def _check_columns(rows: Rows) -> None:
    """The service finds the event of a row by some of its columns, and rejects a rule whose query changes one."""
    needed = _keys(rows.table)
    if not needed:
        raise Refused("detection-columns", f"Defender makes no custom detections on {rows.table}, as far as is known")
    changed = rows.computed.intersection(needed)
    if changed:
        message = (
            f"a custom detection on {rows.table} must return {', '.join(needed)} unchanged, and the query computes {', '.join(changed)}"
        )
        raise Refused("detection-columns", message)


def _keys(table: str) -> tuple[str, ...]:
    """The columns by which the service finds the event of a row; empty for a table that is not known."""
    if table in _DEVICE_TABLES:
        return ("Timestamp", "DeviceId", "ReportId")
    if table in _EVENT_TABLES:
        return ("Timestamp", "ReportId")
    return ("TimeGenerated",) if table in _WORKSPACE_TABLES else ()


def _check_schedule(detection: Detection, table: str) -> None:
    every = detection.schedule.every
    if table in _WORKSPACE_TABLES:
        shortest, longest = _SENTINEL_FREQUENCIES
        if not shortest <= every <= longest:
            message = f"a custom detection on {table} runs every 5 minutes to 14 days, not every {shown_duration(every)}"
            raise Refused("detection-schedule", message)
    elif every not in _LOOKBACK:
        message = f"a custom detection on {table} runs every {', '.join(map(shown_duration, _LOOKBACK))}, not every {shown_duration(every)}"
        raise Refused("detection-schedule", message)
