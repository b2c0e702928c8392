"""Documents of the Elastic Common Schema are read as the events that they were."""

import json
from pathlib import Path

from sigma_amsi.characters import fold
from sigma_amsi.events import Event, read_events
from sigma_amsi.events.ecs import event_of_document
from sigma_amsi.events.flatten import values
from sigma_amsi.events.rows import Row, load_shape
from sigma_amsi.predicate.evaluate import text_of
from tests.rows.generated import generated_events


def read(document: object, folder: Path) -> Event:
    (folder / "document.json").write_text(json.dumps(document))
    (event,) = read_events(folder / "document.json")
    return event


def test_a_document_before_ingestion(tmp_path: Path) -> None:
    winlog = {
        "channel": "Security",
        "event_id": "4697",
        "provider_name": "Microsoft-Windows-Security-Auditing",
        "computer_name": "host",
        "process": {"pid": 4, "thread": {"id": 5}},
        "event_data": {"ServiceName": "x", "param1": "y"},
    }
    for document in (
        {"winlog": winlog},
        {"_index": "winlogbeat", "_source": {"winlog": winlog}},
        {"winlog.channel": "Security", "winlog": {k: v for k, v in winlog.items() if k != "channel"}},
    ):
        assert read(document, tmp_path).fields == {
            "Provider_Name": "Microsoft-Windows-Security-Auditing",
            "EventID": "4697",
            "Execution_ProcessID": 4,
            "Execution_ThreadID": 5,
            "Channel": "Security",
            "Computer": "host",
            "ComputerName": "host",
            "ServiceName": "x",
            "param1": "y",
            "Data": "y",
        }


def test_a_keyword_is_the_mask_that_its_provider_writes(tmp_path: Path) -> None:
    for provider, keyword, mask in (
        ("Microsoft-Windows-Security-Auditing", "Audit Failure", "0x8010000000000000"),
        ("Microsoft-Windows-Eventlog", "Audit Success", "0x4020000000000000"),
        ("AD FS Auditing", "Audit Success", None),
    ):
        document = {"winlog": {"channel": "Security", "event_id": "1", "provider_name": provider, "keywords": [keyword]}}
        assert read(document, tmp_path).fields.get("Keywords") == mask


def test_what_ingestion_moved_and_took_apart_comes_back(tmp_path: Path) -> None:
    document = {
        "event": {"code": "13"},
        "log": {"level": "information"},
        "process": {"executable": "C:\\Windows\\regedit.exe", "pid": 6072},
        "registry": {"path": "HKU\\S-1-5-21\\Software\\Key 1", "data": {"strings": ["4"], "type": "SZ_DWORD"}},
        "user": {"domain": "NT AUTHORITY", "name": "SYSTEM"},
        "winlog": {"channel": "Microsoft-Windows-Sysmon/Operational", "event_data": {"EventType": "SetValue"}},
    }
    fields = read(document, tmp_path).fields
    assert fields["EventID"] == "13"
    assert fields["Level"] == 4
    assert fields["Image"] == "C:\\Windows\\regedit.exe"
    assert fields["Details"] == "DWORD (0x00000004)"
    assert fields["User"] == "NT AUTHORITY\\SYSTEM"
    assert fields["TargetObject"] == "HKU\\S-1-5-21\\Software\\Key 1"


# What the pipelines drop, copy elsewhere in another form, or take apart further than can be told here.
_LOST = {
    *(
        "UtcTime",
        "Task",
        "Keywords",
        "DestinationIsIpv6",
        "SourcePortName",
        "DestinationPortName",
        "QueryStatus",
        "QueryResults",
        "Hash",
        "Data",
    ),
    *("ContextInfo", "Payload"),
}
_WITHOUT_HASHES = (15, 27, 28)
"""Events of which the hashes are dropped, or stood under another name."""


def test_every_generated_event_survives_ingestion() -> None:
    shape = load_shape("ecs_windows")
    for event in generated_events():
        row = shape.row(event)
        assert isinstance(row, Row)
        back = event_of_document(row.columns).fields
        for name, cell in event.fields.items():
            wanted = [fold(text_of(value)) for value in values(cell) if value is not None and text_of(value) not in ("", "-")]
            if name in _LOST or not wanted or (name == "Hashes" and event.fields["EventID"] in _WITHOUT_HASHES):
                continue
            found = [fold(text_of(value)) for value in values(back.get(name)) if value is not None]
            if name == "Hashes":
                kept = {each for each in wanted[0].split(",") if each.partition("=")[2].strip("0")}
                wanted, found = sorted(kept), sorted(found[0].split(","))
            assert found == wanted, (event.fields["EventID"], name)
