"""Runs the comparison from the command line; fails when a disagreement is left unexplained."""

import argparse
import sys
import time
from collections import Counter

from .compare import Disagreement, Tally, batch, differing
from .explained import explanation
from .shrink import shrunk
from .subjects import SUBJECTS, Subject


def main() -> int:
    """Ask until the engine has answered that many cases, and print what differs and the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.differential", description=__doc__)
    parser.add_argument("--engine", choices=SUBJECTS, required=True)
    parser.add_argument("--cases", type=int, default=2000, metavar="N", help="queries that the engine answers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=20, metavar="N", help="disagreements that are made small and printed")
    options = parser.parse_args()
    subject = SUBJECTS[options.engine]
    started = time.perf_counter()
    tally, explained, left = run(subject, options.cases, options.seed)
    for found in left[: options.show]:
        print(shrunk(subject, found), flush=True)
    _print_figures(subject, tally, explained, left, time.perf_counter() - started)
    return 1 if left else 0


def run(subject: Subject, cases: int, seed: int) -> tuple[Tally, Counter[str], list[Disagreement]]:
    """The figures, how often each explanation was needed, and what none explains, one for each query."""
    tally, explained = Tally(), Counter[str]()
    left: dict[str, Disagreement] = {}
    number = 0
    while tally.cases < cases:
        questions, rows = batch(subject, f"{subject.name} {seed} {number}", tally)
        for found in differing(subject, questions, rows, tally):
            name = explanation(subject, found)
            if name:
                explained[name] += 1
            else:
                left.setdefault(found.question.text, found)
        number += 1
    return tally, explained, list(left.values())


def _print_figures(subject: Subject, tally: Tally, explained: Counter[str], left: list[Disagreement], seconds: float) -> None:
    print(f"{subject.name}: {tally.cases} queries, {tally.answers} answers ({tally.found} finds) in {seconds:.0f} s")
    print(f"  refused by the generator: {tally.refused}; unreadable and rejected by the engine too: {tally.rejected_alike}")
    print(f"  unreadable although the engine takes it: {tally.unread.total()}; unknown to the engine's stand-in: {tally.unknown.total()}")
    for title, counts in (("unreadable", tally.unread), ("unknown", tally.unknown), ("explained", explained)):
        for reason, count in counts.most_common(25):
            print(f"    {title}: {count} {reason[:150]}")
    print(f"  disagreements left: {len(left)}")


if __name__ == "__main__":
    sys.exit(main())
