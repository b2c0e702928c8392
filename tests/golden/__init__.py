"""Rules with the query of each target beside them, as somebody who hunts with it has read and accepted it.

A case is a folder:

| file                                   | what it holds                                                                                    |
|----------------------------------------|--------------------------------------------------------------------------------------------------|
| `rule.yml`                             | the rule                                                                                         |
| `<language>.<pipeline>[.<fact>…].txt`  | its verdict and query, or its refusal, for the target that the name says, where the facts hold   |
| `site.<pipeline>.yml`                  | optional: the site file that targets of this pipeline are given                                  |
| `targets`                              | optional: the only targets to record, for a rule whose other queries are too long to be read     |
| `CREDIT`                               | optional: whose rule it is, where it is not ours                                                 |

A case has a record for each of `STANDARD`, and may have one for any other target. `python -m tests.golden.update` writes them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from sigma_amsi.errors import Problem
from sigma_amsi.proof.verdict import ProvedAssuming, Unproved
from sigma_amsi.rule import load
from sigma_amsi.targets import Declined, Query, Target, target

HERE: Final = Path(__file__).resolve().parent

STANDARD: Final = (
    "kusto.microsoft_xdr",
    "kusto.azure_monitor",
    "splunk.splunk_windows",
    "lucene.ecs_windows",
    "eql.ecs_windows",
    "kibana.ecs_windows.keyword-fields-are-folded",
)


@dataclass(frozen=True, slots=True)
class Record:
    """What one target makes of one case's rule."""

    case: Path
    target: str

    @property
    def path(self) -> Path:
        """The file that holds the record."""
        return self.case / f"{self.target}.txt"

    @property
    def recorded(self) -> str | None:
        """What the file holds, to the byte: a query may have line breaks of any kind in it."""
        return self.path.read_bytes().decode() if self.path.is_file() else None

    def text(self) -> str:
        """What the file has to hold now."""
        pipeline = self.target.split(".")[1]
        site = self.case / f"site.{pipeline}.yml"
        (result,) = _target(self.target, site if site.is_file() else None).convert_all(load(self.case / "rule.yml"))
        return _refused(result.verdict.problem) if isinstance(result, Declined) else _converted(result)


def cases() -> list[Path]:
    """The folders of all cases, sorted."""
    return sorted(folder for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__")


def records(case: Path) -> Iterator[Record]:
    """The records that a case has or has to have."""
    chosen = case / "targets"
    wanted = chosen.read_text(encoding="utf-8").split() if chosen.is_file() else STANDARD
    there = (path.name.removesuffix(".txt") for path in sorted(case.glob("*.txt")))
    for name in dict.fromkeys([*wanted, *there]):
        yield Record(case, name)


def _converted(query: Query) -> str:
    verdict = query.verdict
    about = ""
    if isinstance(verdict, ProvedAssuming):
        about = ": " + ", ".join(sorted(verdict.facts))
    elif isinstance(verdict, Unproved):
        about = f": {verdict.reason}"
    return f"{verdict.name}{about}\n\n{query.text}\n"


def _refused(problem: Problem) -> str:
    lines = [f"refused: {problem.code}", "", f"line {problem.line}: {problem.message}"]
    if problem.hint:
        lines.append(f"hint: {problem.hint}")
    return "\n".join(lines) + "\n"


def named_target(name: str, site: Path | None = None) -> Target:
    """The target that a name such as `kusto.azure_monitor` says, behind which facts may stand that are to hold."""
    language, pipeline, *facts = name.split(".")
    return target(language, pipeline=pipeline, site=site, assume=facts)


_target = lru_cache(maxsize=16)(named_target)
