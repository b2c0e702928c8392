"""`sigma-amsi package` and `sigma-amsi init`: what goes where, and exit codes."""

import io
import json
from pathlib import Path

import pytest

from sigma_amsi.cli import init_command, package_command
from sigma_amsi.errors import ConfigurationError
from tests.cli.rules import BROKEN, GOOD, UNMAPPED
from tests.package.conf_reader import read_conf

PLAIN = ["-t", "splunk", "-p", "splunk_windows"]
PROJECT = """\
[destinations.main]
target = "splunk"
pipeline = "splunk_windows"
format = "app"
[destinations.second]
target = "splunk"
pipeline = "splunk_windows"
format = "savedsearches"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "good.yml").write_text(GOOD)
    (tmp_path / "sigma-amsi.toml").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _there(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_all_destinations_of_the_project(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert package_command.run([]) == 0
    assert _there(folder / "build") == {
        "main/sigma_main/default/app.conf",
        "main/sigma_main/default/savedsearches.conf",
        "main/sigma_main/metadata/default.meta",
        "main/sigma_main-1.0.0.tar.gz",
        "main/manifest.json",
        "second/savedsearches.conf",
        "second/manifest.json",
    }
    assert json.loads((folder / "build/main/manifest.json").read_text())["detections"][0]["path"] == "rules/good.yml"
    assert capsys.readouterr().err == "main: 1 rule: 1 packaged\nsecond: 1 rule: 1 packaged\n"


def test_named_destinations_of_a_project_elsewhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    project = str(folder / "sigma-amsi.toml")
    assert package_command.run(["second", "--project", project, "-o", str(folder / "out"), "--package-version", "2.0.0"]) == 0
    assert _there(folder / "out") == {"second/savedsearches.conf", "second/manifest.json"}
    manifest = json.loads((folder / "out/second/manifest.json").read_text())
    assert manifest["detections"][0]["path"] == "rules/good.yml"
    assert manifest["package"]["version"] == "2.0.0"


def test_the_bytes_do_not_depend_on_where_the_project_lies(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package_command.run([])
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "rules").mkdir(parents=True)
    for path in ("rules/good.yml", "sigma-amsi.toml"):
        (elsewhere / path).write_bytes((folder / path).read_bytes())
    monkeypatch.chdir(elsewhere / "rules")
    package_command.run([])
    contents = [{path: (root / "build" / path).read_bytes() for path in _there(root / "build")} for root in (folder, elsewhere)]
    assert contents[0] == contents[1]


def test_without_a_project(folder: Path) -> None:
    options = ["-f", "app", "-O", "app=own", "-O", "readers=user,power", "-O", "track=false", "-o", "out", "rules"]
    assert package_command.run([*PLAIN, *options]) == 0
    assert _there(folder / "out") >= {"own/default/app.conf", "own-1.0.0.tar.gz", "manifest.json"}
    assert b"read : [ user, power ]" in (folder / "out/own/metadata/default.meta").read_bytes()
    (search,) = read_conf((folder / "out/own/default/savedsearches.conf").read_bytes()).values()
    assert search["alert.track"] == "0"


def test_a_format_of_one_file_can_be_printed(folder: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert package_command.run([*PLAIN, "-f", "savedsearches", "-o", "-", str(folder / "rules")]) == 0
    assert list(read_conf(capfdbinary.readouterr().out)) == ["Recovery switched off"]
    with pytest.raises(ConfigurationError, match="several files"):
        package_command.run([*PLAIN, "-f", "app", "-o", "-", "rules"])


@pytest.mark.usefixtures("folder")
def test_rules_from_standard_input(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert package_command.run([*PLAIN, "-f", "savedsearches", "-o", "-", "-"]) == 0
    assert b"[Recovery switched off]" in capfdbinary.readouterr().out


def test_what_is_withheld_is_said_and_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "rules" / "unmapped.yml").write_text(UNMAPPED)
    assert package_command.run(["second"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("rules/unmapped.yml:8: refused unmapped-field: ")
    assert said.endswith("second: 2 rules: 1 packaged, 1 withheld\n")
    assert _there(folder / "build") == {"second/savedsearches.conf", "second/manifest.json"}
    assert package_command.run(["second", "-s"]) == 0
    (folder / "rules" / "broken.yml").write_text(BROKEN)
    assert package_command.run(["second", "-s"]) == 1


def test_nothing_is_written_when_nothing_is_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    package_command.run(["second"])
    before = _there(folder / "build")
    (folder / "rules" / "good.yml").write_text(BROKEN)
    assert package_command.run(["second", "-s"]) == 1
    assert "second: empty-package" in capsys.readouterr().err
    assert _there(folder / "build") == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["-t", "splunk", "-p", "splunk_windows", "rules"],
        ["-t", "splunk", "-p", "splunk_windows", "-f", "app", "-o", "out"],
        ["-f", "app"],
        ["--allow-approximate"],
        ["-O", "a=b"],
        ["--package-version", "1"],
    ],
)
@pytest.mark.usefixtures("folder")
def test_options_that_say_too_little_or_contradict_each_other(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        package_command.run(arguments)
    assert stop.value.code == 2


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ("ap=x", "configuration-unknown-key"),
        ("app", "configuration-value"),
        ("app=a b", "configuration-value"),
        ("track=yes", "configuration-type"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_settings_that_the_format_does_not_have(option: str, code: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        package_command.run([*PLAIN, "-f", "app", "-O", option, "-o", "out", "rules"])
    assert raised.value.problem.code == code


def test_init_writes_a_project_that_packages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert init_command.run([str(folder / "new")]) == 0
    assert capsys.readouterr().out == f"{folder / 'new/sigma-amsi.schema.json'}\n{folder / 'new/sigma-amsi.toml'}\n"
    (folder / "rules").rename(folder / "new" / "rules")
    assert package_command.run(["--project", str(folder / "new" / "sigma-amsi.toml")]) == 0
    assert (folder / "new/build/production/sigma_production-1.0.0.tar.gz").is_file()


def test_init_overwrites_no_project(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="project-exists"):
        init_command.run([])
    assert (folder / "sigma-amsi.toml").read_text() == PROJECT
    assert init_command.run(["--schema-only"]) == 0
    assert (folder / "sigma-amsi.toml").read_text() == PROJECT
    assert json.loads((folder / "sigma-amsi.schema.json").read_text())["title"]
