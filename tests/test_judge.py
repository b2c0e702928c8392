"""Judging foreign queries: the log source apart from the rest, several queries together, columns that nobody has."""

from pathlib import Path

import pytest

from sigma_amsi.errors import Refused, Unreadable
from sigma_amsi.judge import judge
from sigma_amsi.proof.verdict import Different, Narrower, Proved, Wider
from sigma_amsi.rule import Rule, read_text
from sigma_amsi.targets import Target, target

CREATION = """
title: Tool Started
logsource: {product: windows, category: process_creation}
detection:
    selection: {CommandLine|contains: secret}
    filter: {Image|endswith: '\\own.exe'}
    condition: selection and not filter
"""
TWO_CONDITIONS = """
title: Tool Started
logsource: {product: windows, category: process_creation}
detection:
    one: {CommandLine|contains: secret}
    two: {CommandLine|contains: hidden}
    condition: [one, two]
"""
OPERATION = """
title: Key Deleted
logsource: {product: windows, category: registry_delete}
detection:
    selection: {TargetObject|endswith: '\\key', EventType: DeleteKey}
    condition: selection
"""
CHANNEL = "Microsoft-Windows-Sysmon/Operational"
DETECTION = 'CommandLine="*secret*" NOT Image="*\\\\own.exe"'


def rule(text: str) -> Rule:
    (found,) = read_text(text, Path("rule.yml"))
    assert isinstance(found, Rule)
    return found


@pytest.fixture(scope="module")
def splunk() -> Target:
    return target("splunk", pipeline="splunk_windows")


@pytest.fixture(scope="module")
def lucene() -> Target:
    return target("lucene", pipeline="ecs_windows")


def test_what_is_right_is_proved(splunk: Target) -> None:
    judgement = judge(splunk, rule(CREATION), [f'source="XmlWinEventLog:{CHANNEL}" EventCode=1 {DETECTION}'])
    assert isinstance(judgement.verdict, Proved)
    assert judgement.proved


def test_no_log_source(splunk: Target) -> None:
    verdict = judge(splunk, rule(CREATION), [DETECTION]).verdict
    assert isinstance(verdict, Wider)
    assert verdict.obligations.log_source.adds is not None
    assert verdict.obligations.detection.holds


def test_another_log_source_does_not_hide_that_the_rest_is_right(splunk: Target) -> None:
    verdict = judge(splunk, rule(CREATION), [f'source="WinEventLog:{CHANNEL}" EventCode=1 {DETECTION}']).verdict
    assert isinstance(verdict, Different)
    log_source = verdict.obligations.log_source
    assert log_source.adds is not None
    assert log_source.misses is not None
    assert str(log_source.misses.row["source"]).lower() == f"xmlwineventlog:{CHANNEL}".lower()
    assert verdict.obligations.detection.holds


def test_another_log_source_does_not_hide_that_the_rest_is_wrong(splunk: Target) -> None:
    verdict = judge(splunk, rule(CREATION), [f'source="WinEventLog:{CHANNEL}" EventCode=1 CommandLine="*secret*"']).verdict
    detection = verdict.obligations.detection
    assert verdict.obligations.log_source.misses is not None
    assert detection.misses is None
    assert detection.adds is not None
    assert "own.exe" in str(detection.adds.row["Image"]).lower()


def test_only_what_shuts_out_is_set_aside(splunk: Target) -> None:
    """The operation is a condition on a column of the log source, too, but here it is the rule's own."""
    rest = 'EventCode=12 EventType="DeleteKey" TargetObject="*\\\\key"'
    verdict = judge(splunk, rule(OPERATION), [f'source="WinEventLog:{CHANNEL}" {rest}']).verdict
    assert verdict.obligations.log_source.misses is not None
    assert verdict.obligations.detection.holds


def test_a_wrong_detection_alone_stays_one(splunk: Target) -> None:
    verdict = judge(
        splunk, rule(CREATION), [f'source="XmlWinEventLog:{CHANNEL}" EventCode=1 CommandLine="secret" NOT Image="*\\\\own.exe"']
    ).verdict
    assert isinstance(verdict, Narrower)
    assert verdict.obligations.log_source.holds


def test_several_queries_count_together(splunk: Target) -> None:
    source = f'source="XmlWinEventLog:{CHANNEL}" EventCode=1'
    both = [f'{source} CommandLine="*secret*"', f'{source} CommandLine="*hidden*"']
    assert judge(splunk, rule(TWO_CONDITIONS), both).proved
    assert isinstance(judge(splunk, rule(TWO_CONDITIONS), both[:1]).verdict, Narrower)


def test_an_unknown_column_is_read_as_absent_and_named(lucene: Target) -> None:
    own = lucene.convert(rule(CREATION)).text
    text = own.replace("process.executable:", "process.executable.caseless:")
    assert text != own
    judgement = judge(lucene, rule(CREATION), [text])
    assert judgement.unknown_columns == ("process.executable.caseless",)
    assert isinstance(judgement.verdict, Wider)  # a filter on a column that nobody has never filters
    assert not judgement.proved


def test_a_proof_with_an_unknown_column_is_none(lucene: Target) -> None:
    own = lucene.convert(rule(CREATION)).text
    judgement = judge(lucene, rule(CREATION), [f"({own}) OR no.such.column:x"])
    assert isinstance(judgement.verdict, Proved)
    assert not judgement.proved


def test_what_cannot_be_read_or_said_is_raised(lucene: Target) -> None:
    with pytest.raises(Unreadable):
        judge(lucene, rule(CREATION), ["process.command_line:("])
    with pytest.raises(Refused):
        judge(lucene, rule(CREATION.replace("CommandLine", "NoSuchField")), ["process.command_line:x"])


def test_a_witness_through_a_prefix_of_a_join() -> None:
    """The rule's text begins in one column, in another spelling, and ends in another."""
    text = CREATION.replace("process_creation", "registry_set").replace(
        "CommandLine|contains: secret", r"TargetObject|startswith: 'HKLM\System\CurrentControlSet\Services\x'"
    )
    verdict = judge(target("kusto", pipeline="microsoft_xdr"), rule(text), ["DeviceRegistryEvents | where false"]).verdict
    assert isinstance(verdict, Narrower)
    assert str(verdict.misses.event["TargetObject"]).lower().startswith(r"hklm\system\currentcontrolset\services\x")
