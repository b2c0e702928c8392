"""Conversion without reading back and proving, which is all that other converters do: `python -m benchmarks.alone TARGET PIPELINE FOLDER…`.

It is no command, since a query without its verdict is what this project exists to end; `benchmarks.speed` times it beside the command that proves.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from functools import partial

from sigma_amsi.cli import GARBAGE_THRESHOLD
from sigma_amsi.cli.workers import spread
from sigma_amsi.errors import Problem, Refused
from sigma_amsi.rule.read import Source, files_of, rules_in
from sigma_amsi.targets import target


def main(arguments: Sequence[str]) -> int:
    """Print every query under its rule's id and title."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    language, pipeline, *folders = arguments
    for text in spread(partial(converter, language, pipeline), files_of(folders)):
        sys.stdout.write(text)
    return 0


def converter(language: str, pipeline: str) -> Callable[[Source | Problem], str]:
    """What makes the queries of the rules in one file."""
    chosen = target(language, pipeline=pipeline)

    def converted(source: Source | Problem) -> str:
        texts = []
        for rule in rules_in(source):
            if isinstance(rule, Problem):
                continue
            try:
                text = chosen.text(rule, chosen.meaning(rule))
            except Refused:
                continue
            texts.append(f"# {rule.id} {rule.title}\n{text}\n\n")
        return "".join(texts)

    return converted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
