"""The example of a rule repository: every step of its CI files runs, and gives what its README says."""

import io
import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

_CHECKOUT = Path(__file__).resolve().parents[2]
_EXAMPLE = _CHECKOUT / "examples" / "detection-as-code"
_FILES = (".github/workflows/detections.yml", ".gitlab-ci.yml")


def _ours(name: str) -> list[str]:
    """The lines of a CI file that run our commands, in order."""
    return [line.strip() for line in _lines(yaml.safe_load((_EXAMPLE / name).read_text())) if line.strip().startswith("sigma-amsi ")]


def _lines(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for key, value in data.items():
            if key in ("run", "script"):
                yield from value.splitlines() if isinstance(value, str) else value
            else:
                yield from _lines(value)
    elif isinstance(data, list):
        for value in data:
            yield from _lines(value)


def _run(line: str) -> int:
    """The line as a shell would run it."""
    command, _, output = line.partition(" > ")
    _, name, *arguments = shlex.split(command)
    shown = io.StringIO()
    with redirect_stdout(shown):
        code: int = import_module(f"sigma_amsi.cli.{name}_command").run(arguments)
    if output:
        Path(output).write_text(shown.getvalue())
    return code


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example, which is the working folder."""
    folder = tmp_path / "repository"
    shutil.copytree(_EXAMPLE, folder, ignore=shutil.ignore_patterns("build", "queries"))
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("name", _FILES)
def test_every_step_runs(name: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = _ours(name)
    assert {line.split()[1] for line in commands} == {"test", "convert", "package"}
    said = ""
    for line in commands:
        assert _run(line) == 0, f"{line}\n{capsys.readouterr().err}"
        said = capsys.readouterr().err
    assert said in (_EXAMPLE / "README.md").read_text()
    manifests = {path.parent.name: json.loads(path.read_text()) for path in (repository / "build").glob("*/manifest.json")}
    assert set(manifests) == {"splunk", "enterprise_security", "elastic", "defender", "sentinel"}
    for manifest in manifests.values():
        assert {each["verdict"] for each in manifest["detections"]} <= {"proved", "proved-assuming"}
        assert manifest["withheld"] == []
    assert {path.parent.name for path in (repository / "queries").rglob("*.*")} == {"splunk", "elastic", "defender", "sentinel"}


def test_a_field_that_nobody_has_fails_the_run(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = repository / "rules" / "registry_delete_amsi_provider.yml"
    rule.write_text(rule.read_text().replace("TargetObject|endswith", "TargetObjct|endswith"))
    assert _run("sigma-amsi package") == 1
    assert "rules/registry_delete_amsi_provider.yml:21: refused unmapped-field" in capsys.readouterr().err


def test_both_ci_files_do_the_same() -> None:
    both = [sorted(line.replace(" --output-format junit", "").partition(" > ")[0] for line in _ours(name)) for name in _FILES]
    assert both[0] == both[1]
