"""What proofs cost beside conversions: `python -m benchmarks.proving [--every N] [--target kusto] [FOLDER …]`.

Each query is proved once, after it was written and read back, all in one process; times are of the processor. The first table holds proving against
converting (substitution, writing and reading back) for each target; the second the queries that took the most steps. Without a folder it takes the
rules for Windows of the corpus that the tests look at, and without one rules of its own making.
"""

import argparse
import gc
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from statistics import median

from benchmarks.corpus import TARGETS
from sigma_amsi.backend import Statement
from sigma_amsi.errors import Refused
from sigma_amsi.proof.prove import proof
from sigma_amsi.rule import Rule, load, read_text
from sigma_amsi.targets import Target, target
from tests.corpus import rule_folders

WORST = 10


@dataclass(frozen=True, slots=True)
class Cost:
    """What one query cost: seconds until it was written and read back, seconds and steps of its proof, and the verdict."""

    target: str
    rule: str
    converting: float
    proving: float
    steps: int
    verdict: str


def main(arguments: Sequence[str]) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proving", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every Nth rule")
    parser.add_argument("--target", action="append", help="only this query language; may be repeated")
    options = parser.parse_args(arguments)
    folders = options.folders or rule_folders()
    rules = [rule for rule in load(folders) if isinstance(rule, Rule) and rule.log_source.product == "windows"] if folders else own_rules()
    rules = rules[:: options.every]
    print(f"{len(rules):,} rules for Windows{'' if folders else ' of our own making'}\n")
    gc.collect()
    gc.freeze()  # the rules stay: whoever makes the collector look through them again is chance
    costs: list[Cost] = []
    for language, pipeline, facts in TARGETS:
        if not options.target or language in options.target:
            costs += measured(target(language, pipeline=pipeline, assume=facts), rules)
    print("\n".join([*cost_table(costs), "", *worst_table(costs)]))
    return 0


def measured(chosen: Target, rules: Iterable[Rule]) -> Iterator[Cost]:
    """The cost of each rule that the target can express."""
    name = f"{chosen.backend.name} | {chosen.pipeline.name}"
    for rule in rules:
        started = time.process_time()
        try:
            meaning = chosen.meaning(rule)
            names = {term: field for field, term in meaning.terms.items()}
            statement = Statement(meaning.table, meaning.where, meaning.detection, chosen.pipeline.schema, names)
            claim = meaning.claim(chosen.read(chosen.backend.generate(statement), meaning.table))
        except Refused:
            continue
        converted = time.process_time()
        found = proof(claim)
        proved = time.process_time()
        yield Cost(
            name, rule.path.name if rule.path else rule.title, converted - started, proved - converted, found.steps, found.verdict.name
        )


def cost_table(costs: Sequence[Cost]) -> Iterator[str]:
    """What proving costs beside converting, for each target."""
    yield "| target | pipeline | queries | converting, s | proving, s | ratio | median proof, ms | by canonical form alone | unproved |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name in dict.fromkeys(cost.target for cost in costs):
        own = [cost for cost in costs if cost.target == name]
        converting, proving = sum(cost.converting for cost in own), sum(cost.proving for cost in own)
        middle = 1000 * median(cost.proving for cost in own)
        alone = sum(cost.steps == 0 for cost in own) / len(own)
        unproved = sum(cost.verdict == "unproved" for cost in own)
        figures = (
            f"{len(own):,}",
            f"{converting:.2f}",
            f"{proving:.2f}",
            f"{proving / converting:.2f}",
            f"{middle:.2f}",
            f"{alone:.1%}",
            unproved,
        )
        yield f"| {name} | " + " | ".join(map(str, figures)) + " |"


def worst_table(costs: Iterable[Cost]) -> Iterator[str]:
    """The queries whose proofs took the most steps."""
    yield "| target | pipeline | rule | steps | ms | verdict |"
    yield "|---|---|---|---|---|---|"
    for cost in sorted(costs, key=lambda cost: (-cost.steps, cost.target, cost.rule))[:WORST]:
        yield f"| {cost.target} | {cost.rule} | {cost.steps:,} | {1000 * cost.proving:.0f} | {cost.verdict} |"


# -- Rules of our own --------------------------------------------------------------------------------------------------------------------

_CATEGORIES = {
    "process_creation": ("Image", "CommandLine", "ParentImage"),
    "registry_set": ("TargetObject", "Details", "Image"),
    "registry_delete": ("TargetObject", "EventType", "Image"),
    "network_connection": ("DestinationHostname", "DestinationPort", "Image"),
    "file_event": ("TargetFilename", "Image", "User"),
}
_VALUES = ("\\tool.exe", "C:\\ProgramData\\", "a&b > c", "-enc ", "\\Run\\entry", "DWORD (0x00000001)", "443", "NT AUTHORITY\\SYSTEM")
_MODIFIERS = ("", "|contains", "|startswith", "|endswith", "|contains|windash")


def own_rules() -> list[Rule]:
    """Rules that ask every field of some categories for every kind of value, with a second value beside it and an exception."""
    rules: list[Rule] = []
    for category, value, modifier in product(_CATEGORIES, _VALUES, _MODIFIERS):
        fields = _CATEGORIES[category]
        other = _VALUES[(_VALUES.index(value) + 3) % len(_VALUES)]
        for place, field in enumerate(fields):
            beside = fields[(place + 1) % len(fields)]
            text = (
                f"title: {category} {field}{modifier}\nlogsource: {{product: windows, category: {category}}}\ndetection:\n"
                f"  selection: {{'{field}{modifier}': ['{value}', '{other}']}}\n  filter: {{'{beside}|startswith': '{value}'}}\n"
                "  condition: selection and not filter\n"
            )
            rules += [rule for rule in read_text(text, Path(f"{category}_{len(rules)}.yml")) if isinstance(rule, Rule)]
    return rules


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
