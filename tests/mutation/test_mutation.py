"""Changed queries of our own rules: whatever the verdict on one is, somebody else agrees with it."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest

from sigma_amsi.errors import Refused
from sigma_amsi.proof.verdict import Different, Narrower, Obligation, Obligations, Proved, Wider, Witness
from sigma_amsi.rule import Rule, load
from sigma_amsi.targets import target
from tests.engines import require

from . import settle
from .__main__ import TARGETS
from .settle import Case, Settled
from .texts import Mutant

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
RULES = [rule for rule in load(GOLDEN) if isinstance(rule, Rule)]
AMSI = next(rule for rule in RULES if rule.path and rule.path.parent.name == "amsi")


def cases(name: str, pipeline: str, assume: tuple[str, ...], rules: list[Rule], *, engine: bool = False) -> list[Case]:
    on = target(name, pipeline=pipeline, assume=assume)
    found = []
    for rule in rules:
        try:
            case = Case(on, rule, Random(rule.title), engine=engine)
        except Refused:
            continue
        if case.query.proved:
            found.append(case)
    return found


def reasons(settled: list[Settled], outcome: str) -> list[str]:
    return [f"{each.reason}: {each.mutant.kind}: {each.mutant.text}" for each in settled if each.outcome == outcome]


@pytest.mark.parametrize(("name", "pipeline", "assume"), TARGETS)
def test_every_verdict_on_a_mutant_stands_up(name: str, pipeline: str, assume: tuple[str, ...]) -> None:
    found = cases(name, pipeline, assume, RULES[::3])
    settled = [each for case in found for each in case.settled(1)]
    counts = Counter(each.outcome for each in settled)
    assert reasons(settled, "wrong") == []
    assert counts["refuted"] * 3 >= len(settled)
    assert counts["unproved"] * 20 <= len(settled)
    assert len(settled) >= 20


@pytest.mark.parametrize(
    ("name", "pipeline", "assume", "needs"),
    [
        ("kusto", "microsoft_xdr", (), ("duckdb-kql",)),
        ("kusto", "azure_monitor", (), ("duckdb-kql",)),
        ("lucene", "ecs_windows", (), ("lucene-9",)),
        ("kibana", "ecs_windows", ("keyword-fields-are-folded",), ("lucene-9", "kibana")),
    ],
)
def test_engines_agree(name: str, pipeline: str, assume: tuple[str, ...], needs: tuple[str, ...]) -> None:
    for engine in needs:
        require(engine)
    settled = [each for case in cases(name, pipeline, assume, RULES[1::9], engine=True) for each in case.settled(1)]
    assert reasons(settled, "wrong") == []
    assert any(each.engine for each in settled if each.outcome == "refuted")


def test_the_rows_would_notice_most_changes() -> None:
    """How much it is worth that an equal mutant survives them: nearly every mutant that is refuted would not."""
    noticed = []
    for case in cases("eql", "ecs_windows", (), RULES[::8]):
        for settled in case.settled(2):
            if settled.outcome == "refuted":
                reading = case.target.read(settled.mutant.text, case.meaning.table)
                noticed.append(case.differing_row(reading) is not None)
    assert len(noticed) >= 15
    assert sum(noticed) >= 0.9 * len(noticed)


def test_a_wrong_proof_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = cases("splunk", "splunk_windows", (), [AMSI])
    monkeypatch.setattr(settle, "prove", lambda _: Proved())
    assert case.settle(Mutant("value", case.query.text.replace("MsMpEng.exe", "MsMpEng.ex"))).outcome == "wrong"
    assert case.settle(Mutant("letter case", case.query.text.replace("MsMpEng.exe", "MSMpEng.exe"))).outcome == "equal"


def test_a_wrong_witness_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = cases("splunk", "splunk_windows", (), [AMSI])
    mutant = Mutant("operation", case.query.text.replace("DeleteValue", "CreateKey"))
    assert case.settle(mutant).outcome == "refuted"
    verdict = case.target.prove(AMSI, mutant.text)
    assert isinstance(verdict, Different)
    witness = Witness({"EventCode": "12", "TargetObject": "nothing of the kind"}, {})
    monkeypatch.setattr(settle, "prove", lambda _: Wider(witness, Obligations(Obligation(adds=witness), Obligation())))
    assert case.settle(mutant).outcome == "wrong"


# -- the two mistakes that are easily made with the AMSI rule -----------------------------------------------------------------------------


def _fused_regex(found: re.Match[str]) -> str:
    folder = re.sub(r"([\\.()])", r"\\\1", f"{found[1]}\\")
    return f'matches regex @"(?is)^{folder}.*\\\\MsMpEng\\.exe$"'


FUSED: Mapping[str, tuple[str, str | Callable[[re.Match[str]], str], str]] = {
    # the end of a folder's test, the end of the fused one, and the test of the name, which is then left out
    "splunk": (r'\\\\\*"', r'\\\\*\\\\MsMpEng.exe"', r'\s+Image="\*\\\\MsMpEng\.exe"'),
    "kusto": (r'startswith @"(C:[^"]*)\\"', _fused_regex, r'\s+and \w+ endswith @"\\MsMpEng\.exe"'),
    "lucene": (r"\\\\\.\*/", r"\\\\.*\\\\[Mm][Ss][Mm][Pp][Ee][Nn][Gg]\.[Ee][Xx][Ee]/", r"\s+AND process\.executable:/\.\*\S+"),
    "eql": (r'\\\\\*"', r'\\\\*\\\\MsMpEng.exe"', r'\s+and process\.executable : "\*\\\\MsMpEng\.exe"'),
    "kibana": (r"\\\\\*(?=\s)", r"\\\\*\\\\MsMpEng.exe", r"\s+and process\.executable: \*\\\\MsMpEng\.exe"),
}


@pytest.mark.parametrize(("name", "pipeline", "assume"), TARGETS)
def test_the_fused_pattern_is_refuted_by_the_shared_backslash(name: str, pipeline: str, assume: tuple[str, ...]) -> None:
    """`folder\\*\\MsMpEng.exe` is not `starts with folder\\ and ends with \\MsMpEng.exe`: the program right in the folder passes both."""
    (case,) = cases(name, pipeline, assume, [AMSI])
    folder_end, fused_end, name_test = FUSED[name]
    text = re.sub(folder_end, fused_end, re.sub(name_test, "", case.query.text))
    assert text.count("MsMpEng") + text.count("[Mm][Ss][Mm][Pp]") == 3
    verdict = case.target.prove(AMSI, text)
    assert isinstance(verdict, Wider)
    assert verdict.obligations.log_source.holds
    image = str(verdict.adds.event["Image"]).lower()
    assert image.endswith(("\\windows defender\\msmpeng.exe", "\\windows defender\\platform\\msmpeng.exe"))
    assert case.settle(Mutant("fused", text)).outcome == "refuted"


def test_the_plain_join_of_key_and_name_misses_deleted_keys() -> None:
    """A deleted key has no value: the join leaves a backslash at its end."""
    (case,) = cases("kusto", "microsoft_xdr", (), [AMSI])
    conditional = re.compile(
        r"iff\(\s*ActionType =~ \"RegistryValueDeleted\",\s*(strcat\(.*?\)\s*\)),\s*coalesce\([^()]*\)\s*\)", re.DOTALL
    )
    text, replaced = conditional.subn(lambda found: found[1], case.query.text)
    assert replaced == 1
    verdict = case.target.prove(AMSI, text)
    assert isinstance(verdict, Narrower | Different)
    assert verdict.misses.row["ActionType"] == "RegistryKeyDeleted"
    assert str(verdict.misses.event["TargetObject"]).endswith("}")
    assert case.settle(Mutant("plain join", text)).outcome == "refuted"
