import io
import json
import re
import tarfile
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from sigma_amsi.errors import ConfigurationError, Refused
from sigma_amsi.package.model import Action, Schedule, Suppression
from sigma_amsi.proof.verdict import Proved
from sigma_amsi.targets import Query
from tests.package.conf_reader import read_conf, read_conf_like_python
from tests.package.siem import corpus_queries, format_of, hostile_rules, package_of, packaged, rule

_TARGET = "splunk/splunk_windows"
_ID = "0f1c9f2e-0000-4000-8000-000000000001"
_FORMATS = ("savedsearches", "app", "correlation")


def _written(called: str, rules: list[Any], **options: Any) -> Mapping[str, bytes]:
    package = packaged(_TARGET, called, rules, **options)
    of = format_of(_TARGET, called)
    for detection in package.detections:
        assert not list(of.check(detection, package.settings))
    return of.write(package)


def _searches(files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    (content,) = [content for path, content in files.items() if path.endswith("savedsearches.conf")]
    assert read_conf(content) == read_conf_like_python(content)
    return read_conf(content)


def _search(called: str, **options: Any) -> dict[str, str]:
    (search,) = _searches(_written(called, [rule()], **options)).values()
    return search


def _query(text: str) -> Query:
    return Query(rule(), "splunk", "splunk_windows", text, Proved(), {}, {})


def test_saved_searches_are_one_file_without_a_schedule_as_sigma_cli_has_it() -> None:
    files = _written("savedsearches", [rule()])
    assert list(files) == ["savedsearches.conf"]
    (query,) = [each.query.text for each in packaged(_TARGET, "savedsearches", [rule()]).detections]
    assert _searches(files) == {
        "Own Provider Key Deleted": {
            "description": "A provider's key is deleted.\nIts checks stop.\n\nFalse positives:\n- Removal of the product\n\nReferences:\n"
            f"- https://example.org/a\n\nAuthor: A. Author, B. Author\nSigma rule: {_ID.upper()}, CC0-1.0",
            "search": query,
            "disabled": "0",
        }
    }


def test_what_is_chosen_is_not_lost_on_a_search_that_is_not_scheduled() -> None:
    search = _search("savedsearches", suppression=Suppression(timedelta(minutes=5)), actions=(Action("email"),))
    assert (search["alert.suppress"], search["action.email"]) == ("1", "1")


def test_an_app_has_scheduled_alerts() -> None:
    search = _search("app")
    del search["description"], search["search"]
    assert search == {
        "disabled": "0",
        "enableSched": "1",
        "cron_schedule": "47 * * * *",
        "dispatch.earliest_time": "-70m@m",
        "dispatch.latest_time": "-10m@m",
        "realtime_schedule": "0",
        "counttype": "number of events",
        "relation": "greater than",
        "quantity": "0",
        "alert.track": "1",
        "alert.severity": "5",
        "alert.digest_mode": "1",
    }


def test_an_app_is_a_folder_and_the_same_as_an_archive() -> None:
    files = _written("app", [rule()], settings={"app": "own_app", "label": "Own label", "export": "none", "writers": ("admin", "power")})
    assert set(files) == {
        "own_app/default/app.conf",
        "own_app/default/savedsearches.conf",
        "own_app/metadata/default.meta",
        "own_app-1.2.3.tar.gz",
    }
    about = read_conf(files["own_app/default/app.conf"])
    assert about["id"] == {"name": "own_app", "version": "1.2.3"}
    assert about["ui"]["label"] == "Own label"
    assert read_conf(files["own_app/metadata/default.meta"]) == {
        "": {"access": "read : [ * ], write : [ admin, power ]", "export": "none"},
    }
    with tarfile.open(fileobj=io.BytesIO(files["own_app-1.2.3.tar.gz"])) as archive:
        for member in archive.getmembers():
            unpacked = archive.extractfile(member)
            assert (unpacked is None) == member.isdir()
            assert unpacked is None or unpacked.read() == files[member.name]


def test_what_is_chosen_for_a_detection_is_in_its_search() -> None:
    search = _search(
        "app",
        enabled=False,
        severity="critical",
        owner="Blue team",
        schedule=Schedule(timedelta(minutes=15), timedelta(minutes=20), timedelta(minutes=5)),
        suppression=Suppression(timedelta(hours=1), ("host", "Image")),
        actions=(Action("email", {"to": ["a@example.org", "b@example.org"], "include.results_link": True}), Action("webhook", {})),
    )
    assert search["disabled"] == "1"
    assert search["alert.severity"] == "6"
    assert search["description"].endswith("\n\nOwner: Blue team")
    assert search["cron_schedule"] == "2-59/15 * * * *"
    assert (search["dispatch.earliest_time"], search["dispatch.latest_time"]) == ("-25m@m", "-5m@m")
    assert {key: value for key, value in search.items() if key.startswith(("alert.suppress", "alert.digest"))} == {
        "alert.digest_mode": "0",
        "alert.suppress": "1",
        "alert.suppress.period": "3600s",
        "alert.suppress.fields": "host, Image",
    }
    assert {key: value for key, value in search.items() if key.startswith("action.")} == {
        "action.email": "1",
        "action.email.to": "a@example.org, b@example.org",
        "action.email.include.results_link": "1",
        "action.webhook": "1",
    }


def test_suppression_without_fields_is_of_the_whole_search() -> None:
    search = _search("app", suppression=Suppression(timedelta(minutes=5)))
    assert (search["alert.digest_mode"], search["alert.suppress"], search["alert.suppress.period"]) == ("1", "1", "300s")
    assert "alert.suppress.fields" not in search


def test_a_correlation_search_makes_findings() -> None:
    search = _search("correlation", settings={"domain": "identity"}, owner="jdoe")
    keys = {key: value for key, value in search.items() if key.startswith("action.")}
    assert json.loads(keys.pop("action.correlationsearch.annotations")) == {"mitre_attack": ["T1685"], "sigma_rule": [_ID]}
    assert json.loads(keys.pop("action.correlationsearch.metadata")) == {
        "detection_id": _ID,
        "detection_version": "1",
        "deprecated": "0",
    }
    assert keys == {
        "action.correlationsearch.enabled": "1",
        "action.correlationsearch.label": "Own Provider Key Deleted",
        "action.correlationsearch.detection_type": "ebd",
        "action.notable": "1",
        "action.notable.param.rule_title": "Own Provider Key Deleted",
        "action.notable.param.rule_description": "A provider's key is deleted.\nIts checks stop.",
        "action.notable.param.security_domain": "identity",
        "action.notable.param.severity": "high",
        "action.notable.param.default_owner": "jdoe",
    }


def test_a_correlation_search_makes_risk_events_instead() -> None:
    search = _search("correlation", settings={"finding": "risk", "risk_objects": {"host": "system"}})
    assert not [key for key in search if "notable" in key]
    assert json.loads(search["action.risk.param._risk"]) == [{"risk_object_field": "host", "risk_object_type": "system", "risk_score": 75}]
    assert search["action.risk.param._risk_message"] == "Own Provider Key Deleted"


def test_the_date_of_a_rule_is_when_it_was_published() -> None:
    (search,) = _searches(_written("correlation", [rule(date="2024-01-02", modified="2025-01-01")])).values()
    assert json.loads(search["action.correlationsearch.metadata"])["publish_time"] == 1735689600.0


def test_a_version_in_a_url_does_not_look_like_an_address() -> None:
    references = ["https://example.org/manual/13.0.3.0/index.html", "http://192.0.2.1/a"]
    (search,) = _searches(_written("app", [rule(references=references)])).values()
    assert "- https://example.org/manual/13.0.3%2E0/index.html\n- http://192.0.2.1/a\n" in search["description"]


@pytest.mark.parametrize("called", _FORMATS)
def test_hostile_texts_stay_where_they_belong(called: str) -> None:
    """Whatever a rule's texts are: as many stanzas as rules, each with the keys that a plain rule has, and the words of its title."""
    rules = [*hostile_rules(), rule(title="long " * 2000, description="long " * 2000, author="long " * 2000)]
    searches = _searches(_written(called, rules))
    expected = set(_search(called))
    assert len(searches) == len(rules)
    by_id = {search["description"].rpartition("Sigma rule: ")[2][:36]: (name, search) for name, search in searches.items()}
    for each in rules:
        name, search = by_id[each.id]
        assert set(search) == expected
        assert not set(name) & set('[]/\\"\n')
        assert len(name) <= 99
        words = {letter for letter in each.title if letter.isalnum()}
        assert words <= set(search["description"])


@pytest.mark.parametrize("text", ["$x$", "from C$ to ADMIN$", "a $result.host$ b"])
def test_no_pair_of_dollar_signs_reaches_an_alert_action(text: str) -> None:
    for finding in ("notable", "risk"):
        (search,) = _searches(_written("correlation", [rule(title=text, description=text)], settings={"finding": finding})).values()
        shown = [value for key, value in search.items() if ".param." in key and "x" in value + "x"]
        assert all(value.count("$") < 2 for value in shown)
        assert text.replace("$", "\uff04") in shown


def test_a_single_dollar_sign_stays() -> None:
    (search,) = _searches(_written("correlation", [rule(title="Access to ADMIN$")])).values()
    assert search["action.notable.param.rule_title"] == "Access to ADMIN$"


@pytest.mark.parametrize("text", ["Image=a\\", 'Image="a\\\nb"', "a\rb", " a"])
def test_a_query_that_no_file_can_hold_is_refused(text: str) -> None:
    for called in _FORMATS:
        package = package_of(_TARGET, called, [_query(text)])
        with pytest.raises(Refused, match="unwritable-text"):
            list(format_of(_TARGET, called).check(package.detections[0], package.settings))


def test_terraform_has_the_same_search_in_other_words() -> None:
    changes = {
        "suppression": Suppression(timedelta(hours=1)),
        "actions": (Action("email", {"to": "a@example.org", "include.search": True}),),
    }
    (content,) = _written("terraform", [rule()], settings={"app": "own", "export": "none"}, **changes).values()
    search = _search("app", **changes)
    said = json.loads(content)
    assert said["terraform"]["required_providers"]["splunk"]["source"] == "splunk/splunk"
    assert said["resource"] == {
        "splunk_saved_searches": {
            f"sigma_{_ID}": {
                "name": "Own Provider Key Deleted",
                "description": search["description"],
                "search": search["search"],
                "disabled": False,
                "is_scheduled": True,
                "cron_schedule": search["cron_schedule"],
                "dispatch_earliest_time": "-70m@m",
                "dispatch_latest_time": "-10m@m",
                "realtime_schedule": False,
                "alert_type": "number of events",
                "alert_comparator": "greater than",
                "alert_threshold": "0",
                "alert_condition": "",
                "alert_track": True,
                "alert_severity": 5,
                "alert_digest_mode": True,
                "alert_suppress": True,
                "alert_suppress_period": "3600s",
                "actions": "email",
                "action_email_to": "a@example.org",
                "action_email_include_search": "1",
                "acl": [{"owner": "nobody", "app": "own", "sharing": "app", "read": ["*"], "write": ["admin", "sc_admin"]}],
            }
        }
    }


def test_terraform_takes_no_text_for_a_template() -> None:
    (content,) = _written("terraform", hostile_rules()).values()
    bodies = json.loads(content)["resource"]["splunk_saved_searches"].values()
    assert len(bodies) == len(hostile_rules())
    for body in bodies:
        for value in body.values():
            assert not isinstance(value, str) or not re.search(r"(?<!\$)\$\{|(?<!%)%\{", value.replace("$${", "").replace("%%{", ""))


@pytest.mark.parametrize(
    "action",
    [
        Action("notable", {}),
        Action("e mail", {}),
        Action("email\n[x]", {}),
        Action("email", {"to = a\nb": "c"}),
        Action("email", {"to": {"a": "b"}}),
    ],
)
def test_an_action_that_is_none_is_an_error(action: Action) -> None:
    package = packaged(_TARGET, "correlation", [rule()], actions=(action,))
    with pytest.raises(ConfigurationError, match="detection-action"):
        list(format_of(_TARGET, "correlation").check(package.detections[0], package.settings))


def test_a_list_of_fields_that_a_comma_would_split_is_refused() -> None:
    package = packaged(_TARGET, "app", [rule()], suppression=Suppression(timedelta(hours=1), ("a,b",)))
    with pytest.raises(Refused, match="detection-suppression"):
        list(format_of(_TARGET, "app").check(package.detections[0], package.settings))


def test_very_frequent_runs_are_warned_of() -> None:
    package = packaged(_TARGET, "app", [rule()], schedule=Schedule(timedelta(minutes=1), timedelta(minutes=1)))
    assert [problem.code for problem in format_of(_TARGET, "app").check(package.detections[0], package.settings)] == ["detection-schedule"]


@pytest.mark.parametrize("called", _FORMATS)
def test_every_search_of_the_corpus_is_the_proved_query_to_the_character(called: str) -> None:
    queries = corpus_queries(_TARGET, 20)
    package = package_of(_TARGET, called, queries)
    of = format_of(_TARGET, called)
    for detection in package.detections:
        list(of.check(detection, package.settings))
    searches = _searches(of.write(package))
    assert {name: search["search"] for name, search in searches.items()} == {each.name: each.query.text for each in package.detections}


def test_every_search_of_terraform_is_the_proved_query_once_terraform_has_read_it() -> None:
    queries = corpus_queries(_TARGET, 20)
    package = package_of(_TARGET, "terraform", queries)
    (content,) = format_of(_TARGET, "terraform").write(package).values()
    bodies = json.loads(content)["resource"]["splunk_saved_searches"]
    read = {name: body["search"].replace("$${", "${").replace("%%{", "%{") for name, body in bodies.items()}
    assert read == {f"sigma_{each.id}": each.query.text for each in package.detections}


def test_no_query_of_the_corpus_has_what_a_saved_search_would_replace() -> None:
    queries = corpus_queries(_TARGET, 20)
    assert not [query.text for query in queries if re.search(r"\$[\w.:-]+\$", query.text)]
