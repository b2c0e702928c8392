"""What every target makes of the rules in `golden/`, and that these rules have everything in them that Sigma has."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sigma_amsi.codes.refusals import REFUSALS
from sigma_amsi.pipeline.files import available
from sigma_amsi.pipeline.read import load_pipeline
from sigma_amsi.proof.verdict import Different, Narrower, Wider
from sigma_amsi.registry import backend_names, find_backend
from sigma_amsi.rule.modifiers import MODIFIERS

from .golden import Record, cases, records

RECORDS = [record for case in cases() for record in records(case)]
UPDATE = "python -m tests.golden.update"
RECORDED = {record: record.recorded or "" for record in RECORDS}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_target_makes_of_the_rule_what_was_reviewed(case: Path) -> None:
    for record in records(case):
        assert record.text() == record.recorded, f"{record.path.name}; if the new text is right: {UPDATE} {case.name}"


def test_no_file_is_left_over() -> None:
    expected = {record.path for record in RECORDS} | {case / name for case in cases() for name in ("rule.yml", "targets", "CREDIT")}
    sites = {case / f"site.{pipeline}.yml" for case in cases() for pipeline in available()}
    found = {path for case in cases() for path in case.rglob("*")}
    assert found - expected - sites == set()
    assert all((case / "rule.yml").is_file() for case in cases())


def test_no_query_is_recorded_that_does_not_say_what_its_rule_says() -> None:
    refuted = tuple(verdict.name for verdict in (Wider, Narrower, Different))
    assert [str(record.path) for record, text in RECORDED.items() if text.startswith(refuted)] == []


def test_the_amsi_rule_is_recorded_for_every_target_and_pipeline() -> None:
    recorded = {record.target for record in RECORDS if record.case.name == "amsi"}
    assert recorded >= {f"{name}.{pipeline}" for name in backend_names() for pipeline in find_backend(name).pipelines}


# -- the rules together have everything -------------------------------------------------------------------------------------------------

RULES: Mapping[str, Mapping[str, Any]] = {
    case.name: next(yaml.safe_load_all((case / "rule.yml").read_text(encoding="utf-8"))) for case in cases()
}


def items() -> Iterator[tuple[tuple[str, ...], Any]]:
    """The modifiers and the value of every detection item; a keyword has none."""
    for rule in RULES.values():
        for name, selection in rule.get("detection", {}).items():
            if name not in ("condition", "timeframe"):
                yield from selection_items(selection)


def selection_items(selection: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(selection, dict):
        for key, value in selection.items():
            yield tuple(str(key).split("|")[1:]), value
    elif isinstance(selection, list) and any(isinstance(part, dict) for part in selection):
        for part in selection:
            yield from selection_items(part)
    else:
        yield (), selection


def conditions() -> list[str]:
    """Every condition, one of several in a list with `list:` before it."""
    found: list[str] = []
    for rule in RULES.values():
        condition = rule.get("detection", {}).get("condition", "")
        found += [f"list: {each}" for each in condition] if isinstance(condition, list) else [condition]
    return found


def kinds_of(value: Any) -> set[str]:
    """What Sigma distinguishes in a value."""
    if isinstance(value, list):
        return {"list", *(kind for each in value for kind in kinds_of(each)), *(["mixed list"] if len({*map(type, value)}) > 1 else [])}
    if not isinstance(value, str):
        return {{bool: "boolean", int: "number", float: "fraction", type(None): "null"}[type(value)]}
    unescaped = re.sub(r"\\[*?\\]", "", value)
    found = {"*": "*" in unescaped, "?": "?" in unescaped, **{escape: escape in value for escape in (r"\*", r"\?", r"\\")}}
    return {"text" if value else "empty text", *(kind for kind, there in found.items() if there)}


def selections() -> Iterator[Any]:
    for rule in RULES.values():
        yield from (selection for name, selection in rule.get("detection", {}).items() if name != "condition")


def test_there_are_enough_rules() -> None:
    assert len(RULES) > 60


def test_they_have_every_modifier() -> None:
    used = {modifier for modifiers, _ in items() for modifier in modifiers}
    assert set(MODIFIERS) - used == set()


@pytest.mark.parametrize("with_fieldref", ["contains", "startswith", "endswith", "neq", "cased"])
def test_they_compare_fields_in_every_way(with_fieldref: str) -> None:
    assert any({"fieldref", with_fieldref} <= set(modifiers) for modifiers, _ in items())


def test_they_test_networks_of_both_families() -> None:
    networks = [
        network for modifiers, value in items() if "cidr" in modifiers for network in (value if isinstance(value, list) else [value])
    ]
    assert any(":" in network for network in networks)
    assert any("." in network and ":" not in network for network in networks)


def test_they_have_every_kind_of_value() -> None:
    found = {kind for modifiers, value in items() if "re" not in modifiers for kind in kinds_of(value)}
    wanted = {"text", "empty text", "*", "?", r"\*", r"\?", r"\\", "number", "fraction", "boolean", "null", "list", "mixed list"}
    assert wanted - found == set()


def test_they_have_every_kind_of_selection() -> None:
    lists = [selection for selection in selections() if isinstance(selection, list)]
    assert any(all(isinstance(part, dict) for part in each) for each in lists), "a list of maps"
    assert any(all(not isinstance(part, dict) for part in each) for each in lists), "keywords"
    assert any(len({isinstance(part, dict) for part in each}) == 2 for each in lists), "maps and keywords"


@pytest.mark.parametrize(
    "form",
    [
        r"\band\b",
        r"\bor\b",
        r"\bnot\b",
        r"\(",
        r"\b1 of\b",
        r"\ball of\b",
        r"\bany of\b",
        r"\b[2-9] of\b",
        r"\bof them\b",
        r"\w\*",
        "^list: ",
    ],
)
def test_they_have_every_form_of_condition(form: str) -> None:
    assert any(re.search(form, condition) for condition in conditions())


def log_sources() -> set[str]:
    return {
        f"{source.get('product', '')}/{source.get('category', '')}" + (f"/{source['service']}" if "service" in source else "")
        for source in (rule.get("logsource", {}) for rule in RULES.values())
    }


def test_they_have_every_windows_category() -> None:
    pipelines = [load_pipeline(name) for name in available()]
    known = {
        key for pipeline in pipelines for key in (*pipeline.log_sources, *pipeline.unsupported) if re.fullmatch("windows/[a-z_]+", key)
    }
    assert known - log_sources() == set()


@pytest.mark.parametrize(
    "service",
    ["security", "system", "application", "powershell", "powershell-classic", "sysmon", "windefend", "taskscheduler", "wmi", "bits-client",
     "applocker", "codeintegrity-operational", "firewall-as", "ntlm", "appxdeployment-server", "terminalservices-localsessionmanager"],
)  # fmt: skip
def test_they_have_the_common_services(service: str) -> None:
    assert f"windows//{service}" in log_sources()


def test_they_are_refused_for_every_reason() -> None:
    recorded = {text.split()[1] for text in RECORDED.values() if text.startswith("refused: ")}
    assert {code.name for code in REFUSALS} ^ recorded == set()


def test_a_record_s_name_says_its_target() -> None:
    for record in RECORDS:
        language, pipeline, *_ = record.target.split(".")
        assert pipeline in find_backend(language).pipelines, record


def test_a_case_that_changes_is_seen(tmp_path: Path) -> None:
    (tmp_path / "rule.yml").write_text((cases()[0] / "rule.yml").read_text(encoding="utf-8").replace("windows", "linux"), encoding="utf-8")
    assert Record(tmp_path, "eql.ecs_windows").text().startswith("refused: unsupported-log-source")
