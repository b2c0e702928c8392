"""Events from documents of Winlogbeat and Elastic Agent, before or after Elasticsearch's ingest pipelines.

Before ingestion the values stand under `winlog.event_data`. What the pipelines for Sysmon, Security and PowerShell moved is moved back, and what they took
apart is put together; what they dropped is gone.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

from sigma_amsi.events.flatten import values, windows_event
from sigma_amsi.events.model import Event, Named
from sigma_amsi.predicate.evaluate import Cell, number_text, text_of

_SYSTEM = {
    "winlog.provider_name": "Provider_Name",
    "winlog.provider_guid": "Provider_Guid",
    "winlog.event_id": "EventID",
    "winlog.version": "Version",
    "winlog.record_id": "EventRecordID",
    "winlog.activity_id": "Correlation_ActivityID",
    "winlog.process.pid": "Execution_ProcessID",
    "winlog.process.thread.id": "Execution_ThreadID",
    "winlog.channel": "Channel",
    "winlog.computer_name": "Computer",
    "winlog.user.identifier": "Security_UserID",
}
# What Winlogbeat calls the bits, by provider: the other set bit of the mask is that of the provider's channel.
_KEYWORDS: Mapping[tuple[Cell, Cell], str] = {
    ("Microsoft-Windows-Security-Auditing", "Audit Failure"): "0x8010000000000000",
    ("Microsoft-Windows-Security-Auditing", "Audit Success"): "0x8020000000000000",
    ("Microsoft-Windows-Eventlog", "Audit Failure"): "0x4010000000000000",
    ("Microsoft-Windows-Eventlog", "Audit Success"): "0x4020000000000000",
}
_LEVELS = {"critical": 1, "error": 2, "warning": 3, "information": 4, "verbose": 5}

# Where Sysmon's values are after ingestion: column -> field. Copies that leave the original in event_data are not listed.
_SYSMON = {
    "rule.name": "RuleName",
    "process.command_line": "CommandLine",
    "process.working_directory": "CurrentDirectory",
    "process.thread.id": "SourceThreadId",
    "process.parent.entity_id": "ParentProcessGuid",
    "process.parent.pid": "ParentProcessId",
    "process.parent.executable": "ParentImage",
    "process.parent.command_line": "ParentCommandLine",
    "process.pe.original_file_name": "OriginalFileName",
    "file.pe.original_file_name": "OriginalFileName",
    "network.transport": "Protocol",
    "source.ip": "SourceIp",
    "source.domain": "SourceHostname",
    "source.port": "SourcePort",
    "destination.ip": "DestinationIp",
    "destination.domain": "DestinationHostname",
    "destination.port": "DestinationPort",
    "dns.question.name": "QueryName",
    "sysmon.file.archived": "Archived",
    "sysmon.file.is_executable": "IsExecutable",
    "registry.path": "TargetObject",
    "error.code": "ID",
}
# The same for columns that hold different fields: column -> event id -> field, 0 for all other events.
_SYSMON_BY_ID: Mapping[str, Mapping[int, str]] = {
    "process.executable": {0: "Image", 8: "SourceImage", 10: "SourceImage", 20: "Destination"},
    "process.entity_id": {0: "ProcessGuid", 8: "SourceProcessGuid", 10: "SourceProcessGUID"},
    "process.pid": {0: "ProcessId", 8: "SourceProcessId", 10: "SourceProcessId"},
    "file.path": {0: "TargetFilename", 6: "ImageLoaded", 7: "ImageLoaded", 9: "Device"},
    "file.name": {17: "PipeName", 18: "PipeName"},
}
_SECURITY_4688 = {"process.executable": "NewProcessName", "process.pid": "NewProcessId", "process.parent.executable": "ParentProcessName"}
_SECURITY = {
    "process.executable": "ProcessName",
    "process.pid": "ProcessId",
    "source.ip": "IpAddress",
    "source.port": "IpPort",
    "source.domain": "WorkstationName",
}
_POWERSHELL = {
    "powershell.file.script_block_text": "ScriptBlockText",
    "powershell.file.script_block_id": "ScriptBlockId",
    "powershell.sequence": "MessageNumber",
    "powershell.total": "MessageTotal",
    "file.path": "Path",
}
_HASHES = ("SHA1", "MD5", "SHA256", "IMPHASH")

_Document: TypeAlias = Mapping[str, Cell]


def event_of_document(fields: _Document, path: Path | None = None, position: int = 0, line: int = 0) -> Event:
    """The event of a document, given with dotted names."""
    section = "UserData" if any(name.startswith("winlog.user_data.") for name in fields) else "EventData"
    kept = dict(_kept(fields))
    moved = {name: value for name, value in _moved(fields) if name not in kept}
    unnamed = [("Data", value) for name, cell in kept.items() if re.fullmatch("param[0-9]+", name) for value in values(cell)]
    return windows_event(_system(fields), [*kept.items(), *moved.items(), *unnamed], section, path, position, line)


def _system(fields: _Document) -> Iterator[Named]:
    for name, own in _SYSTEM.items():
        if name in fields:
            yield own, fields[name]
    if "winlog.event_id" not in fields and "event.code" in fields:
        yield "EventID", fields["event.code"]
    level = fields.get("log.level")
    if isinstance(level, str) and level in _LEVELS:
        yield "Level", _LEVELS[level]
    for keyword in values(fields.get("winlog.keywords")):
        if mask := _KEYWORDS.get((fields.get("winlog.provider_name"), keyword)):
            yield "Keywords", mask


def _kept(fields: _Document) -> Iterator[Named]:
    """What is in event_data still. A `paramN` may be a value of that name or one without a name, so it counts as both."""
    for name, value in fields.items():
        for bag in ("winlog.event_data.", "winlog.user_data."):
            if name.startswith(bag):
                yield name.removeprefix(bag), value


def _moved(fields: _Document) -> Iterator[Named]:
    channel, code = fields.get("winlog.channel"), text_of(values(fields.get("winlog.event_id", fields.get("event.code", "")))[0] or "")
    event_id = int(code) if code.isdecimal() else 0
    table: Mapping[str, str] = {}
    if channel == "Microsoft-Windows-Sysmon/Operational":
        table = {
            **_SYSMON,
            **{column: found for column, names in _SYSMON_BY_ID.items() if (found := names.get(event_id, names.get(0, "")))},
        }
        yield from _put_together(fields)
    elif channel == "Security":
        table = _SECURITY_4688 if event_id == 4688 else _SECURITY
    elif channel == "Microsoft-Windows-PowerShell/Operational":
        table = _POWERSHELL
    yield from ((field, fields[column]) for column, field in table.items() if column in fields)


def _put_together(fields: _Document) -> Iterator[Named]:
    """The fields of Sysmon that the pipeline takes apart."""
    for field, build in _BUILT.items():
        built = build(lambda name: text_of(value) if (value := values(fields.get(name))[0]) is not None else "")
        if built:
            yield field, built


_Get: TypeAlias = Callable[[str], str]


def _user(get: _Get) -> str:
    return f"{get('user.domain')}\\{get('user.name')}" if get("user.name") else ""


def _hashes(get: _Get) -> str:
    found = [
        f"{name}={(get(f'process.hash.{name.lower()}') or get(f'file.hash.{name.lower()}') or _imphash(name, get)).upper()}"
        for name in _HASHES
    ]
    return ",".join(each for each in found if not each.endswith("="))


def _imphash(name: str, get: _Get) -> str:
    return get("process.pe.imphash") or get("file.pe.imphash") if name == "IMPHASH" else ""


def _details(get: _Get) -> str:
    style = {"SZ_DWORD": "dword", "SZ_QWORD": "qword"}.get(get("registry.data.type"), "")
    return number_text(get("registry.data.strings"), style) if style else get("registry.data.strings")


_BUILT: Mapping[str, Callable[[_Get], str]] = {
    "User": _user,
    "Hashes": _hashes,
    "Details": _details,
    "Initiated": lambda get: {"egress": "true", "ingress": "false"}.get(get("network.direction"), ""),
    "SourceIsIpv6": lambda get: {"ipv6": "true", "ipv4": "false"}.get(get("network.type"), ""),
}
