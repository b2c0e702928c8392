"""Which columns must be filled for a folder of rules to work on a target, and how many rules need each.

    python examples/data_needed.py rules/ lucene ecs_windows

Before you switch a log source off, or pay for one: see which rules look at it. The last lines are the fields that the SIEM does not have at all.
"""

import argparse
from collections import Counter
from pathlib import Path

import sigma_amsi as sigma

EXAMPLE = Path(__file__).parent / "detection-as-code" / "rules"


def main() -> None:
    """Prints a line for each column, with the fields of Sigma that it is."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rules", type=Path, nargs="?", default=EXAMPLE)
    parser.add_argument("target", nargs="?", default="eql")
    parser.add_argument("pipeline", nargs="?", default="ecs_windows")
    given = parser.parse_args()
    needed: Counter[str] = Counter()
    fields_of: dict[str, set[str]] = {}
    lacking: Counter[str] = Counter()
    for result in sigma.target(given.target, pipeline=given.pipeline).convert_all(sigma.load(given.rules)):
        if isinstance(result, sigma.Declined):
            lacking[result.verdict.problem.message] += 1
            continue
        needed.update({column for columns in result.fields.values() for column in columns})
        for field, columns in result.fields.items():
            for column in columns:
                fields_of.setdefault(column, set()).add(field)
    for column, rules in sorted(needed.items(), key=lambda item: (-item[1], item[0])):
        print(f"{rules:>5} {column:<40} {', '.join(sorted(fields_of[column]))}")
    for message, rules in sorted(lacking.items(), key=lambda item: (-item[1], item[0])):
        print(f"{rules:>5} refused: {message}")


if __name__ == "__main__":
    main()
