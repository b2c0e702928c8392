"""Hints."""

import pytest

from sigma_amsi.hints import near


@pytest.mark.parametrize(
    ("name", "names", "hint"),
    [
        ("splunk_windws", ["splunk_windows", "azure_monitor"], "did you mean splunk_windows?"),
        ("IMAGE", ["Image", "User"], "did you mean Image?"),
        ("x", ["Image", "User"], "known: Image, User"),
        ("x", [f"name{number}" for number in range(20)], ""),
        ("x", [], ""),
        ("I" * 10_000_000, ["Image"], "known: Image"),
    ],
)
def test_near(name: str, names: list[str], hint: str) -> None:
    assert near(name, names) == hint
