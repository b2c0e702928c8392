"""What every target makes of the Windows rules of a corpus: `python -m benchmarks.corpus [--every N] [FOLDER …]`.

Prints three tables: verdicts for each target and pipeline with the time, the facts that proofs assume, and the refusals by their codes. Without a
folder, it takes the corpus that the tests look at (`tests/corpus.py`).
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sigma_amsi.proof.verdict import Different, Narrower, Proved, ProvedAssuming, Unproved, Wider
from sigma_amsi.rule import Rule, load
from sigma_amsi.targets import Query, target
from tests.corpus import rule_folders

TARGETS = (
    ("splunk", "splunk_windows", ()),
    ("splunk", "splunk_windows_classic", ()),
    ("kusto", "azure_monitor", ()),
    ("kusto", "microsoft_xdr", ()),
    ("lucene", "ecs_windows", ()),
    ("lucene", "ecs_windows", ("script-blocks-are-kept-whole",)),
    ("eql", "ecs_windows", ()),
    ("eql", "ecs_windows", ("script-blocks-are-kept-whole",)),
    ("kibana", "ecs_windows", ("keyword-fields-are-folded",)),
    ("kibana", "ecs_windows", ("keyword-fields-are-folded", "script-blocks-are-kept-whole")),
)
REFUTED = (Wider.name, Narrower.name, Different.name)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one target makes of all rules: how many have each verdict, how many proofs assume each fact, how many are refused by each code, and the
    seconds of processor time."""

    name: str
    verdicts: Counter[str]
    facts: Counter[str]
    codes: Counter[str]
    seconds: float


def main(arguments: Sequence[str]) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--every", type=int, default=1, help="only every Nth rule")
    parser.add_argument("--target", action="append", help="only this query language; may be repeated")
    options = parser.parse_args(arguments)
    folders = options.folders or rule_folders()
    if not folders:
        print("no corpus: name a folder of rules, or see tests/corpus.py", file=sys.stderr)
        return 2
    rules = [rule for rule in load(folders) if isinstance(rule, Rule) and rule.log_source.product == "windows"][:: options.every]
    print(f"{len(rules):,} rules for Windows\n")
    outcomes = []
    for language, pipeline, facts in TARGETS:
        if not options.target or language in options.target:
            outcomes.append(measured(language, pipeline, facts, rules))
    assumed = counts_table("assumed fact", outcomes, [outcome.facts for outcome in outcomes])
    refused = counts_table("refused because", outcomes, [outcome.codes for outcome in outcomes])
    print("\n".join([*verdict_table(outcomes), "", *assumed, "", *refused]))
    return 0


def measured(language: str, pipeline: str, facts: tuple[str, ...], rules: Iterable[Rule]) -> Outcome:
    """Convert the rules to one target, with the proof of every query."""
    verdicts: Counter[str] = Counter()
    assumed: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    started = time.process_time()
    for result in target(language, pipeline=pipeline, assume=facts).convert_all(rules):
        verdicts[result.verdict.name] += 1
        if not isinstance(result, Query):
            codes[result.verdict.problem.code] += 1
        elif isinstance(result.verdict, ProvedAssuming):
            assumed.update(result.verdict.facts)
    name = f"{language} | {pipeline}" + (f", assuming {', '.join(facts)}" if facts else "")
    return Outcome(name, verdicts, assumed, codes, time.process_time() - started)


def verdict_table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """How many rules have which verdict."""
    yield "| target | pipeline | proved | proved assuming named facts | both | refused | unproved | refuted | seconds |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for outcome in outcomes:
        count = outcome.verdicts
        proved, assuming = count[Proved.name], count[ProvedAssuming.name]
        refuted = sum(count[name] for name in REFUTED)
        share = f"{(proved + assuming) / max(count.total(), 1):.1%}"
        numbers = (f"{proved:,}", f"{assuming:,}", share, count["refused"], count[Unproved.name], refuted, f"{outcome.seconds:.1f}")
        yield f"| {outcome.name} | " + " | ".join(map(str, numbers)) + " |"


def counts_table(title: str, outcomes: Sequence[Outcome], counts: Sequence[Counter[str]]) -> Iterator[str]:
    """How often each name was counted for each target, the most frequent first."""
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    yield f"| {title} | " + " | ".join(outcome.name.replace(" | ", " ") for outcome in outcomes) + " |"
    yield "|---|" + "---|" * len(outcomes)
    for name, _ in total.most_common():
        yield f"| `{name}` | " + " | ".join(str(each[name] or "") for each in counts) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
