"""Writes docs/findings.md: what is wrong in the output of pySigma's official backends, shown by rules of our own.

    python -m docs.findings

Each rule in this folder is one finding; its key `finding` says which backend it is about. The page is what `sigma-amsi prove` prints of the output of
the installed backends.
"""

import io
import json
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any

from sigma_amsi.cli import main
from sigma_amsi.registry import find_backend
from sigma_amsi.rule import Rule, load_rule

HERE = Path(__file__).resolve().parent
PAGE = HERE.with_suffix(".md")
DISTRIBUTIONS = (
    "pySigma",
    "pySigma-backend-splunk",
    "pySigma-backend-elasticsearch",
    "pySigma-backend-kusto",
    "pySigma-pipeline-sysmon",
    "pySigma-pipeline-windows",
)
VERDICTS = ("wider", "narrower", "different", "unproved", "unreadable", "refused")
LANGUAGES = {"splunk": "spl", "lucene": "text", "eql": "text", "kusto": "kql"}
"""How queries of each target are highlighted, in the page's order."""
HEADING = """\
# What is wrong in the official backends' output

Each section is a small rule, the query that an official backend of pySigma makes of it, and our verdict, with an event that the query adds or misses.
Every rule is converted without an error or a warning. The verdict `unreadable` says that the query is no query of its language, or that what it does is
not documented; `refused` that we refuse the rule, since the data does not have what it asks for.

Two things are shown apart: that the query keeps to the rule's log source, and that within it the query says the rule's detection. EQL's `:` ignores
case, so that its queries also find a channel in another spelling, which Windows does not write.

This page is written by `python -m docs.findings`, which runs `sigma-amsi prove --backend-output pysigma` on the rules in [`docs/findings/`](findings)
with these versions:

"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that shows what one backend gets wrong.

    command: the arguments of `sigma-amsi` that judge it, without the rule's file. expected: the verdict, or `unreadable`.
    """

    rule: Rule
    path: Path
    target: str
    pipelines: tuple[str, ...]
    command: tuple[str, ...]
    expected: str
    says: str

    @property
    def shown_path(self) -> str:
        """The rule's file as seen from the checkout."""
        return self.path.relative_to(HERE.parent.parent).as_posix()

    @property
    def shown_command(self) -> str:
        """The command that shows the finding, as it is typed in the checkout."""
        words = (Path(word).relative_to(HERE.parent.parent).as_posix() if word.startswith("/") else word for word in self.command)
        return " ".join(["sigma-amsi", *words, self.shown_path])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a finding. verdict: `unreadable` where there is none. lines: what the command prints."""

    verdict: str
    queries: tuple[str, ...]
    lines: tuple[str, ...]


def findings() -> list[Finding]:
    """All findings, by language and name."""
    found = [_finding(path) for path in sorted(HERE.glob("*.yml"))]
    return sorted(found, key=lambda each: list(LANGUAGES).index(each.target))


def outcomes() -> list[tuple[Finding, Outcome]]:
    """Each finding with what `sigma-amsi prove` says of it; those of one backend and pipeline are judged together."""
    found: dict[str, Outcome] = {}
    for command, group in groupby(sorted(findings(), key=lambda each: each.command), key=lambda each: each.command):
        judged = list(group)
        paths = [str(each.path) for each in judged]
        objects = [json.loads(line) for line in _printed([*command, "--output-format", "ndjson", *paths]).splitlines()]
        blocks = _blocks(_printed([*command, *paths]), paths)
        for finding, shown, lines in zip(judged, objects, blocks, strict=True):
            found[finding.path.stem] = Outcome(shown["verdict"] or "unreadable", tuple(shown["queries"]), lines)
    return [(finding, found[finding.path.stem]) for finding in findings()]


def versions() -> dict[str, str]:
    """The versions of the official backends and pipelines that are installed here; `-` for those that are not."""
    return {name: _version(name) for name in DISTRIBUTIONS}


def versions_on_page(page: str) -> dict[str, str]:
    """The versions that a page was made with."""
    rows = (line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("| pySigma"))
    return dict(rows)


def page(found: list[tuple[Finding, Outcome]]) -> str:
    """The text of the page."""
    table = ["| distribution | version |", "|---|---|", *(f"| {name} | {number} |" for name, number in versions().items())]
    parts = [HEADING + "\n".join(table) + "\n", _overview(found)]
    for target, group in groupby(found, key=lambda each: each[0].target):
        parts.append(f"## {find_backend(target).title}\n")
        parts += [_section(*each) for each in group]
    return "\n".join(parts)


def _finding(path: Path) -> Finding:
    rule = load_rule(path)
    about: Any = rule.custom["finding"]
    pipelines = tuple(about["pysigma"])
    command = ["prove", "-t", about["target"], "-p", about["pipeline"], "--backend-output", "pysigma"]
    command += [word for name in pipelines for word in ("--pysigma-pipeline", name)]
    if "site" in about:
        command += ["--site", str(HERE / about["site"])]
    return Finding(rule, path, about["target"], pipelines, tuple(command), about["expected"], about["says"])


def _overview(found: list[tuple[Finding, Outcome]]) -> str:
    """How often each verdict is found, by language."""
    counts = Counter((finding.target, outcome.verdict) for finding, outcome in found)
    targets = dict.fromkeys(finding.target for finding, _ in found)
    rows = [" | ".join([name, *(str(counts[name, verdict] or "") for verdict in VERDICTS)]) for name in targets]
    return "\n".join([f"| language | {' | '.join(VERDICTS)} |", "|---" * (len(VERDICTS) + 1) + "|", *(f"| {row} |" for row in rows)]) + "\n"


def _section(finding: Finding, found: Outcome) -> str:
    language = LANGUAGES[finding.target]
    text = finding.path.read_text(encoding="utf-8")
    snippet = text[text.index("logsource:") : text.index("finding:")]
    queries = "".join(f"```{language}\n{query.strip()}\n```\n" for query in found.queries) or "```text\n```\n"
    pipelines = ", ".join(f"`{name}`" for name in finding.pipelines)
    return (
        f"### {finding.rule.title}: {found.verdict}\n\n{finding.says}\n\n```yaml\n{snippet}```\n\n"
        f"pySigma with {pipelines} writes:\n\n{queries}\n```console\n$ {finding.shown_command}\n" + "\n".join(found.lines) + "\n```\n"
    )


def _blocks(text: str, paths: list[str]) -> list[tuple[str, ...]]:
    """The lines about each file, which the first of them names; its folder is left out."""
    blocks: list[list[str]] = []
    for line in text.splitlines():
        path = next((path for path in paths if line.startswith(f"{path}:")), None)
        if path is None:
            blocks[-1].append(line)
        else:
            blocks.append([line.replace(path, Path(path).name)])
    return [tuple(block) for block in blocks]


def _printed(arguments: list[str]) -> str:
    output = io.StringIO()
    with redirect_stdout(output), redirect_stderr(io.StringIO()):
        code = main(arguments)
    assert code in (0, 1), f"sigma-amsi {' '.join(arguments)} ends with {code}"
    return output.getvalue()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


if __name__ == "__main__":
    PAGE.write_text(page(outcomes()), encoding="utf-8")
