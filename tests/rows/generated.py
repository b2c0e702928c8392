"""Events of every category of Windows with values of every kind, to hold row shapes and pipelines against each other."""

from collections.abc import Iterator, Mapping
from random import Random

from sigma_amsi.events.flatten import windows_event
from sigma_amsi.events.model import Event
from sigma_amsi.events.rows.read import read_rows_file
from sigma_amsi.pipeline.nodes import MapNode, mapping, texts
from sigma_amsi.predicate.evaluate import Cell

GUID = "{0197231E-005A-6928-A50B-000000000D00}"
PATHS = (
    "C:\\Windows\\System32\\cmd.exe",
    "C:\\Program Files (x86)\\A & B\\<c>.exe",
    "\\\\server\\share$\\ÄÖ ü.dll",
    "name",
    "C:\\a\\&amp;\\b.exe",
)
TEXTS = (*PATHS, "-", "", "x", 'cmd /c "echo 1 > a & echo <b>"', "ends with blanks  ", "%%1234", "*?[]", "true", "007")
POOLS: Mapping[str, tuple[Cell, ...]] = {
    "EventType": ("SetValue",),
    "TargetObject": (
        "HKLM\\System\\CurrentControlSet\\Services\\a\\Start",
        "HKLM\\SOFTWARE\\Microsoft\\AMSI\\Providers\\{2781761E-28E0-4109-99FE-B9D127C57AFE}",
        "HKU\\S-1-5-21-1-2-3-1001\\Software\\x\\(Default)",
        "HKU\\S-1-5-18\\Software\\a & b\\<c>",
        "HKU\\.DEFAULT\\x\\y",
        "HKCR\\CLSID\\{x}\\InprocServer32\\(Default)",
    ),
    "NewName": ("HKLM\\System\\CurrentControlSet\\Services\\b", "HKU\\S-1-5-21-1-2-3-1001\\Software\\z", "HKCR\\y"),
    "Details": (
        *("DWORD (0x00000000)", "DWORD (0x00000001)", "DWORD (0xffffffff)", "DWORD (0x0000000a)", "QWORD (0x00000000-0x00000001)"),
        *("QWORD (0x00000000-0xffffffff)", "Binary Data", "(Empty)", "text", "C:\\a & b", "1"),
    ),
    "Hashes": ("SHA1=AAAA,MD5=BBBB,SHA256=CCCC,IMPHASH=DDDD", "MD5=BBBB", "SHA256=CCCC,IMPHASH=00000000000000000000000000000000"),
    "Hash": ("SHA1=AAAA,MD5=BBBB,SHA256=CCCC,IMPHASH=DDDD",),
    "Protocol": ("tcp", "udp"),
    "GrantedAccess": ("0x1410", "0x1fffff"),
    "LogonId": ("0x3e7", "0x0"),
    "CallTrace": ("C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|UNKNOWN(0000)",),
    "PipeName": ("\\lsass", "\\a & b"),
    "IntegrityLevel": ("High", "Medium", "System", "Low"),
    "SignatureStatus": ("Valid", "Expired", "-"),
    "QueryStatus": (0, 9003, 123),
    "State": ("Started", "Stopped"),
    "Version": ("15.15",),
    "SchemaVersion": ("4.90",),
    "ConfigurationFileHash": ("SHA256=AAAA",),
    "StartAddress": ("0x00007FFB1A2B3C4D",),
    "Session": (1, 2),
    "ScriptBlockId": ("2f1a5b0e-6e8a-4f0c-9c52-0c5a6d7e8f90",),
    "LogonType": (2, 3, 10),
    "KeyLength": (0, 128),
    "AccessList": ("%%4416\n\t\t\t\t", "%%1538\n\t\t\t\t%%4423\n\t\t\t\t"),
    "PrivilegeList": ("SeDebugPrivilege", "SeTcbPrivilege\n\t\t\tSeBackupPrivilege"),
    "IpAddress": ("10.0.0.1", "::1", "-", "::ffff:10.0.0.1"),
    "IpPort": ("0", "49152", "-"),
    "ObjectType": ("Key", "File", "SAM_DOMAIN"),
    "OperationType": ("%%1904", "%%1905", "%%1906"),
    "NewValueType": ("%%1873", "%%1876"),
    "processId": (17,),
    "StartType": ("demand start", "auto start"),
    "MandatoryLabel": ("S-1-16-12288", "S-1-16-8192"),
    "SubjectUserSid": ("S-1-5-18",),
    "TargetUserSid": ("S-1-0-0", "S-1-5-21-1-2-3-500"),
    "ServiceSid": ("S-1-5-21-1-2-3-502",),
    "OpCorrelationID": (GUID,),
    "AttributeSyntaxOID": ("2.5.5.12",),
    "Data": (("a & b", "second", "x=<y>"), "one"),
}
PROVIDERS = {
    "Windows PowerShell": "PowerShell",
    "Security": "Microsoft-Windows-Security-Auditing",
    "System": "Service Control Manager",
}
AUDIT_KEYWORDS = ("0x8020000000000000", "0x8010000000000000")
USERS = ("NT AUTHORITY\\SYSTEM", "Domäne\\user name", "-")
COMPUTER = "host.example"
ADDRESSES = (("10.0.0.1", "192.0.2.7"), ("2001:db8::1", "::1", "fe80::1:2"))


