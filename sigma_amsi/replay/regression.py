"""SigmaHQ's regression data: the `info.yml` that a rule names, and the recordings that it lists."""

from collections.abc import Iterator
from pathlib import Path

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.pipeline.files import read_file
from sigma_amsi.pipeline.nodes import MapNode, Node, fail, listing, mapping, text
from sigma_amsi.replay.model import Sample
from sigma_amsi.rule.model import Rule

KEY = "regression_tests_path"


def regression_samples(rule: Rule) -> Iterator[Sample]:
    """The samples of the rule's `info.yml`. Raises ConfigurationError: for a file that is not there, and for one that cannot be read."""
    named = rule.custom.get(KEY)
    if named is None:
        return
    if not isinstance(named, str):
        raise ConfigurationError(Problem("test-file", f"`{KEY}` has to be a path", rule.path, rule.line))
    path = _found(named, rule)
    info = read_file(path)
    if "regression_tests_info" not in info.entries:
        fail(info, "configuration-missing-key", "the file lacks 'regression_tests_info'")
    for test in listing(info.entries["regression_tests_info"], "'regression_tests_info'"):
        yield _sample(mapping(test, "a regression test"), path, rule)


def _sample(test: MapNode, info: Path, rule: Rule) -> Sample:
    if "path" not in test.entries:
        fail(test, "configuration-missing-key", "a regression test lacks 'path'")
    recording = _found(text(test.entries["path"], "'path'"), rule, beside=info)
    name = text(test.entries["name"], "'name'") if "name" in test.entries else recording.name
    count = _count(test.entries["match_count"]) if "match_count" in test.entries else 1
    return Sample(name, "some", recording, f"{info}:{test.line}", count)


def _count(node: Node) -> int:
    count = text(node, "'match_count'")
    if not count.isdecimal():
        fail(node, "configuration-value", f"'match_count' is '{count}'", "write a number")
    return int(count)


def _found(name: str, rule: Rule, beside: Path | None = None) -> Path:
    """The file of that name: looked for from the rule's folder upwards, then from the working directory upwards."""
    starts = [each.parent.resolve() for each in (rule.path, beside) if each is not None] + [Path.cwd()]
    for start in starts:
        for folder in (start, *start.parents):
            path = folder / name
            if path.is_file():
                return _short(path)
    message = f"`{KEY}` leads to '{name}', which is in no folder above the rule, nor above the working directory"
    raise ConfigurationError(Problem("test-file", message, rule.path, rule.line))


def _short(path: Path) -> Path:
    """The path as people write it: from the working directory where it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
