"""Reading a pipeline's terms on the row that an event becomes gives back the event's fields."""

from collections.abc import Callable, Iterable
from functools import cache

import pytest

from sigma_amsi.characters import fold
from sigma_amsi.events import Event, read_events
from sigma_amsi.events.flatten import values
from sigma_amsi.events.log_sources import coverage, covers
from sigma_amsi.events.rows import NotCollected, Row, load_shape
from sigma_amsi.events.rows.read import shape_names
from sigma_amsi.pipeline.extent import dropped_texts
from sigma_amsi.pipeline.files import available
from sigma_amsi.pipeline.model import LogSource, Mapped, Pipeline
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.predicate.evaluate import evaluate, term_values, text_of
from sigma_amsi.rule.model import LogSource as RuleLogSource
from tests.corpus import needed_corpus
from tests.rows.generated import channel_events, generated_events, powershell_7_events, service_events

PIPELINES = shape_names()
ELASTIC = ("ecs_windows", "ecs_windows_agent")


def expected(event: Event, name: str, mapped: Mapped, source: LogSource, pipeline: Pipeline) -> list[str]:
    """The field's values, without those that the schema says its columns drop."""
    dropped = dropped_texts(mapped.term, pipeline.schema.tables[source.table], source.drops)
    return [
        text_of(value)
        for value in values(event.fields.get(name, ()))
        if value is not None and value != "" and dropped.get(text_of(value)) is None
    ]


def same(wanted: list[str], found: list[str]) -> bool:
    return wanted == found


def same_hashes(wanted: list[str], found: list[str]) -> bool:
    """One test for one hash is what such a list is for: order and case do not count, nor a hash that the SIEM does not keep."""

    def kept(texts: Iterable[str]) -> set[str]:
        entries = {entry for text in texts for entry in fold(text).split(",")}
        return {entry for entry in entries if entry.partition("=")[2].strip("0")}

    return {entry for entry in kept(wanted) if not entry.startswith("imphash")} <= kept(found) <= kept(wanted)


def same_among_others(wanted: list[str], found: list[str]) -> bool:
    return set(wanted) <= set(found)


def same_pieces(wanted: list[str], found: list[str]) -> bool:
    return [piece for text in wanted for piece in text.split()] == found


def same_addresses(wanted: list[str], found: list[str]) -> bool:
    return [text.removeprefix("::ffff:") for text in wanted] == found


Comparison = Callable[[list[str], list[str]], bool]

# (pipeline, field): how the two are compared, because ...
COMPARISONS: dict[tuple[str, str], Comparison] = {
    **{(name, field): same_hashes for name in ("microsoft_xdr", *ELASTIC) for field in ("Hashes", "Hash")},
    # ... the pipeline takes the lists apart, and writes IPv4 addresses as such: facts that verdicts name.
    **{(name, field): same_pieces for name in ELASTIC for field in ("AccessList", "PrivilegeList")},
    **{(name, "IpAddress"): same_addresses for name in ELASTIC},
    # ... a line `EventType=` and a line `Type=` stand in the header of every event in text form.
    ("splunk_windows_classic", "EventType"): same_among_others,
    ("splunk_windows_classic", "Type"): same_among_others,
    # ... what stands in an attribute or element of <System> and what stands in <Data> of this name are one field.
    ("splunk_windows", "Name"): same_among_others,
    ("splunk_windows", "Version"): same_among_others,
    ("splunk_windows", "ProcessID"): same_among_others,
}

# Pipeline -> log source and field, or a log source alone where its condition is meant -> why the two disagree, each known and named.
KNOWN: dict[str, dict[str, str]] = {
    "microsoft_xdr": {
        "windows/file_delete": "Sysmon's two events of a deletion, with and without a copy of the file, are one action",
        "windows/file_delete_detected": "Sysmon's two events of a deletion, with and without a copy of the file, are one action",
    },
    **{
        name: {
            "windows/ Level": "levels 0 and 4 are both called information; the pipeline refuses to ask for either",
            "windows//security Level": "levels 0 and 4 are both called information; the pipeline refuses to ask for either",
        }
        for name in ELASTIC
    },
}


def differences(pipeline: Pipeline, events: Iterable[Event]) -> dict[str, str]:
    """What does not come back, by log source and field: an example. A term that is declared approximate is not held to it."""
    shape, known = load_shape(pipeline.name), KNOWN.get(pipeline.name, {})
    found: dict[str, str] = {}
    for event in events:
        row = shape.row(event)
        for key, sources in pipeline.log_sources.items():
            condition = coverage(_log_source(key))
            covered = covers(condition, event)
            for source in sources:
                if isinstance(row, NotCollected) or source.sensor == "security":
                    continue
                is_there = row.table == source.table and evaluate(source.where, row.columns)
                if is_there != covered and key not in known:
                    found[key] = f"event {event.fields['EventID']}: rule {covered}, row {is_there}"
                if covered and is_there:
                    found.update((place, text) for place, text in _field_differences(pipeline, source, event, row) if place not in known)
    return found


def _field_differences(pipeline: Pipeline, source: LogSource, event: Event, row: Row) -> Iterable[tuple[str, str]]:
    for name, mapped in source.fields.items():
        if isinstance(mapped, Mapped) and mapped.approximate is None:
            wanted = expected(event, name, mapped, source, pipeline)
            back = [text_of(value) for value in term_values(mapped.term, row.columns) if value is not None]
            if pipeline.name == "microsoft_xdr":
                wanted = [text for text in wanted if text != "-"]  # Sysmon's sign for no value; another sensor leaves the column empty
            if not COMPARISONS.get((pipeline.name, name), same)(wanted, back):
                yield f"{source.key} {name}", f"event {event.fields['EventID']}: {wanted} came back as {back}"


def _log_source(key: str) -> RuleLogSource:
    product, category, service = [*key.split("/"), ""][:3]
    return RuleLogSource(category, product, service)


@cache
def recordings() -> tuple[Event, ...]:
    folder = needed_corpus()
    return tuple(event for path in sorted(folder.glob("regression_data/**/*.json")) for event in read_events(path))


def test_every_pipeline_has_a_row_shape() -> None:
    assert available() == PIPELINES


@pytest.mark.parametrize("name", PIPELINES)
def test_generated_events_come_back(name: str) -> None:
    assert differences(load_pipeline(name), generated_events()) == {}


@pytest.mark.parametrize("name", PIPELINES)
def test_generated_events_of_channels_come_back(name: str) -> None:
    assert differences(load_pipeline(name), channel_events()) == {}


@pytest.mark.parametrize("name", PIPELINES)
def test_events_of_powershell_7_come_back(name: str) -> None:
    facts = ["powershell-7-is-collected"] if name in ELASTIC else []
    assert differences(load_pipeline(name, assume=facts), powershell_7_events()) == {}


@pytest.mark.parametrize("name", PIPELINES)
def test_services_are_the_same_channels(name: str) -> None:
    assert differences(load_pipeline(name), service_events()) == {}


@pytest.mark.parametrize("name", PIPELINES)
def test_recorded_events_come_back(name: str) -> None:
    assert differences(load_pipeline(name), recordings()) == {}