def generated_events(seed: int = 1, count: int = 6) -> Iterator[Event]:
    """Events for each category that is known, and each of its event ids and operations."""
    random = Random(seed)
    node = read_rows_file("windows_events")
    services, categories = mapping(node.entries["services"], "").entries, mapping(node.entries["categories"], "").entries
    for said in categories.values():
        category = mapping(said, "")
        channel = texts(mapping(services[texts(category.entries["service"], "")[0]], "").entries["Channel"], "")[0]
        for event_id in texts(category.entries["EventID"], ""):
            for number in range(count):
                yield _event(channel, int(event_id), _data(random, int(event_id), number), number, category)


def channel_events(seed: int = 2, count: int = 6) -> Iterator[Event]:
    """Events of channels that are no category of Sysmon's or PowerShell's."""
    random = Random(seed)
    for (channel, event_id), names in CHANNELS.items():
        for number in range(count):
            yield _event(channel, event_id, {name: _value(random, name, security=channel == "Security") for name in names}, number, None)


def powershell_7_events(seed: int = 3, count: int = 6) -> Iterator[Event]:
    """Events of PowerShell 7, which are those of Windows PowerShell in a channel of their own."""
    random = Random(seed)
    for number in range(count):
        yield _event("PowerShellCore/Operational", 4104, _data(random, 4104, number), number, None)


def service_events() -> Iterator[Event]:
    """An event without values of each channel that some service is, and of two that none is."""
    services = mapping(read_rows_file("windows_events").entries["services"], "").entries
    channels = [channel for service in services.values() for channel in texts(mapping(service, "").entries["Channel"], "")]
    for channel in dict.fromkeys([*channels, "Microsoft-Windows-Sysmon/Debug", "Setup"]):
        event = _event(channel, 1, {}, 0, None)
        yield windows_event(
            {**event.system, "Provider_Name": PROVIDERS.get(channel, "Ntfs")}.items(), (), "EventData"
        )  # one that every pipeline knows


def _event(channel: str, event_id: int, data: Mapping[str, Cell], number: int, category: MapNode | None) -> Event:
    system: dict[str, Cell] = {
        "Provider_Name": PROVIDERS.get(channel, channel.split("/")[0]),
        "EventID": event_id,
        "Version": 5,
        "Level": 4,
        "Task": event_id,
        "Keywords": AUDIT_KEYWORDS[number % 2] if channel == "Security" else "0x8000000000000000",
        "Channel": channel,
        "Computer": COMPUTER,
        "Security_UserID": "S-1-5-18",
    }
    operations = texts(category.entries["EventType"], "") if category is not None and "EventType" in category.entries else ()
    own = dict(data)
    if operations:
        own["EventType"] = operations[number % len(operations)]
    return windows_event(system.items(), own.items(), "EventData")


def _data(random: Random, event_id: int, number: int) -> dict[str, Cell]:
    values = {name: _value(random, name) for name in FIELDS[event_id]}
    if "SourceIp" in values:  # both ends of a connection speak the same version
        family = random.choice(ADDRESSES)
        for side in ("Source", "Destination"):
            values[f"{side}Ip"] = random.choice(family)
            values[f"{side}IsIpv6"] = "true" if ":" in family[0] else "false"
        # The side that the event's computer is.
        values["SourceHostname" if values["Initiated"] == "true" else "DestinationHostname"] = COMPUTER
    operation = {12: ("CreateKey", "DeleteKey", "DeleteValue")[number % 3], 14: "RenameKey", 17: "CreatePipe", 18: "ConnectPipe"}
    if "EventType" in values:
        values["EventType"] = operation.get(event_id, "SetValue" if event_id == 13 else "WmiFilterEvent")
    return values


