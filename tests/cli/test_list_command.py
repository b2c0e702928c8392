"""`sigma-amsi list`."""

import json

import pytest

from sigma_amsi.cli import main
from sigma_amsi.codes import CODES


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["targets"], "kusto   Kusto (KQL)"),
        (["pipelines"], "ecs_windows_agent"),
        (["pipelines", "-t", "kusto"], "microsoft_xdr"),
        (["formats", "-t", "splunk"], "default"),
        (["formats"], "eql"),
        (["fields", "-p", "microsoft_xdr", "windows/registry_delete"], "PreviousRegistryKey"),
        (["fields", "windows/registry_delete", "-p", "microsoft_xdr"], "Sysmon event 12 records no data"),
        (["modifiers"], "base64offset"),
        (["facts", "-p", "ecs_windows"], "keyword-fields-are-folded"),
        (["codes"], "case-sensitive-column"),
        (["codes", "case-sensitive-column"], "Cause: "),
    ],
)
def test_lists(arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", *arguments]) == 0
    assert expected in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["klingons"], ["fields"], ["facts"], ["codes", "nonsense"], ["fields", "-p", "microsoft_xdr", "windows/tea"]]
)
def test_what_is_not_there_is_a_usage_error(arguments: list[str]) -> None:
    assert main(["list", *arguments]) == 2


def test_objects(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "codes", "--output-format", "ndjson"]) == 0
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {each["code"] for each in shown} == CODES.keys()
    assert all(each["cause"] and each["fix"] for each in shown)
