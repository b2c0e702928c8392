"""Tags become tactics with the techniques that serve them, and what does not fit is said."""

from itertools import permutations
from pathlib import Path

import pytest

from sigma_amsi.errors import Problem
from sigma_amsi.package.attack import Threats, attack, threats_of
from sigma_amsi.rule import Rule, load, read_text
from tests.corpus import needed_rule_folders


def rule(*tags: str) -> Rule:
    text = f"""
title: Example
logsource: {{product: windows, category: process_creation}}
tags: [{", ".join(tags)}]
detection:
    selection: {{Image: a}}
    condition: selection
"""
    (found,) = read_text(text, Path("rule.yml"))
    assert isinstance(found, Rule)
    return found


def shown(*tags: str) -> dict[str, list[str]]:
    return pairs(threats_of(rule(*tags)))


def pairs(threats: Threats) -> dict[str, list[str]]:
    return {
        threat.tactic.tag: [one.id for nested in threat.techniques for one in (nested.technique, *nested.subtechniques)]
        for threat in threats.threats
    }


def codes(*tags: str) -> list[str]:
    return [problem.code for problem in threats_of(rule(*tags)).problems]


def test_a_technique_stands_under_those_of_its_tactics_that_are_tagged() -> None:
    assert shown("attack.persistence", "attack.t1053.005") == {"persistence": ["T1053", "T1053.005"]}
    assert shown("attack.t1053.005") == {
        "execution": ["T1053", "T1053.005"],
        "persistence": ["T1053", "T1053.005"],
        "privilege-escalation": ["T1053", "T1053.005"],
    }


def test_techniques_are_not_zipped_with_tactics() -> None:
    assert shown("attack.execution", "attack.credential-access", "attack.t1003.001", "attack.t1059.001", "attack.t1003") == {
        "execution": ["T1059", "T1059.001"],
        "credential-access": ["T1003", "T1003.001"],
    }


def test_a_tactic_that_no_technique_serves_stands_alone() -> None:
    assert shown("attack.impact", "attack.execution", "attack.t1059") == {"execution": ["T1059"], "impact": []}


def test_the_order_of_tags_does_not_matter() -> None:
    tags = ("attack.execution", "attack.persistence", "attack.t1053.005", "attack.t1059.003", "attack.t1059")
    assert len({threats_of(rule(*order)) for order in permutations(tags)}) == 1


@pytest.mark.parametrize("tag", ["attack.defense-evasion", "attack.defense_evasion"])
def test_the_divided_tactic_means_its_parts(tag: str) -> None:
    assert shown(tag, "attack.t1112") == {"defense-impairment": ["T1112"]}
    assert shown(tag, "attack.t1036") == {"stealth": ["T1036"]}
    assert shown(tag) == {"stealth": [], "defense-impairment": []}
    assert codes(tag, "attack.t1112", "attack.t1036") == []


def test_a_contradiction_is_said_and_both_tags_are_kept() -> None:
    assert shown("attack.impact", "attack.t1003") == {"impact": [], "credential-access": ["T1003"]}
    (problem,) = threats_of(rule("attack.impact", "attack.t1003", "attack.T1003")).problems
    assert problem.code == "contradictory-attack-tags"
    assert (problem.path, problem.line) == (Path("rule.yml"), 2)
    assert "T1003 OS Credential Dumping serves credential-access" in problem.message


@pytest.mark.parametrize("tag", ["attack.t9999", "attack.t1003.999", "attack.persistance", "attack.t1562.001"])
def test_an_unknown_tag_is_said(tag: str) -> None:
    assert codes("attack.impact", tag) == ["unknown-attack-tag"]


@pytest.mark.parametrize("tag", ["attack.g0032", "attack.s0002", "attack.ds0005", "cve.2024-1", "detection.threat-hunting"])
def test_tags_that_are_no_classification_are_no_problem(tag: str) -> None:
    assert codes(tag) == []
    assert shown(tag) == {}


def test_ids_names_and_addresses_are_those_of_the_site() -> None:
    technique = attack().techniques["T1003.001"]
    assert (technique.name, technique.parent) == ("LSASS Memory", "T1003")
    assert technique.url == "https://attack.mitre.org/techniques/T1003/001/"
    assert attack().tactics["credential-access"].url == "https://attack.mitre.org/tactics/TA0006/"


def test_the_data_is_whole() -> None:
    known = attack()
    assert len(known.tactics) == 15
    for technique in known.techniques.values():
        assert technique.parent in known.techniques
        assert technique.tactics
        assert set(technique.tactics) <= known.tactics.keys()


def test_every_rule_of_the_corpus_is_classified_without_a_problem() -> None:
    folders = needed_rule_folders()
    problems: list[Problem] = []
    for each in load(folders):
        if isinstance(each, Rule):
            found = threats_of(each)
            problems += found.problems
            tagged = {tag.removeprefix("attack.") for tag in each.tags if tag.startswith("attack.")}
            assert {technique.lower() for technique in found.techniques} <= tagged
            assert {threat.tactic.tag for threat in found.threats} & tagged or not tagged & attack().tactics.keys()
    assert problems == []
