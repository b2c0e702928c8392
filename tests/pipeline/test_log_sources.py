"""Finding a rule's log source."""

from pathlib import Path

import pytest

from sigma_amsi.errors import Refused
from sigma_amsi.pipeline.log_sources import find_log_source, log_source_key
from sigma_amsi.pipeline.read import load_pipeline

FILES = Path(__file__).parent / "files"
HARBOUR = load_pipeline(str(FILES / "harbour.yml"))


@pytest.mark.parametrize(
    ("product", "category", "service", "key"),
    [
        ("windows", "process_creation", None, "windows/process_creation"),
        ("windows", "process_creation", "sysmon", "windows/process_creation/sysmon"),
        ("windows", None, "security", "windows//security"),
        ("Windows", None, None, "windows/"),
        (None, "antivirus", None, "/antivirus"),
    ],
)
def test_keys(product: str | None, category: str | None, service: str | None, key: str) -> None:
    assert log_source_key(product, category, service) == key


def test_one_is_found_by_its_key() -> None:
    [found] = find_log_source(HARBOUR, product="sea", category="mooring", service=None)
    assert found.key == "sea/mooring"
    [found] = find_log_source(HARBOUR, product="sea", category=None, service="radio")
    assert found.key == "sea//radio"


@pytest.mark.parametrize(
    ("category", "service", "message", "hint"),
    [
        ("morning", None, "harbour has no sea/morning", "did you mean sea/mooring"),
        ("mooring", "log", "harbour has no sea/mooring/log", "did you mean sea/mooring"),  # the service is a part of the condition
        ("salvage", None, "harbour has no sea/salvage: wrecks are another office's business", ""),
    ],
)
def test_one_that_the_siem_does_not_have(category: str, service: str | None, message: str, hint: str) -> None:
    with pytest.raises(Refused) as caught:
        find_log_source(HARBOUR, product="sea", category=category, service=service)
    problem = caught.value.problem
    assert (problem.code, problem.message) == ("unsupported-log-source", message)
    assert problem.hint.startswith(hint) if hint else not problem.hint


def test_sensors_in_several_tables_are_refused() -> None:
    both = load_pipeline(str(FILES / "harbour.yml"), site=FILES / "harbour_site.yml")
    with pytest.raises(Refused) as caught:
        find_log_source(both, product="sea", category="traffic", service=None)
    assert caught.value.problem.code == "several-tables"
    assert "log in Berths, radio in Radio" in caught.value.problem.message
