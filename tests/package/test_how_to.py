"""The pages on Elastic, OpenSearch and Microsoft: every command runs and prints what is shown, and settings and actions are as described."""

import json
import re
import shlex
import shutil
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from sigma_amsi.registry import find_backend
from tests.package.siem import CHECKOUT

PAGES = {
    "elastic": (("eql", "siem_rule_ndjson"), ("eql", "terraform"), ("lucene", "elastalert"), ("lucene", "kibana_ndjson")),
    "opensearch": (("lucene", "opensearch_monitor"),),
    "sentinel": (("kusto", "sentinel_arm"), ("kusto", "sentinel_bicep"), ("kusto", "sentinel_yaml"), ("kusto", "terraform")),
    "defender": (("kusto", "defender_custom_detection"),),
}


def text_of(page: str) -> str:
    return (CHECKOUT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), re.DOTALL | re.MULTILINE)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "repository"
    shutil.copytree(CHECKOUT / "examples" / "detection-as-code", folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("page", PAGES)
def test_every_command_prints_what_is_shown(page: str, repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    commands = [
        found for block in blocks(page, "console") for found in re.findall(r"^\$ sigma-amsi (.*)\n((?:[^$].*\n)*)", block, re.MULTILINE)
    ]
    assert commands
    for command, shown in commands:
        name, *arguments = shlex.split(command)
        assert import_module(f"sigma_amsi.cli.{name}_command").run(arguments) == 0, command
        printed = capsys.readouterr()
        assert printed.out + printed.err == shown, command
    for shell in blocks(page, "sh"):
        for file in re.findall(r"build/[\w./-]+", shell):
            assert (repository / file).is_file(), file


@pytest.mark.parametrize("page", PAGES)
def test_every_setting_is_on_its_page(page: str) -> None:
    text = text_of(page)
    described = [each for language, name in PAGES[page] for each in find_backend(language).formats if each.name == name]
    assert len(described) == len(PAGES[page])
    for format, setting in [(each, setting) for each in described for setting in each.settings]:
        row = re.search(rf"^\| `{setting.name}` \| .*\b{format.name}\b.* \| (.*) \| {re.escape(setting.says)} \|$", text, re.MULTILINE)
        assert row, (format.name, setting.name)
        default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
        assert row[1] == (f"`{json.dumps(default)}`" if setting.default is not None else ""), setting.name


def test_defender_s_action_is_packaged_as_shown(repository: Path) -> None:
    (shown,) = blocks("defender", "toml")
    project = repository / "sigma-amsi.toml"
    project.write_text(project.read_text() + "\n" + shown)
    assert import_module("sigma_amsi.cli.package_command").run(["defender"]) == 0
    written = json.loads((repository / "build/defender/registry_delete_amsi_provider.json").read_text())
    (rule,) = tomllib.loads(shown)["destinations"]["defender"]["overrides"]
    assert written["id"] == rule
    assert written["detectionAction"]["automatedActions"] == {
        "isolateDevices": [{"deviceIdColumn": "DeviceId", "isolationType": "selective"}]
    }


def test_opensearch_s_monitors_are_found_by_the_rule_s_id(repository: Path) -> None:
    (search,) = blocks("opensearch", "json")
    ((path, rule),) = json.loads(search)["query"]["term"].items()
    assert path == "monitor.ui_metadata.sigma.id.keyword"
    command = ["-t", "lucene", "-p", "ecs_windows", "-f", "opensearch_monitor", "-o", "build/opensearch", "rules"]
    assert import_module("sigma_amsi.cli.package_command").run(command) == 0
    written = [json.loads(file.read_text()) for file in (repository / "build/opensearch").glob("*.json") if file.name != "manifest.json"]
    assert rule in {each["ui_metadata"]["sigma"]["id"] for each in written}
