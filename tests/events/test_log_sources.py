"""Which events a log source covers."""

import pytest

from sigma_amsi.events.flatten import flat_event
from sigma_amsi.events.log_sources import coverage, covers, defaults
from sigma_amsi.events.model import Event
from sigma_amsi.rule.model import LogSource

SYSMON = "Microsoft-Windows-Sysmon/Operational"


def sysmon(event_id: int, **data: str) -> Event:
    return flat_event({"Channel": SYSMON, "EventID": event_id, **data})


@pytest.mark.parametrize(
    ("category", "event", "is_covered"),
    [
        ("registry_delete", sysmon(12, EventType="DeleteKey"), True),
        ("registry_delete", sysmon(12, EventType="DeleteValue"), True),
        ("registry_delete", sysmon(12, EventType="CreateKey"), False),
        ("registry_delete", sysmon(14, EventType="RenameKey"), False),
        ("registry_add", sysmon(12, EventType="CreateKey"), True),
        ("registry_event", sysmon(14, EventType="RenameKey"), True),
        ("process_creation", sysmon(1), True),
        ("process_creation", flat_event({"Channel": "Security", "EventID": 4688}), False),
        ("process_creation", flat_event({"EventID": 1}), False),
    ],
)
def test_channel_id_and_operation_decide(category: str, event: Event, is_covered: bool) -> None:
    assert covers(coverage(LogSource(category, "windows")), event) is is_covered


def test_a_category_and_a_service_have_to_hold_both() -> None:
    assert covers(coverage(LogSource("registry_set", "windows", "sysmon")), sysmon(13))
    assert not covers(coverage(LogSource("registry_set", "windows", "security")), sysmon(13))


def test_what_system_says_counts_and_not_a_value_of_the_same_name() -> None:
    event = flat_event({"Channel": "System", "EventID": 104})
    event = Event({**event.fields, "Channel": ("System", "Security")}, event.system, event.data)
    assert covers(coverage(LogSource("", "windows", "system")), event)
    assert not covers(coverage(LogSource("", "windows", "security")), event)


def test_a_product_alone_is_every_event_of_its_log() -> None:
    assert covers(coverage(LogSource("", "windows")), sysmon(255))
    assert not covers(coverage(LogSource("", "windows")), flat_event({"Image": "x"}))


@pytest.mark.parametrize("source", [LogSource("", "cisco", "aaa"), LogSource("proxy"), LogSource("process_creation", "linux")])
def test_other_log_sources_are_never_events_of_windows(source: LogSource) -> None:
    assert covers(coverage(source), flat_event({"c-uri": "x"}))
    assert not covers(coverage(source), sysmon(1))


def test_what_all_events_of_a_log_source_have_in_common() -> None:
    assert defaults(LogSource("registry_delete", "windows")) == {"Channel": SYSMON, "EventID": 12}
    assert defaults(LogSource("registry_event", "windows")) == {"Channel": SYSMON}
    assert defaults(LogSource("", "cisco")) == {}
