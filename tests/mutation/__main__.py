"""Mutants over the rules of the corpus, on every target.

    python -m tests.mutation --mutants 5000 [--engines] [--seed TEXT]

Prints what came of them, by target and kind, and ends with 1 where a verdict is wrong.
"""

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from random import Random

from sigma_amsi.errors import Refused
from sigma_amsi.rule import Rule, load
from sigma_amsi.targets import Target, target
from tests.corpus import rule_folders

from .settle import Case, Settled

TARGETS = (
    ("kusto", "microsoft_xdr", ()),
    ("kusto", "azure_monitor", ()),
    ("splunk", "splunk_windows", ()),
    ("splunk", "splunk_windows_classic", ()),
    ("lucene", "ecs_windows", ()),
    ("eql", "ecs_windows", ()),
    ("kibana", "ecs_windows", ("keyword-fields-are-folded",)),
)
PER_RULE = 10
OUTCOMES = ("refuted", "equal", "unreadable", "unproved", "wrong")


def main() -> int:
    """Runs as many mutants as are asked for, spread over targets and rules."""
    parser = ArgumentParser("python -m tests.mutation")
    parser.add_argument("--mutants", type=int, default=5000)
    parser.add_argument("--engines", action="store_true", help="ask real engines, too: much slower")
    parser.add_argument("--seed", default="1")
    options = parser.parse_args()
    rules = [rule for rule in load(rule_folders()) if isinstance(rule, Rule) and rule.log_source.product == "windows"]
    if not rules:
        print("there is no corpus", file=sys.stderr)
        return 2
    counts: Counter[tuple[str, str]] = Counter()
    kinds: Counter[tuple[str, str]] = Counter()
    agreed = 0
    for name, pipeline, assume in TARGETS:
        on = target(name, pipeline=pipeline, assume=assume)
        title = f"{name} {pipeline}"
        chance = Random(f"{options.seed} {title}")
        shuffled = chance.sample(rules, len(rules))
        for rule in shuffled:
            if sum(count for (of, _), count in counts.items() if of == title) >= options.mutants / len(TARGETS):
                break
            for settled in _settled(on, rule, Random(f"{options.seed} {rule.id}"), engine=options.engines):
                counts[title, settled.outcome] += 1
                kinds[settled.mutant.kind, settled.outcome] += 1
                agreed += settled.engine
                if settled.outcome in ("wrong", "unproved"):
                    print(
                        f"{settled.outcome}: {title}: {rule.path}: {settled.mutant.kind}: {settled.reason}\n{settled.mutant.text}\n",
                        file=sys.stderr,
                    )
    _print_table("target", counts)
    _print_table("kind", kinds)
    if options.engines:
        print(f"\na real engine agrees on {agreed:,}")
    return 1 if any(outcome == "wrong" for _, outcome in counts) else 0


def _settled(on: Target, rule: Rule, chance: Random, *, engine: bool) -> Iterable[Settled]:
    try:
        case = Case(on, rule, chance, engine=engine)
    except Refused:
        return []
    return case.settled(PER_RULE) if case.query.proved else []


def _print_table(heading: str, counts: Counter[tuple[str, str]]) -> None:
    print(f"\n| {heading} | mutants | {' | '.join(OUTCOMES)} |\n|---{'|---' * (len(OUTCOMES) + 1)}|")
    rows = [*dict.fromkeys(of for of, _ in counts), "all"]
    for row in rows:
        shown = [sum(count for (of, each), count in counts.items() if each == outcome and row in (of, "all")) for outcome in OUTCOMES]
        print(f"| {row} | {sum(shown):,} | {' | '.join(f'{number:,}' for number in shown)} |")


if __name__ == "__main__":
    sys.exit(main())
