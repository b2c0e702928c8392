"""Reads every hostile input from a file, in a process that a crash may end, and prints one JSON object for each."""

import json
import resource
import sys
import time
from collections import Counter
from pathlib import Path

from sigma_amsi.errors import Problem, Refused
from sigma_amsi.predicate.evaluate import evaluate
from sigma_amsi.rule import Rule, load
from tests.hostile.inputs import INPUTS, RULE


def outcome(found: Rule | Problem) -> str:
    """The code of a problem; for a rule, whether it can be walked through, and has its detection."""
    if isinstance(found, Problem):
        return found.code
    try:
        detection = found.detection
    except Refused as refused:
        return refused.problem.code
    evaluate(detection, {})
    hash(detection)
    return RULE


def main(folder: Path) -> None:
    path = folder / "hostile.yml"
    for hostile in INPUTS:
        path.write_bytes(hostile.make())
        start = time.process_time()
        outcomes = Counter(map(outcome, load(path)))
        seconds = time.process_time() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"name": hostile.name, "outcomes": outcomes, "seconds": seconds, "megabytes": peak}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
