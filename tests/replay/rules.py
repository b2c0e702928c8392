"""A rule with events of our own."""

import json
from pathlib import Path

GUID = "{11111111-2222-3333-4444-555555555555}"
KEY = f"HKLM\\SOFTWARE\\Own\\Providers\\{GUID}"
DELETION = f"""\
title: Own Provider Key Deleted
id: 0f2a7c1e-6c1f-4a4e-9a54-2d9c1f3f7a05
status: test
description: The key of a provider is gone.
level: high
logsource: {{product: windows, category: registry_delete}}
detection:
  selection:
    TargetObject|endswith: '{GUID}'
  filter_own:
    Image|startswith: 'C:\\Program Files\\Own & Co\\'
    Image|endswith: '\\own.exe'
  condition: selection and not filter_own
"""


def sysmon(event_id: int, operation: str, target: str = KEY, image: str = "C:\\Temp\\a.exe") -> dict[str, object]:
    """An event of Sysmon's about the registry, as evtx exports it."""
    return {
        "Event": {
            "System": {
                "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon"}},
                "EventID": event_id,
                "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Computer": "host",
            },
            "EventData": {"EventType": operation, "TargetObject": target, "Image": image, "ProcessId": 5, "User": "HOST\\user"},
        }
    }


def write_regression(folder: Path, count: int) -> None:
    """Regression data in the form of SigmaHQ: two deletions and a creation."""
    data = folder / "regression"
    data.mkdir(parents=True)
    events = [sysmon(12, "DeleteKey"), sysmon(12, "DeleteValue"), sysmon(12, "CreateKey")]
    (data / "events.json").write_text("\n".join(map(json.dumps, events)))
    (data / "info.yml").write_text(
        "regression_tests_info:\n"
        "  - name: Positive Detection Test\n"
        "    type: json\n"
        "    provider: Microsoft-Windows-Sysmon\n"
        f"    match_count: {count}\n"
        "    path: regression/events.json\n"
    )
