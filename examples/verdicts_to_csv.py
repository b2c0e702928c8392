"""A table of what a folder of rules becomes on several targets: proved, assuming what, or refused why and at which line.

    python examples/verdicts_to_csv.py rules/ > verdicts.csv

Open it in a spreadsheet: a column of verdicts for each target, and the reason beside everything that is not plainly proved.
"""

import csv
import sys
from pathlib import Path

import sigma_amsi as sigma

TARGETS = (("kusto", "microsoft_xdr"), ("splunk", "splunk_windows"), ("eql", "ecs_windows"))
EXAMPLE = Path(__file__).parent / "detection-as-code" / "rules"


def reason(result: sigma.Query | sigma.Declined) -> str:
    """What to know about a verdict that is not plainly proved."""
    match result.verdict:
        case sigma.ProvedAssuming(facts=facts):
            return " ".join(facts)
        case sigma.Refusal(problem=problem):
            return f"line {problem.line}: {problem.code}: {problem.message}"
        case sigma.Unproved(reason=reason):
            return reason
        case sigma.Wider(adds=witness):
            return f"also matches {witness}"
        case sigma.Narrower(misses=witness):
            return f"misses {witness}"
        case sigma.Different(adds=witness):
            return f"also matches {witness}, and misses others"
    return ""


def main(folder: Path) -> int:
    """Writes the table to standard output. Returns 1 when a file could not be read."""
    loaded = list(sigma.load(folder))
    rules = [each for each in loaded if isinstance(each, sigma.Rule)]
    results = [list(sigma.target(name, pipeline=pipeline).convert_all(rules)) for name, pipeline in TARGETS]
    table = csv.writer(sys.stdout)
    table.writerow(["file", "title", "level", *(heading for name, _ in TARGETS for heading in (name, f"{name}: why"))])
    for rule, *of_rule in zip(rules, *results, strict=True):
        cells = [cell for result in of_rule for cell in (result.verdict.name, reason(result))]
        table.writerow([rule.path.name if rule.path else "", rule.title, rule.level, *cells])
    unreadable = [each for each in loaded if isinstance(each, sigma.Problem)]
    for problem in unreadable:
        print(problem, file=sys.stderr)
    return 1 if unreadable else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE))
