"""The pages on packaging: every command runs, prints what is shown, and every key and setting is there."""

import json
import os
import re
import shlex
import shutil
from importlib import import_module
from pathlib import Path

import pytest

from sigma_amsi.package.project import read_project
from sigma_amsi.package.project_keys import DESTINATION_KEYS, NAMING_KEYS, PROJECT_KEYS
from sigma_amsi.package.read_choices import CHOICES
from sigma_amsi.registry import find_backend

_CHECKOUT = Path(os.environ.get("SIGMA_AMSI_CHECKOUT") or Path(__file__).resolve().parents[2])
_PROJECT_FILE, _SPLUNK = _CHECKOUT / "docs" / "project-file.md", _CHECKOUT / "docs" / "how-to" / "splunk.md"


def _blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(_CHECKOUT / "examples" / "detection-as-code", folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("SOC_WEBHOOK", "https://example.org")
    return folder


@pytest.mark.parametrize("page", [_PROJECT_FILE, _SPLUNK], ids=lambda page: page.stem)
@pytest.mark.usefixtures("repository")
def test_every_command_prints_what_is_shown(page: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = 0
    for block in _blocks(page, "console"):
        for command, shown in re.findall(r"^\$ sigma-amsi (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE):
            name, *arguments = shlex.split(command.replace("/tmp/out", str(tmp_path / "out")), comments=True)
            assert import_module(f"sigma_amsi.cli.{name}_command").run(arguments) == 0, command
            printed = capsys.readouterr()
            assert shown in printed.out + printed.err, command
            run += 1
    assert run >= 3


@pytest.mark.usefixtures("repository")
def test_the_project_file_of_the_page_can_be_read() -> None:
    first, *_, webhook = _blocks(_PROJECT_FILE, "toml")
    Path("sigma-amsi.toml").write_text(first + webhook)
    (action,) = read_project(Path("sigma-amsi.toml")).destination("splunk").choices[1].actions or ()
    assert action.settings == {"param.url": "https://example.org"}


def test_every_key_of_a_project_file_is_on_its_page() -> None:
    text = _PROJECT_FILE.read_text(encoding="utf-8")
    names = {key.name for key in (*PROJECT_KEYS, *DESTINATION_KEYS, *NAMING_KEYS)} | set(CHOICES)
    assert [name for name in sorted(names) if f"`{name}" not in text] == []


def test_the_manifest_on_the_page_has_the_keys_of_a_real_one(repository: Path) -> None:
    import_module("sigma_amsi.cli.package_command").run(["splunk"])
    written = json.loads((repository / "build/splunk/manifest.json").read_text())
    (shown,) = (json.loads(block) for block in _blocks(_PROJECT_FILE, "json"))
    assert shown["package"] == written["package"]
    assert set(shown) == set(written)
    by_id = {each["id"]: each for each in written["detections"]}
    (detection,) = shown["detections"]
    assert {**by_id[detection["id"]], "digest": "…", "query_sha256": "…"} == detection


def test_every_setting_of_splunk_is_on_its_page() -> None:
    text = _SPLUNK.read_text(encoding="utf-8")
    for format in find_backend("splunk").formats:
        for setting in format.settings:
            assert re.search(rf"\| `{setting.name}` \| .*{format.name}.* \| {re.escape(setting.says)} \|", text), setting.name