def _value(random: Random, name: str, *, security: bool = False) -> Cell:
    if name in POOLS:
        return random.choice(POOLS[name])
    if name in _HEXADECIMAL:
        return f"0x{random.randrange(1, 1 << 20):x}"
    if name in _WORDS:
        return random.choice(("a", "b-c", "%%1833", "-"))
    if name.lower().endswith("guid"):
        return GUID
    if name in ("ProcessId", "NewProcessId") and security:
        return f"0x{random.randrange(4, 1 << 16):x}"
    if name.endswith(("Port", "ProcessId", "ThreadId", "SessionId", "MessageNumber", "MessageTotal")):
        return random.randrange(1, 65536)
    if name.endswith("User"):
        return random.choice(USERS)
    if name.endswith(("Time", "UtcTime")):
        return "2026-01-02 03:04:05.678"
    if name in ("Initiated", "SourceIsIpv6", "DestinationIsIpv6", "Archived", "IsExecutable", "Signed"):
        return random.choice(("true", "false"))
    if name.endswith(("Image", "ImageLoaded", "Filename", "Directory", "Path", "Device", "Destination")):
        return random.choice(PATHS)
    return random.choice(TEXTS)


_PROCESS = ("RuleName", "UtcTime", "ProcessGuid", "ProcessId", "Image")
_FILE = (*_PROCESS, "User", "TargetFilename")
_VERSION = ("FileVersion", "Description", "Product", "Company", "OriginalFileName")
_PAIR = ("SourceProcessId", "SourceImage", "TargetProcessId", "TargetImage", "SourceUser", "TargetUser")
FIELDS: Mapping[int, tuple[str, ...]] = {
    1: (
        *(*_PROCESS, *_VERSION, "CommandLine", "CurrentDirectory", "User", "LogonGuid", "LogonId", "TerminalSessionId", "IntegrityLevel"),
        *("Hashes", "ParentProcessGuid", "ParentProcessId", "ParentImage", "ParentCommandLine", "ParentUser"),
    ),
    2: (*_FILE, "CreationUtcTime", "PreviousCreationUtcTime"),
    3: (
        *(*_PROCESS, "User", "Protocol", "Initiated", "SourceIsIpv6", "SourceIp", "SourceHostname", "SourcePort", "SourcePortName"),
        *("DestinationIsIpv6", "DestinationIp", "DestinationHostname", "DestinationPort", "DestinationPortName"),
    ),
    4: ("UtcTime", "State", "Version", "SchemaVersion"),
    5: (*_PROCESS, "User"),
    6: ("RuleName", "UtcTime", "ImageLoaded", "Hashes", "Signed", "Signature", "SignatureStatus"),
    7: (*_PROCESS, "ImageLoaded", *_VERSION, "Hashes", "Signed", "Signature", "SignatureStatus", "User"),
    8: (
        "RuleName",
        "UtcTime",
        "SourceProcessGuid",
        "TargetProcessGuid",
        *_PAIR,
        "NewThreadId",
        "StartAddress",
        "StartModule",
        "StartFunction",
    ),
    9: (*_PROCESS, "Device", "User"),
    10: ("RuleName", "UtcTime", "SourceProcessGUID", "SourceThreadId", "TargetProcessGUID", *_PAIR, "GrantedAccess", "CallTrace"),
    11: (*_FILE, "CreationUtcTime"),
    12: (*_PROCESS, "EventType", "TargetObject", "User"),
    13: (*_PROCESS, "EventType", "TargetObject", "Details", "User"),
    14: (*_PROCESS, "EventType", "TargetObject", "NewName", "User"),
    15: (*_FILE, "CreationUtcTime", "Hash", "Contents"),
    16: ("UtcTime", "Configuration", "ConfigurationFileHash"),
    17: (*_PROCESS, "EventType", "PipeName", "User"),
    18: (*_PROCESS, "EventType", "PipeName", "User"),
    19: ("RuleName", "EventType", "UtcTime", "Operation", "User", "EventNamespace", "Name", "Query"),
    20: ("RuleName", "EventType", "UtcTime", "Operation", "User", "Name", "Type", "Destination"),
    21: ("RuleName", "EventType", "UtcTime", "Operation", "User", "Consumer", "Filter"),
    22: (*_PROCESS, "QueryName", "QueryStatus", "QueryResults", "User"),
    23: (*_FILE, "Hashes", "IsExecutable", "Archived"),
    24: (*_PROCESS, "Session", "ClientInfo", "Hashes", "Archived", "User"),
    25: (*_PROCESS, "Type", "User"),
    26: (*_FILE, "Hashes", "IsExecutable"),
    27: (*_FILE, "Hashes"),
    28: (*_FILE, "Hashes", "IsExecutable"),
    29: (*_FILE, "Hashes"),
    255: ("UtcTime", "ID", "Description"),
    400: ("Data",),
    600: ("Data",),
    800: ("Data",),
    4103: ("ContextInfo", "UserData", "Payload"),
    4104: ("MessageNumber", "MessageTotal", "ScriptBlockText", "ScriptBlockId", "Path"),
}

