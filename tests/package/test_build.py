import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from sigma_amsi.errors import ConfigurationError, Problem
from sigma_amsi.package.build import Built, build, detection_id
from sigma_amsi.package.choices import Choices, ScheduleChange
from sigma_amsi.package.destination import Destination, find_format
from sigma_amsi.package.model import Action
from sigma_amsi.package.read_choices import read_settings
from sigma_amsi.proof.verdict import HELD, Unproved
from sigma_amsi.registry import find_backend
from sigma_amsi.rule.model import Rule
from sigma_amsi.targets import Target
from tests.package.siem import PLAIN, hostile_rules, rule

_ID = str(PLAIN["id"]).lower()
_OTHER = "0f1c9f2e-0000-4000-8000-000000000002"
_ROOT = Path.cwd()


def _built(*rules: Rule | Problem, **changes: Any) -> Built:
    format = find_format(find_backend("splunk"), changes.pop("format", "app"))
    destination = Destination("main", "splunk", "splunk_windows", format, read_settings({}, format.settings), **changes)
    return build(destination, rules, root=_ROOT)


def _manifest(built: Built) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads(built.files["manifest.json"])
    return manifest


def _codes(built: Built) -> list[str]:
    return [withheld.problem.code for withheld in built.withheld]


@pytest.fixture
def unproved(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prover that finds nothing out."""
    convert = Target.convert
    monkeypatch.setattr(Target, "convert", lambda self, rule: replace(convert(self, rule), verdict=Unproved("too hard", HELD)))


def test_the_manifest_says_what_is_in_the_package() -> None:
    built = _built(
        rule(),
        Problem("yaml-syntax", "broken", Path("rules/broken.yml"), 3),
        rule(id=_OTHER, title="Toaster", logsource={"product": "toaster"}),
    )
    (detection,) = built.package.detections
    manifest = _manifest(built)
    assert manifest["package"] == {
        "name": "main",
        "version": "1.0.0",
        "target": "splunk",
        "pipeline": "splunk_windows",
        "site": None,
        "format": "app",
    }
    assert manifest["detections"] == [
        {
            "id": _ID,
            "name": "Own Provider Key Deleted",
            "title": "Own Provider Key Deleted",
            "path": "rules/own_provider.yml",
            "line": 1,
            "digest": rule().digest,
            "verdict": "proved",
            "assumes": [],
            "approximate": {},
            "query_sha256": sha256(detection.query.text.encode()).hexdigest(),
            "severity": "high",
            "enabled": True,
        }
    ]
    assert [(each["path"], each["line"], each["id"], each["code"]) for each in manifest["withheld"]] == [
        ("rules/broken.yml", 3, None, "yaml-syntax"),
        ("rules/own_provider.yml", 1, _OTHER, "unsupported-log-source"),
    ]
    assert manifest["files"] == {path: sha256(built.files[path]).hexdigest() for path in built.files if path != "manifest.json"}


def test_the_order_of_rules_changes_nothing() -> None:
    rules = [rule(), rule(id=_OTHER), rule(id=None, title="Third")]
    assert _built(*rules).files == _built(*reversed(rules)).files


@pytest.mark.usefixtures("unproved")
def test_a_query_that_is_not_proved_is_withheld() -> None:
    built = _built(rule())
    assert (built.package.detections, _codes(built), list(built.files)) == ((), ["unproved-query"], ["manifest.json"])
    assert _manifest(built)["withheld"][0]["verdict"] == "unproved"
    allowed = _built(rule(), allow_unproved=True)
    assert _codes(allowed) == []
    assert _manifest(allowed)["detections"][0]["verdict"] == "unproved"


def test_rules_with_one_id_are_withheld_all_of_them() -> None:
    built = _built(rule(), rule(title="Another"), rule(id=_OTHER))
    assert _codes(built) == ["duplicate-rule-id"] * 2
    assert [each.id for each in built.package.detections] == [_OTHER]
    assert not any(withheld.refused for withheld in built.withheld)


def test_a_rule_without_an_id_gets_one_of_its_title() -> None:
    assert detection_id(rule()) == _ID
    assert detection_id(rule(id=None)) == detection_id(rule(id=None, level="low")) != detection_id(rule(id=None, title="Other"))


def test_what_is_chosen_reaches_the_detection() -> None:
    built = _built(
        rule(custom={"sigma_amsi": {"owner": "the rule", "enabled": True}}),
        naming="{severity} {title} {short_id} {unknown}",
        severities={"high": "critical"},
        choices=(Choices(owner="all", actions=(Action("email"),)),),
        overrides={_ID: (Choices(enabled=False), Choices(schedule=ScheduleChange()))},
    )
    (detection,) = built.package.detections
    assert (detection.severity, detection.owner, detection.enabled) == ("critical", "the rule", False)
    assert detection.actions == (Action("email"),)
    assert detection.name == "critical Own Provider Key Deleted 0f1c9f2e {unknown}"


def test_a_rule_that_the_format_cannot_hold_is_withheld_at_its_place() -> None:
    built = _built(rule(custom={"sigma_amsi": {"schedule": {"every": "7m"}}}), rule(id=_OTHER))
    (withheld,) = built.withheld
    assert (withheld.problem.code, str(withheld.problem.path), withheld.problem.line) == (
        "detection-schedule",
        "rules/own_provider.yml",
        1,
    )
    assert withheld.refused
    assert len(built.package.detections) == 1


def test_what_a_rule_chooses_wrongly_withholds_it_alone() -> None:
    built = _built(rule(custom={"sigma_amsi": {"ownr": "us"}}), rule(id=_OTHER))
    (withheld,) = built.withheld
    assert (withheld.problem.code, withheld.refused) == ("configuration-unknown-key", False)
    assert [each.id for each in built.package.detections] == [_OTHER]


def test_an_action_that_the_siem_does_not_have_is_an_error_of_the_destination() -> None:
    with pytest.raises(ConfigurationError) as raised:
        _built(rule(), choices=(Choices(actions=(Action("no action", {}),)),), path=Path("sigma-amsi.toml"), line=4)
    assert (raised.value.problem.code, raised.value.problem.path, raised.value.problem.line) == (
        "detection-action",
        Path("sigma-amsi.toml"),
        4,
    )


def test_overrides_of_a_rule_that_is_not_there_are_an_error() -> None:
    with pytest.raises(ConfigurationError) as raised:
        _built(rule(), expected={_ID: 3, _OTHER: 5}, path=Path("sigma-amsi.toml"))
    assert (raised.value.problem.code, raised.value.problem.line) == ("unknown-rule", 5)
    _built(rule(), Problem("yaml-syntax", "it may be this one"), expected={_OTHER: 5})


@pytest.mark.parametrize("target", ["splunk/splunk_windows", "kusto/microsoft_xdr", "lucene/ecs_windows", "eql/ecs_windows"])
def test_two_builds_of_hostile_rules_are_the_same_in_every_format(target: str) -> None:
    """Every path is plain, and every title is in the manifest to the character."""
    language, pipeline = target.split("/")
    for format in find_backend(language).formats:
        if any(setting.required for setting in format.settings):
            continue
        destination = Destination("main", language, pipeline, format, read_settings({}, format.settings))
        one, two = (build(destination, hostile_rules(), root=_ROOT) for _ in range(2))
        assert one.files == two.files
        assert set(_codes(one)) <= {"detection-text", "unwritable-text"}, format.name
        titles = {each["title"] for part in ("detections", "withheld") for each in _manifest(one)[part]}
        assert titles == {each.title for each in hostile_rules()}
        assert all(path.isascii() and path.isprintable() for path in one.files)
