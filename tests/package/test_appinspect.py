"""Splunk's own judgement on our apps."""

import os
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from sigma_amsi.package.model import Package, Schedule
from tests.package import appinspect
from tests.package.conf_reader import read_conf
from tests.package.siem import corpus_queries, format_of, hostile_rules, package_of, packaged, rule

_TARGET = "splunk/splunk_windows"


@pytest.fixture(scope="module", autouse=True)
def inspector() -> None:
    if os.environ.get("CI"):
        try:
            appinspect.install()
        except (OSError, subprocess.SubprocessError) as error:
            pytest.skip(f"AppInspect cannot be installed: {error}")
    if not appinspect.program().exists():
        pytest.skip("no AppInspect: python -m tests.package.appinspect")


def _findings(called: str, package: Package, folder: Path) -> list[str]:
    files = format_of(_TARGET, called).write(package)
    (archive,) = [path for path in files if path.endswith(".tar.gz")]
    (folder / archive).write_bytes(files[archive])
    return appinspect.findings(folder / archive, folder / "report.json")


@pytest.mark.parametrize("called", ["app", "correlation"])
def test_it_has_nothing_against_an_app_of_the_whole_corpus(called: str, tmp_path: Path) -> None:
    queries = corpus_queries(_TARGET)
    assert _findings(called, package_of(_TARGET, called, queries), tmp_path) == []


@pytest.mark.parametrize("called", ["app", "correlation"])
def test_it_has_nothing_against_hostile_texts(called: str, tmp_path: Path) -> None:
    assert _findings(called, packaged(_TARGET, called, hostile_rules()), tmp_path) == []


@pytest.mark.parametrize("rules", ["corpus", "hostile"])
def test_its_parser_gives_back_every_search_to_the_character(rules: str, tmp_path: Path) -> None:
    queries = (
        corpus_queries(_TARGET, 10) if rules == "corpus" else [each.query for each in packaged(_TARGET, "app", hostile_rules()).detections]
    )
    package = package_of(_TARGET, "savedsearches", queries)
    (content,) = format_of(_TARGET, "savedsearches").write(package).values()
    (tmp_path / "savedsearches.conf").write_bytes(content)
    read = appinspect.read_conf(tmp_path / "savedsearches.conf")
    assert read == read_conf(content)
    assert {name: search["search"] for name, search in read.items()} == {each.name: each.query.text for each in package.detections}


def test_it_warns_where_we_do(tmp_path: Path) -> None:
    package = packaged(_TARGET, "app", [rule()], schedule=Schedule(timedelta(minutes=1), timedelta(minutes=1)))
    assert list(format_of(_TARGET, "app").check(package.detections[0], package.settings))
    assert [finding.split()[0] for finding in _findings("app", package, tmp_path)] == ["warning"]