_HEXADECIMAL = (
    "SubjectLogonId",
    "TargetLogonId",
    "HandleId",
    "AccessMask",
    "ServiceType",
    "TicketOptions",
    "TicketEncryptionType",
    "Status",
)
_WORDS = (
    *("LogonProcessName", "AuthenticationPackageName", "TransmittedServices", "ImpersonationLevel", "VirtualAccount", "ElevatedToken"),
    *("RestrictedAdminMode", "TokenElevationType", "ObjectServer", "ServiceStartType", "OldValueType"),
)
_SUBJECT = ("SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId")
_TARGET = ("TargetUserSid", "TargetUserName", "TargetDomainName", "TargetLogonId")
CHANNELS: Mapping[tuple[str, int], tuple[str, ...]] = {
    ("Security", 4624): (
        *(*_SUBJECT, *_TARGET, "LogonType", "LogonProcessName", "AuthenticationPackageName", "WorkstationName", "LogonGuid"),
        *("TransmittedServices", "LmPackageName", "KeyLength", "ProcessId", "ProcessName", "IpAddress", "IpPort", "ImpersonationLevel"),
        *("RestrictedAdminMode", "VirtualAccount", "ElevatedToken"),
    ),
    ("Security", 4688): (
        *(*_SUBJECT, *_TARGET, "NewProcessId", "NewProcessName", "TokenElevationType", "ProcessId", "CommandLine", "ParentProcessName"),
        *("MandatoryLabel",),
    ),
    ("Security", 4663): (
        *_SUBJECT,
        "ObjectServer",
        "ObjectType",
        "ObjectName",
        "HandleId",
        "AccessList",
        "AccessMask",
        "ProcessId",
        "ProcessName",
    ),
    ("Security", 4657): (
        *(*_SUBJECT, "ObjectName", "ObjectValueName", "HandleId", "OperationType", "OldValueType", "OldValue", "NewValueType", "NewValue"),
        *("ProcessId", "ProcessName"),
    ),
    ("Security", 4672): (*_SUBJECT, "PrivilegeList"),
    ("Security", 4673): (*_SUBJECT, "ObjectServer", "Service", "PrivilegeList", "ProcessId", "ProcessName"),
    ("Security", 4697): (*_SUBJECT, "ServiceName", "ServiceFileName", "ServiceType", "ServiceStartType", "ServiceAccount"),
    ("Security", 4698): (*_SUBJECT, "TaskName", "TaskContent"),
    ("Security", 4769): (
        *(
            "TargetUserName",
            "TargetDomainName",
            "ServiceName",
            "ServiceSid",
            "TicketOptions",
            "TicketEncryptionType",
            "IpAddress",
            "IpPort",
        ),
        *("Status", "LogonGuid", "TransmittedServices"),
    ),
    ("Security", 5145): (
        *_SUBJECT,
        "ObjectType",
        "IpAddress",
        "IpPort",
        "ShareName",
        "ShareLocalPath",
        "RelativeTargetName",
        "AccessMask",
        "AccessList",
    ),
    ("Security", 5136): (
        *(
            *_SUBJECT,
            "OpCorrelationID",
            "DSName",
            "ObjectDN",
            "ObjectGUID",
            "ObjectClass",
            "AttributeLDAPDisplayName",
            "AttributeSyntaxOID",
        ),
        *("AttributeValue", "OperationType"),
    ),
    ("System", 7045): ("ServiceName", "ImagePath", "ServiceType", "StartType", "AccountName"),
    ("Microsoft-Windows-Windows Defender/Operational", 1116): (
        "Threat Name",
        "Source Name",
        "Process Name",
        "Path",
        "Detection User",
        "Action Name",
    ),
    ("Microsoft-Windows-Windows Defender/Operational", 5007): ("New Value", "Old Value"),
    ("Microsoft-Windows-TaskScheduler/Operational", 106): ("TaskName", "UserContext"),
    ("Microsoft-Windows-Bits-Client/Operational", 16403): ("RemoteName", "LocalName", "processPath", "processId"),
}
