"""The whole chain: a rule's text becomes a query, the query is read back, and the verdict says what is proved."""

from pathlib import Path

import pytest

from sigma_amsi.errors import Refused, Unreadable
from sigma_amsi.proof.verdict import Different, Proved, ProvedAssuming, Wider
from sigma_amsi.rule import Rule, read_text
from sigma_amsi.targets import Declined, Query, Target, target

DELETION = """
title: Provider Key Deleted
logsource: {product: windows, category: registry_delete}
detection:
    selection:
        TargetObject|endswith: '{11111111-2222-3333-4444-555555555555}'
    filter_own:
        Image|startswith: 'C:\\Program Files\\Own\\'
        Image|endswith: '\\own.exe'
    condition: selection and not filter_own
"""
NO_COLUMN = """
title: Working Folder
logsource: {product: windows, category: process_creation}
detection:
    selection:
        Image|endswith: '\\a.exe'
        CurrentDirectory: 'C:\\Temp\\'
    condition: selection
"""


def rule(text: str) -> Rule:
    (found,) = read_text(text, Path("rule.yml"))
    assert isinstance(found, Rule)
    return found


@pytest.fixture(scope="module")
def defender() -> Target:
    return target("kusto", pipeline="microsoft_xdr")


@pytest.mark.parametrize(
    ("language", "pipeline"),
    [
        ("kusto", "microsoft_xdr"),
        ("kusto", "azure_monitor"),
        ("splunk", "splunk_windows"),
        ("lucene", "ecs_windows"),
        ("eql", "ecs_windows"),
    ],
)
def test_a_deletion_is_proved_on_every_target_and_says_deleted(language: str, pipeline: str) -> None:
    query = target(language, pipeline=pipeline).convert(rule(DELETION))
    assert isinstance(query.verdict, Proved | ProvedAssuming)
    assert "DeleteKey" in query.text or "RegistryKeyDeleted" in query.text


def test_kibana_needs_a_declared_fact_and_the_refusal_names_it() -> None:
    with pytest.raises(Refused) as refused:
        target("kibana", pipeline="ecs_windows").convert(rule(DELETION))
    assert refused.value.problem.code == "case-sensitive-column"
    assert "keyword-fields-are-folded" in refused.value.problem.hint
    query = target("kibana", pipeline="ecs_windows", assume=["keyword-fields-are-folded"]).convert(rule(DELETION))
    assert isinstance(query.verdict, ProvedAssuming)
    assert "keyword-fields-are-folded" in query.verdict.facts


def test_a_refusal_has_the_rule_s_file_and_line(defender: Target) -> None:
    with pytest.raises(Refused) as refused:
        defender.convert(rule(NO_COLUMN))
    problem = refused.value.problem
    assert (problem.code, problem.path, problem.line) == ("missing-field", Path("rule.yml"), 7)


def test_a_refusal_of_the_language_has_the_line_of_the_rule_s_item() -> None:
    text = DELETION.replace("Image|endswith: '\\own.exe'", "Image|re|i: 'own.+exe'")
    with pytest.raises(Refused) as refused:
        target("kibana", pipeline="ecs_windows", assume=["keyword-fields-are-folded"]).convert(rule(text))
    assert (refused.value.problem.code, refused.value.problem.line) == ("regex-unsupported", 9)


def test_foreign_text_is_judged_with_both_obligations(defender: Target) -> None:
    guid = "{11111111-2222-3333-4444-555555555555}"
    lost = defender.prove(rule(DELETION), f'DeviceRegistryEvents | where RegistryKey endswith "{guid}"')
    assert isinstance(lost, Different)
    assert lost.obligations.log_source.adds is not None
    own = defender.convert(rule(DELETION)).text
    without_filter = own[: own.index("and not(")]
    assert isinstance(defender.prove(rule(DELETION), without_filter), Wider)


def test_a_query_on_another_table_is_not_judged(defender: Target) -> None:
    with pytest.raises(Unreadable):
        defender.prove(rule(DELETION), 'DeviceFileEvents | where FileName == "x"')


def test_one_bad_rule_does_not_hide_the_others(defender: Target) -> None:
    rules = [*read_text("title: [", Path("broken.yml")), rule(NO_COLUMN), rule(DELETION)]
    broken, refused, converted = defender.convert_all(rules)
    assert isinstance(broken, Declined)
    assert broken.rule is None
    assert isinstance(refused, Declined)
    assert refused.rule is not None
    assert isinstance(converted, Query)
    again = next(iter(defender.convert_all(reversed(rules))))
    assert again == converted
